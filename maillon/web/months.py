"""Monthly values as plain geometry that the templates draw in SVG: bars with the bound to reach, and a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from maillon.web.chart import round_ticks

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 26, 30
LINE_WIDTH, LINE_HEIGHT, EDGE = 120, 30, 4
_SHORT: Final = (
    "janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip
Known = Sequence[tuple[dt.date, float | None]]  # oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    middle: float
    text: str
    month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    place: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    bound: float | None  # its height in the picture
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    path: str
    end_x: float
    end_y: float
    said: str


def short_month(first: dt.date) -> str:
    """« nov. 26 »."""
    return f"{_SHORT[first.month - 1]} {first.year % 100:02}"


def bars(known: Known, *, label: str, bound: float | None, shown: Callable[[float], str]) -> Bars | None:
    """None when no month has a value."""
    values = [value for _, value in known if value is not None]
    if not values:
        return None
    ticks = round_ticks(0.0, max([*values, bound or 0.0, 0.1]))
    span = ticks[-1] or 1.0

    def height(value: float) -> float:
        return round((HEIGHT - TOP - BOTTOM) * value / span, 1)

    step = (WIDTH - LEFT - RIGHT) / len(known)
    floor = HEIGHT - BOTTOM
    drawn = tuple(
        Bar(
            x=round(LEFT + step * rank + step * 0.18, 1), y=floor - height(value or 0), width=round(step * 0.64, 1),
            height=height(value or 0), middle=round(LEFT + step * (rank + 0.5), 1),
            text="" if value is None else shown(value), month=short_month(month),
        )
        for rank, (month, value) in enumerate(known)
    )  # fmt: skip
    return Bars(
        bars=drawn,
        ticks=tuple(Tick(place=floor - height(each), text=f"{each:.6g}".replace(".", ",")) for each in ticks),
        bound=None if bound is None else floor - height(bound),
        said=f"{label}\u202f: " + ", ".join(f"{each.month} {each.text or 'non calculable'}" for each in drawn) + ".",
    )


def line(known: Known, *, label: str, shown: Callable[[float], str]) -> Line | None:
    """None with less than two values: a dot alone shows nothing that its value does not say."""
    found = [(month, value) for month, value in known if value is not None]
    if len(found) < 2:
        return None
    low, high = min(value for _, value in found), max(value for _, value in found)
    span, step = (high - low) or 1.0, (LINE_WIDTH - 2 * EDGE) / (len(found) - 1)
    dots = [
        (round(EDGE + step * rank, 1), round(LINE_HEIGHT - EDGE - (LINE_HEIGHT - 2 * EDGE) * (value - low) / span, 1))
        for rank, (_, value) in enumerate(found)
    ]
    first, last = found[0], found[-1]
    return Line(
        path=" ".join(f"{x},{y}" for x, y in dots), end_x=dots[-1][0], end_y=dots[-1][1],
        said=f"{label}\u202f: {shown(first[1])} en {short_month(first[0])}, "
             f"{shown(last[1])} en {short_month(last[0])}.",
    )  # fmt: skip
