"""Every type of JDV_J07 as a level 1 document around the PDF/A-1b made from the same model."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from maillon.formats.cda.checks import check
from maillon.formats.cda.normal_form import normal_form
from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.document import ClinicalDocument, Section
from maillon.formats.with_pdf import with_pdf
from tests.formats import preflight
from tests.formats.kinds import CONTACTS, REFERRAL

CONTENT = Path(__file__).parents[2] / "content" / "terminologie"
# Neither has a class in ASS_X04: such a document is written, read and filed, but its class is not national.
WITHOUT_CLASS = {"E1762", "101881-1"}


def rows(name: str) -> list[dict[str, str]]:
    with (CONTENT / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def types() -> tuple[dict[str, str], ...]:
    return tuple(row for row in rows("concepts.csv") if row["set"] == "jdv-j07-xds-type-code")


def document_of(row: dict[str, str]) -> ClinicalDocument:
    label = " ".join(row["display"].split())
    act = replace(REFERRAL.acts[0], code=row["code"], system=row["system"], label=label)
    return replace(
        REFERRAL,
        type_code=row["code"],
        type_system=row["system"],
        type_label=label,
        title=label,
        acts=(act,),
        sections=(Section(title="Observation", text="Texte du document.\n- un point\n- un autre"),),
    )


@cache
def written(code: str) -> tuple[ClinicalDocument, bytes]:
    row = next(row for row in types() if row["code"] == code)
    whole = with_pdf(document_of(row), contacts=CONTACTS, identity_status="QUAL")
    return whole, write_cda(whole)


def test_there_are_a_hundred_and_fourteen_types() -> None:
    assert len(types()) == 114


def test_each_type_is_read_back_equal_and_our_checks_find_nothing() -> None:
    for row in types():
        document, data = written(row["code"])
        again = read_cda(data)
        assert normal_form(again) == normal_form(replace(document, sections=(), results=())), row["code"]
        assert check(data) == (), row["code"]
        assert again.attachments[0].data.startswith(b"%PDF-1.4")


def test_each_type_has_its_class_and_its_format() -> None:
    classes = {(row["type_code"], row["type_system"]): row["class_code"] for row in rows("type-vers-classe.csv")}
    known = {row["code"] for row in rows("concepts.csv") if row["set"] == "jdv-j06-xds-class-code"}
    for row in types():
        found = classes.get((row["code"], row["system"]))
        assert found in known or row["code"] in WITHOUT_CLASS, row["code"]
    formats = {row["media_type"]: row["format_code"] for row in rows("media-vers-format.csv")}
    assert formats["application/pdf"] == "urn:ihe:iti:xds-sd:pdf:2008"


def test_every_pdf_of_the_hundred_and_fourteen_is_pdf_a_1b(tmp_path: Path) -> None:
    if not preflight.is_there():
        pytest.skip(f"Apache Preflight est absent (paquets Debian\u202f: {preflight.PACKAGES})")
    for row in types():
        (tmp_path / f"{row['code']}.pdf").write_bytes(written(row["code"])[0].attachments[0].data)
    assert preflight.refused_of(tmp_path) == []


@pytest.mark.slow
def test_the_official_kit_finds_no_error_in_any_type(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not os.environ.get("CDA_KIT"):
        pytest.skip("CDA_KIT ne désigne pas le kit de conformité")
    from maillon.formats.kit.engine import Kit
    from maillon.formats.kit.source import open_kit

    kit = Kit(open_kit(Path(os.environ["CDA_KIT"]), cache=Path(os.environ.get("CDA_KIT_CACHE", "/tmp/maillon-kit"))))
    wrong = {row["code"]: kit.check(written(row["code"])[1]).errors for row in types()}
    assert {code: errors for code, errors in wrong.items() if errors} == {}
