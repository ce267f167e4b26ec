"""What irritants cost: by code and by month, in minutes by week. Every report counts, those that were joined too."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncWeek

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.irritants.lines import grid, may_triage
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor

MONTHS: Final = 12
WEEKS: Final = 12
RECENT: Final = 4  # weeks: what « par semaine » is averaged over


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTrend:
    """`months` follow those of the trend."""

    code: str
    label: str
    months: tuple[int, ...]
    number: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`months` and `weeks` are the first days, the oldest first; the last of each is under way."""

    months: tuple[dt.date, ...]
    by_month: tuple[int, ...]
    codes: tuple[CodeTrend, ...]  # the most costly first
    weeks: tuple[dt.date, ...]
    minutes: tuple[int, ...]  # of each week
    a_week: int  # minutes, mean of the last four whole weeks


def cost(actor: Actor) -> Cost:
    """Of the structure, over twelve months and twelve weeks. For who triages."""
    if not may_triage(actor):
        raise access_room.AccessDenied
    kept = Irritant.objects.filter(structure_id=evaluations.membership.must_belong(actor).structure_id)
    months, weeks = _months(), _weeks()
    counted: Counter[tuple[str, dt.date]] = Counter()
    minutes: Counter[str] = Counter()
    since = kept.filter(reported_at__gte=clock.midnight(months[0]))
    for code, month, number, lost in since.annotate(
        month=TruncMonth("reported_at", tzinfo=clock.PARIS)
    ).values_list("code", "month").annotate(Count("id"), Sum("minutes_lost")):  # fmt: skip
        counted[code, month.date()] += number
        minutes[code] += lost
    codes = [
        CodeTrend(
            code=each.code, label=each.dire, months=tuple(counted[each.code, month] for month in months),
            number=sum(counted[each.code, month] for month in months), minutes=minutes[each.code],
        )
        for each in grid().criteria
    ]  # fmt: skip
    told = tuple(sorted((each for each in codes if each.number), key=lambda each: (-each.minutes, -each.number)))
    lost_by_week = _minutes_by_week(kept, weeks)
    whole = lost_by_week[-1 - RECENT : -1]
    return Cost(
        months=months, by_month=tuple(sum(each.months[rank] for each in told) for rank in range(MONTHS)), codes=told,
        weeks=weeks, minutes=lost_by_week, a_week=round(sum(whole) / RECENT),
    )  # fmt: skip


def _minutes_by_week(kept: QuerySet[Irritant], weeks: tuple[dt.date, ...]) -> tuple[int, ...]:
    found = dict(
        kept.filter(reported_at__gte=clock.midnight(weeks[0]))
        .annotate(week=TruncWeek("reported_at", tzinfo=clock.PARIS))
        .values_list("week")
        .annotate(Sum("minutes_lost"))
    )
    lost = {week.date(): minutes for week, minutes in found.items()}
    return tuple(lost.get(week, 0) for week in weeks)


def _months() -> tuple[dt.date, ...]:
    month, found = clock.today().replace(day=1), []
    for _ in range(MONTHS):
        found.append(month)
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return tuple(reversed(found))


def _weeks() -> tuple[dt.date, ...]:
    monday = clock.today() - dt.timedelta(days=clock.today().weekday())
    return tuple(monday - dt.timedelta(weeks=rank) for rank in reversed(range(WEEKS)))
