"""What would mislead an imaging centre, a general practitioner or a screening register is refused, in French; and the
same document, put right, is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maillon.formats.cda import imaging_terms
from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.coded import Concept, ImagingInstance, ImagingSeries, ImagingStudy, Part
from maillon.formats.document import ClinicalDocument, Result, Section, Statement
from maillon.formats.refusal import Refused
from tests.formats.cda.types.common import (
    CIM10,
    GENERAL_PRACTITIONER,
    LOINC,
    PRIORITY,
    SNOMED,
    TA_ASIP,
    act,
    attachment,
    value_set,
)
from tests.formats.cda.types.test_refusals import document

DCM = imaging_terms.DCM
ANKLE = Concept(code="361292008", system=SNOMED, label="région entière de la cheville")
LEFT = (imaging_terms.SIDE, Concept(code="7771000", system=SNOMED, label="gauche"))
HISTORY = (
    Result(code="11348-0", system=LOINC, label="Antécédents médicaux", value_text="Aucun connu"),
    Result(code="47519-4", system=LOINC, label="Antécédents chirurgicaux", value_text="Aucun connu"),
)
INFORMED = Result(code="MED-1130", system=TA_ASIP, label="Informé des risques", value_kind="BL", value_text="Oui")
ASKED = Statement(code="MED-1126", system=TA_ASIP, label="Radiographie sans contraste", mood="INT",
                  sites=(replace(ANKLE, qualifiers=(LEFT,)),))  # fmt: skip
FUNCTION = Part(role="detail", code=Concept(code="MED-1133", system=TA_ASIP, label="Fonction étudiée"),
                value=Concept(code="MED-1143", system=TA_ASIP, label="Osseuse"))  # fmt: skip
SCINTIGRAPHY = replace(ASKED, code="NM", system=DCM, label="Scintigraphie", parts=(FUNCTION,))
UID = "1.2.250.1.999.8.77"
IMAGE = ImagingInstance(uid=f"{UID}.1.1", sop_class=Concept(code="1.2.840.10008.5.1.4.1.1.1.1",
                        system=imaging_terms.DICOM_UID, label="Radiographie numérique"))  # fmt: skip
DX = Concept(code="DX", system=DCM, label="Radiographie numérique")
STUDY = ImagingStudy(uid=UID, at="2026-05-04T10:00:00+02:00",
                     series=(ImagingSeries(uid=f"{UID}.1", modality=DX, instances=(IMAGE,)),))  # fmt: skip
TECHNIQUE = Statement(code="26098-4", system=LOINC, label="RX Cheville gauche", methods=(DX,), sites=(ANKLE,))
EXPOSURE = Statement(code="121290", system=DCM, label="Exposition", performer=GENERAL_PRACTITIONER)
PREGNANCY = Result(code="364320009", system=SNOMED, label="Grossesse", value_code="60001007", value_system=SNOMED,
                   value_text="absence de grossesse")  # fmt: skip
DOSE = Result(code="113813", system=DCM, label="PDL Total", value="12.5", unit="mGy.cm", sites=(ANKLE,))
ANSWER = Result(code="78012-2", system=LOINC, label="Streptocoque A", value_code="260385009", value_system=SNOMED,
                value_text="négatif", at="2026-05-04T10:00:00+02:00", section_code="18725-2",
                device="Ruban | 12 | L7 | 30/06/2027")  # fmt: skip


def request(**others: Any) -> ClinicalDocument:
    described: dict[str, Any] = {
        "type_code": "55115-0",
        "acts": (replace(act("55115-0", LOINC, "Demande"), id="1.2.250.1.999.3^D-1"),),
        "sections": (Section(code="55115-0", text="Entorse, appui impossible"),),
        "results": (*HISTORY, INFORMED),
        "plan": (ASKED,),
    }
    return document(**described | others)


def asked(**others: Any) -> ClinicalDocument:
    return request(plan=(replace(ASKED, **others),))


def imaging_act(**others: Any) -> Any:
    return replace(act("26098-4", LOINC, "RX Cheville gauche"), **{"id": UID, "modalities": (DX,)} | others)


def report(**others: Any) -> ClinicalDocument:
    described: dict[str, Any] = {
        "type_code": "18748-4",
        "acts": (imaging_act(),),
        "sections": (Section(code="19005-8", text="Pas de fracture"),),
        "procedures": (TECHNIQUE,),
        "studies": (STUDY,),
    }
    return document(**described | others)


def exposed(*results: Result) -> ClinicalDocument:
    return report(procedures=(TECHNIQUE, EXPOSURE), results=results)


def rapid_test(*results: Result, **others: Any) -> ClinicalDocument:
    label = "Test rapide d'orientation diagnostique"
    described: dict[str, Any] = {
        "type_code": "96173-0",
        "type_label": label,
        "title": f"{label} : TROD angine",
        "acts": (replace(act("J02.0", CIM10, "Pharyngite"), practice_setting_code="DEPISTAGE"),),
        "sections": (Section(code="18725-2", system=LOINC, title="Microbiologie"),),
        "results": results or (ANSWER,),
    }
    return document(**described | others)


@pytest.mark.parametrize(
    "right",
    [
        request(),
        request(plan=(SCINTIGRAPHY,)),
        asked(priority=Concept(code="UR", system=PRIORITY, label="Urgent", text="Fracture ouverte")),
        report(),
        exposed(PREGNANCY, DOSE),
        report(orders=("1.2.250.1.999.3^D-1",), accession_numbers=("1.2.250.1.999.8^A-1",)),
        rapid_test(),
    ],
)
def test_what_is_right_is_written_and_read_again(right: ClinicalDocument) -> None:
    again = read_cda(write_cda(right))
    assert again.conformance.anomalies == ()
    assert len(again.plan) == len(right.plan)
    assert [study.uid for study in again.studies] == [study.uid for study in right.studies]
    assert again.accession_numbers == right.accession_numbers


WRONG_REQUESTS = {
    "sans numéro": request(acts=(act("55115-0", LOINC, "Demande"),)),
    "deux actes principaux": request(acts=request().acts * 2),
    "sans justification": request(sections=()),
    "sans antécédent chirurgical": request(results=(HISTORY[0], INFORMED)),
    "deux fois les antécédents": request(results=(*HISTORY, HISTORY[0], INFORMED)),
    "sans l’information sur les risques": request(results=HISTORY),
    "contre-indication inconnue": request(results=(*HISTORY, INFORMED, Result(
        code="64100-1", system=LOINC, label="Contre-indications", value_code="MED-9", value_text="x"))),
    "besoin inconnu": request(results=(*HISTORY, INFORMED, Result(
        code="ORG-192", system=TA_ASIP, label="Prise en charge", value_code="MED-9", value_text="x"))),
    "rien de demandé": request(plan=()),
    "modalité inconnue": asked(code="MED-9"),
    "sans localisation": asked(sites=()),
    "deux côtés": asked(sites=(replace(ANKLE, qualifiers=(LEFT,)),) * 2),
    "précision d’une autre nature": asked(sites=(replace(ANKLE, qualifiers=((Concept(), LEFT[1]),)),)),
    "urgence sans motif": asked(priority=Concept(code="UR", system=PRIORITY, label="Urgent")),
    "motif sans urgence": asked(priority=Concept(code="R", system=PRIORITY, label="Routine", text="Vite")),
    "scintigraphie sans fonction": request(plan=(replace(SCINTIGRAPHY, parts=()),)),
    "fonction de scintigraphie pour une TEP": request(plan=(replace(SCINTIGRAPHY, code="PT"),)),
    "fonction pour une radiographie": asked(parts=(FUNCTION,)),
    "contraste hors TEP": asked(qualifiers=((Concept(), Concept(code="MED-1153", system=TA_ASIP, label="avec")),)),
}  # fmt: skip
WRONG_REPORTS = {
    "sans identifiant d’examen": report(acts=(imaging_act(id=None),)),
    "sans modalité": report(acts=(imaging_act(modalities=()),)),
    "région inconnue": report(acts=(imaging_act(regions=(Concept(code="361292008", system=SNOMED, label="x"),)),)),
    "sans conclusion": report(sections=()),
    "sans technique": report(procedures=()),
    "technique sans modalité": report(procedures=(replace(TECHNIQUE, methods=()),)),
    "technique de deux sites": report(procedures=(replace(TECHNIQUE, sites=(ANKLE, ANKLE)),)),
    "technique à gauche": report(procedures=(replace(TECHNIQUE, sites=(replace(ANKLE, qualifiers=(LEFT,)),)),)),
    "sans catalogue": report(studies=()),
    "examen d’un autre acte": report(studies=(replace(STUDY, uid="1.2.3"),)),
    "examen sans date": report(studies=(replace(STUDY, at=None),)),
    "examen sans image": report(studies=(replace(STUDY, series=()),)),
    "deux séries": report(studies=(replace(STUDY, series=STUDY.series * 2),)),
    "dose sans exposition": report(results=(DOSE,)),
    "exposition sans grossesse": exposed(),
    "exposition de personne": report(procedures=(TECHNIQUE, replace(EXPOSURE, performer=None)), results=(PREGNANCY,)),
    "unité de dose inconnue": exposed(PREGNANCY, replace(DOSE, unit="dGy.cm2")),
    "dose sans site": exposed(PREGNANCY, replace(DOSE, sites=())),
    "grossesse inconnue du jeu": exposed(replace(PREGNANCY, value_code="1")),
    "demande sans numéro d’accession": report(orders=("1.2.250.1.999.3^D-1",)),
    "antécédents sans contre-indication": report(
        results=HISTORY, sections=(*report().sections, Section(code="55115-0", text="Entorse"))),
}  # fmt: skip
WRONG_TESTS = {
    "sans dispositif": rapid_test(replace(ANSWER, device=None)),
    "dispositif d’un émetteur inconnu": rapid_test(replace(ANSWER, device_id="1.2.3^A")),
    "sans date": rapid_test(replace(ANSWER, at=None)),
    "résultat en clair": rapid_test(replace(ANSWER, value_code=None)),
    "titre d’autre chose": rapid_test(title="Angine"),
    "hors dépistage": rapid_test(acts=(act("J02.0", CIM10, "Pharyngite"),)),
    "avec une pièce jointe": rapid_test(attachments=(attachment(),)),
}  # fmt: skip


@pytest.mark.parametrize("wrong", (WRONG_REQUESTS | WRONG_REPORTS | WRONG_TESTS).values(),
                         ids=(WRONG_REQUESTS | WRONG_REPORTS | WRONG_TESTS).keys())  # fmt: skip
def test_what_would_mislead_is_refused(wrong: ClinicalDocument) -> None:
    with pytest.raises(Refused) as refusal:
        write_cda(wrong)
    assert refusal.value.code == "E-ECR-11"
    assert refusal.value.message.endswith(".")


def test_the_closed_sets_are_those_of_the_terminology() -> None:
    for name, codes in (
        ("jdv-modalite-demande-acte-imagerie", imaging_terms.REQUESTED_MODALITIES),
        ("jdv-contre-indications", imaging_terms.CONTRAINDICATIONS),
        ("jdv-info-prise-en-charge", imaging_terms.CARE_NEEDS),
        ("jdv-statut-grossesse", imaging_terms.PREGNANCIES),
        ("jdv-region-anatomique", imaging_terms.REGIONS),
    ):
        assert codes == {one.code for one in value_set(name)}, name
