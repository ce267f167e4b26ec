"""The one clock. Tests set it with time-machine; a demonstration, which plays six weeks in a minute and tells what was
done before today, moves its own."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from zoneinfo import ZoneInfo

from maillon.kernel import config

PARIS = ZoneInfo("Europe/Paris")
_told: ContextVar[dt.datetime | None] = ContextVar("told", default=None)
LONGEST_SHIFT = dt.timedelta(minutes=10)  # of true time: a player that died does not leave the clock wrong


def now() -> dt.datetime:
    """The instant, with its time zone (UTC): that of care, of documents, of delays."""
    told = _told.get()
    if told is not None:
        return told
    true = wall()
    return true + _shift(true) if may_be_moved() else true


def wall() -> dt.datetime:
    """The true instant, which nothing moves: for what machines check between themselves (sessions, codes, tokens,
    assertions, leases) and for the journal, which says when somebody truly looked."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251


def may_be_moved() -> bool:
    """Only a demonstration, which has its own data directory and no real identity: never a production."""
    return os.environ.get("MAILLON_DEMO") == "1" and os.environ.get("MAILLON_INS") != "reel"


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """The demonstration tells what was done before today: within, it is that moment."""
    if not may_be_moved():
        raise RuntimeError("the clock of an installation is never moved")
    told = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(told)


def move_to(moment: dt.datetime) -> None:
    """From now on it is this moment, for every program of the demonstration, and time goes on from there."""
    if not may_be_moved():
        raise RuntimeError("the clock of an installation is never moved")
    true = wall()
    draft = _file().with_name(f".horloge.{os.getpid()}")
    draft.write_text(
        json.dumps({"ecart": (moment - true).total_seconds(), "jusqu_a": (true + LONGEST_SHIFT).timestamp()}),
        encoding="utf-8",
    )
    draft.replace(_file())


def put_back() -> None:
    """The true time again."""
    _file().unlink(missing_ok=True)


def _file() -> Path:
    return config.data_dir() / "horloge.json"


def _shift(true: dt.datetime) -> dt.timedelta:
    try:
        stamp = os.stat(os.path.join(os.environ.get("MAILLON_DONNEES", ""), "horloge.json")).st_mtime_ns
    except OSError:
        return dt.timedelta()
    seconds, until = _said(stamp)
    return dt.timedelta(seconds=seconds) if true.timestamp() < until else dt.timedelta()


@functools.lru_cache(maxsize=2)
def _said(stamp: int) -> tuple[float, float]:
    """What the file of this modification says; read once for each."""
    try:
        said = json.loads(_file().read_text(encoding="utf-8"))
        return float(said["ecart"]), float(said["jusqu_a"])
    except (OSError, ValueError, KeyError):
        return 0.0, 0.0


def today() -> dt.date:
    """The day in Europe/Paris, which is what a French law or appointment means by a day."""
    return now().astimezone(PARIS).date()


@functools.lru_cache(maxsize=1000)
def instant(text: str | None) -> dt.datetime | None:
    """From ISO text of any precision: a missing month or day is the first, a date alone is its noon in Paris, so that
    no time zone moves the day; without a zone it is Paris. None for what no calendar holds, that of Paris included,
    where it will be shown."""
    if not text:
        return None
    completed = text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text
    try:
        found = dt.datetime.fromisoformat(completed)
        found = found.replace(hour=12) if len(completed) == 10 else found
        return (found if found.tzinfo else found.replace(tzinfo=PARIS)).astimezone(PARIS).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def midnight(day: dt.date) -> dt.datetime:
    """The first instant of a day in Paris."""
    return dt.datetime.combine(day, dt.time(), PARIS)


def in_paris(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(PARIS)
