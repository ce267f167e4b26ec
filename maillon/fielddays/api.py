"""The door of the room `fielddays`: preparing a day, playing it, reading it, comparing several, its report."""

from __future__ import annotations

from maillon.fielddays import comparing, paper, playing, preparing, reading
from maillon.fielddays.playing import Said, Seat
from maillon.fielddays.preparing import Holding, leads
from maillon.fielddays.reading import DayLine, DayView, StepLine
from maillon.fielddays.states import Outcome

__all__ = [
    "DayLine",
    "DayView",
    "Holding",
    "Outcome",
    "Said",
    "Seat",
    "StepLine",
    "comparing",
    "leads",
    "paper",
    "playing",
    "preparing",
    "reading",
]
