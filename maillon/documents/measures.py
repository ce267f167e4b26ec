"""How documents come: structured or not, on the day of the discharge or later. By type and by month, counted in SQL.

Of the patients whom the reader may open, and of what is neither restricted nor masked. A number under `SMALLEST` is
hidden from whoever may not read the type: it would tell a few documents of a few patients.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from maillon.access import api as access_room
from maillon.kernel import clock, sql
from maillon.kernel.key import Actor
from maillon.noticed import api as noticed

SMALLEST: Final = 11  # as for the indicators of a protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRate:
    """`good` of `total`; both are 0 when they are hidden."""

    type_code: str
    month: dt.date
    good: int
    total: int
    is_hidden: bool = False

    @property
    def rate(self) -> float | None:
        return self.good / self.total if self.total else None

    @property
    def is_red(self) -> bool:
        return not self.is_hidden and self.good < self.total


def structured(actor: Actor) -> list[MonthRate]:
    """Of the types whose software writes coded data today: those that bring it, by month of reception."""
    return _counted(actor, _STRUCTURED, noticed.rules().structures)


def on_the_day(actor: Actor) -> list[MonthRate]:
    """« LDL J0 »: letters that were there on the day of the discharge (CSP R1112-1-2), by month of the discharge. What
    was fetched in the national record is judged by the day on which it was written."""
    return _counted(actor, _ON_THE_DAY, noticed.rules().le_jour_de_la_sortie)


def _counted(actor: Actor, statement: str, types: Iterable[str]) -> list[MonthRate]:
    opened, known = access_room.rule.opens(actor, "d", patient="patient_id")
    known |= access_room.rule.moment() | {"types": list(types)}
    rows = sql.rows(statement.replace(":opened", f"{opened} AND {_OPEN}"), known)
    readable = access_room.matrix.readable(actor.profession_code, on=clock.today())
    return [_line(*row, reads=readable[access_room.matrix.bit_of(row[0])] == "1") for row in rows]


def _line(type_code: str, month: dt.date, good: int, total: int, *, reads: bool) -> MonthRate:
    if not reads and total < SMALLEST:
        return MonthRate(type_code=type_code, month=month, good=0, total=0, is_hidden=True)
    return MonthRate(type_code=type_code, month=month, good=good, total=total)


# A hidden document would show itself in the number.
_OPEN: Final = access_room.law.over_rows(access_room.law.NORMAL & ~access_room.law.MASKED, "d", document="id")
_STRUCTURED = """
SELECT d.type_code, date_trunc('month', d.received_at AT TIME ZONE 'Europe/Paris')::date AS month,
       count(*) FILTER (WHERE d.level = 3), count(*)
  FROM documents_document d
 WHERE d.status = 'current' AND d.type_code = ANY(%(types)s) AND :opened
 GROUP BY 1, 2 ORDER BY 2 DESC, 1
"""

# The first version of each letter: a correction does not come late.
_ON_THE_DAY = """
SELECT d.type_code, date_trunc('month', d.ended_at AT TIME ZONE 'Europe/Paris')::date AS month,
       count(*) FILTER (WHERE (CASE WHEN d.source = 'dmp' THEN d.written_at ELSE d.received_at END
                               AT TIME ZONE 'Europe/Paris')::date <= (d.ended_at AT TIME ZONE 'Europe/Paris')::date),
       count(*)
  FROM documents_document d
 WHERE d.status <> 'withdrawn' AND d.type_code = ANY(%(types)s) AND d.ended_at IS NOT NULL
   AND d.version_number = 1 AND d.replaces_unique_id = '' AND :opened
 GROUP BY 1, 2 ORDER BY 2 DESC, 1
"""
