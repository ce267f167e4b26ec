"""From what the rooms hold to counts by month: in sets, additive, without a patient. The text of each count is SQL.

Each statement gives rows (structure, fact, document, profession, number) for the month; the basin is the structure's.
`%(end)s` is the last day that is over, or today; `%(from)s` and `%(to)s` are the instants of the month in Paris.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction

from maillon.kernel import clock, sql
from maillon.territory import catalogue
from maillon.territory.facts_sql import DATED, DATED_BY_BASIN, HELD, HELD_BY_BASIN, WITH
from maillon.territory.models import Basin, Deployment, Month, MonthlyCount, Statement

BACK: Final = 12  # months that are counted at the first time
# The delay after which what was received is late; what was deposited in the last night is settled by then.
SETTLES_IN: Final = dt.timedelta(hours=72)

_KEEP: Final = """
INSERT INTO territory_monthly_count (month_id, basin_id, structure_id, fact, document, profession, number)
SELECT %(first)s::date, d.basin_id, found.structure_id, found.fact, found.document, found.profession, sum(found.number)
  FROM ({counted}) AS found (structure_id, fact, document, profession, number)
  JOIN territory_deployment d ON d.structure_id = found.structure_id
 WHERE found.number > 0 AND found.structure_id <> ALL(%(kept_structures)s::bigint[])
 GROUP BY 1, 2, 3, 4, 5, 6
"""
_KEEP_BY_BASIN: Final = """
INSERT INTO territory_monthly_count (month_id, basin_id, structure_id, fact, document, profession, number)
SELECT %(first)s::date, found.basin_id, NULL, found.fact, '', '', found.number
  FROM ({counted}) AS found (basin_id, fact, number)
 WHERE found.number > 0 AND found.basin_id <> ALL(%(kept_basins)s::bigint[])
"""


def next_month(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=32)).replace(day=1)


def month_before(first: dt.date, months: int = 1) -> dt.date:
    for _ in range(months):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return first


def closes_at(first: dt.date) -> dt.datetime:
    return clock.midnight(next_month(first)) + SETTLES_IN


def is_over(first: dt.date) -> bool:
    return closes_at(first) <= clock.now()


def last_over() -> dt.date:
    this = clock.today().replace(day=1)
    return next(first for first in (month_before(this), month_before(this, 2)) if is_over(first))


@transaction.atomic
def count_month(first: dt.date) -> None:
    """Counted from nothing. It is final when it is over. A month to come is not counted."""
    if first > clock.today():
        return
    _open(first)
    MonthlyCount.objects.filter(month_id=first).delete()
    _count(first, DATED, DATED_BY_BASIN)
    _count(first, HELD, HELD_BY_BASIN)


@transaction.atomic
def bring_up_to_date(first: dt.date) -> None:
    """A month that was over when it was counted keeps what our rooms held then: identities qualified since, boxes
    opened since were not. What bears a day of the month is counted again, and a structure of which it holds nothing
    enters it."""
    month = Month.objects.filter(first=first).first()
    if month is None or month.counted_at < closes_at(first):
        count_month(first)
        return
    _open(first)
    told = Statement.objects.filter(day__gte=first, day__lt=next_month(first)).values("structure_id")
    rows = MonthlyCount.objects.filter(month_id=first)
    rows.exclude(fact__in=catalogue.held_facts()).delete()
    rows.filter(structure_id__in=told).delete()
    kept = rows.filter(fact__in=catalogue.held_facts())
    _count(first, DATED, DATED_BY_BASIN)
    _count(
        first, HELD, HELD_BY_BASIN,
        kept_structures=list(kept.filter(structure__isnull=False).values_list("structure_id", flat=True).distinct()),
        kept_basins=list(kept.filter(structure__isnull=True).values_list("basin_id", flat=True)),
    )  # fmt: skip


def count_again(day: dt.date) -> None:
    """Something was noted of a day whose month may be final already: it is provisional until the next round."""
    Month.objects.filter(first=day.replace(day=1)).update(is_final=False)


def count_again_since(day: dt.date) -> None:
    """What was noted of a day is still so in the months that follow: a referent trained, a first document, a date."""
    Month.objects.filter(first__gte=day.replace(day=1)).update(is_final=False)


def follow_to(structure_id: int, basin: Basin) -> None:
    """A structure was declared in the wrong basin: what was counted of it comes along."""
    MonthlyCount.objects.filter(structure_id=structure_id).update(basin=basin)
    count_again_since(dt.date.min)


def count_due() -> int:
    """The present month, and those that were not counted since they are over. Returns how many were counted. Without a
    structure there is nothing to count, and no month to close on it."""
    if not Deployment.objects.exists():
        return 0
    this = clock.today().replace(day=1)
    is_final = dict(Month.objects.values_list("first", "is_final"))
    recent = {month_before(this, back) for back in range(BACK)}
    due = sorted(first for first in recent | set(is_final) if not is_final.get(first))
    for first in due:
        bring_up_to_date(first)
    return len(due)


def _open(first: dt.date) -> None:
    Month.objects.update_or_create(first=first, defaults={"counted_at": clock.now(), "is_final": is_over(first)})
    Month.objects.select_for_update().get(first=first)


def _count(
    first: dt.date, by_structure: Iterable[str], by_basin: Iterable[str], *, kept_structures: Iterable[int] = (),
    kept_basins: Iterable[int] = (),
) -> None:  # fmt: skip
    given = parameters(first) | {"kept_structures": list(kept_structures), "kept_basins": list(kept_basins)}
    for counted in by_structure:
        sql.rows(_KEEP.format(counted=WITH + counted), given)
    for counted in by_basin:
        sql.rows(_KEEP_BY_BASIN.format(counted=counted), given)


def parameters(first: dt.date) -> dict[str, Any]:
    after = next_month(first)
    groups = [(code, group.code) for group in catalogue.facts().documents for code in group.types]
    return {
        "first": first, "next": after, "end": min(after - dt.timedelta(days=1), clock.today()),
        "from": clock.midnight(first), "to": clock.midnight(after), "now": min(clock.now(), clock.midnight(after)),
        "real_now": clock.now(),
        "codes": [code for code, _ in groups], "groups": [group for _, group in groups],
        "flows": [each.code for each in catalogue.facts().faits if each.nature == "flux"],
        "stocks": [each.code for each in catalogue.facts().faits if each.nature == "etat"],
        "referent": [each.code for each in catalogue.help_at_hand().modules if each.referent],
    }  # fmt: skip
