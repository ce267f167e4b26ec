"""Durations as people write them in a protocol: « 15 jours », « 3 mois », « 2 heures », « J0 », « J+60 », « J-1 »."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from maillon.kernel import clock

Unit = Literal["minutes", "heures", "jours", "mois"]

_WRITTEN: Final = re.compile(r"(\d+)\s*(minutes?|heures?|h|jours?|j|semaines?|mois|ans?)", re.IGNORECASE)
_DAY: Final = re.compile(r"J\s*(?:([+\-\u2212\u2011])\s*(\d+)|0)?")
_UNITS: Final[dict[str, tuple[Unit, int]]] = {
    "minute": ("minutes", 1), "heure": ("heures", 1), "h": ("heures", 1), "jour": ("jours", 1), "j": ("jours", 1),
    "semaine": ("jours", 7), "mois": ("mois", 1), "an": ("mois", 12),
}  # fmt: skip
LONGEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Duration:
    """Hours and minutes are exact; days and months are those of a calendar in Paris, at the same hour. A month that is
    too short ends on its last day. Negative: before."""

    count: int
    unit: Unit

    @classmethod
    def of_text(cls, text: str) -> Duration:
        """Raises ValueError, in French."""
        day, written = _DAY.fullmatch(text.strip()), _WRITTEN.fullmatch(text.strip())
        if day:
            count = int(day[2] or 0)
            return cls(_within(count, text) * (1 if day[1] in (None, "+") else -1), "jours")
        if not written:
            raise ValueError(f"« {text} » n’est pas une durée : « 15 jours », « 3 mois », « 2 heures », « J+60 »")
        unit, times = _UNITS[written[2].lower().removesuffix("s") if written[2].lower() != "mois" else "mois"]
        return cls(_within(int(written[1]) * times, text), unit)

    def after(self, moment: dt.datetime) -> dt.datetime:
        return self._moved(moment, self.count)

    def before(self, moment: dt.datetime) -> dt.datetime:
        return self._moved(moment, -self.count)

    def _moved(self, moment: dt.datetime, count: int) -> dt.datetime:
        if self.unit in ("minutes", "heures"):
            return moment + dt.timedelta(minutes=count * (60 if self.unit == "heures" else 1))
        there = clock.in_paris(moment)
        day = there.date() + dt.timedelta(days=count) if self.unit == "jours" else months_later(there.date(), count)
        return dt.datetime.combine(day, there.time(), clock.PARIS).astimezone(dt.UTC)

    @property
    def rough(self) -> dt.timedelta:
        """For comparing two durations: a month is thirty days."""
        size = {"minutes": 60, "heures": 3600, "jours": 86_400, "mois": 30 * 86_400}[self.unit]
        return dt.timedelta(seconds=self.count * size)

    def __str__(self) -> str:
        """« 3 mois », as it is read."""
        word = self.unit if abs(self.count) > 1 or self.unit == "mois" else self.unit.removesuffix("s")
        return f"{self.count} {word}".replace("-", "\u2212")


NOW: Final = Duration(0, "jours")


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month, before or after; when that month is too short, its last day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def _within(count: int, text: str) -> int:
    if count > LONGEST:
        raise ValueError(f"« {text} » est une durée trop longue")
    return count
