"""IMG-DA-IMG 2024.01: an imaging examination is asked for, with what the radiologist must know before (CSP R1333-66 and
R1333-67: written request, justified, with the history and the contra-indications)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.coded import Concept, Part
from maillon.formats.document import Act, ClinicalDocument, Result, Section, Statement
from maillon.writing.telling import LOINC, Told

TA_ASIP: Final = "1.2.250.1.213.1.1.4.322"
PRIORITY: Final = "2.16.840.1.113883.5.7"
SIDE: Final = Concept(code="106233006", system="2.16.840.1.113883.6.96", label="modificateur topographique")
INFORMED: Final = "Le patient a-t-il été informé des risques relatifs à l'examen d'imagerie médicale ?"
CALL_BACK: Final = "Le demandeur souhaite un retour par téléphone"


def imaging_request(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    """The order bears the number of the document: the radiologist's report will refer to it."""
    act = document.acts[0]
    main = Act(
        code=act.code, system=act.system, label=act.label, start=act.start, performer_id=act.performer_id,
        performer_name=act.performer_name, performer_organization=act.performer_organization,
        performer_organization_id=act.performer_organization_id, practice_setting_code=act.practice_setting_code,
        id=f"{document.version.id}^1",
    )  # fmt: skip
    return replace(
        document,
        level=3,
        acts=(main,),
        sections=tuple(_sections(told)),
        results=tuple(_results(told)),
        plan=tuple(_requested(told)),
    )


def _sections(told: Told) -> Iterator[Section]:
    yield from told.section("justification", loinc="55115-0")
    former = told.lines("resultats")
    if former:
        yield Section(code="30954-2", system=LOINC, title="Résultats d’examens antérieurs", text=former)


def _results(told: Told) -> Iterator[Result]:
    yield Result(code="11348-0", system=LOINC, label="Antécédents médicaux", value_text=told.lines("medicaux"))
    yield Result(code="47519-4", system=LOINC, label="Antécédents chirurgicaux", value_text=told.lines("chirurgicaux"))
    for each in told.concepts("contre_indications"):
        yield _coded("64100-1", LOINC, "Contre-indications", each)
    for each in told.concepts("prise_en_charge"):
        yield _coded("ORG-192", TA_ASIP, "Informations pour la prise en charge", each)
    answer = told.says_yes("informe")
    if answer is not None:
        said = "Oui" if answer else "Non"
        yield Result(code="MED-1130", system=TA_ASIP, label=INFORMED, value_kind="BL", value_text=said)


def _coded(code: str, system: str, label: str, value: Concept) -> Result:
    return Result(
        code=code, system=system, label=label, value_code=value.code, value_system=value.system, value_text=value.label
    )


def _requested(told: Told) -> Iterator[Statement]:
    """One examination: its modality, where, on which side, why it is urgent when it is."""
    sites = [
        replace(each, qualifiers=tuple((SIDE, side) for side in told.concepts("cote")))
        for each in told.concepts("region")
    ]
    urgent = told.text("urgence")
    back = told.says_yes("rappel")
    parts = [_said("GEN-297", CALL_BACK, "Oui" if back else "Non")] if back is not None else []
    for modality in told.concepts("modalite"):
        yield Statement(
            code=modality.code,
            system=modality.system,
            label=modality.label,
            mood="INT",
            sites=tuple(sites),
            priority=Concept(code="UR", system=PRIORITY, label="Urgent", text=urgent) if urgent else None,
            comment=told.text("precisions") or None,
            parts=tuple(parts),
        )


def _said(code: str, label: str, answer: str) -> Part:
    return Part(role="detail", code=Concept(code=code, system=TA_ASIP, label=label), kind="BL", text=answer)
