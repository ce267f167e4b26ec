"""IPS-FR 2024.01: the medical summary (French profile of the International Patient Summary), successor of the VSM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.adverse import ADVERSE_EFFECTS
from maillon.formats.cda.blocks.directive import DIRECTIVE_FILES, DIRECTIVES, DIRECTIVES_CODE
from maillon.formats.cda.blocks.draft import Draft, OpenSection
from maillon.formats.cda.blocks.medication import MEDICATIONS
from maillon.formats.cda.blocks.observation import (
    FUNCTIONAL,
    FUNCTIONAL_PANEL,
    RESULT,
    RESULTS_PANEL,
    observations,
)
from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sections import CCD, FR, PCC
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument, Result
from maillon.formats.refusal import Refused


def _demands(document: ClinicalDocument) -> Iterator[str]:
    for one in document.participants:
        if one.role == "INF" and one.function_code not in ("PCP", "ES-PREF"):
            yield "Un informateur de la synthèse est le médecin traitant ou l’établissement de préférence."


def _write_results(draft: Draft, section: OpenSection, items: Sequence[Result]) -> None:
    if any(item.group_code is None or item.group_code.code not in EXAMINATIONS for item in items):
        raise Refused("E-ECR-11", "Un résultat de la synthèse dit de quelle sorte d’examen il vient.")
    _RESULTS.write(draft, section, items)


# CI-SIS FR-Resultats: biology, imaging, cytology, pathology, human genetics.
EXAMINATIONS: Final = frozenset({"26436-6", "18748-4", "26438-2", "27898-6", "26435-8"})
_RESULTS: Final = observations(RESULT, panel=RESULTS_PANEL, noun="résultat")
ADVERSE: Final = SectionSheet(
    code="44939-7",
    label="Effets indésirables prévisibles liés aux médicaments",
    title="Effets indésirables prévisibles liés aux médicaments",
    templates=(f"{FR}.247",),
    blocks=(ADVERSE_EFFECTS,),
)
VIGILANCE: Final = SectionSheet(
    code="44944-7",
    label="Autres alertes",
    title="Points de vigilance",
    templates=(f"{FR}.245",),
    narrative="prose",
)
FUNCTIONAL_STATUS: Final = SectionSheet(
    code="47420-5",
    label="Évaluation du statut fonctionnel",
    title="Statut fonctionnel",
    templates=("2.16.840.1.113883.10.22.3.8", f"{FR}.246"),
    blocks=(observations(FUNCTIONAL, panel=FUNCTIONAL_PANEL, noun="statut fonctionnel"),),
)
ADVANCE_DIRECTIVES: Final = SectionSheet(
    code=DIRECTIVES_CODE,
    label="Directives anticipées",
    title="Directives anticipées",
    templates=(f"{CCD}.1", f"{PCC}.3.34", f"{PCC}.3.35", f"{FR}.157"),
    blocks=(DIRECTIVES, DIRECTIVE_FILES),
)
RESULTS: Final = SectionSheet(
    code="30954-2",
    label="Résultats d’examens",
    title="Résultats",
    templates=(f"{FR}.244",),
    blocks=(replace(_RESULTS, write=_write_results),),
)

IPS_FR: Final = StructuredType(
    name="IPS-FR 2024.01",
    format=("urn:ihe:pcc:ips:2020", "Synthèse médicale"),
    codes=("60591-5", "74207-2"),
    templates=("2.16.840.1.113883.10.22.1.1", "1.2.250.1.213.1.1.1.51^2024.01"),
    demands=_demands,
    sections=(
        sections.PROBLEMS,
        sections.MEDICAL_HISTORY,
        replace(sections.PAST_PROCEDURES, required=True),
        sections.ALLERGIES,
        ADVERSE,
        sections.TREATMENTS,
        replace(sections.DEVICES_SECTION, required=True),
        VIGILANCE,
        FUNCTIONAL_STATUS,
        replace(sections.VITAL_SIGNS, title="Constantes"),
        sections.HABITS,
        sections.WORK_RISKS,
        sections.FAMILY_HISTORY,
        sections.IMMUNIZATIONS,
        sections.PREGNANCIES,
        replace(sections.CARE_PLAN, blocks=(MEDICATIONS, *sections.CARE_PLAN.blocks)),
        ADVANCE_DIRECTIVES,
        RESULTS,
        sections.DOCUMENTS,
    ),
)
