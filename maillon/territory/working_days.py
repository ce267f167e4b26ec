"""Working days in France: Monday to Friday, without the eleven holidays of Code du travail art. L3133-1.

The two more of Alsace and Moselle (L3134-13) and those of overseas (L3422-2) are not counted: a structure there is seen
silent one or two days later than it is.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from typing import Final

_FIXED: Final = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER: Final = (1, 39, 50)  # lundi de Pâques, Ascension, lundi de Pentecôte


@functools.lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[dt.date]:
    sunday = easter(year)
    moving = {sunday + dt.timedelta(days=days) for days in _AFTER_EASTER}
    return frozenset({dt.date(year, month, day) for month, day in _FIXED} | moving)


def is_working(day: dt.date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def working_days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Both included; none when `last` comes before."""
    day = first
    while day <= last:
        if is_working(day):
            yield day
        day += dt.timedelta(days=1)


def easter(year: int) -> dt.date:
    """Gregorian Easter, by the rule of the paschal moon (anonymous algorithm of 1876)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leaps, years = divmod(rest, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - epact - years) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)
