"""LDL-SES 2022.01: the letter that an institution owes on the day of discharge (CSP R1112-1-2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.coded import Concept, Part
from maillon.formats.document import ClinicalDocument, Result, Section, Statement
from maillon.formats.wording import NARROW_SPACE
from maillon.writing.telling import LOINC, Told

TA_ASIP: Final = "1.2.250.1.213.1.1.4.322"
ACT_CODE: Final = "2.16.840.1.113883.5.4"
STAY: Final = "42545-4"
# Part of the letter → code and label of what the stay tells, in words or by yes or no.
_WORDS: Final = {
    "synthese": ("MED-142", "Synthèse médicale"),
    "evenements": ("MED-143", "Évènements indésirables"),
    "bmr_precisions": ("MED-144", "Précisions sur la recherche de micro-organismes multirésistants"),
    "transfusion_precisions": ("MED-146", "Précisions sur la transfusion"),
    "derives_precisions": ("MED-148", "Précisions sur les dérivés du sang"),
}
_QUESTIONS: Final = {
    "bmr": ("MED-309", "Recherche de micro-organismes multirésistants ou émergents effectuée"),
    "transfusion": ("MED-145", "Transfusion de produits sanguins"),
    "derives": ("MED-147", "Administration de dérivés du sang"),
}
_CHOICES: Final = {"entree_par": ("ORG-070", "Modalité d'entrée"), "sortie_vers": ("ORG-074", "Modalité de sortie")}


def discharge_letter(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    stay = replace(
        document.acts[0], code="IMP", system=ACT_CODE, label="Hospitalisation",
        start=told.date("entree"), end=told.date("sortie"),
    )  # fmt: skip
    return replace(
        document,
        level=3,
        acts=(stay,),
        sections=tuple(_sections(told)),
        results=tuple(_results(told)),
        medications=(*told.statements("traitements", section_code="10183-2"), *_stopped(told)),
        allergies=told.statements("allergies"),
        devices=told.statements("dispositifs"),
        plan=tuple(_wanted(told)),
    )


def _sections(told: Told) -> Iterator[Section]:
    yield from told.section("motif", loinc="42349-1")
    awaited = told.lines("resultats")
    if awaited:
        yield Section(
            code="30954-2", system=LOINC, title="Résultats d’examens, et ceux qui sont attendus", text=awaited
        )


def _results(told: Told) -> Iterator[Result]:
    for each in told.concepts("statut"):
        yield _coded("GEN-065", "Statut du document", each, section="33557-0", kind=None)
    for part, (code, label) in _CHOICES.items():
        for each in told.concepts(part):
            yield _coded(code, label, each, section=STAY, kind="CE")
    for part, (code, label) in _WORDS.items():
        if said := told.text(part):
            yield Result(code=code, system=TA_ASIP, label=label, value_text=" ".join(said.split()), section_code=STAY)
    for part, (code, label) in _QUESTIONS.items():
        answer = told.says_yes(part)
        if answer is not None:
            said = "Oui" if answer else "Non"
            yield Result(code=code, system=TA_ASIP, label=label, value_text=said, value_kind="BL", section_code=STAY)


def _coded(code: str, label: str, value: Concept, *, section: str, kind: str | None) -> Result:
    return Result(
        code=code, system=TA_ASIP, label=label, value_text=value.label, value_code=value.code,
        value_system=value.system, value_kind=kind, section_code=section,
    )  # fmt: skip


def _stopped(told: Told) -> Iterator[Statement]:
    """One a line, « Plavix 75 mg : saignement »; without its reason it is refused (E-AMB-08)."""
    for line in told.text("arretes").split("\n"):
        name, _, why = line.replace(NARROW_SPACE, " ").replace("\u00a0", " ").partition(":")
        if name.strip():
            reason = (Part(role="reason", text=why.strip()),) if why.strip() else ()
            yield Statement(label=name.strip(), status="aborted", section_code="18610-6", parts=reason)


def _wanted(told: Told) -> Iterator[Statement]:
    for line in told.text("suites").split("\n"):
        if line.strip():
            yield Statement(
                label=line.strip(), mood="INT", kind="PROC", start=told.date("sortie"), section_code="18776-5"
            )
