"""The door of the room `record`."""

from __future__ import annotations

from maillon.record import filing, measures, serving
from maillon.record.answers import FORM_SYSTEM, NotedAnswer, note_answers
from maillon.record.asking import Known, copy_known, entries_of, known, known_to_watch, said_by
from maillon.record.reading import (
    AllergySummary,
    Point,
    Series,
    StatementLine,
    TimelineLine,
    allergy_summary,
    counts,
    latest_results,
    note_visit,
    series,
    statements,
    timeline,
)
from maillon.record.withdrawal import withdraw_document

__all__ = [
    "FORM_SYSTEM",
    "AllergySummary",
    "Known",
    "NotedAnswer",
    "Point",
    "Series",
    "StatementLine",
    "TimelineLine",
    "allergy_summary",
    "copy_known",
    "counts",
    "entries_of",
    "filing",
    "known",
    "known_to_watch",
    "latest_results",
    "measures",
    "note_answers",
    "note_visit",
    "said_by",
    "series",
    "serving",
    "statements",
    "timeline",
    "withdraw_document",
]
