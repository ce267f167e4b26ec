"""Trend pictures, as plain geometry that the templates draw in SVG: the same on paper, without JavaScript."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

from maillon.record import api as record
from maillon.web.wording import day, decimal

WIDTH, HEIGHT = 720, 270
LEFT, RIGHT, TOP, BOTTOM = 58, 20, 18, 34
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 120, 30, 4
DATE_WIDTH: Final = 74  # 31/03/2026 in the letters of the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    x: float
    y: float
    is_out: bool
    text: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    place: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The normal range of the latest value that gave one; an open side reaches the edge and has no bound to draw."""

    top: float
    bottom: float
    has_top: bool
    has_bottom: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    dots: tuple[Dot, ...]
    path: str
    band: Band | None
    values: tuple[Tick, ...]
    dates: tuple[Tick, ...]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    path: str
    end_x: float
    end_y: float
    is_out: bool
    band: Band | None
    said: str


Measured = list[tuple[dt.datetime, float, record.Point]]


def trend(series: record.Series) -> Trend | None:
    """None with less than two numbers: a dot alone shows nothing that its value does not say."""
    measured = _measured(series)
    if len(measured) < 2:
        return None
    low, high = _bounds(series)
    ticks = round_ticks(*_extent([value for _, value, _ in measured], low, high))
    y = _Scale(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP)
    x = _Scale(measured[0][0].timestamp(), measured[-1][0].timestamp(), LEFT + 8, WIDTH - RIGHT - 8)
    dots = tuple(
        Dot(
            x=x(at.timestamp()), y=y(value), is_out=point.is_abnormal, at=day(at),
            text=f"{decimal(point.value)} {series.unit}".strip(),
        )
        for at, value, point in measured
    )  # fmt: skip
    return Trend(
        dots=dots,
        path=_path(dots),
        band=_band(low, high, y, TOP, HEIGHT - BOTTOM),
        values=tuple(Tick(place=y(value), text=_short(value)) for value in ticks),
        dates=_dates(dots),
        said=_said(series, measured),
    )


def spark(series: record.Series) -> Spark | None:
    measured = _measured(series)
    if len(measured) < 2:
        return None
    low, high = _bounds(series)
    y = _Scale(*_extent([value for _, value, _ in measured], low, high), SPARK_HEIGHT - SPARK_EDGE, SPARK_EDGE)
    x = _Scale(measured[0][0].timestamp(), measured[-1][0].timestamp(), SPARK_EDGE, SPARK_WIDTH - SPARK_EDGE)
    dots = [
        Dot(x=x(at.timestamp()), y=y(value), is_out=point.is_abnormal, text="", at="") for at, value, point in measured
    ]
    return Spark(
        path=_path(tuple(dots)), end_x=dots[-1].x, end_y=dots[-1].y, is_out=dots[-1].is_out,
        band=_band(low, high, y, 0, SPARK_HEIGHT), said=_said(series, measured),
    )  # fmt: skip


class _Scale:
    def __init__(self, start: float, end: float, first: float, last: float) -> None:
        self._start, self._span = start, (end - start) or 1.0
        self._first, self._reach = first, last - first

    def __call__(self, value: float) -> float:
        return round(self._first + (value - self._start) / self._span * self._reach, 1)


def _measured(series: record.Series) -> Measured:
    """Oldest first; texts (« < 1,0 », « Négatif ») have no place on a scale and stay in the table."""
    return [(point.at, float(point.value), point) for point in reversed(series.points) if point.value is not None]


def _bounds(series: record.Series) -> tuple[float | None, float | None]:
    for point in series.points:
        if point.low is not None or point.high is not None:
            low, high = point.low, point.high
            return (float(low) if low is not None else None), (float(high) if high is not None else None)
    return None, None


def _extent(values: list[float], low: float | None, high: float | None) -> tuple[float, float]:
    """The values and the range when it is near; a far bound would flatten the curve."""
    bottom, top = min(values), max(values)
    reach = max(top - bottom, abs(top) * 0.1, 1e-6)
    near = [bound for bound in (low, high) if bound is not None and bottom - 2 * reach <= bound <= top + 2 * reach]
    bottom, top = min([bottom, *near]), max([top, *near])
    margin = (top - bottom or reach) * 0.08
    return (max(0.0, bottom - margin) if bottom >= 0 else bottom - margin), top + margin


def round_ticks(bottom: float, top: float) -> list[float]:
    """Four to seven round numbers that hold the whole extent."""
    step = 10 ** math.floor(math.log10((top - bottom) / 4))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if (top - bottom) / (step * factor) <= 5)
    first, last = math.floor(bottom / step), math.ceil(top / step)
    return [round(step * place, 10) for place in range(first, last + 1)]


def _band(low: float | None, high: float | None, y: _Scale, top: float, bottom: float) -> Band | None:
    if low is None and high is None:
        return None
    upper = min(max(y(high), top), bottom) if high is not None else top
    lower = min(max(y(low), top), bottom) if low is not None else bottom
    return Band(
        top=upper, bottom=lower, has_top=high is not None and top < upper < bottom,
        has_bottom=low is not None and top < lower < bottom,
    )  # fmt: skip


def _path(dots: tuple[Dot, ...]) -> str:
    return " ".join(f"{dot.x},{dot.y}" for dot in dots)


def _dates(dots: tuple[Dot, ...]) -> tuple[Tick, ...]:
    """First, last, and those between that have room: the first begins at its dot and the last ends there."""
    ticks = [Tick(place=dots[0].x, text=dots[0].at)]
    for dot in dots[1:-1]:
        needed = DATE_WIDTH * (1.5 if len(ticks) == 1 else 1)
        if dot.x - ticks[-1].place >= needed + 10 and dots[-1].x - dot.x >= DATE_WIDTH * 1.5 + 10:
            ticks.append(Tick(place=dot.x, text=dot.at))
    return (*ticks, Tick(place=dots[-1].x, text=dots[-1].at))


def _short(value: float) -> str:
    return f"{value:.6g}".replace(".", ",")


def _said(series: record.Series, measured: Measured) -> str:
    """The picture in one sentence, for those who do not see it."""
    first, last = measured[0], measured[-1]
    return (
        f"{series.label}, {len(measured)} valeurs\u202f: de {decimal(first[2].value)} le {day(first[0])} "
        f"à {decimal(last[2].value)} {series.unit} le {day(last[0])}."
    )
