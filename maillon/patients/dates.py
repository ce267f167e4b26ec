"""Birth dates: typed by a person, read from a document with a missing part, compared."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, NamedTuple

from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.patients.names import Likeness

_ISO: Final = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T.*)?$")
_TYPED: Final = re.compile(r"^(\d{1,2})([/.\- ])(\d{1,2})\2(\d{4}|\d{2})$|^(\d{2})(\d{2})(\d{4}|\d{2})$")
_WRITTEN: Final = re.compile(r"^(?:\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})|\d{8}|\d{6})(?=\s|$)")

REFUSAL: Final = "Cette date n’est pas reconnue\u202f: tapez-la par exemple 01021950 ou 01/02/1950."
NEEDS_FOUR_DIGITS: Final = "Tapez l’année en quatre chiffres, par exemple 01021950."


class PartialDate(NamedTuple):
    """What a document said of a date: a year, a month or not, a day or not."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.month is not None and self.day is not None

    def completed(self) -> dt.date:
        """RNIV (EXI ID 11 and 12): unknown day, the 1st; unknown day and month, 31 December of the year."""
        if self.month is None:
            return dt.date(self.year, 12, 31)
        return dt.date(self.year, self.month, self.day or 1)

    def covers(self, day: dt.date) -> bool:
        return self.year == day.year and self.month in (None, day.month) and self.day in (None, day.day)


def read(iso: str | None) -> PartialDate | None:
    """From ISO 8601 text of any precision; None for what is not a date of the calendar."""
    found = _ISO.match(iso or "")
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    partial = PartialDate(year, month, day)
    try:
        partial.completed()
    except ValueError:
        return None
    return partial


def typed(text: str) -> dt.date:
    """01021950, 01/02/1950, 1/2/1950, 01.02.1950. A year in two digits is refused: it would be a guess."""
    found = _TYPED.match(text.strip())
    if found is None:
        raise UserMessage("E-DAT-01", REFUSAL)
    day, month, year = _parts(found)
    if len(year) == 2:
        raise UserMessage("E-DAT-02", NEEDS_FOUR_DIGITS)
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        raise UserMessage("E-DAT-01", REFUSAL) from None


def searched(text: str) -> tuple[list[dt.date], str] | None:
    """The birth dates that begin a search, and the rest of it. Two digits of year: both centuries. None: no date."""
    found = _WRITTEN.match(text.strip())
    if found is None:
        return None
    parts = _TYPED.match(found.group())
    if parts is None:
        return None
    day, month, year = _parts(parts)
    years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]
    return _possible(years, month=int(month), day=int(day)), text.strip()[found.end() :].strip()


def likeness(claimed: PartialDate | None, known: dt.date) -> Likeness:
    """« near » : day and month swapped, or one digit wrong. A partial date that covers the known one proves nothing."""
    if claimed is None:
        return "unknown"
    if claimed.completed() == known:
        return "same"
    if claimed.covers(known):
        return "unknown"
    return (
        "near"
        if is_swapped(claimed.completed(), known) or is_one_digit_off(claimed.completed(), known)
        else "different"
    )


def is_swapped(left: dt.date, right: dt.date) -> bool:
    return left != right and (left.year, left.month, left.day) == (right.year, right.day, right.month)


def is_one_digit_off(left: dt.date, right: dt.date) -> bool:
    return sum(one != other for one, other in zip(left.isoformat(), right.isoformat(), strict=True)) == 1


def swapped(day: dt.date) -> dt.date | None:
    """The same date with day and month exchanged, where the calendar has it."""
    try:
        return dt.date(day.year, day.day, day.month)
    except ValueError:
        return None


def _parts(found: re.Match[str]) -> tuple[str, str, str]:
    day, _, month, year = found.group(1), found.group(2), found.group(3), found.group(4)
    return (day, month, year) if day else (found.group(5), found.group(6), found.group(7))


def _possible(years: list[int], *, month: int, day: int) -> list[dt.date]:
    """Dates of the calendar, none in the future."""
    dates = []
    for year in years:
        try:
            dates.append(dt.date(year, month, day))
        except ValueError:
            continue
    return [each for each in dates if each <= clock.today()]
