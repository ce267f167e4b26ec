"""The knowledge once read: every name known, every target resolved to the substances that it means.

A mistake in any file is refused whole, with its file and its line or its word (ContentError).
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from maillon.kernel import content
from maillon.prescribing import definition
from maillon.prescribing.definition import (
    AllergyWords,
    Base,
    ClassRow,
    CrossAllergy,
    Interaction,
    OldAge,
    Pregnancy,
    RenalRow,
    SubstanceRow,
)
from maillon.prescribing.words import fold

STALE_AFTER, SILENT_AFTER = 180, 365  # days (E-LAP-03)
Freshness = Literal["fresh", "stale", "silent"]


@dataclass(frozen=True, slots=True)
class Substance:
    """`key` is its folded name; `targets` are the name and the classes under which rules speak of it."""

    key: str
    name: str
    atc: tuple[str, ...]
    per_kilogram: bool
    names: tuple[str, ...]  # folded: the common denomination and its other spellings
    brands: tuple[str, ...]  # folded
    targets: frozenset[str]

    @property
    def groups(self) -> frozenset[str]:
        """ATC, fourth level: « M01AE »."""
        return frozenset(code[:5] for code in self.atc)


@dataclass(frozen=True)
class Knowledge:
    base: Base
    substances: Mapping[str, Substance]
    class_names: Mapping[str, str]
    interactions: Mapping[tuple[str, str], tuple[Interaction, ...]]
    allergens: tuple[AllergyWords, ...]
    cross_allergies: tuple[CrossAllergy, ...]
    pregnancies: tuple[Pregnancy, ...]
    renal_rows: tuple[RenalRow, ...]
    old_ages: tuple[OldAge, ...]

    @functools.cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Folded name → keys of the substances that it means: a brand may hold two."""
        return _gathered((name, each.key) for each in self.substances.values() for name in (*each.names, *each.brands))

    @functools.cached_property
    def by_atc(self) -> Mapping[str, tuple[str, ...]]:
        return _gathered((code, each.key) for each in self.substances.values() for code in each.atc)

    def counts(self) -> dict[str, int]:
        """How much each control knows: what « partial » means, in numbers."""
        return {
            "substances": len(self.substances),
            "classes": len(self.class_names),
            "interactions": sum(map(len, self.interactions.values())),
            "grossesse": len(self.pregnancies),
            "rein": len({row.cible for row in self.renal_rows}),
            "sujet-age": len(self.old_ages),
        }

    def freshness(self, today: dt.date) -> Freshness:
        age = (today - self.base.date).days
        return "silent" if age > SILENT_AFTER else "stale" if age > STALE_AFTER else "fresh"

    def title(self, table: str) -> str:
        """Where the rules of a table come from, with the date of the base."""
        found = next(each for each in self.base.sources if each.table == table)
        return f"{found.titre}, {found.edition} · base {self.base.version} du {self.base.date:%d/%m/%Y}"

    def name_of(self, target: str) -> str:
        return self.class_names.get(target, target)

    def between(self, one: Substance, other: Substance) -> list[Interaction]:
        """Every rule that speaks of both, the most severe first."""
        found = {
            rule
            for a in one.targets
            for b in other.targets
            for rule in self.interactions.get(_pair(a, b), ())
            if not {one.name, other.name} & set(rule.sauf)
        }
        return sorted(found, key=lambda rule: (_SEVERITY[rule.niveau], rule.a, rule.b))


_SEVERITY: Final = {level: rank for rank, level in enumerate(definition.LEVELS)}


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a <= b else (b, a)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, key in pairs:
        found[name] = (*found.get(name, ()), key)
    return found


@functools.cache
def knowledge() -> Knowledge:
    """That of this installation, read once."""
    return read(definition.folder())


def read(folder: Path) -> Knowledge:
    """Raises ContentError."""
    rows = content.read_rows(folder / "substances.csv", SubstanceRow)
    classes = content.read_rows(folder / "classes.csv", ClassRow)
    interactions = content.read_rows(folder / "interactions.csv", Interaction)
    found = Knowledge(
        base=content.read(folder / "base.yaml", Base),
        substances={each.key: each for each in _substances(rows, classes)},
        class_names={each.code: each.nom for each in classes},
        interactions=_by_pair(interactions),
        allergens=content.read_rows(folder / "allergies.csv", AllergyWords),
        cross_allergies=content.read_rows(folder / "allergies-croisees.csv", CrossAllergy),
        pregnancies=content.read_rows(folder / "grossesse.csv", Pregnancy),
        renal_rows=content.read_rows(folder / "rein.csv", RenalRow),
        old_ages=content.read_rows(folder / "sujet-age.csv", OldAge),
    )
    for name, words in _faults(found, rows, classes, interactions):
        if words:
            raise content.ContentError(f"{folder.name} : {name} : {', '.join(sorted(words))}.")
    return found


def _substances(rows: Iterable[SubstanceRow], classes: Iterable[ClassRow]) -> Iterator[Substance]:
    for row in rows:
        inside = {
            each.code
            for each in classes
            if row.nom in each.substances or any(code.startswith(each.atc) for code in row.atc if each.atc)
        }
        yield Substance(
            key=fold(row.nom),
            name=row.nom,
            atc=row.atc,
            per_kilogram=row.par_kg,
            names=tuple(map(fold, (row.nom, *row.autres_noms))),
            brands=tuple(map(fold, row.marques)),
            targets=frozenset(inside | {row.nom}),
        )


def _by_pair(rows: Iterable[Interaction]) -> dict[tuple[str, str], tuple[Interaction, ...]]:
    found: dict[tuple[str, str], tuple[Interaction, ...]] = {}
    for row in rows:
        found[_pair(row.a, row.b)] = (*found.get(_pair(row.a, row.b), ()), row)
    return found


def _faults(
    found: Knowledge,
    rows: tuple[SubstanceRow, ...],
    classes: tuple[ClassRow, ...],
    interactions: tuple[Interaction, ...],
) -> Iterator[tuple[str, set[str]]]:
    """What the shape of the files does not forbid."""
    names, codes = [row.nom for row in rows], [row.code for row in classes]
    known = {*names, *codes}
    used = {target for each in found.substances.values() for target in each.targets}
    yield "substance répétée", {each for each in names if names.count(each) > 1}
    yield "classe répétée", {each for each in codes if codes.count(each) > 1}
    yield "code de classe qui ne commence pas par @", {each for each in codes if not each.startswith("@")}
    yield "substance inconnue dans une classe", {each for row in classes for each in row.substances} - set(names)
    yield "classe sans substance", set(codes) - used
    yield "couple répété", {f"{a} et {b}" for (a, b), held in found.interactions.items() if len(held) > 1}
    yield "cible inconnue", set(_targets(found, interactions)) - known
    yield "tableau du rein qui se chevauche", set(_overlaps(found.renal_rows))
    yield "source manquante pour la table", set(_TABLES) - {each.table for each in found.base.sources}


_TABLES: Final = frozenset(
    {"substances", "classes", "interactions", "allergies", "allergies-croisees", "grossesse", "rein", "sujet-age"}
)


def _targets(found: Knowledge, interactions: tuple[Interaction, ...]) -> Iterator[str]:
    for rule in interactions:
        yield from (rule.a, rule.b, *rule.sauf)
    for cross in found.cross_allergies:
        yield from (cross.allergie, cross.medicament)
    yield from (each.cible for each in found.allergens)
    yield from (each.cible for each in found.pregnancies)
    yield from (each.cible for each in found.renal_rows)
    yield from (each.cible for each in found.old_ages)


def _overlaps(rows: Iterable[RenalRow]) -> Iterator[str]:
    held: dict[str, list[RenalRow]] = {}
    for row in rows:
        held.setdefault(row.cible, []).append(row)
    for target, lines in held.items():
        ordered = sorted(lines, key=lambda each: each.dfg_de)
        if any(each.dfg_de >= each.dfg_a for each in ordered) or any(
            one.dfg_a > other.dfg_de for one, other in zip(ordered, ordered[1:], strict=False)
        ):
            yield target
