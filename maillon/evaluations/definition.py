"""The schema of content/grilles/*.yaml: one grid per file, of five natures, in one shape.

A grid has axes, an axis has dimensions. A dimension of a maturity grid has levels with what is observed at each; one of
the other natures has criteria: met or not (`conformite`), filled (`fiche`), chosen (`signalement`), allowed or not
(`eligibilite`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Nature = Literal["maturite", "conformite", "fiche", "signalement", "eligibilite"]
Need = Literal["obligatoire", "recommande", "souhaite"]
Risk = Literal["faible", "moyen", "eleve"]

NEEDS: dict[str, str] = {"obligatoire": "Obligatoire", "recommande": "Recommandé", "souhaite": "Souhaité"}
RISKS: dict[str, str] = {"faible": "Faible", "moyen": "Moyen", "eleve": "Élevé"}


@dataclass(frozen=True, slots=True)
class Level:
    """A degree of the scale. `delai_jours`: within how many days what is reported at this degree is answered."""

    valeur: int
    libelle: str
    aide: str = ""
    delai_jours: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is observed in a dimension at a level of the scale, and what proves it."""

    niveau: int
    constats: tuple[str, ...]
    preuve: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """`exigence` names a line of the grid's `exigences`. `contact_physique`, `materiel`: cannot be done from afar."""

    code: str
    dire: str
    aide: str = ""
    preuve: str = ""
    exigence: str = ""
    obligatoire: bool = False
    professions: tuple[str, ...] = ()
    contact_physique: bool = False
    materiel: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """`preuve_auto` names what the platform counts by itself (evaluations.evidence)."""

    code: str
    libelle: str
    pourquoi: str = ""
    preuve_auto: tuple[str, ...] = ()
    niveaux: tuple[Step, ...] = ()
    criteres: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    code: str
    libelle: str
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    dire: str


@dataclass(frozen=True, slots=True)
class RiskMatrix:
    """Main use × public → level of risk."""

    usages: tuple[Choice, ...]
    publics: tuple[Choice, ...]
    niveaux: dict[str, dict[str, Risk]]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which dimension of another version of a grid says what a dimension of this one says (here → there)."""

    code: str
    version: str
    dimensions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """Of a maturity grid: levels given, median and spread. Of criteria: what is not met, the score and the best
    decision. Of a sheet: what is filled, what lacks. Of reports: a code, a severity, the delay. Of acts: a refusal."""

    niveaux: tuple[int, ...] = ()
    mediane: float | None = None
    ecart: float | None = None
    risque: Risk | None = None
    non: tuple[str, ...] = ()
    sans_objet: tuple[str, ...] = ()
    conformes: int | None = None
    score: float | None = None
    decision: str = ""
    rempli: tuple[str, ...] = ()
    manque: tuple[str, ...] = ()
    code: str = ""
    gravite: int | None = None
    delai_jours: int | None = None
    acte: str = ""
    refus: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    code: str
    version: str
    nature: Nature
    titre: str
    source: str
    provenance: Literal["officiel", "reconstruit", "local"]
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    axes: tuple[Axis, ...]
    exemples: tuple[Example, ...]
    a_verifier: str = ""
    echelle: tuple[Level, ...] = ()
    risque: RiskMatrix | None = None
    exigences: dict[str, dict[str, Need]] = field(default_factory=dict)  # name → risk → need
    correspondances: tuple[Mapping, ...] = ()

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return tuple(dimension for axis in self.axes for dimension in axis.dimensions)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(each for dimension in self.dimensions for each in dimension.criteres)

    def criteria_of(self, axis: str) -> tuple[Criterion, ...]:
        found = (dimension for each in self.axes if each.code == axis for dimension in each.dimensions)
        return tuple(criterion for dimension in found for criterion in dimension.criteres)

    def dimension(self, code: str) -> Dimension | None:
        return next((each for each in self.dimensions if each.code == code), None)

    def criterion(self, code: str) -> Criterion | None:
        return next((each for each in self.criteria if each.code == code), None)

    def level(self, value: int) -> Level | None:
        return next((each for each in self.echelle if each.valeur == value), None)

    def need(self, criterion: Criterion, risk: str) -> Need:
        """What is asked of a criterion at a level of risk; a criterion without a line of its own is wished."""
        return self.exigences.get(criterion.exigence, {}).get(risk, "souhaite")

    def risk_of(self, use: str, public: str) -> Risk | None:
        return self.risque.niveaux.get(use, {}).get(public) if self.risque else None


Path = tuple[str | int, ...]


def faults(grid: Grid) -> Iterator[tuple[Path, str]]:
    """What is wrong beyond the shape: where in the file, and what in French."""
    yield from _repeated(grid)
    yield from _of_dimensions(grid)
    yield from _of_needs(grid)
    if any(not 0 <= level.valeur <= 9 for level in grid.echelle):
        yield ("echelle",), "un degré de l’échelle va de 0 à 9"
    if grid.nature in ("maturite", "signalement") and not grid.echelle:
        yield (), f"une grille « {grid.nature} » a une échelle"
    if grid.nature == "eligibilite" and {axis.code for axis in grid.axes} != {"conditions", "actes"}:
        yield ("axes",), "une grille d’éligibilité a deux axes, « conditions » et « actes »"
    for rank, level in enumerate(grid.echelle):
        if grid.nature == "signalement" and not level.delai_jours:
            yield ("echelle", rank), f"le degré {level.valeur} n’a pas de délai"


def _repeated(grid: Grid) -> Iterator[tuple[Path, str]]:
    seen: dict[str, set[str]] = {"axe": set(), "dimension": set(), "critère": set()}

    def once(kind: str, code: str) -> bool:
        is_new = code not in seen[kind]
        seen[kind].add(code)
        return is_new

    for a, axis in enumerate(grid.axes):
        if not once("axe", axis.code):
            yield ("axes", a, "code"), f"axe répété « {axis.code} »"
        for d, dimension in enumerate(axis.dimensions):
            if not once("dimension", dimension.code):
                yield ("axes", a, "dimensions", d, "code"), f"dimension répétée « {dimension.code} »"
            for c, criterion in enumerate(dimension.criteres):
                if not once("critère", criterion.code):
                    yield ("axes", a, "dimensions", d, "criteres", c, "code"), f"critère répété « {criterion.code} »"


def _of_dimensions(grid: Grid) -> Iterator[tuple[Path, str]]:
    """Each dimension of a maturity grid says 1 to 3 things of each level and what proves it; the others have
    criteria."""
    scale = [level.valeur for level in grid.echelle]
    for a, axis in enumerate(grid.axes):
        for d, dimension in enumerate(axis.dimensions):
            here: Path = ("axes", a, "dimensions", d)
            if grid.nature != "maturite":
                if dimension.niveaux or not dimension.criteres:
                    yield here, f"la dimension « {dimension.code} » a des critères, et pas de niveaux"
                continue
            if dimension.criteres or [step.niveau for step in dimension.niveaux] != scale:
                yield here, f"la dimension « {dimension.code} » a un niveau par degré de l’échelle, dans l’ordre"
            for s, step in enumerate(dimension.niveaux):
                if not 1 <= len(step.constats) <= 3 or not all(step.constats) or not step.preuve:
                    yield (*here, "niveaux", s), "un niveau a une à trois observations et une preuve attendue"


def _of_needs(grid: Grid) -> Iterator[tuple[Path, str]]:
    """Each criterion names a line of needs, which says something for every risk; every use has a risk."""
    yield from _of_criteria(grid)
    for name, needs in grid.exigences.items():
        if set(needs) != set(RISKS):
            yield ("exigences", name), f"« {name} » dit l’exigence pour chaque risque : {', '.join(RISKS)}"
    if (grid.nature == "conformite") is (grid.risque is None):
        yield (), "une grille de conformité a une table de risques, les autres n’en ont pas"
    if grid.risque:
        wanted = {choice.code for choice in grid.risque.publics}
        for use in grid.risque.usages:
            if set(grid.risque.niveaux.get(use.code, {})) != wanted:
                yield ("risque", "niveaux"), f"l’usage « {use.code} » a un risque pour chaque public"


def _of_criteria(grid: Grid) -> Iterator[tuple[Path, str]]:
    for a, axis in enumerate(grid.axes):
        for d, dimension in enumerate(axis.dimensions):
            for c, criterion in enumerate(dimension.criteres):
                here: Path = ("axes", a, "dimensions", d, "criteres", c)
                if criterion.exigence and criterion.exigence not in grid.exigences:
                    yield here, f"exigence inconnue « {criterion.exigence} » ; connues : {', '.join(grid.exigences)}"
                if grid.nature == "conformite" and not criterion.exigence:
                    yield here, f"le critère « {criterion.code} » n’a pas d’exigence"
