"""The door of the room `writing`."""

from __future__ import annotations

from maillon.writing import definition, facts, recipients
from maillon.writing.content import STANCES, Content
from maillon.writing.drafts import (
    DraftLine,
    DraftView,
    Saved,
    begin,
    correct,
    may_correct,
    may_write,
    mine,
    of_patient,
    read,
    save,
    take_back,
    throw_away,
)
from maillon.writing.faults import Fault
from maillon.writing.signing import NotReady, Preview, check, paper, preview, sign

__all__ = [
    "STANCES",
    "Content",
    "DraftLine",
    "DraftView",
    "Fault",
    "NotReady",
    "Preview",
    "Saved",
    "begin",
    "check",
    "correct",
    "definition",
    "facts",
    "may_correct",
    "may_write",
    "mine",
    "of_patient",
    "paper",
    "preview",
    "read",
    "recipients",
    "save",
    "sign",
    "take_back",
    "throw_away",
]
