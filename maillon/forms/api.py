"""The door of the room `forms`."""

from __future__ import annotations

from maillon.forms import carrying
from maillon.forms import patients_answers as asked_of_patients
from maillon.forms.asking import Line, Respondent, Sheet, inconclusive, sheet
from maillon.forms.definition import Questionnaire, definition, definitions
from maillon.forms.faults import NotReady
from maillon.forms.responses import (
    ResponseView,
    Saved,
    begin,
    correct,
    drafts,
    offered,
    patient_of,
    read,
    save,
    signed,
    take_back,
    throw_away,
)
from maillon.forms.signing import sign
from maillon.forms.typed import shown_bounds

__all__ = [
    "Line",
    "NotReady",
    "Questionnaire",
    "Respondent",
    "ResponseView",
    "Saved",
    "Sheet",
    "asked_of_patients",
    "begin",
    "carrying",
    "correct",
    "definition",
    "definitions",
    "drafts",
    "inconclusive",
    "offered",
    "patient_of",
    "read",
    "save",
    "sheet",
    "shown_bounds",
    "sign",
    "signed",
    "take_back",
    "throw_away",
]
