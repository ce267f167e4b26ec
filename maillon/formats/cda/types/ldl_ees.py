"""LDL-EES 2022.01: the letter that goes with a patient who enters a care institution (written by the GP)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.formats.cda.blocks.medication import MEDICATIONS
from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if not document.patient.birth_date:
        yield "La date de naissance du patient manque."
    if not any(act.code == "IMP" and act.start for act in document.acts):
        yield "L’acte documenté est l’hospitalisation (IMP), datée."


ADMISSION_TREATMENTS: Final = SectionSheet(
    code="42346-7",
    label="Traitements à l'admission",
    title="Traitements à l’admission",
    templates=("1.3.6.1.4.1.19376.1.5.3.1.3.20", "1.2.250.1.213.1.1.2.144"),
    blocks=(MEDICATIONS,),
    required=True,
)

LDL_EES: Final = StructuredType(
    name="LDL-EES 2022.01",
    format=("urn:asip:ci-sis:ldl-ees:2017", "Lettre de Liaison à l'entrée d'un établissement de santé"),
    codes=("18761-7",),
    templates=("1.2.250.1.213.1.1.1.21^2022.01",),
    demands=_demands,
    sections=(
        sections.REASON,
        ADMISSION_TREATMENTS,
        sections.ALLERGIES,
        sections.MEDICAL_HISTORY,
        sections.PAST_PROCEDURES,
        sections.COMMENT,
    ),
)
