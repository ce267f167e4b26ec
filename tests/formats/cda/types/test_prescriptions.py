"""What an electronic prescription and a dispensation must say, and what is refused for want of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from maillon.formats.cda.normal_form import normal_form
from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.coded import Concept, Part, Quantity
from maillon.formats.document import ClinicalDocument, PatientTraits, Statement
from maillon.formats.refusal import Refused
from maillon.formats.with_pdf import with_pdf
from tests.formats.cda.samples import FOLDER, SAMPLES, samples_missing
from tests.formats.cda.types.common import (
    CIS,
    EMDN,
    GENERAL_PRACTITIONER,
    LOINC,
    STRUCTURE,
    TA_ASIP,
    TRAITS,
    act,
    taking_part,
)
from tests.formats.cda.types.common import attachment as pdf
from tests.formats.cda.types.edisp_med import PHARMACIST
from tests.formats.cda.types.ep_med_dm import ANSWERS, SUBSTITUTION
from tests.formats.kinds import REFERRAL

HL7 = {"c": "urn:hl7-org:v3"}


def answers(*codes: str, text: str = "Non") -> tuple[Part, ...]:
    return tuple(
        Part(role="detail", code=Concept(code=code, system=TA_ASIP, label=ANSWERS[code]), text=text, kind="BL")
        for code in codes
    )


NO_SUBSTITUTE = Part(
    role="substitution", code=Concept(code="N", system=SUBSTITUTION, label="Aucune substitution permise")
)
PARACETAMOL = Statement(
    code="63107752",
    system=CIS,
    label="PARACETAMOL MYLAN 500 mg, comprimé",
    posology="1 comprimé trois fois par jour pendant 5 jours",
    start="2026-05-04",
    end="2026-05-09",
    repeats="0",
    parts=(NO_SUBSTITUTE, *answers(*ANSWERS)),
)
SPLINT = Statement(
    code="Y0603",
    system=EMDN,
    label="ORTHÈSES DU PIED ET DE LA CHEVILLE",
    text="Attelle de cheville droite",
    repeats="0",
    amount=Quantity(low="1", high="1"),
    parts=answers(*list(ANSWERS)[:4]),
)


def prescription(**others: Any) -> ClinicalDocument:
    main = replace(
        act("57833-6", LOINC, "Prescription de produits de santé"),
        id="1.2.250.1.215.500.1.1^01S2TBPZ2JCNZZYGHZ",
        end="2026-08-04T08:00:00+02:00",
    )
    described: dict[str, Any] = {
        "type_code": "57833-6",
        "type_system": LOINC,
        "type_label": "Prescription de produits de santé",
        "title": "Ordonnance",
        "created_at": "2026-05-04T14:30:00+02:00",
        "version": replace(REFERRAL.version, id="1.2.250.1.999.1^E1", set_id="1.2.250.1.999.1"),
        "patient": TRAITS,
        "authors": (GENERAL_PRACTITIONER,),
        "custodian": STRUCTURE,
        "participants": (taking_part("legalAuthenticator"),),
        "encounter": REFERRAL.encounter,
        "acts": (main,),
        "medications": (PARACETAMOL,),
        "devices": (SPLINT,),
        "attachments": (pdf(),),
    }
    return ClinicalDocument(**{**described, **others})


def dispensation(**others: Any) -> ClinicalDocument:
    given = replace(PARACETAMOL, repeats=None, parts=(), amount=Quantity(low="2", high="2", unit="30009000"),
                    fulfils="1.2.250.1.999.1^L1")  # fmt: skip
    described: dict[str, Any] = {
        "type_code": "60593-1",
        "type_label": "Dispensation médicamenteuse",
        "title": "Dispensation",
        "authors": (PHARMACIST,),
        "acts": (act("60593-1", LOINC, "Dispensation médicamenteuse"),),
        "medications": (given,),
        "devices": (),
        "attachments": (),
    }
    return prescription(**{**described, **others})


def without(line: Statement, code: str) -> Statement:
    return replace(line, parts=tuple(part for part in line.parts if part.code is None or part.code.code != code))


@pytest.mark.parametrize(
    "right", [prescription(), dispensation(), prescription(devices=()), prescription(medications=())]
)
def test_a_right_document_is_written_and_read_back_equal(right: ClinicalDocument) -> None:
    assert normal_form(read_cda(write_cda(right))) == normal_form(right)


PEOPLE_WITHOUT_PLACE = (replace(GENERAL_PRACTITIONER, organization_id=None, organization_name=None),)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (prescription(patient=replace(TRAITS, addresses=())), "adresse"),
        (prescription(patient=replace(TRAITS, telecoms=())), "téléphone"),
        (prescription(authors=PEOPLE_WITHOUT_PLACE), "structure où il exerce"),
        (prescription(acts=(replace(prescription().acts[0], code="34117-2"),)), "57833-6"),
        (prescription(acts=(replace(prescription().acts[0], id=None),)), "numéro de l’ordonnance"),
        (prescription(acts=(replace(prescription().acts[0], id="1.2.3^4"),)), "numéro de l’ordonnance"),
        (prescription(acts=(replace(prescription().acts[0], end=None),)), "fin de validité"),
        (prescription(medications=(), devices=()), "ne prescrit rien"),
        (prescription(medications=(replace(PARACETAMOL, repeats=None),)), "renouvellements"),
        (prescription(medications=(replace(PARACETAMOL, repeats="-1"),)), "renouvellements"),
        (prescription(medications=(replace(PARACETAMOL, posology=None),)), "posologie"),
        (prescription(medications=(replace(PARACETAMOL, negated=True),)), "n’est pas prescrit"),
        (prescription(medications=(replace(PARACETAMOL, author=GENERAL_PRACTITIONER),)), "auteur d’une ligne"),
        (prescription(medications=(without(PARACETAMOL, "N"),)), "substitution"),
        *((prescription(medications=(without(PARACETAMOL, code),)), "Il faut dire") for code in ANSWERS),
        *((prescription(devices=(without(SPLINT, code),)), "Il faut dire") for code in list(ANSWERS)[:4]),
        (prescription(devices=(replace(SPLINT, repeats=None),)), "renouvellements"),
        (prescription(attachments=()), "Copie du document"),
        (dispensation(acts=prescription().acts), "60593-1"),
        (dispensation(authors=(GENERAL_PRACTITIONER,)), "pharmacien"),
        (dispensation(medications=(replace(dispensation().medications[0], amount=None),)), "quantité"),
        (dispensation(medications=()), "Dispensation"),
        (dispensation(medications=(replace(dispensation().medications[0], negated=True),)), "n’est pas dispensé"),
        (dispensation(medications=(replace(dispensation().medications[0], parts=(NO_SUBSTITUTE,) * 2),)), "deux fois"),
    ],
)
def test_what_is_missing_is_refused_in_french(wrong: ClinicalDocument, words: str) -> None:
    with pytest.raises(Refused) as refused:
        write_cda(wrong)
    assert refused.value.code == "E-ECR-11"
    assert words in refused.value.message
    assert "PAT-TROIS" not in refused.value.message


def test_an_ankle_splint_is_prescribed_with_its_four_answers() -> None:
    root = etree.fromstring(write_cda(prescription(medications=())))
    (supply,) = root.iterfind(".//c:entry/c:supply", HL7)
    assert supply.find("c:repeatNumber", HL7).get("value") == "0"  # type: ignore[union-attr]
    asked = [each.get("code") for each in supply.iterfind("c:entryRelationship/c:observation/c:code", HL7)]
    assert asked == ["MED-574", "GEN-180", "GEN-295", "GEN-181"]
    words = " ".join("".join(root.find(".//c:text", HL7).itertext()).split())  # type: ignore[union-attr]
    assert "Attelle de cheville droite" in words


def test_the_flags_of_a_prescription_are_told_as_information() -> None:
    flag = replace(act("MED-1096", TA_ASIP, "Ordonnance bizone"), start=None, end=None, performer_id=None,
                   performer_organization=None, performer_organization_id=None, practice_setting_code=None)  # fmt: skip
    root = etree.fromstring(write_cda(prescription(acts=(*prescription().acts, flag))))
    assert [each.get("classCode") for each in root.iterfind(".//c:serviceEvent", HL7)] == [None, "INFO"]


def test_the_copy_shows_what_the_codes_say() -> None:
    import io

    from pypdf import PdfReader

    whole = with_pdf(prescription(), identity_status="QUAL")
    (copy,) = read_cda(write_cda(whole)).attachments
    told = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(copy.data)).pages).split())
    for words in (
        "PARACETAMOL MYLAN 500 mg",
        "1 comprimé trois fois par jour",
        "Attelle de cheville droite",
        "04/08/2026",
    ):
        assert words in told


def test_a_report_of_a_remote_act_says_which_act() -> None:
    report = with_pdf(replace(REFERRAL, type_code="85208-7", type_label="CR de télémédecine"))
    with pytest.raises(Refused) as refused:
        write_cda(report)
    assert (refused.value.code, "NGAP" in refused.value.message) == ("E-ECR-11", True)
    remote = replace(report.acts[0], code="TE1", system="1.2.250.1.215.200.3.3", label="Téléexpertise")
    assert read_cda(write_cda(replace(report, acts=(remote,)))).acts[0].code == "TE1"


@pytest.mark.parametrize("pattern", ["eP-MED-DM*", "TLM-CR*"])
def test_an_official_sample_keeps_its_coded_values(pattern: str) -> None:
    if not SAMPLES:
        pytest.skip(samples_missing)
    (path,) = FOLDER.glob(pattern)
    before = read_cda(path.read_bytes())
    again = read_cda(write_cda(rewritable(before)))
    for name in ("medications", "devices"):
        first, second = getattr(before, name), getattr(again, name)
        assert [coded(one) for one in first] == [coded(one) for one in second]
    assert {one.code for one in before.acts} == {one.code for one in again.acts}


def rewritable(document: ClinicalDocument) -> ClinicalDocument:
    """Without what the sample has and a right document has not: a barcode among the attachments, ids used twice."""
    kept = tuple(one for one in document.attachments if one.media_type == "application/pdf")[:1]
    patient: PatientTraits = document.patient
    return replace(document, attachments=kept, patient=patient)


def coded(item: Statement) -> tuple[object, ...]:
    parts = sorted((part.role, part.code.code if part.code else "", part.text or "") for part in item.parts
                   if part.role == "detail" or part.role == "substitution")  # fmt: skip
    return (item.code, item.system, sorted(item.translations), item.amount, item.repeats,
            [(one[0], one[1], re.sub(r"\s+", " ", one[2])) for one in parts])  # fmt: skip
