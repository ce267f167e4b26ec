"""From what the rooms hold to counts by month: in sets, additive, without a patient. The text of each count is SQL.

Each statement gives rows (structure, fact, document, profession, number) for the month; the basin is the structure's.
`%(end)s` is the last day that is over, or today; `%(from)s` and `%(to)s` are the instants of the month in Paris.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import transaction

from maillon.kernel import clock, sql
from maillon.territory import catalogue
from maillon.territory.facts_sql import BY_BASIN, BY_STRUCTURE, WITH
from maillon.territory.models import Month, MonthlyCount

BACK: Final = 12  # months that are counted at the first time

_KEEP: Final = """
INSERT INTO territory_monthly_count (month_id, basin_id, structure_id, fact, document, profession, number)
SELECT %(first)s::date, d.basin_id, found.structure_id, found.fact, found.document, found.profession, sum(found.number)
  FROM ({counted}) AS found (structure_id, fact, document, profession, number)
  JOIN territory_deployment d ON d.structure_id = found.structure_id
 WHERE found.number > 0
 GROUP BY 1, 2, 3, 4, 5, 6
"""
_KEEP_BY_BASIN: Final = """
INSERT INTO territory_monthly_count (month_id, basin_id, structure_id, fact, document, profession, number)
SELECT %(first)s::date, found.basin_id, NULL, found.fact, '', '', found.number
  FROM ({counted}) AS found (basin_id, fact, number) WHERE found.number > 0
"""


def next_month(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=32)).replace(day=1)


def month_before(first: dt.date, months: int = 1) -> dt.date:
    for _ in range(months):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return first


def is_over(first: dt.date) -> bool:
    return next_month(first) <= clock.today()


@transaction.atomic
def count_month(first: dt.date) -> None:
    """Counted again from nothing. It is final when it is over. A month to come is not counted."""
    if first > clock.today():
        return
    Month.objects.update_or_create(first=first, defaults={"counted_at": clock.now(), "is_final": is_over(first)})
    Month.objects.select_for_update().get(first=first)
    MonthlyCount.objects.filter(month_id=first).delete()
    given = parameters(first)
    for counted in BY_STRUCTURE:
        sql.rows(_KEEP.format(counted=WITH + counted), given)
    for counted in BY_BASIN:
        sql.rows(_KEEP_BY_BASIN.format(counted=counted), given)


def count_again(day: dt.date) -> None:
    """Something was noted of a day whose month may be final already: it is provisional until the next round."""
    Month.objects.filter(first=day.replace(day=1)).update(is_final=False)


def count_due() -> int:
    """The present month, and those that were not counted since they are over. Returns how many were counted."""
    this = clock.today().replace(day=1)
    is_final = dict(Month.objects.values_list("first", "is_final"))
    recent = {month_before(this, back) for back in range(BACK)}
    due = sorted(first for first in recent | set(is_final) if not is_final.get(first))
    for first in due:
        count_month(first)
    return len(due)


def parameters(first: dt.date) -> dict[str, Any]:
    after = next_month(first)
    groups = [(code, group.code) for group in catalogue.facts().documents for code in group.types]
    return {
        "first": first, "next": after, "end": min(after - dt.timedelta(days=1), clock.today()),
        "from": clock.midnight(first), "to": clock.midnight(after), "now": min(clock.now(), clock.midnight(after)),
        "codes": [code for code, _ in groups], "groups": [group for _, group in groups],
        "flows": [each.code for each in catalogue.facts().faits if each.nature == "flux"],
        "stocks": [each.code for each in catalogue.facts().faits if each.nature == "etat"],
        "referent": [each.code for each in catalogue.help_at_hand().modules if each.referent],
    }  # fmt: skip
