"""A card: what is told to whoever prescribes, in the shape of CDS Hooks 2.0, with what the house adds to it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final

from maillon.prescribing.definition import Indicator

LONGEST_SUMMARY: Final = 140  # characters, CDS Hooks 2.0 « Card Attributes »
LONGEST_KEY: Final = 300
ORDER: Final[tuple[Indicator, ...]] = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of an approved table that is shown; `is_here`: where the patient's value falls."""

    bounds: str
    says: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`key` is the same for the same alert on the same prescription, whatever the order of its lines. `code`: a refusal
    of the sheet (E-LAP-…). `must_answer`: it is corrected, or passed over with a reason, before signing. `about`: keys
    of the lines concerned; empty for the whole."""

    key: str
    indicator: Indicator
    summary: str
    source: str
    detail: str = ""
    code: str = ""
    must_answer: bool = False
    about: frozenset[str] = frozenset()
    table: tuple[TableRow, ...] = ()

    def __post_init__(self) -> None:
        if len(self.summary) > LONGEST_SUMMARY:
            raise ValueError(f"a summary holds {LONGEST_SUMMARY} characters: {len(self.summary)}")

    @property
    def rank(self) -> int:
        return ORDER.index(self.indicator)


_BEFORE_HIGH_MARKS: Final = re.compile(r" (?=[;:!?»])|(?<=«) ")


def typeset(text: str) -> str:
    """French spaces, which the tables are written without."""
    return _BEFORE_HIGH_MARKS.sub("\u202f", text)


def shortened(text: str, longest: int = LONGEST_SUMMARY) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def ordered(cards: list[Card]) -> tuple[Card, ...]:
    """The most urgent first; each key once, at its most urgent; typeset, their keys short enough to be kept."""
    kept: dict[str, Card] = {}
    for card in sorted(cards, key=lambda each: (each.rank, each.key, each.summary, each.detail)):
        kept.setdefault(card.key, card)
    return tuple(map(_typeset, kept.values()))


def _typeset(card: Card) -> Card:
    rows = tuple(replace(row, says=typeset(row.says)) for row in card.table)
    key = _kept_key(card.key)
    return replace(card, key=key, summary=typeset(card.summary), detail=typeset(card.detail), table=rows)


def _kept_key(key: str) -> str:
    """A line may be as long as its writer wants: its end is told by its hash."""
    if len(key) <= LONGEST_KEY:
        return key
    mark = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - len(mark) - 1]} {mark}"
