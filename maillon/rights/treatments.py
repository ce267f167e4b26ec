"""The treatments of the register (RGPD art. 30), as dated content; their data categories come from the tables."""

from __future__ import annotations

import datetime as dt
import fnmatch
import functools
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.db import models

from maillon.kernel import config, content

CLASSIFICATIONS: Final = {
    "identifying": "identité",
    "health": "santé",
    "professional": "professionnels",
    "technical": "techniques",
}


@dataclass(frozen=True, slots=True)
class Treatment:
    code: str
    nom: str
    finalite: str
    base_6: str
    base_9: str
    personnes: str
    destinataires: str
    durees: tuple[str, ...]
    tables: tuple[str, ...]
    mesures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    code: str
    quoi: str
    preuve: str


@dataclass(frozen=True, slots=True)
class Risk:
    nom: str
    exemples: str
    gravite: int
    vraisemblance_sans: int
    vraisemblance_avec: int
    mesures: tuple[str, ...]
    reste: str


@dataclass(frozen=True, slots=True)
class Example:
    table: str
    traitement: str


@dataclass(frozen=True, slots=True)
class Register:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    traitements: tuple[Treatment, ...]
    a_venir: tuple[str, ...]
    mesures: tuple[Measure, ...]
    risques: tuple[Risk, ...]
    exemples: tuple[Example, ...]

    def holders_of(self, table: str) -> list[str]:
        """The longest pattern prevails; two holders, or none, is a fault of the content."""
        found = [
            (len(pattern), each.code)
            for each in self.traitements
            for pattern in each.tables
            if fnmatch.fnmatchcase(table, pattern)
        ]
        longest = max((length for length, _ in found), default=0)
        return sorted({code for length, code in found if length == longest})

    def measure(self, code: str) -> Measure:
        return next(each for each in self.mesures if each.code == code)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLine:
    """One table, as its model describes it."""

    name: str
    categories: tuple[str, ...]
    columns: tuple[str, ...]


@functools.cache
def register() -> Register:
    return content.read(config.CONTENT / "regles" / "traitements.yaml", Register)


def tables() -> list[TableLine]:
    found = [_line(model) for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    return sorted(found, key=lambda line: line.name)


def tables_of(treatment: Treatment) -> list[TableLine]:
    return [line for line in tables() if register().holders_of(line.name) == [treatment.code]]


def _line(model: type[models.Model]) -> TableLine:
    return TableLine(
        name=model._meta.db_table,
        categories=_categories(model),
        columns=tuple(field.column or field.name for field in model._meta.local_concrete_fields),
    )


def _categories(model: type[models.Model]) -> tuple[str, ...]:
    """`classification: health, identifying.` in the docstring; what the framework brings is technical."""
    first, _, rest = (model.__doc__ or "").partition(":")
    if first != "classification":
        return (CLASSIFICATIONS["technical"],)
    said = rest.partition(".")[0]
    return tuple(CLASSIFICATIONS[word.strip()] for word in said.split(","))
