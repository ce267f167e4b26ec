"""What comes back: every structure's deposits are looked at, its stage moved, a visit asked for, the months counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db import transaction
from django.db.models import Max

from maillon.kernel import clock, periodic, sql
from maillon.territory import catalogue, counting, stages, trainings, visits
from maillon.territory.models import Deployment, StageMove, Statement, Territory
from maillon.territory.states import Stage


@periodic.every(dt.timedelta(hours=1), "déploiement du territoire")
def make_rounds() -> None:
    """Stages first: the counts of the month say them."""
    if not Territory.objects.exists():
        return
    look()
    counting.count_due()


@transaction.atomic
def look(*, today: dt.date | None = None, only: Collection[int] | None = None) -> int:
    """Every structure, or these `only`, as its deposits say. Returns how many visits were asked for.

    Statements tell a month once it is over: of those whom they tell of, nothing is known after the last month that
    was brought, and nobody is silent for want of a statement.
    """
    today = today or clock.today()
    looked_at = Deployment.objects.select_for_update().order_by("id")
    rows = list(looked_at if only is None else looked_at.filter(structure_id__in=only))
    ids = [row.structure_id for row in rows]
    fed, trained, told_until, moves = _fed(ids), trainings.presence(ids), _told_until(ids), _moves(rows)
    changed, silent = [], []
    for row in rows:
        known_until = today if row.counted_here else min(today, told_until.get(row.structure_id, today))
        found = stages.standing(
            stages.Evidence(
                equipped_on=row.equipped_on, connected_on=row.connected_on, fed=fed.get(row.structure_id, []),
                trained=trained.get(row.structure_id, ()),
            ),
            today=today, limits=catalogue.limits(), known_until=known_until,
        )  # fmt: skip
        _tell_moves(row, found, today, moves.get(row.pk, []))
        if _keep(row, found, known_until):
            changed.append(row)
        if found.has_fallen and row.is_eligible:
            silent.append(row)
    Deployment.objects.bulk_update(changed, _SEEN, batch_size=500)
    visits.drop_without_object(rows)
    return visits.ask_for_silences(silent)


_SEEN: Final = ("stage", "stage_since", "first_fed_on", "last_fed_on", "regular_on", "silent_days", "seen_on")


def _keep(row: Deployment, found: stages.Standing, known_until: dt.date) -> bool:
    """True when something changed."""
    before = [getattr(row, name) for name in _SEEN]
    row.stage, row.stage_since = found.stage, found.since
    row.first_fed_on, row.last_fed_on, row.regular_on = found.first_fed, found.last_fed, found.regular_on
    row.silent_days, row.seen_on = found.silent, known_until
    return [getattr(row, name) for name in _SEEN] != before


def _tell_moves(
    row: Deployment, found: stages.Standing, today: dt.date, told: list[tuple[dt.date, str]]
) -> None:
    """At the first look, the whole history. Later, what is new; and where a late statement changes what was told,
    one line of today that says so: what was written stays."""
    is_continued = [(move.day, move.after) for move in found.moves[: len(told)]] == told
    last_day, stage = told[-1] if told else (dt.date.min, Stage.UNEQUIPPED.value)
    new = found.moves[len(told) :] if is_continued else [move for move in found.moves if move.day > last_day]
    if new and new[0].before == stage:
        StageMove.objects.bulk_create(
            StageMove(deployment=row, day=m.day, before=m.before, after=m.after, reason=_reason(m)) for m in new
        )
    elif found.stage != stage:
        StageMove.objects.create(
            deployment=row, day=today, before=stage, after=found.stage,
            reason="Les dépôts connus depuis, ou la date déclarée, disent autre chose.",
        )  # fmt: skip


def _told_until(structure_ids: list[int]) -> dict[int, dt.date]:
    """Structure → the day after the last month that its statements told."""
    said = Statement.objects.filter(structure_id__in=structure_ids)
    last = said.values_list("structure_id").annotate(last=Max("day"))
    return {structure_id: counting.next_month(day.replace(day=1)) for structure_id, day in last}


def _moves(rows: list[Deployment]) -> dict[int, list[tuple[dt.date, str]]]:
    """Deployment → (day, stage) of each move that was told, in order."""
    found: dict[int, list[tuple[dt.date, str]]] = {}
    told = StageMove.objects.filter(deployment__in=rows).order_by("day", "id")
    for deployment, day, after in told.values_list("deployment_id", "day", "after"):
        found.setdefault(deployment, []).append((day, after))
    return found


_REASONS: Final = {
    "equip": "Un logiciel compatible est déclaré.",
    "connect": "La ligne est ouverte.",
    "feed": "Un premier document est déposé.",
    "settle": "Un document au moins est parti chaque jour ouvré, {regular} jours de suite.",
    "train": "Un référent formé y exerce.",
    "leave_untrained": "Plus aucun référent formé n’y exerce.",
    "fall": "{silent} jours ouvrés sans document.",
    "fall_back": "{silent} jours ouvrés sans document.",
}


def _reason(move: stages.Move) -> str:
    return _REASONS[move.name].format(silent=move.silent, regular=catalogue.limits().regular_days)


def _fed(structure_ids: list[int]) -> dict[int, list[dt.date]]:
    """The days on which each structure deposited something, by our own acts or by its statements."""
    found: dict[int, list[dt.date]] = {}
    for structure_id, day in sql.rows(_FED, {"structures": structure_ids}):
        found.setdefault(structure_id, []).append(day)
    return found


_FED = """
SELECT a.structure_id, (a.settled_at AT TIME ZONE 'Europe/Paris')::date
  FROM exchange_dmp_act a JOIN territory_deployment d ON d.structure_id = a.structure_id AND d.counted_here
 WHERE a.kind = 'depot' AND a.state = 'fait' AND a.structure_id = ANY(%(structures)s::bigint[])
UNION
SELECT structure_id, day FROM territory_statement
 WHERE fact = 'documents_deposes' AND number > 0 AND structure_id = ANY(%(structures)s::bigint[])
"""
