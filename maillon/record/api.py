"""The door of the room `record`."""

from __future__ import annotations

from maillon.record import filing, serving
from maillon.record.answers import FORM_SYSTEM, NotedAnswer, note_answers
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
    "NotedAnswer",
    "Point",
    "Series",
    "StatementLine",
    "TimelineLine",
    "allergy_summary",
    "counts",
    "filing",
    "latest_results",
    "note_answers",
    "note_visit",
    "series",
    "serving",
    "statements",
    "timeline",
    "withdraw_document",
]
