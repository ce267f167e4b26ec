"""The public table of a month that is over: by groups of basins and of types, without a small number."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from maillon.formats import tabular
from maillon.kernel import sql
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.territory import catalogue, disclosure, measuring, structures
from maillon.territory.counting import is_over
from maillon.territory.definition import Family, Measure
from maillon.territory.models import Month
from maillon.territory.steering import must_steer

COLUMNS: Final = (
    "mois", "découpage", "groupe", "famille", "mesure", "unité", "numérateur", "dénominateur", "valeur", "formule",
)  # fmt: skip
KEPT_BACK: Final = "secret"
_PERSONS: Final = ("patients", "professionnels")
_BASIN: Final = "b.code"
_TYPE: Final = "s.type_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """None: not said."""

    value: measuring.Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    family: Family
    measure: Measure
    cells: tuple[Cell, ...]  # one for each group, then the territory


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One way to share out the territory: `groups` are names, the last being the whole."""

    title: str
    groups: tuple[str, ...]
    lines: tuple[Line, ...]
    merged: tuple[str, ...]  # what « Autres » holds is not said: how many, for who publishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    month: dt.date
    sheets: tuple[Sheet, ...]


@transaction.atomic
def publication(actor: Actor, month: dt.date, *, basin: str = "") -> Publication:
    """`basin`: this one alone. Raises E-TER-04 for a month that is not over, E-TER-03 when the territory or the basin
    has fewer than five structures."""
    must_steer(actor)
    row = _must_be_final(month)
    sizes = _sizes(_BASIN, month)
    if sizes.total() < disclosure.FEWEST:
        raise UserMessage(
            "E-TER-03",
            f"Le territoire compte moins de {disclosure.FEWEST} structures\u202f: un tableau public les désignerait.",
        )
    names = {each.code: each.name for each in structures.basins(actor)}
    by_basin = _sheet("Par bassin", _BASIN, _groups(row, _BASIN, sizes), names, month)
    by_type = _sheet("Par type de structure", _TYPE, _groups(row, _TYPE, _sizes(_TYPE, month)), structures.TYPES, month)
    row.save(update_fields=["public_groups"])
    if basin:
        return Publication(month=month, sheets=(_only(by_basin, names.get(basin, "")),))
    return Publication(month=month, sheets=(by_basin, by_type))


def _sizes(column: str, month: dt.date) -> Counter[str]:
    """How many structures were counted in the month: those of today are another month's."""
    return Counter({code: int(number) for code, number in sql.rows(_SIZES.format(column=column), {"month": month})})


def _groups(row: Month, column: str, sizes: Counter[str]) -> dict[str, str]:
    """As they were the first time that this month was shown. Who was not there then is in no group."""
    groups: dict[str, str] = row.public_groups.setdefault(column, disclosure.share_out(sizes))
    return groups


def _only(sheet: Sheet, name: str) -> Sheet:
    if name not in sheet.groups:
        raise UserMessage(
            "E-TER-03",
            f"Ce bassin compte moins de {disclosure.FEWEST} structures, ou en cache un qui en compte moins\u202f: il "
            "n’est pas nommé en public, il est dans «\u202fAutres\u202f».",
        )
    rank = sheet.groups.index(name)
    lines = tuple(replace(line, cells=(line.cells[rank],)) for line in sheet.lines)
    return replace(sheet, groups=(name,), lines=lines)


def as_csv(published: Publication) -> bytes:
    """With decimal commas, as French spreadsheets open it."""
    rows = (
        _row(published.month, sheet.title, group, line, cell)
        for sheet in published.sheets for line in sheet.lines
        for group, cell in zip(sheet.groups, line.cells, strict=True)
    )  # fmt: skip
    return tabular.as_csv(COLUMNS, rows)


def _row(month: dt.date, title: str, group: str, line: Line, cell: Cell) -> tuple[str, ...]:
    measure, value = line.measure, cell.value
    unit = "%" if measure.genre == "taux" else measure.unite
    said = (f"{month:%Y-%m}", title, group, line.family.titre, measure.libelle, unit)
    if value is None:
        return (*said, KEPT_BACK, KEPT_BACK if measure.denominateur else "", KEPT_BACK, measure.formule)
    shown = "non calculable" if value.value is None else f"{value.value:.1f}".replace(".", ",")
    below = str(value.denominator) if measure.denominateur else ""
    return (*said, str(value.numerator), below, shown, measure.formule)


def _must_be_final(month: dt.date) -> Month:
    row = Month.objects.select_for_update().filter(first=month, is_final=True).first()
    if row is None or not is_over(month):
        raise UserMessage(
            "E-TER-04",
            "Ce mois n’est pas terminé, ou n’est pas encore arrêté\u202f: ses chiffres sont provisoires et ne se "
            "publient pas.",
        )
    return row


def _sheet(title: str, column: str, group_of: dict[str, str], names: dict[str, str], month: dt.date) -> Sheet:
    table: dict[str, dict[str, int]] = {}
    for code, fact, number in sql.rows(_BY.format(column=column), {"month": month}):
        if code in group_of:
            facts = table.setdefault(group_of[code], {})
            facts[fact] = facts.get(fact, 0) + int(number)
    known = sorted((each for each in table if each != disclosure.OTHERS), key=lambda each: names.get(each, each))
    order = [*known, *([disclosure.OTHERS] if disclosure.OTHERS in table else [])]
    kept_back = disclosure.hidden(table, _pairs())
    whole = {fact: sum(facts.get(fact, 0) for facts in table.values()) for facts in table.values() for fact in facts}
    is_one = order == [disclosure.WHOLE]
    return Sheet(
        title=title,
        groups=(*(() if is_one else (_name(each, names) for each in order)), "Territoire"),
        lines=tuple(
            Line(
                family=family, measure=measure,
                cells=(
                    *(() if is_one else (_cell(measure, each, table, kept_back) for each in order)),
                    _total(measure, whole, kept_back),
                ),
            )
            for family in catalogue.families() for measure in family.mesures
            if all(fact in whole for fact in measure.denominateur) and any(fact in whole for fact in measure.numerateur)
        ),
        merged=tuple(sorted(_name(code, names) for code, group in group_of.items() if group == disclosure.OTHERS)),
    )  # fmt: skip


def _cell(measure: Measure, group: str, table: disclosure.Table, kept_back: disclosure.Hidden) -> Cell:
    if any((group, fact) in kept_back.cells for fact in measure.facts):
        return Cell(value=None)
    return Cell(value=measuring.value_of(measure, table[group]))


def _total(measure: Measure, whole: dict[str, int], kept_back: disclosure.Hidden) -> Cell:
    if any(fact in kept_back.totals for fact in measure.facts):
        return Cell(value=None)
    return Cell(value=measuring.value_of(measure, whole))


def _pairs() -> tuple[disclosure.Pair, ...]:
    known = catalogue.known_facts()
    return tuple(
        disclosure.Pair(each.numerateur[0], each.denominateur[0])
        for each in catalogue.measures()
        if each.genre == "taux" and known[each.numerateur[0]].unite in _PERSONS
    )


def _name(code: str, names: dict[str, str]) -> str:
    return "Autres" if code == disclosure.OTHERS else names.get(code, code)


# Of the structures that make the groups, in each sheet the same: of two totals, the difference would be somebody's.
_BY: Final = """
SELECT {column}, c.fact, sum(c.number)
  FROM territory_monthly_count c
  JOIN territory_basin b ON b.id = c.basin_id
  LEFT JOIN professionals_structure s ON s.id = c.structure_id
 WHERE c.month_id = %(month)s::date AND {column} IS NOT NULL AND (c.structure_id IS NULL OR EXISTS (
       SELECT 1 FROM territory_monthly_count e WHERE e.month_id = c.month_id AND e.structure_id = c.structure_id
          AND e.fact = 'structures_eligibles'))
 GROUP BY 1, 2
"""
_SIZES: Final = """
SELECT {column}, sum(c.number)
  FROM territory_monthly_count c
  JOIN territory_basin b ON b.id = c.basin_id
  JOIN professionals_structure s ON s.id = c.structure_id
 WHERE c.month_id = %(month)s::date AND c.fact = 'structures_eligibles'
 GROUP BY 1
"""
