"""The measures of a month, for the whole territory or a part of it: every tile from the same additive counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from maillon.kernel import clock, sql
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.territory import catalogue
from maillon.territory.counting import month_before
from maillon.territory.definition import Colour, Family, Measure
from maillon.territory.models import Month
from maillon.territory.rates import UNITS, Count, mean, share
from maillon.territory.steering import must_be_of, must_steer

SHOWN_MONTHS: Final = 6
TREND_MONTHS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is looked at: everything, or one basin, type of structure, structure, profession, group of documents."""

    basin: str = ""
    structure_type: str = ""
    structure_id: StructureId | None = None
    profession: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """`value` is None for what cannot be computed (nothing to share): never 0 %. `refusal`: why it is not shown."""

    value: float | None
    numerator: int
    denominator: int
    refusal: UserMessage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    month: dt.date
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`change`: since three months before, in the unit of the value. `not_by`: the filter that it does not know."""

    measure: Measure
    now: Value
    colour: Colour
    change: float | None
    is_better: bool | None
    points: tuple[Point, ...]  # oldest first
    counted: str  # the counting unit, in French
    not_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    first: dt.date
    counted_at: dt.datetime
    is_final: bool


Counts = Mapping[tuple[dt.date, str], int]


def months() -> tuple[MonthLine, ...]:
    """Those that were counted, the latest first."""
    return tuple(
        MonthLine(first=each.first, counted_at=each.counted_at, is_final=each.is_final)
        for each in Month.objects.order_by("-first")
    )


Board = tuple[tuple[Family, tuple[Tile, ...]], ...]


def board(actor: Actor, month: dt.date, part: Part) -> Board:
    """Every measure, family by family; of the territory for who steers, of one's own structure for everybody else."""
    _must_read(actor, part)
    counts = _counts(_span(month), part)
    return tuple(
        (family, tuple(_tile(measure, month, part, counts) for measure in family.mesures))
        for family in catalogue.families()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One part of a table: a basin, a type, a group."""

    code: str
    label: str
    value: Value
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One measure looked at: month by month, and shared out."""

    family: Family
    tile: Tile
    basins: tuple[Row, ...]
    types: tuple[Row, ...]
    documents: tuple[Row, ...]
    professions: tuple[Row, ...]


def study(actor: Actor, code: str, month: dt.date, part: Part) -> Study | None:
    must_steer(actor)
    family = next((each for each in catalogue.families() if any(m.code == code for m in each.mesures)), None)
    measure = catalogue.measure(code)
    if family is None or measure is None:
        return None
    counts = _counts(_span(month, back=12), part)
    axes = [catalogue.known_facts()[fact].axes for fact in measure.facts]

    def shared_out(column: str, *, known: bool) -> tuple[Row, ...]:
        return _rows(measure, month, part, column) if known else ()

    return Study(
        family=family,
        tile=_tile(measure, month, part, counts, back=12),
        basins=shared_out("b.code", known=not part.basin),
        types=shared_out("s.type_code", known=not part.structure_type and _has_structures(measure)),
        documents=shared_out("c.document", known=not part.document and all("document" in each for each in axes)),
        professions=shared_out("c.profession", known=not part.profession and all("profession" in a for a in axes)),
    )


def value_of(measure: Measure, counts: Mapping[str, int]) -> Value:
    """From the sums of facts. What would be a lie is refused and not shown (E-TER-01, E-TER-02)."""
    known = catalogue.known_facts()
    above = sum(counts.get(code, 0) for code in measure.numerateur)
    below = sum(counts.get(code, 0) for code in measure.denominateur)
    if measure.genre == "nombre":
        return Value(value=float(above), numerator=above, denominator=0)
    part = Count(number=above, unit=known[measure.numerateur[0]].unite)
    whole = Count(number=below, unit=known[measure.denominateur[0]].unite)
    try:
        value = share(part, whole) if measure.genre == "taux" else mean(part, whole)
    except UserMessage as refusal:
        return Value(value=None, numerator=above, denominator=below, refusal=refusal)
    return Value(value=value, numerator=above, denominator=below)


def sums(month: dt.date, part: Part) -> dict[str, int]:
    """Fact → how many, of one month and one part."""
    return {fact: number for (_, fact), number in _counts((month, month), part).items()}


def _must_read(actor: Actor, part: Part) -> None:
    if part.structure_id is not None:
        must_be_of(actor, part.structure_id)
    else:
        must_steer(actor)


def _span(month: dt.date, *, back: int = SHOWN_MONTHS) -> tuple[dt.date, dt.date]:
    return month_before(month, back - 1), month


def _counts(span: tuple[dt.date, dt.date], part: Part) -> Counts:
    rows = sql.rows(_COUNTS, {"since": span[0], "until": span[1]} | _asked(part))
    return {(first, fact): int(number) for first, fact, number in rows}


def _asked(part: Part) -> dict[str, Any]:
    known = catalogue.known_facts().values()
    return {
        "basin": part.basin, "type": part.structure_type, "structure": part.structure_id or 0,
        "profession": part.profession, "document": part.document,
        "by_profession": [each.code for each in known if "profession" in each.axes],
        "by_document": [each.code for each in known if "document" in each.axes],
    }  # fmt: skip


def _tile(measure: Measure, month: dt.date, part: Part, counts: Counts, *, back: int = SHOWN_MONTHS) -> Tile:
    not_by = _unknown_filter(measure, part)
    points = () if not_by else tuple(_points(measure, month, counts, back))
    nothing = Value(value=None, numerator=0, denominator=0)
    now = points[-1].value if points and points[-1].month == month else nothing
    before = next((each.value.value for each in points if each.month == month_before(month, TREND_MONTHS)), None)
    change = now.value - before if now.value is not None and before is not None else None
    is_better = None if not change or not measure.sens else (change > 0) is (measure.sens == "haut")
    return Tile(
        measure=measure, now=now, colour=measure.colour(now.value, min(clock.today(), month)), change=change,
        is_better=is_better, points=points, counted=_counted(measure), not_by=not_by,
    )  # fmt: skip


def _points(measure: Measure, month: dt.date, counts: Counts, back: int) -> list[Point]:
    known = {first for first, _ in counts}
    found = []
    for first in (month_before(month, rank) for rank in range(back - 1, -1, -1)):
        if first in known or first == month:
            of_month = {fact: counts.get((first, fact), 0) for fact in measure.facts}
            found.append(Point(month=first, value=value_of(measure, of_month)))
    while len(found) > 1 and not (found[0].value.numerator or found[0].value.denominator):
        found.pop(0)  # before anything was counted
    return found


def _unknown_filter(measure: Measure, part: Part) -> str:
    known = [catalogue.known_facts()[fact] for fact in measure.facts]
    if part.profession and not all("profession" in each.axes for each in known):
        return "par profession"
    if part.document and not all("document" in each.axes for each in known):
        return "par type de document"
    if (part.structure_type or part.structure_id) and not all(each.structure for each in known):
        return "par structure"
    return ""


def _has_structures(measure: Measure) -> bool:
    return all(catalogue.known_facts()[fact].structure for fact in measure.facts)


def _counted(measure: Measure) -> str:
    unit = UNITS[catalogue.known_facts()[measure.numerateur[0]].unite]
    label = catalogue.known_facts()[measure.numerateur[0]].libelle
    return unit or label[:1].lower() + label[1:]


def _rows(measure: Measure, month: dt.date, part: Part, column: str) -> tuple[Row, ...]:
    found: dict[str, dict[str, int]] = {}
    labels: dict[str, str] = {}
    label = {"b.code": "b.name"}.get(column, column)
    statement = _SHARED_OUT.format(column=column, label=label)
    for code, name, fact, number in sql.rows(statement, {"since": month, "until": month} | _asked(part)):
        found.setdefault(code, {})[fact] = int(number)
        labels[code] = name
    rows = []
    for code, counts in found.items():
        value = value_of(measure, counts)
        if value.numerator or value.denominator:
            rows.append(Row(code=code, label=labels[code], value=value, colour=measure.colour(value.value, month)))
    return tuple(sorted(rows, key=lambda each: (each.value.value is None, -(each.value.value or 0), each.label)))


_FROM: Final = """
  FROM territory_monthly_count c
  JOIN territory_basin b ON b.id = c.basin_id
  LEFT JOIN professionals_structure s ON s.id = c.structure_id
 WHERE c.month_id BETWEEN %(since)s::date AND %(until)s::date
   AND (%(basin)s = '' OR b.code = %(basin)s)
   AND (%(type)s = '' OR s.type_code = %(type)s)
   AND (%(structure)s::bigint = 0 OR c.structure_id = %(structure)s::bigint)
   AND (%(profession)s = '' OR c.profession = %(profession)s OR NOT c.fact = ANY(%(by_profession)s::text[]))
   AND (%(document)s = '' OR c.document = %(document)s OR NOT c.fact = ANY(%(by_document)s::text[]))
"""
_COUNTS: Final = f"SELECT c.month_id, c.fact, sum(c.number) {_FROM} GROUP BY 1, 2"
_SHARED_OUT: Final = f"""
SELECT {{column}}, {{label}}, c.fact, sum(c.number) {_FROM} AND {{column}} IS NOT NULL GROUP BY 1, 2, 3
"""
