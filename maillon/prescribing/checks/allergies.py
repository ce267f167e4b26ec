"""Allergies: the substance, its class, the known crossings; and what nobody said (E-LAP-05)."""

from __future__ import annotations

from collections.abc import Iterator

from maillon.prescribing.cards import Card, shortened
from maillon.prescribing.checks.case import Case, about, cited, slug
from maillon.prescribing.definition import CrossAllergy
from maillon.prescribing.knowledge import Substance
from maillon.prescribing.situation import Allergy
from maillon.prescribing.words import fold


def check(case: Case) -> Iterator[Card]:
    yield from _unsaid(case)
    for allergy in case.patient.allergies:
        yield from _of(case, allergy)


def _unsaid(case: Case) -> Iterator[Card]:
    if case.patient.allergy_state == "not_recorded":
        yield Card(
            key="allergies-non-renseignees", indicator="warning", code="E-LAP-05", must_answer=True,
            source=case.knowledge.title("allergies"),
            summary="Allergies non renseignées\u202f: les allergies ne sont pas contrôlées.",
            detail="Demandez-les. « Aucune connue » se dit dans un document du dossier, ou comme motif ici.",
        )  # fmt: skip


def _of(case: Case, allergy: Allergy) -> Iterator[Card]:
    if not allergy.targets:
        yield Card(
            key=f"allergie-non-controlee:{fold(allergy.label)}", indicator="info",
            source=case.knowledge.title("allergies"),
            summary=shortened(f"Non contrôlé\u202f: allergie «\u202f{allergy.label}\u202f», hors de la base."),
            detail="Cette allergie n’est rattachée à aucun médicament de la base.",
        )  # fmt: skip
        return
    for key in case.by_substance:
        yield from _met(case, allergy, case.substance(key))


def _met(case: Case, allergy: Allergy, substance: Substance) -> Iterator[Card]:
    lines, title = case.by_substance[substance.key], case.knowledge.title("allergies")
    crossed = case.knowledge.title("allergies-croisees")
    for target in sorted(allergy.targets & substance.targets):
        is_itself = target == substance.name
        why = "" if is_itself else f" ({case.knowledge.name_of(target)})"
        yield Card(
            key=f"allergie:{fold(target) if is_itself else slug(target)}:{substance.key}", indicator="critical",
            must_answer=True, source=title, about=about(lines),
            summary=shortened(
                f"{_capital(substance.name)}{why}\u202f: allergie au dossier, «\u202f{allergy.label}\u202f»."
            ),
            detail=_where(allergy, cited(lines)),
        )  # fmt: skip
    for cross in case.knowledge.cross_allergies:
        if _crosses(cross, allergy, substance):
            is_critical = cross.niveau == "critique"
            yield Card(
                key=f"allergie-croisee:{fold(cross.allergie)}:{substance.key}", source=crossed, about=about(lines),
                indicator="critical" if is_critical else "warning", must_answer=is_critical,
                summary=shortened(
                    f"{_capital(substance.name)}\u202f: allergie croisée possible, «\u202f{allergy.label}\u202f»."
                ),
                detail=f"{cross.dire} {_where(allergy, cited(lines))}",
            )  # fmt: skip


def _crosses(cross: CrossAllergy, allergy: Allergy, substance: Substance) -> bool:
    """Also through the class of the substance that was named: who does not bear amoxicilline meets a penicillin."""
    is_direct = bool(allergy.targets & substance.targets)
    return not is_direct and cross.allergie in allergy.reach and cross.medicament in substance.targets


def _where(allergy: Allergy, lines: str) -> str:
    said = f" Dit par\u202f: {allergy.said_in}." if allergy.said_in else ""
    return f"Prescrit\u202f: {lines}.{said}"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
