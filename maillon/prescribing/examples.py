"""The examples of a base of knowledge, played: they are its tests, for us and for whoever writes another base."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from maillon.prescribing import knowledge
from maillon.prescribing.checks import checked
from maillon.prescribing.checks.case import Case
from maillon.prescribing.definition import Example, folder
from maillon.prescribing.knowledge import Knowledge
from maillon.prescribing.prescription import Line, Recogniser
from maillon.prescribing.situation import AllergyState, Measure, Situation, allergy_of

__all__ = ["case_of", "failures", "folder"]
NONE_KNOWN = "aucune"


def failures(place: Path) -> list[str]:
    """What the base in this folder does not do as its examples say. Raises ContentError."""
    found = knowledge.read(place)
    return [fault for example in found.base.exemples for fault in _faults(found, example)]


def case_of(found: Knowledge, example: Example, *, today: dt.date | None = None) -> Case:
    recogniser = Recogniser(found)
    return Case(
        knowledge=found,
        patient=_patient(found, recogniser, example, today or found.base.date),
        lines=tuple(recogniser.medicine(Line(text=each)) for each in example.lignes),
        weight="" if example.poids is None else str(example.poids),
    )


def _faults(found: Knowledge, example: Example) -> Iterator[str]:
    cards = {card.key: card.indicator for card in checked(case_of(found, example))}
    for key, indicator in example.attend.items():
        if cards.get(key) != indicator:
            yield f"{example.dire} : {key} attendu « {indicator} », trouvé « {cards.get(key, 'rien')} »."
    for beginning in example.jamais:
        yield from (f"{example.dire} : {key} ne devait pas être là." for key in cards if key.startswith(beginning))


def _patient(found: Knowledge, recogniser: Recogniser, example: Example, today: dt.date) -> Situation:
    said = [each for each in example.allergies if each != NONE_KNOWN]
    state: AllergyState = "known" if said else "none_known" if example.allergies else "not_recorded"
    return Situation(
        today=today,
        age=example.age,
        sex=example.sexe,
        allergy_state=state,
        allergies=tuple(allergy_of(found, recogniser, each) for each in said),
        treatments=tuple(recogniser.medicine(Line(text=each), said_in="dossier") for each in example.traitements),
        is_pregnant={"oui": True, "non": False}.get(example.grossesse),
        filtration=_measure(example.dfg, "mL/min/1,73 m²", "DFG", today),
        weight=_measure(example.poids, "kg", "Poids", today),
    )


def _measure(value: int | None, unit: str, label: str, today: dt.date) -> Measure | None:
    return None if value is None else Measure(value=Decimal(value), unit=unit, at=today, label=label)
