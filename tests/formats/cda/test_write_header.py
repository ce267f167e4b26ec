from __future__ import annotations

import base64
import csv
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.cda.write_rules import key_is_right
from maillon.formats.cda.write_xml import hl7_time
from maillon.formats.document import Attachment, ClinicalDocument, Encounter, Version
from maillon.formats.refusal import Refused
from tests.formats.cda.written import PDF, TRAITS, attachment, letter, report, taking_part

HL7 = {"c": "urn:hl7-org:v3"}
TYPES = Path(__file__).parents[4] / "shared" / "terminology" / "jdv-j07-xds-type-code.csv"
SCHEMA_ORDER = [
    "realmCode",
    "typeId",
    "templateId",
    "id",
    "code",
    "title",
    "effectiveTime",
    "confidentialityCode",
    "languageCode",
    "setId",
    "versionNumber",
    "recordTarget",
    "author",
    "informant",
    "custodian",
    "informationRecipient",
    "legalAuthenticator",
    "authenticator",
    "participant",
    "inFulfillmentOf",
    "documentationOf",
    "relatedDocument",
    "componentOf",
    "component",
]


def parsed(document: ClinicalDocument) -> etree._Element:
    return etree.fromstring(write_cda(document))


def test_level_one_carries_its_pdf_and_exactly_three_templates() -> None:
    root = parsed(letter())
    assert [each.get("root") for each in root.findall("c:templateId", HL7)] == [
        "2.16.840.1.113883.2.8.2.1",
        "1.2.250.1.213.1.1.1.1",
        "1.3.6.1.4.1.19376.1.2.20",
    ]
    text = root.find("c:component/c:nonXMLBody/c:text", HL7)
    assert text is not None
    assert base64.b64decode(text.text or "") == PDF
    assert text.get("representation") == "B64"


def test_the_elements_of_the_header_are_in_the_order_of_the_schema() -> None:
    version = Version(id="1.2.3^2", set_id="1.2.3", number=2, replaces="1.2.3^1")
    names = [etree.QName(each).localname for each in parsed(replace(report(), version=version))]
    ranks = [SCHEMA_ORDER.index(name) for name in names]
    assert ranks == sorted(ranks)
    assert {"relatedDocument", "inFulfillmentOf", "authenticator"} <= set(names)


def test_every_type_of_the_national_value_set_is_written_and_read_back() -> None:
    if not TYPES.exists():
        pytest.skip("le dossier ../shared/terminology est absent")
    with TYPES.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        if row["code"] == "85208-7":  # the report of a remote act demands its act: tests/formats/test_level_one.py
            continue
        document = letter(type_code=row["code"], type_system=row["system"], type_label=row["display"])
        again = read_cda(write_cda(document))
        assert (again.type_code, again.type_system, again.type_label) == (row["code"], row["system"], row["display"])
        assert again.conformance.anomalies == ()
    assert len(rows) == 114


def test_other_bodies_than_pdf_are_admitted_when_their_bytes_agree() -> None:
    data = b"{\\rtf1 Bonjour}"
    body = Attachment(media_type="text/rtf", size=len(data), sha256="", data=data)
    assert read_cda(write_cda(letter(attachments=(body,)))).attachments[0].media_type == "text/rtf"


def test_names_with_marks_of_xml_arrive_whole() -> None:
    again = read_cda(write_cda(letter()))
    assert again.patient == TRAITS


@pytest.mark.parametrize(
    ("iso", "written"),
    [
        ("2024", "2024"),
        ("2024-03", "202403"),
        ("2024-03-28", "20240328"),
        ("2024-03-28T11:20+01:00", "202403281120+0100"),
        ("2024-03-28T11:20:05Z", "20240328112005+0000"),
    ],
)
def test_a_date_keeps_its_precision(iso: str, written: str) -> None:
    assert hl7_time(iso) == written


@pytest.mark.parametrize(
    ("matricule", "right"),
    [
        ("279035121518989", True),
        ("277076322082910", True),
        ("253097812634581", False),
        ("123456789012345", False),
        ("17908" + "2A004023" + "48", True),
        ("27903512151898", False),
        ("", False),
    ],
)
def test_the_key_of_a_matricule_is_checked_corsica_included(matricule: str, right: bool) -> None:
    if matricule.startswith("17908"):
        number = int("17908" + "19004023")
        matricule = f"179082A004023{97 - number % 97:02d}"
    assert key_is_right(matricule) is right


def _people(*roles: str) -> tuple[object, ...]:
    return tuple(taking_part(role) for role in roles)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"version": Version()}, "E-ECR-01"),
        ({"type_code": None}, "E-ECR-01"),
        ({"title": None}, "E-ECR-01"),
        ({"created_at": None}, "E-ECR-01"),
        ({"authors": ()}, "E-ECR-01"),
        ({"acts": ()}, "E-ECR-01"),
        ({"encounter": None}, "E-ECR-01"),
        ({"custodian": None}, "E-ECR-01"),
        ({"participants": ()}, "E-ECR-01"),
        ({"participants": _people("legalAuthenticator", "legalAuthenticator")}, "E-ECR-01"),
        ({"participants": _people("legalAuthenticator", "SP")}, "E-ECR-04"),
        ({"patient": replace(TRAITS, ins="279035121518988")}, "E-ECR-02"),
        ({"patient": replace(TRAITS, ins_oid="1.2.250.1.213.1.4.12")}, "E-ECR-02"),
        ({"patient": replace(TRAITS, ins_oid=None)}, "E-ECR-02"),
        ({"patient": replace(TRAITS, birth_place_code=None)}, "E-ECR-02"),
        ({"patient": replace(TRAITS, birth_date=None)}, "E-ECR-02"),
        ({"patient": replace(TRAITS, ins=None, ins_oid=None, local_ids=())}, "E-ECR-02"),
        ({"created_at": "2026-05-04T14:30:00"}, "E-ECR-03"),
        ({"created_at": "04/05/2026"}, "E-ECR-03"),
        ({"confidentiality": "MASQUE_PS"}, "E-ECR-04"),
        ({"encounter": Encounter(code="XXX", facility_type="SA25")}, "E-ECR-04"),
        ({"encounter": Encounter(code="AMB", facility_type="SA999")}, "E-ECR-04"),
        ({"version": Version(id="pas un OID", number=1)}, "E-ECR-05"),
        ({"version": Version(id="1.2.3", number=0)}, "E-ECR-05"),
        ({"version": Version(id="1.2.3", number=1, replaces="1.2.4")}, "E-ECR-05"),
        ({"version": Version(id="1.2.3", number=2, replaces="1.2.3")}, "E-ECR-05"),
        ({"attachments": ()}, "E-ECR-07"),
        ({"attachments": (attachment(), attachment())}, "E-ECR-07"),
        ({"attachments": (attachment(b"MZ\x90"),)}, "E-ECR-07"),
        ({"title": "Titre\x00"}, "E-ECR-10"),
    ],
)
def test_a_header_that_would_be_wrong_is_refused(wrong: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        write_cda(letter(**wrong))
    assert refusal.value.code == code
    assert "PAT-TROIS" not in str(refusal.value)


@pytest.mark.slow
def test_the_official_kit_finds_no_error(tmp_path: Path) -> None:
    """`CDA_KIT` names a copy of the kit, `CDA_KIT_PYTHON` a Python with saxonche, `CDA_CONFORMANCE` the checker."""
    kit, checker = os.environ.get("CDA_KIT"), os.environ.get("CDA_CONFORMANCE")
    if not kit or not checker:
        pytest.skip("CDA_KIT et CDA_CONFORMANCE ne désignent pas le kit de conformité")
    (tmp_path / "bio.xml").write_bytes(write_cda(report()))
    (tmp_path / "n1.xml").write_bytes(write_cda(letter()))
    command = [os.environ.get("CDA_KIT_PYTHON", sys.executable), checker, "--kit", kit, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout
