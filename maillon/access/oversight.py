"""How the law answers for itself: the referent's reviews, the dry run for somebody, the reason of each document."""

from __future__ import annotations

from maillon.access.explaining import Explanation, as_seen_by, why_document
from maillon.access.refereeing import (
    Habilitation,
    Opening,
    PersonCount,
    close_habilitation,
    counts,
    habilitations,
    keep_habilitation,
    late_notices,
    may_referee,
    note_letter_sent,
    referents_of,
    review,
    reviewed,
    to_review,
    waiting,
)

__all__ = [
    "Explanation",
    "Habilitation",
    "Opening",
    "PersonCount",
    "as_seen_by",
    "close_habilitation",
    "counts",
    "habilitations",
    "keep_habilitation",
    "late_notices",
    "may_referee",
    "note_letter_sent",
    "referents_of",
    "review",
    "reviewed",
    "to_review",
    "waiting",
    "why_document",
]
