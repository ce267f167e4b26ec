"""A radar as plain geometry that the templates draw in SVG: the same on paper, without JavaScript. Always beside a
table that says the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

SIZE: Final = 420
RADIUS: Final = 165
_CENTRE: Final = SIZE / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    end: Point
    label: Point
    text: str
    anchor: str  # start | middle | end


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`runs`: lines through neighbours that are known; a missing value breaks them. `is_closed`: all are known."""

    css: str
    name: str
    runs: tuple[str, ...]
    dots: tuple[Point, ...]
    is_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Radar:
    rings: tuple[str, ...]
    marks: tuple[tuple[Point, str], ...]  # the degrees, along the first spoke
    spokes: tuple[Spoke, ...]
    shapes: tuple[Shape, ...]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    name: str
    css: str
    values: Sequence[float | None]


def radar(labels: Sequence[str], series: Sequence[Series], *, most: int) -> Radar | None:
    """None with fewer than three spokes, or when nothing is known."""
    drawn = [each for each in series if any(value is not None for value in each.values)]
    if len(labels) < 3 or not drawn or most < 1:
        return None
    number = len(labels)
    return Radar(
        rings=tuple(_joined(_at(rank, number, level / most) for rank in range(number)) for level in range(1, most + 1)),
        marks=tuple((_at(0, number, level / most), str(level)) for level in range(most + 1)),
        spokes=tuple(_spoke(rank, number, text) for rank, text in enumerate(labels)),
        shapes=tuple(_shape(each, number, most) for each in drawn),
        said=f"{number} dimensions, de 0 à {most}\u202f: {', '.join(each.name for each in drawn)}. Valeurs au tableau.",
    )


def _shape(series: Series, number: int, most: int) -> Shape:
    points = [
        _at(rank, number, value / most) if value is not None else None for rank, value in enumerate(series.values)
    ]
    is_closed = all(points)
    return Shape(
        css=series.css,
        name=series.name,
        runs=(_joined(each for each in points if each),) if is_closed else tuple(_runs(points)),
        dots=tuple(each for each in points if each),
        is_closed=is_closed,
    )


def _runs(points: Sequence[Point | None]) -> list[str]:
    """Around the circle: the last spoke is the neighbour of the first."""
    start = next(rank for rank, each in enumerate(points) if each is None)
    runs: list[list[Point]] = [[]]
    for each in (*points[start:], *points[:start]):
        if each is None:
            runs.append([])
        else:
            runs[-1].append(each)
    return [_joined(run) for run in runs if len(run) > 1]


def _spoke(rank: int, number: int, text: str) -> Spoke:
    label = _at(rank, number, 1.12)
    side = label.x - _CENTRE
    anchor = "middle" if abs(side) < RADIUS * 0.12 else "start" if side > 0 else "end"
    return Spoke(end=_at(rank, number, 1), label=Point(x=label.x, y=label.y + 4), text=text, anchor=anchor)


def _at(rank: int, number: int, part: float) -> Point:
    angle = 2 * math.pi * rank / number - math.pi / 2
    return Point(
        x=round(_CENTRE + RADIUS * part * math.cos(angle), 1), y=round(_CENTRE + RADIUS * part * math.sin(angle), 1)
    )


def _joined(points: Iterable[Point]) -> str:
    return " ".join(f"{each.x},{each.y}" for each in points)
