"""The door of the room `portability`."""

from __future__ import annotations

from maillon.portability import departures, settling
from maillon.portability.annex import AnnexReport, prove_annexes
from maillon.portability.arriving import take_over
from maillon.portability.checking import check
from maillon.portability.departures import DepartureLine
from maillon.portability.handing import in_one_zip
from maillon.portability.models import Departure
from maillon.portability.producing import begin, finish, write_next
from maillon.portability.unit import export_patient, export_patient_as_zip

__all__ = [
    "AnnexReport",
    "Departure",
    "DepartureLine",
    "begin",
    "check",
    "departures",
    "export_patient",
    "export_patient_as_zip",
    "finish",
    "in_one_zip",
    "prove_annexes",
    "settling",
    "take_over",
    "write_next",
]
