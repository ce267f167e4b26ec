"""Bars over time, as plain geometry that the templates draw in SVG: the same on paper, without JavaScript. Always
beside a table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 190
_TOP, _BOTTOM, _GAP = 22, 24, 0.28
SMALL_WIDTH: Final = 120
SMALL_HEIGHT: Final = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    middle: float
    value: int
    label: str
    full: str  # the label in words
    is_under_way: bool  # the last one has not ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    bars: tuple[Bar, ...]
    ground: float
    said: str


def drawn(title: str, labels: Sequence[str], values: Sequence[int], full: Sequence[str]) -> Bars:
    most, each = max([*values, 1]), WIDTH / len(values)
    room = HEIGHT - _TOP - _BOTTOM
    bars = tuple(
        Bar(
            x=round(rank * each + each * _GAP / 2, 1), width=round(each * (1 - _GAP), 1),
            y=round(_TOP + room * (1 - value / most), 1), height=round(room * value / most, 1),
            middle=round((rank + 0.5) * each, 1), value=value, label=labels[rank], full=full[rank],
            is_under_way=rank == len(values) - 1,
        )
        for rank, value in enumerate(values)
    )  # fmt: skip
    top = max(range(len(values)), key=lambda rank: values[rank])
    said = f"{title}\u202f: {sum(values)} en tout, le plus en {full[top]} ({values[top]})." if sum(values) else title
    return Bars(bars=bars, ground=HEIGHT - _BOTTOM, said=said)


def small(title: str, values: Sequence[int]) -> Bars:
    """For the line of a table: no words, the numbers are in their columns."""
    most, each = max([*values, 1]), SMALL_WIDTH / len(values)
    bars = tuple(
        Bar(
            x=round(rank * each + 1, 1), width=round(each - 2, 1), middle=0, value=value, label="", full="",
            y=round((SMALL_HEIGHT - 2) * (1 - value / most), 1), height=round((SMALL_HEIGHT - 2) * value / most, 1),
            is_under_way=rank == len(values) - 1,
        )
        for rank, value in enumerate(values)
    )  # fmt: skip
    return Bars(bars=bars, ground=SMALL_HEIGHT - 1, said=f"{title}, douze mois\u202f: {', '.join(map(str, values))}")
