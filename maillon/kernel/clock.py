"""The one clock. Tests set it with time-machine; the demonstration tells the past with `at`."""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_told: ContextVar[dt.datetime | None] = ContextVar("told", default=None)


def now() -> dt.datetime:
    """The instant, with its time zone (UTC)."""
    return _told.get() or true_now()


def true_now() -> dt.datetime:
    """The instant that nothing moves: the journal's."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """The demonstration tells what was done before today: within, it is that moment. Refused anywhere else."""
    if os.environ.get("MAILLON_DEMO") != "1":
        raise RuntimeError("the clock is moved by the demonstration alone")
    told = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(told)


def today() -> dt.date:
    """The day in Europe/Paris, which is what a French law or appointment means by a day."""
    return now().astimezone(PARIS).date()


@functools.lru_cache(maxsize=1000)
def instant(text: str | None) -> dt.datetime | None:
    """From ISO text of any precision: a missing month or day is the first, a date alone is its noon in Paris, so that
    no time zone moves the day; without a zone it is Paris. None for what no calendar holds."""
    if not text:
        return None
    completed = text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text
    try:
        found = dt.datetime.fromisoformat(completed)
        found = found.replace(hour=12) if len(completed) == 10 else found
        return (found if found.tzinfo else found.replace(tzinfo=PARIS)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def midnight(day: dt.date) -> dt.datetime:
    """The first instant of a day in Paris."""
    return dt.datetime.combine(day, dt.time(), PARIS)


def in_paris(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(PARIS)
