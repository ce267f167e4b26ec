"""Structured documents (level 3): one builder for each form, from the same draft as the letters.

A letter with no `forme` is of level 1, around its PDF.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from maillon.formats.document import Act, ClinicalDocument
from maillon.writing.imaging_request import imaging_request
from maillon.writing.telling import Told

ACT_CODE: Final = "2.16.840.1.113883.5.4"

Builder = Callable[[ClinicalDocument, Told], ClinicalDocument]


def _at_admission(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    """LDL-EES 2022.01 (CSP R1112-1-1): what the institution must know of a patient whom their physician sends in."""
    stay = Act(code="IMP", system=ACT_CODE, label="Hospitalisation", start=document.acts[0].start)
    return replace(
        document,
        level=3,
        acts=(replace(document.acts[0], code=stay.code, system=stay.system, label=stay.label),),
        sections=(*told.section("motif", loinc="42349-1"), *told.section("autres", loinc="55112-7")),
        medications=told.statements("traitements"),
        allergies=told.statements("allergies"),
        problems=told.statements("problemes", section_code="11348-0"),
        procedures=told.statements("actes"),
    )


def _summary(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    """IPS-FR 2024.01: the five chapters that it wants are always told, « aucun » and « non renseigné » apart."""
    return replace(
        document,
        level=3,
        sections=tuple(told.section("vigilance", loinc="44944-7")),
        problems=(
            *told.statements("problemes", section_code="11450-4"),
            *told.statements("antecedents", section_code="11348-0"),
        ),
        procedures=told.statements("actes"),
        allergies=told.statements("allergies"),
        medications=told.statements("traitements", section_code="10160-0"),
        devices=told.statements("dispositifs"),
        vaccinations=told.statements("vaccinations"),
    )


BUILDERS: Final[Mapping[str, Builder]] = {
    "ldl-ees": _at_admission,
    "ips-fr": _summary,
    "img-da-img": imaging_request,
}


def built(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    builder = BUILDERS.get(told.letter.forme)
    return builder(document, told) if builder is not None else document
