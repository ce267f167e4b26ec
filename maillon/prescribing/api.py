"""The door of the room `prescribing`."""

from __future__ import annotations

from maillon.prescribing import activation, examples, products
from maillon.prescribing.advising import Advice, Coverage, advise
from maillon.prescribing.answers import (
    Answered,
    Said,
    Unanswered,
    answered,
    must_be_answered,
    note_said,
    note_shown,
    pass_over,
    patient_of,
)
from maillon.prescribing.cards import Card
from maillon.prescribing.knowledge import knowledge
from maillon.prescribing.of_record import Told
from maillon.prescribing.prescription import Line, Prescription, key_of
from maillon.prescribing.sources import Hook, Occasion, speaks

__all__ = [
    "Advice",
    "Answered",
    "Card",
    "Coverage",
    "Hook",
    "Line",
    "Occasion",
    "Prescription",
    "Said",
    "Told",
    "Unanswered",
    "activation",
    "advise",
    "answered",
    "examples",
    "key_of",
    "knowledge",
    "must_be_answered",
    "note_said",
    "note_shown",
    "pass_over",
    "patient_of",
    "products",
    "speaks",
]
