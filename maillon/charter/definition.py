"""The schemas of content/regles/responsabilites.yaml and content/chartes/*.yaml."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
from dataclasses import dataclass

from maillon.kernel import config, content


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    libelle: str
    professions: tuple[str, ...]
    medecin_traitant: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """`frais`: how long a confirmation holds, in words; `frais_mois`, when that is counted in months."""

    code: str
    libelle: str
    tenu_par: tuple[str, ...]
    frais: str
    contribuent: str = ""
    frais_mois: int | None = None
    evenement: str = ""

    def is_stale(self, *, confirmed_on: dt.date | None, on: dt.date) -> bool:
        """Never confirmed, or confirmed too long ago. An item that months do not age is stale only before the first
        confirmation."""
        if confirmed_on is None:
            return True
        return self.frais_mois is not None and on > months_later(confirmed_on, self.frais_mois)


@dataclass(frozen=True, slots=True)
class ItemExample:
    point: str
    confirme_le: dt.date
    le: dt.date
    a_verifier: bool


@dataclass(frozen=True, slots=True)
class Responsibilities:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    roles: tuple[Role, ...]
    points: tuple[Item, ...]
    exemples: tuple[ItemExample, ...]

    def keepers(self, item: Item) -> list[Role]:
        return [role for role in self.roles if role.code in item.tenu_par]

    def item(self, code: str) -> Item | None:
        return next((each for each in self.points if each.code == code), None)


@functools.cache
def responsibilities() -> Responsibilities:
    return content.read(config.CONTENT / "regles" / "responsabilites.yaml", Responsibilities)


@dataclass(frozen=True, slots=True)
class StarterClause:
    code: str
    titre: str
    texte: str
    reglage: str = ""


@dataclass(frozen=True, slots=True)
class ClauseExample:
    """The present value of the setting that enforces the clause says this."""

    clause: str
    valeur: str


@dataclass(frozen=True, slots=True)
class StarterCharter:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    clauses: tuple[StarterClause, ...]
    exemples: tuple[ClauseExample, ...]


@functools.cache
def starter_charter() -> StarterCharter:
    return content.read(config.CONTENT / "chartes" / "charte-msp.yaml", StarterCharter)


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month; when the month is too short, its last day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
