"""LDL-SES 2022.01: the discharge letter that a hospital owes on the day of discharge (CSP R1112-1-2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection
from maillon.formats.cda.blocks.medication import GOING_ON, STOPPED, is_stopped
from maillon.formats.cda.blocks.observation import SIMPLE, Sheet, observations
from maillon.formats.cda.treatments import STOPPED_SECTION
from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sections import FR, PCC
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument, Result
from maillon.formats.refusal import Refused


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if not document.patient.birth_date:
        yield "La date de naissance du patient manque."
    if not any(act.code == "IMP" and act.start and act.end for act in document.acts):
        yield "L’acte documenté est l’hospitalisation (IMP), avec son début et sa fin."
    _refuse_what_is_stopped_without_a_reason(document)


def _refuse_what_is_stopped_without_a_reason(document: ClinicalDocument) -> None:
    """CSP R1112-1-2: the letter says which treatments were stopped, and why."""
    for item in document.medications:
        told = [part.text or (part.code.words if part.code else None) for part in item.parts if part.role == "reason"]
        if is_stopped(item) and not item.absent and not any(told):
            name = item.label or item.text or item.code or "traitement sans nom"
            raise Refused("E-AMB-08", f"Le motif de l’arrêt d’un traitement manque\u202f: {name}.")


# Each question of the stay has its own template, under FR-Simple-Observation.
STAY: Final = {
    "ORG-070": "6",  # how the patient came in (JDV_ModaliteEntree)
    "ORG-074": "7",  # how he went out (JDV_ModaliteSortie)
    "MED-142": "9",  # the stay, in words
    "MED-143": "3",  # adverse events
    "MED-309": "8",  # resistant bacteria were looked for
    "MED-144": "5",
    "MED-145": "10",  # transfusion
    "MED-146": "1",
    "MED-147": "2",  # blood derivatives
    "MED-148": "4",
}
# What the schematron wants answered, whatever the answer (S_ResultatsEvenements_LDL-SES and the CI-SIS volet).
ANSWERED: Final = ("ORG-070", "ORG-074", "MED-142", "MED-309", "MED-145", "MED-147")


def _sheet(item: Result) -> Sheet:
    number = STAY.get(item.code or "")
    if number is None:
        raise Refused("E-ECR-11", "Une observation du séjour n’est pas de celles d’une lettre de sortie.")
    return Sheet((*SIMPLE, f"1.2.250.1.213.1.1.3.48.{number}"))


_STAY: Final = observations(_sheet, noun="observation du séjour")


def _write_stay(draft: Draft, section: OpenSection, items: Sequence[Result]) -> None:
    said = {item.code for item in items}
    if any(code not in said for code in ANSWERED):
        raise Refused("E-ECR-11", "La synthèse du séjour dit l’entrée, la sortie, le séjour, la recherche de bactéries "
                                  "résistantes, la transfusion et les dérivés du sang.")  # fmt: skip
    _STAY.write(draft, section, items)


STAY_BLOCK: Final[Block] = replace(_STAY, write=_write_stay)

LDL_SES: Final = StructuredType(
    name="LDL-SES 2022.01",
    format=("urn:asip:ci-sis:ldl-ses:2017", "Lettre de Liaison à la sortie de l'établissement de santé"),
    codes=("11490-0",),
    templates=("1.2.250.1.213.1.1.1.29^2022.01",),
    demands=_demands,
    sections=(
        SectionSheet(
            code="33557-0",
            label="Statut du document",
            title="Statut du document",
            templates=(f"{FR}.35", f"{FR}.35.1"),
            blocks=(observations(Sheet(SIMPLE), noun="statut"),),
            required=True,
        ),
        sections.REASON,
        SectionSheet(
            code="42545-4",
            label="Résultats/évènements",
            title="Synthèse du séjour",
            templates=(
                "1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9",
                "1.3.6.1.4.1.19376.1.7.3.1.1.13.7",
                f"{FR}.163",
                f"{FR}.163.1",
            ),
            blocks=(STAY_BLOCK,),
            required=True,
        ),
        SectionSheet(
            code="10183-2",
            label="Traitements à la sortie",
            title="Traitements à la sortie",
            templates=(f"{PCC}.3.22", f"{FR}.146"),
            blocks=(GOING_ON,),
            required=True,
        ),
        SectionSheet(
            code=STOPPED_SECTION,
            label="Médicaments administrés",
            title="Traitements arrêtés",
            templates=(f"{PCC}.3.21", f"{FR}.145"),
            blocks=(STOPPED,),
        ),
        sections.RESULTS_IN_WORDS,
        replace(sections.CARE_PLAN, title="Suites à donner"),
        sections.DEVICES_SECTION,
        replace(sections.ALLERGIES, required=False),
    ),
)
