"""Structured documents (level 3): one builder for each form, from the same draft as the letters.

A letter with no `forme` is of level 1, around its PDF; so is the report of a remote act, whose form only names the act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from maillon.formats.document import Act, ClinicalDocument
from maillon.writing.discharge import discharge_letter
from maillon.writing.imaging_request import imaging_request
from maillon.writing.remote import remote_report, remote_request
from maillon.writing.telling import LOINC, Told
from maillon.writing.vaccination_note import vaccination_note

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


def _medical_summary(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    """VSM 2023.01: what the treating physician keeps of his patient; habits, work and family are told in words."""
    main = replace(document.acts[0], code="34117-2", system=LOINC, label="Historique et clinique")
    words = {"vigilance": "30954-2", "mode_de_vie": "29762-2", "travail": "10161-8", "famille": "10157-6"}
    return replace(
        document,
        level=3,
        acts=(main,),
        sections=tuple(one for code, loinc in words.items() for one in told.section(code, loinc=loinc)),
        problems=(
            *told.statements("problemes", section_code="11450-4"),
            *told.statements("antecedents", section_code="11348-0"),
        ),
        procedures=told.statements("actes"),
        allergies=told.statements("allergies"),
        medications=told.statements("traitements", section_code="10160-0"),
    )


BUILDERS: Final[Mapping[str, Builder]] = {
    "ldl-ees": _at_admission,
    "ips-fr": _summary,
    "img-da-img": imaging_request,
    "ldl-ses": discharge_letter,
    "tlm-cr": remote_report,
    "tlm-da": remote_request,
    "vac-note": vaccination_note,
    "vsm": _medical_summary,
}


def built(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    builder = BUILDERS.get(told.letter.forme)
    return builder(document, told) if builder is not None else document
