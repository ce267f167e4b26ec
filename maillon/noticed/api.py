"""The door of the room `noticed`."""

from __future__ import annotations

from maillon.noticed.definition import CODES, NoticedRules, rules
from maillon.noticed.lists import (
    ON_PAPER,
    CodeCount,
    NoticeLine,
    counted,
    marks,
    marks_across,
    note_seen,
    of_day,
    of_document,
    of_record,
)
from maillon.noticed.noting import About, note, reopen, settle, settle_history, settle_people, subjects_of, tell

__all__ = [
    "CODES",
    "ON_PAPER",
    "About",
    "CodeCount",
    "NoticeLine",
    "NoticedRules",
    "counted",
    "marks",
    "marks_across",
    "note",
    "note_seen",
    "of_day",
    "of_document",
    "of_record",
    "reopen",
    "rules",
    "settle",
    "settle_history",
    "settle_people",
    "subjects_of",
    "tell",
]
