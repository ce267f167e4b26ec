"""How long each thing is kept, as dated content, and what is over its time. Nothing is ever deleted here.

The report counts rows of every room by the names of their tables: it reads no patient and prints none.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from maillon.kernel import clock, config, content, sql
from maillon.rights.treatments import tables

RECORD: Final = "dossier"
ADULT_AT: Final = 28  # a minor's record is kept at least until that age


@dataclass(frozen=True, slots=True)
class Duration:
    nom: str
    sens: str
    annees: int
    mois: int
    depart: str
    mesure: str  # the table that is counted, or « dossier »
    colonne: str
    geste: str
    depuis: dt.date
    reference: str
    provenance: str
    a_verifier: bool

    def before(self, day: dt.date) -> dt.date:
        return _months_from(day, -(12 * self.annees + self.mois))

    def after(self, day: dt.date) -> dt.date:
        return _months_from(day, 12 * self.annees + self.mois)

    @property
    def in_words(self) -> str:
        years = f"{self.annees} an{'s' if self.annees > 1 else ''}" if self.annees else ""
        return " et ".join(part for part in (years, f"{self.mois} mois" if self.mois else "") if part)


@dataclass(frozen=True, slots=True)
class Example:
    nom: str
    depuis_le: dt.date
    echu_le: dt.date


@dataclass(frozen=True, slots=True)
class Durations:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    durees: tuple[Duration, ...]
    exemples: tuple[Example, ...]

    def named(self, name: str) -> Duration:
        return next(each for each in self.durees if each.nom == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    duration: Duration
    number: int
    oldest: dt.date | None


@functools.cache
def durations() -> Durations:
    return content.read(config.CONTENT / "regles" / "conservation.yaml", Durations)


def overdue() -> list[Overdue]:
    """For each duration, how many rows are over it and since when."""
    known = {line.name: line.columns for line in tables()}
    return [_overdue(each, known.get(each.mesure, ())) for each in durations().durees]


def _overdue(duration: Duration, columns: Iterable[str]) -> Overdue:
    limit = duration.before(clock.today())
    if duration.mesure == RECORD:
        found = sql.row(_RECORDS, {"limit": limit, "adult_born_by": _months_from(clock.today(), -12 * ADULT_AT)})
    elif duration.colonne in columns:  # both names are those of a table of ours
        text = _ROWS.format(table=duration.mesure, column=duration.colonne)
        found = sql.row(text, {"limit": limit})
    else:
        raise content.ContentError(f"conservation.yaml : « {duration.mesure}.{duration.colonne} » n’existe pas.")
    assert found is not None
    number, oldest = found
    return Overdue(duration=duration, number=number, oldest=oldest)


def _months_from(day: dt.date, months: int) -> dt.date:
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_ROWS = 'SELECT count(*), min("{column}")::date FROM "{table}" WHERE "{column}"::date < %(limit)s'

# A record without a single act counts from its creation. A minor's waits for the age.
_RECORDS = """
SELECT count(*), min(last) FROM (
  SELECT p.id, COALESCE((SELECT max(t.at) FROM record_timeline t WHERE t.patient_id = p.id), p.created_at)::date AS last
    FROM patients_patient p WHERE p.merged_into_id IS NULL AND p.birth_date <= %(adult_born_by)s
) record WHERE last < %(limit)s
"""
