"""The schemas of `content/territoire`: what is counted, what is measured of it, the stages, and the help at hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from maillon.kernel.message import UserMessage
from maillon.territory.rates import Unit, must_be_alike
from maillon.territory.states import Stage

Axis = Literal["profession", "document"]
Provenance = Literal["officiel", "reconstruit", "local"]
Colour = Literal["vert", "orange", "rouge", ""]


@dataclass(frozen=True, slots=True)
class Fact:
    """`nature`: a flow adds up over the month, a stock is what stands at its end. `releve`: what the structures'
    monthly statement may bring. `structure` false: counted by basin alone."""

    code: str
    libelle: str
    unite: Unit
    nature: Literal["flux", "etat"]
    axes: tuple[Axis, ...] = ()
    releve: bool = False
    structure: bool = True


@dataclass(frozen=True, slots=True)
class DocumentGroup:
    code: str
    libelle: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupExample:
    type: str
    groupe: str


@dataclass(frozen=True, slots=True)
class Facts:
    titre: str
    source: str
    provenance: Provenance
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    documents: tuple[DocumentGroup, ...]
    faits: tuple[Fact, ...]
    exemples: tuple[GroupExample, ...]

    def group_of(self, type_code: str) -> str:
        return next((each.code for each in self.documents if type_code in each.types), "autre")


@dataclass(frozen=True, slots=True)
class Threshold:
    """Green from `vert` on, orange from `orange` on, red beyond; the other way round where less is better."""

    depuis: dt.date
    vert: Decimal
    orange: Decimal
    provenance: Provenance
    source: str


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What is known elsewhere, on a day."""

    le: dt.date
    dire: str
    source: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class MeasureExample:
    numerateur: int
    denominateur: int = 0
    valeur: Decimal | None = None
    couleur: Colour = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """`taux`: a share, of one counting unit. `moyenne`: so many for each. `nombre`: a count."""

    code: str
    libelle: str
    genre: Literal["taux", "moyenne", "nombre"]
    numerateur: tuple[str, ...]
    formule: str
    sens: Literal["haut", "bas", ""]
    exemples: tuple[MeasureExample, ...]
    denominateur: tuple[str, ...] = ()
    unite: str = ""
    seuils: tuple[Threshold, ...] = ()
    reperes: tuple[Yardstick, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        return (*self.numerateur, *self.denominateur)

    def threshold_on(self, day: dt.date) -> Threshold | None:
        known = [each for each in self.seuils if each.depuis <= day]
        return max(known, key=lambda each: each.depuis, default=None)

    def colour(self, value: float | None, day: dt.date) -> Colour:
        """As it is shown: rounded to the tenth, so that 80,0 % is never red beside a bound of 80."""
        bound = self.threshold_on(day)
        if value is None or bound is None:
            return ""
        side = 1 if self.sens == "haut" else -1
        shown = Decimal(str(round(value, 1)))
        if shown * side >= bound.vert * side:
            return "vert"
        return "orange" if shown * side >= bound.orange * side else "rouge"


@dataclass(frozen=True, slots=True)
class Family:
    """A file: what one question of the territory is measured by."""

    code: str
    titre: str
    rang: int
    question: str
    source: str
    provenance: Provenance
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    mesures: tuple[Measure, ...]

    @property
    def exemples(self) -> tuple[MeasureExample, ...]:
        return tuple(example for measure in self.mesures for example in measure.exemples)


@dataclass(frozen=True, slots=True)
class StageText:
    """`reste`: what is still to be done from there."""

    code: str
    sens: str
    reste: str


@dataclass(frozen=True, slots=True)
class StageLimits:
    depuis: dt.date
    regulier_jours: int
    silence_jours: int
    provenance: Provenance
    source: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is visited, in one sentence. `jours`: how long the stage must have lasted."""

    etape: str
    dire: str
    poids: int
    jours: int = 0


@dataclass(frozen=True, slots=True)
class StageExample:
    jours_sans_document: int
    etape: str
    devient: str


@dataclass(frozen=True, slots=True)
class StageRules:
    titre: str
    source: str
    provenance: Provenance
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    limites: tuple[StageLimits, ...]
    etapes: tuple[StageText, ...]
    visites: tuple[Reason, ...]
    silence: Reason
    tickets: Reason
    exemples: tuple[StageExample, ...]

    @property
    def begun_on(self) -> dt.date:
        """Nothing was deposited anywhere before."""
        return min(each.depuis for each in self.limites)

    def limits_on(self, day: dt.date) -> StageLimits:
        return max((each for each in self.limites if each.depuis <= day), key=lambda each: each.depuis)


@dataclass(frozen=True, slots=True)
class Module:
    """A training module: what is taught, to whom, in how many minutes."""

    code: str
    titre: str
    minutes: int
    pour: str
    points: tuple[str, ...]
    referent: bool = False  # who has followed it may be the referent of their structure


@dataclass(frozen=True, slots=True)
class Cause:
    code: str
    libelle: str
    module: str
    conseil: str


@dataclass(frozen=True, slots=True)
class CauseExample:
    tickets: int
    de_la_cause: int
    part: Decimal


@dataclass(frozen=True, slots=True)
class Help:
    titre: str
    source: str
    provenance: Provenance
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    modules: tuple[Module, ...]
    causes: tuple[Cause, ...]
    exemples: tuple[CauseExample, ...]

    def module(self, code: str) -> Module | None:
        return next((each for each in self.modules if each.code == code), None)

    def cause(self, code: str) -> Cause | None:
        return next((each for each in self.causes if each.code == code), None)


# (the record at fault, its key, what is said in French)
Fault = tuple[object, str, str]


def measure_faults(family: Family, facts: Mapping[str, Fact]) -> Iterator[Fault]:
    """A measure counts known facts; a share has one counting unit above and below (E-TER-01)."""
    seen: set[str] = set()
    for each in family.mesures:
        if each.code in seen:
            yield each, "code", f"mesure répétée « {each.code} »"
        seen.add(each.code)
        unknown = [code for code in each.facts if code not in facts]
        if unknown:
            yield each, "numerateur", f"fait inconnu « {unknown[0]} » ; connus : {', '.join(facts)}"
            continue
        if not each.numerateur or bool(each.denominateur) is (each.genre == "nombre"):
            yield each, "genre", f"« {each.genre} » : un taux ou une moyenne se divise, un nombre ne se divise pas"
            continue
        if each.seuils and not each.sens:
            yield each, "seuils", "des seuils demandent un sens (« haut » ou « bas »)"
        yield from _units(each, facts)


def _units(measure: Measure, facts: Mapping[str, Fact]) -> Iterator[Fault]:
    above, below = ({facts[code].unite for code in side} for side in (measure.numerateur, measure.denominateur))
    if len(above) > 1 or len(below) > 1:
        yield measure, "numerateur", "E-TER-01, les faits que l’on ajoute comptent la même chose"
    elif measure.genre == "taux":
        try:
            must_be_alike(above.pop(), below.pop())
        except UserMessage as refusal:
            yield measure, "denominateur", f"{refusal.code}, {refusal.message.removesuffix('.')}"


def fact_faults(facts: Facts) -> Iterator[Fault]:
    codes = [each.code for each in facts.faits]
    for each in facts.faits:
        if codes.count(each.code) > 1:
            yield each, "code", f"fait répété « {each.code} »"
    held = [code for group in facts.documents for code in group.types]
    for group in facts.documents:
        for code in group.types:
            if held.count(code) > 1:
                yield group, "types", f"type répété « {code} »"


def stage_faults(rules: StageRules) -> Iterator[Fault]:
    if [each.code for each in rules.etapes] != [each.value for each in Stage]:
        yield rules, "etapes", f"les étapes sont, dans l’ordre : {', '.join(Stage.values)}"
    for each in rules.visites:
        if each.etape not in Stage.values:
            yield each, "etape", f"étape inconnue « {each.etape} »"


def help_faults(given: Help) -> Iterator[Fault]:
    for each in given.causes:
        if given.module(each.module) is None:
            yield each, "module", f"module inconnu « {each.module} »"
