"""The fictitious territory as data: one MSP, the houses around it, and 200 patients of the INS test range."""

from __future__ import annotations

from datetime import date

from simulators.cast import PROFESSIONALS, STRUCTURES
from simulators.named_patients import named_patients
from simulators.people import Territory
from simulators.population import drawn_patients

PATIENTS = 200
FOLLOWED = sum(1 for _ in named_patients(until=date(2026, 1, 1)))  # those with a name and a story


def build_territory(*, until: date, seed: int = 20260101, patients: int = PATIENTS) -> Territory:
    """The same arguments always give the same people. `until` is « today » for ages."""
    named = tuple(named_patients(until=until))[:patients]
    drawn = drawn_patients(seed=seed, first_number=len(named) + 1, count=patients - len(named), until=until)
    return Territory(structures=STRUCTURES, professionals=PROFESSIONALS, patients=(*named, *drawn))
