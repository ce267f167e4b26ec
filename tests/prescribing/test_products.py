"""The public specialities: `maillon medicaments importer`, and what they let be recognised."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maillon import cli
from maillon.kernel import sql
from maillon.prescribing import products
from maillon.prescribing.models import Product, ProductRelease
from maillon.prescribing.prescription import CIP, CIS, Line
from tests.prescribing.cases import cards_of, patient

FOLDER = Path(__file__).with_name("bdpm")


def bring(folder: Path, *more: str) -> int:
    return cli.main(["medicaments", "importer", str(folder), *more])


@pytest.fixture(autouse=True)
def _base_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maillon.kernel.database.ensure_started", lambda: None)


@pytest.mark.django_db
def test_specialities_are_imported_shown_and_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(FOLDER, "--du", "2026-11-25") == 0
    said = capsys.readouterr().out
    assert "4 spécialités, fichiers du 25/11/2026." in said
    assert "laissées de côté : 1." in said
    assert cli.main(["medicaments", "etat"]) == 0
    assert "4 spécialités, fichiers du 25/11/2026" in capsys.readouterr().out

    lines = [
        Line(text="Paralgine codéine 500 mg, 1 par jour, 3 jours"),
        Line(text="Rarissime 5 mg, 1 par jour, 3 jours"),
    ]
    named = products.named_in(lines)
    found = cards_of(*lines, "Buprénorphine", products=named)
    assert "interaction:buprenorphine:codeine" in found
    assert [card.summary for key, card in found.items() if key.startswith("hors-base:")][0].startswith(
        "Non contrôlé\u202f: RARISSIMINE"
    )
    coded = [Line(text="x", code="60000001", system=CIS), Line(text="y", code="3400930000011", system=CIP)]
    assert "doublon:paracetamol" in cards_of(*coded, products=products.named_in(coded), of=patient())


@pytest.mark.django_db
def test_the_same_files_twice_are_imported_once() -> None:
    assert bring(FOLDER) == bring(FOLDER) == 0
    assert ProductRelease.objects.count() == 1


@pytest.mark.django_db
def test_a_faulty_or_truncated_folder_changes_nothing_and_the_next_one_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(FOLDER)
    bad = tmp_path / "bad"
    shutil.copytree(FOLDER, bad)
    (bad / "CIS_CIP_bdpm.txt").write_bytes(b"60000001\tx\r\n")
    assert bring(bad) == 2
    assert "E-MED-02 : CIS_CIP_bdpm.txt, ligne 1" in capsys.readouterr().err

    short = tmp_path / "short"
    shutil.copytree(FOLDER, short)
    lines = (FOLDER / "CIS_bdpm.txt").read_bytes().splitlines(keepends=True)
    (short / "CIS_bdpm.txt").write_bytes(lines[0])
    assert bring(short) == 2
    assert "E-MED-04" in capsys.readouterr().err
    assert Product.objects.count() == 4
    assert bring(short, "--forcer") == 0
    assert Product.objects.count() == 1
    assert bring(FOLDER) == 0
    assert Product.objects.count() == 4


@pytest.mark.django_db
def test_an_empty_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(tmp_path) == 2
    assert "E-MED-01" in capsys.readouterr().err


@pytest.mark.django_db
def test_all_the_lines_ask_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    bring(FOLDER)
    asked: list[str] = []

    def counted(statement: str, parameters: Any = ()) -> list[Any]:
        asked.append(statement)
        return sql.rows(statement, parameters)

    monkeypatch.setattr(products, "sql", SimpleNamespace(rows=counted))
    long = " ".join(["avec", "beaucoup", "de", "mots"] * 60)
    lines = [Line(text="Paralgine 1000 mg"), Line(text="Metformine fictive 1 000 mg"), *[Line(text=long)] * 50]
    found = products.named_in(lines)
    assert len(asked) == 1
    assert set(found.by_name) == {"paralgine", "metformine fictive"}
