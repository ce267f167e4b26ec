"""What would be wrong is refused, with a stable code and a French reason; put right, the document is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maillon.formats.cda.write import write_cda
from maillon.formats.coded import Concept, Dosage, Part, Product, Quantity
from maillon.formats.document import Act, ClinicalDocument, Encounter, Result, Section, Statement, Version
from maillon.formats.refusal import Refused
from tests.formats.cda.types.common import (
    ACT_CODE,
    ATC,
    CIM10,
    CIS,
    GENERAL_PRACTITIONER,
    LOINC,
    SNOMED,
    STRUCTURE,
    TRAITS,
    act,
    taking_part,
)

TREATMENT = Statement(code="63564053", system=CIS, label="PLAVIX 75 mg, comprimé pelliculé")
NO_ALLERGY = Statement(
    code="no-known-allergies", system="2.16.840.1.113883.5.1150.1", label="Pas d'allergie connue", absent=True
)
ALLERGY = Statement(code="67017786", system=CIS, label="PARACETAMOL", kind="416098002", kind_system=SNOMED)
VACCINATION = Statement(
    code="60917345",
    system=CIS,
    label="REVAXIS",
    start="2026-05-04",
    lot="AB12",
    translations=(("J07CA01", ATC, "dTP"),),
    author=GENERAL_PRACTITIONER,
)


def document(**others: Any) -> ClinicalDocument:
    described: dict[str, Any] = {
        "type_system": LOINC,
        "type_label": "Document",
        "title": "Document",
        "created_at": "2026-05-04T14:30:00+02:00",
        "version": Version(id="1.2.250.1.999.1^V1", set_id="1.2.250.1.999.1", number=1),
        "patient": TRAITS,
        "authors": (GENERAL_PRACTITIONER,),
        "custodian": STRUCTURE,
        "participants": (taking_part("legalAuthenticator"),),
        "encounter": Encounter(code="AMB", facility_type="SA52", start="2026-05-04T08:00:00+02:00"),
    }
    return ClinicalDocument(**described | others)


def letter(**others: Any) -> ClinicalDocument:
    described: dict[str, Any] = {
        "type_code": "18761-7",
        "acts": (act("IMP", ACT_CODE, "Hospitalisation"),),
        "sections": (Section(code="42349-1", text="Toux"), Section(code="55112-7", text="Rien de plus")),
        "medications": (TREATMENT,),
        "allergies": (NO_ALLERGY,),
    }
    return document(**described | others)


def note(**given: Any) -> ClinicalDocument:
    return document(
        type_code="87273-9",
        acts=(act("87273-9", LOINC, "Note de vaccination"),),
        vaccinations=(replace(VACCINATION, **given),),
    )


def test_what_is_right_is_written() -> None:
    assert write_cda(letter()).startswith(b"<?xml")
    assert write_cda(note()).startswith(b"<?xml")


def dosed(**quantity: str | None) -> Statement:
    return replace(TREATMENT, dosage=Dosage(dose=Quantity(**quantity)))


SEVERE = Part(role="severity", value=Concept(code="1", system=SNOMED, label="terrible"))
UNDATED = Act(code="IMP", system=ACT_CODE, performer_id="899000000227", practice_setting_code="AMBULATOIRE")
LONELY = Result(code="8867-4", system=LOINC, label="Pouls", value="60", unit="/min")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (letter(sections=(Section(code="55112-7", text="Rien"),)), "E-ECR-11"),
        (letter(sections=(Section(code="42349-1", text=" "), Section(code="55112-7", text="Rien"))), "E-ECR-11"),
        (letter(medications=()), "E-ECR-11"),
        (letter(allergies=()), "E-ECR-11"),
        (letter(results=(LONELY,)), "E-ECR-11"),
        (letter(medications=(replace(TREATMENT, section_code="10160-0"),)), "E-ECR-11"),
        (letter(sections=(*letter().sections, Section(code="8716-3", text="Pouls 60"))), "E-ECR-11"),
        (letter(acts=(act("AMB", ACT_CODE, "Ambulatoire"),)), "E-ECR-11"),
        (letter(acts=(UNDATED,)), "E-ECR-01"),
        (letter(type_code="11490-0", templates=("1.2.250.1.213.1.1.1.21^2022.01",)), "E-ECR-04"),
        (letter(medications=(Statement(),)), "E-ECR-06"),
        (letter(medications=(replace(TREATMENT, system=None),)), "E-ECR-06"),
        (letter(medications=(replace(TREATMENT, product=Product(form=Concept(code="1"))),)), "E-ECR-06"),
        (letter(medications=(dosed(low="un", high="un"),)), "E-ECR-06"),
        (letter(medications=(dosed(low="2", high="1"),)), "E-ECR-06"),
        (letter(medications=(dosed(low="1", high="1", unit="c à soupe"),)), "E-ECR-06"),
        (letter(medications=(replace(TREATMENT, mood="WISH"),)), "E-ECR-04"),
        (letter(medications=(replace(TREATMENT, status="ongoing"),)), "E-ECR-04"),
        (letter(medications=(replace(TREATMENT, start="04/05/2026"),)), "E-ECR-03"),
        (letter(allergies=(replace(ALLERGY, kind="1234"),)), "E-ECR-04"),
        (letter(allergies=(replace(ALLERGY, concern_status="vague"),)), "E-ECR-04"),
        (letter(allergies=(replace(ALLERGY, parts=(SEVERE,)),)), "E-ECR-04"),
        (letter(procedures=(Statement(code="HHFA011", system=CIM10, label="x", kind="SURGERY"),)), "E-ECR-04"),
        (letter(problems=(Statement(code="I10", system=CIM10, label="a\x00b"),)), "E-ECR-10"),
        (note(negated=True), "E-ECR-11"),
        (note(start="2026-05"), "E-ECR-11"),
        (note(start=None), "E-ECR-11"),
        (note(system=ATC), "E-ECR-11"),
        (note(translations=()), "E-ECR-11"),
        (note(lot=None), "E-ECR-11"),
        (note(author=None), "E-ECR-11"),
        (note(rank="premier"), "E-ECR-06"),
        (note(parts=(Part(role="reaction", text="Fièvre"),)), "E-ECR-11"),
        (replace(note(), vaccinations=()), "E-ECR-11"),
    ],
)
def test_what_would_be_wrong_is_refused(wrong: ClinicalDocument, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        write_cda(wrong)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_a_refusal_names_the_section_that_says_nothing() -> None:
    with pytest.raises(Refused, match="Allergies et hypersensibilités"):
        write_cda(letter(allergies=()))


def test_the_same_letter_is_written_once_it_says_that_nothing_is_known() -> None:
    refused = letter(allergies=())
    with pytest.raises(Refused):
        write_cda(refused)
    assert b"no-known-allergies" in write_cda(replace(refused, allergies=(NO_ALLERGY,)))
