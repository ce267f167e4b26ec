"""The delays of sharing, as dated content (content/regles/delais.yaml), counted in days and months of Paris."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
from dataclasses import dataclass

from maillon.kernel import clock, config, content

INVITATION, ANNOUNCEMENT, VISIT = "invitation", "annonce", "rendez_vous"


@dataclass(frozen=True, slots=True)
class Delay:
    nom: str
    sens: str
    jours: int
    mois: int
    depuis: dt.date
    reference: str
    provenance: str

    def after(self, day: dt.date) -> dt.date:
        return _months_later(day, self.mois) + dt.timedelta(days=self.jours)

    def before(self, day: dt.date) -> dt.date:
        return _months_later(day, -self.mois) - dt.timedelta(days=self.jours)


@dataclass(frozen=True, slots=True)
class Example:
    nom: str
    du: dt.date
    au: dt.date


@dataclass(frozen=True, slots=True)
class Delays:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    delais: tuple[Delay, ...]
    exemples: tuple[Example, ...]

    def in_force(self, name: str, *, on: dt.date) -> Delay:
        """The latest value applied by that day; before the first one, the first one."""
        named = sorted((each for each in self.delais if each.nom == name), key=lambda each: each.depuis)
        return next((each for each in reversed(named) if each.depuis <= on), named[0])


@functools.cache
def delays() -> Delays:
    return content.read(config.CONTENT / "regles" / "delais.yaml", Delays)


def after(name: str, day: dt.date) -> dt.date:
    return delays().in_force(name, on=day).after(day)


def before(name: str, day: dt.date) -> dt.date:
    return delays().in_force(name, on=day).before(day)


def midnight(day: dt.date) -> dt.datetime:
    """The instant when the day begins in Paris, also on the nights when the clocks change."""
    return dt.datetime.combine(day, dt.time(), tzinfo=clock.PARIS).astimezone(dt.UTC)


def _months_later(day: dt.date, months: int) -> dt.date:
    """From a day of the month to the same one; when the month is too short, its last day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
