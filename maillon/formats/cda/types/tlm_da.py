"""TLM-DA 2022.01: what is asked of a colleague at a distance (teleconsultation, tele-expertise…)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sections import FR
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument

REMOTE_ACTS: Final = frozenset({"TCG", "TC", "TE1", "TE2", "TLD", "TLL", "TLM", "TLS"})  # NGAP


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if any(act.code not in REMOTE_ACTS for act in document.acts):
        yield "L’acte documenté est un acte de télémédecine de la NGAP (TCG, TC, TE1, TE2, TLD, TLL, TLM ou TLS)."


ANAMNESIS: Final = SectionSheet(
    code="34117-2",
    label="Historique et physique",
    title="Anamnèse",
    templates=(f"{FR}.69",),
    narrative="either",
    required=True,
    inside=(
        replace(sections.PROBLEMS, required=False),
        sections.MEDICAL_HISTORY,
        sections.PAST_PROCEDURES,
        replace(sections.ALLERGIES, required=False),
        replace(sections.FAMILY_HISTORY, narrative="coded"),
    ),
)
TLM_DA: Final = StructuredType(
    name="TLM-DA 2022.01",
    format=("urn:asip:ci-sis:tlm-da:2020", "Demande d'acte de télémédecine"),
    codes=("75496-0",),
    templates=("1.2.250.1.213.1.1.1.38^2022.01",),
    demands=_demands,
    sections=(
        SectionSheet(
            code="46612-8",
            label="Conclusions de synthèse",
            title="Anamnèse et facteurs de risques",
            templates=(f"{FR}.68",),
            narrative="silent",
            required=True,
            inside=(ANAMNESIS, sections.HABITS, sections.WORK_RISKS),
        ),
        sections.TREATMENTS,
        sections.DEVICES_SECTION,
        sections.VITAL_SIGNS,
        sections.RESULTS_IN_WORDS,
        sections.PREGNANCIES,
        sections.DOCUMENTS,
    ),
)
