"""The checks: knowledge, a patient, lines → cards. Pure: they read nothing else, and their order does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from maillon.prescribing.cards import Card, ordered
from maillon.prescribing.checks import (
    age,
    allergies,
    duplicates,
    interactions,
    pregnancy,
    renal,
    unknown,
    writing,
)
from maillon.prescribing.checks.case import Case
from maillon.prescribing.checks.freshness import of_knowledge

Check = Callable[[Case], Iterator[Card]]
CHECKS: Final[tuple[Check, ...]] = (
    allergies.check,
    duplicates.check,
    interactions.check,
    pregnancy.check,
    renal.check,
    age.check,
    writing.check,
    unknown.check,
)


def checked(case: Case) -> tuple[Card, ...]:
    """Every card, the most urgent first. Knowledge that is too old says nothing but that (E-LAP-03)."""
    banner = list(of_knowledge(case.knowledge, case.patient.today))
    if case.knowledge.freshness(case.patient.today) == "silent" or not case.lines:
        return ordered(banner)
    return ordered([*banner, *(card for check in CHECKS for card in check(case))])
