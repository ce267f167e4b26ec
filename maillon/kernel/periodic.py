"""Work that comes back: each under a name, done by one worker among several.

A room that the worker does not know registers its own here, as it does its reactions (kernel.events).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from maillon.kernel import clock, sql

log = logging.getLogger(__name__)

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Periodic:
    every: dt.timedelta
    run: Work


_works: dict[str, _Periodic] = {}


def every(wait: dt.timedelta, name: str) -> Callable[[Work], Work]:
    """The work is begun each `wait` at most, and is idempotent: a worker that dies leaves it to the next time."""

    def register(work: Work) -> Work:
        _works[name] = _Periodic(wait, work)
        return work

    return register


def run_due() -> int:
    """Every work whose time has come. One that fails is told and does not stop the others. Returns how many ran."""
    return sum(_ran(name, each) for name, each in _works.items() if _is_mine(name, each))


def last_begun() -> dt.datetime | None:
    """The last sign of life of a worker."""
    found = sql.row("SELECT max(begun_at) FROM kernel_periodic_run")
    return found[0] if found else None


def names() -> tuple[str, ...]:
    return tuple(sorted(_works))


def _is_mine(name: str, work: _Periodic) -> bool:
    """Whoever writes the time of the beginning does the work. One that is written well ahead of now was written by a
    clock that was wrong: the work would wait for years."""
    now = clock.wall()
    asked = {"name": name, "now": now, "before": now - work.every, "after": now + work.every}
    return bool(sql.rows(_BEGIN, asked))


def _ran(name: str, work: _Periodic) -> bool:
    try:
        work.run()
    except Exception as error:  # noqa: BLE001 (the worker lives)
        log.warning("periodic work %s failed: %s", name, type(error).__name__)
    return True


_BEGIN = """
INSERT INTO kernel_periodic_run AS known (name, begun_at) VALUES (%(name)s, %(now)s)
ON CONFLICT (name) DO UPDATE SET begun_at = EXCLUDED.begun_at
 WHERE known.begun_at <= %(before)s OR known.begun_at > %(after)s
RETURNING name
"""
