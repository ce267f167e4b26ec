"""Time within a range by linear interpolation (Rosendaal, Thromb Haemost 1993): between two measures the value is
taken to go in a straight line; an interval that is too long is left out.

Two writings of one thing: `share` on one series, which is the reference, and `SQL` on everybody's, for DuckDB.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

Point = tuple[dt.datetime, Decimal]


def share(points: Sequence[Point], low: Decimal, high: Decimal, *, longest: dt.timedelta) -> float | None:
    """Between 0 and 1; None when no interval counts. `points` in the order of time."""
    within, total = 0.0, 0.0
    for (start, first), (end, last) in pairwise(points):
        length = (end - start).total_seconds()
        if 0 < length <= longest.total_seconds():
            total += length
            within += length * _part(float(first), float(last), float(low), float(high))
    return within / total if total else None


def _part(first: float, last: float, low: float, high: float) -> float:
    """Of a straight line between two values, the part that lies within the range."""
    if first == last:
        return 1.0 if low <= first <= high else 0.0
    bottom, top = min(first, last), max(first, last)
    return max(0.0, min(top, high) - max(bottom, low)) / (top - bottom)


# `facts` is a query giving (subject, moment, id, value); `bounds` one giving (subject, low, high).
SQL: Final = """
WITH pairs AS (
  SELECT f.subject, b.low::DOUBLE AS low, b.high::DOUBLE AS high, f.value::DOUBLE AS last,
         lag(f.value::DOUBLE) OVER steps AS first, epoch(f.moment) - epoch(lag(f.moment) OVER steps) AS length,
         count(*) OVER (PARTITION BY f.subject) AS many
    FROM ({facts}) f JOIN ({bounds}) b USING (subject)
  WINDOW steps AS (PARTITION BY f.subject ORDER BY f.moment, f.id)
)
SELECT subject,
       sum(length * CASE WHEN first = last THEN CASE WHEN first BETWEEN low AND high THEN 1 ELSE 0 END
                         ELSE greatest(0, least(greatest(first, last), high) - greatest(least(first, last), low))
                              / abs(last - first) END) / sum(length) AS share
  FROM pairs WHERE first IS NOT NULL AND length > 0 AND length <= {longest} AND many >= {least}
 GROUP BY subject
"""
