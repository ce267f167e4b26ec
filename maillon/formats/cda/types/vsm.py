"""VSM 2023.01: the medical summary that the treating physician keeps (CI-SIS volet de synthèse médicale).

What is mandatory and has no coded « aucun connu » (habits, work, family) is said in words when there is nothing to
code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sections import FR
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument

MAIN_ACT: Final = ("34117-2", "Historique et clinique")


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if not any((act.code, act.label) == MAIN_ACT for act in document.acts):
        yield "L’acte documenté d’un VSM est « Historique et clinique » (34117-2)."
    if document.type_system != "1.2.250.1.213.1.1.4.12":
        yield "Le type d’un VSM est « Synthèse », de la nomenclature TA_ASIP des types."


HISTORY: Final = SectionSheet(
    code="34117-2",
    label="Historique et physique",
    title="Pathologies en cours, antécédents et allergies",
    templates=(f"{FR}.30",),
    narrative="silent",
    required=True,
    inside=(
        replace(sections.PROBLEMS, title="Pathologies en cours"),
        replace(sections.MEDICAL_HISTORY, required=True),
        replace(sections.PAST_PROCEDURES, title="Antécédents chirurgicaux", required=True),
        sections.ALLERGIES,
    ),
)
RISKS: Final = SectionSheet(
    code="57207-3",
    label="Facteurs de risque présents ou passés affectant l'état de santé et/ou une circonstance",
    title="Facteurs de risque",
    templates=(f"{FR}.31",),
    narrative="silent",
    required=True,
    inside=(
        replace(sections.HABITS, required=True),
        replace(sections.WORK_RISKS, required=True),
        replace(sections.FAMILY_HISTORY, required=True),
    ),
)
VSM: Final = StructuredType(
    name="VSM 2023.01",
    format=("urn:asip:ci-sis:vsm:2012", "Synthèse médicale"),
    codes=("SYNTH",),
    templates=("1.2.250.1.213.1.1.1.13^2023.01",),
    demands=_demands,
    sections=(
        SectionSheet(
            code="46612-8",
            label="Conclusions de synthèse",
            title="Pathologies en cours, antécédents, allergies et facteurs de risque",
            templates=(f"{FR}.29",),
            narrative="silent",
            required=True,
            inside=(HISTORY, RISKS),
        ),
        replace(sections.RESULTS_IN_WORDS, title="Points de vigilance", required=True),
        SectionSheet(
            code="18776-5",
            label="Plan de traitement",
            title="Traitement au long cours",
            templates=(f"{FR}.32",),
            narrative="silent",
            required=True,
            inside=(sections.TREATMENTS,),
        ),
    ),
)
