"""Climbing: what nobody answers becomes somebody else's as well, level after level. The first addressee keeps it.

A level reaches a profession of the task's structure, or whoever replaces the addressee on that day. One that reaches
nobody, or only people away whom nobody replaces, gives way to the next without waiting. An alert taken in hand climbs
no further; a task climbs until done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from maillon.access import api as access_room
from maillon.kernel import clock, events
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.professionals import api as professionals
from maillon.tasks import noticing
from maillon.tasks.events import TaskClimbed
from maillon.tasks.models import Escalation as Row
from maillon.tasks.models import Task

SUBSTITUTE: Final = "remplacant"
COORDINATION: Final = "coordination"
COORDINATOR: Final = "330"


@dataclass(frozen=True, slots=True)
class Escalation:
    """`after`: counted from when the task opens. `to`: a profession code, « remplacant » or « coordination »."""

    after: dt.timedelta
    to: str

    def __post_init__(self) -> None:
        if self.to not in (SUBSTITUTE, COORDINATION) and self.to not in professionals.PROFESSIONS:
            raise ValueError(f"an escalation goes to a profession, {SUBSTITUTE} or {COORDINATION}: {self.to}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    professional_id: ProfessionalId | None = None
    role_code: str = ""
    is_nobody: bool = False  # today: whoever comes to hold that role will find it
    is_away: bool = False  # everybody there: they are told, and waited for no more


def write_chain(task: Task, levels: Iterable[Escalation]) -> None:
    """Nearest first, whatever the order in which they were said."""
    start = task.opens_at or task.created_at
    ordered = sorted(levels, key=lambda level: level.after)
    Row.objects.bulk_create(
        Row(task=task, rank=rank, at=start + level.after, target=level.to) for rank, level in enumerate(ordered, 1)
    )


def put_off(task: Task, by: dt.timedelta) -> None:
    """The levels to come wait as long as the task does."""
    Row.objects.filter(task=task, climbed_at__isnull=True).update(at=F("at") + by)


def escalate_due(*, batch: int = 500) -> int:
    """Every level whose hour has come; how many climbed. Idempotent; two sweeps do not take the same level."""
    moment = clock.now()
    due = Row.objects.filter(climbed_at__isnull=True, at__lte=moment)
    due.filter(task__done_at__isnull=False).delete()  # never asked again: what is done does not climb
    acknowledged = Q(task__kind=Task.Kind.ALERT, task__taken_at__isnull=False)
    with transaction.atomic():
        climbing = list(
            due.filter(task__done_at__isnull=True)
            .exclude(acknowledged)
            .select_for_update(skip_locked=True, of=("self", "task"))
            .select_related("task")
            .order_by("at", "task_id", "rank")[:batch]
        )
        _climb(climbing, moment)
    return len(climbing)


def _climb(rows: list[Row], moment: dt.datetime) -> None:
    reached = _whom_they_reach(rows)
    for row in rows:
        found = reached[row.pk]
        row.climbed_at, row.professional_id, row.role_code = moment, found.professional_id, found.role_code
        if found.is_nobody or found.is_away:
            Row.objects.filter(task_id=row.task_id, rank=row.rank + 1, climbed_at__isnull=True).update(at=moment)
        if not found.is_nobody and row.task.level == Task.Level.RED:
            events.announce(TaskClimbed(task_uuid=row.task.uuid))
        if row.task.kind == Task.Kind.READ:
            noticing.note_unread(row.task, reached_role=found.role_code, reached_nobody=found.is_nobody)
    Row.objects.bulk_update(rows, ["climbed_at", "professional", "role_code"])
    Task.objects.filter(pk__in={row.task_id for row in rows}).update(escalated_at=moment)


def _whom_they_reach(rows: list[Row]) -> dict[int, _Reached]:
    addressees = [ProfessionalId(row.task.professional_id) for row in rows if row.task.professional_id is not None]
    replacing = access_room.team.staff.replacing_today(addressees)
    people = professionals.people(addressees)
    staff = {place: _staff(place) for place in {row.task.structure_id for row in rows} if place is not None}
    members = [person for roles in staff.values() for people_of in roles.values() for person in people_of]
    away = _away_alone([*replacing.values(), *members])
    found = {}
    for row in rows:
        addressee = ProfessionalId(row.task.professional_id) if row.task.professional_id is not None else None
        if row.target == SUBSTITUTE and addressee in replacing:
            person = replacing[addressee]
            found[row.pk] = _Reached(professional_id=person, is_away=person in away)
            continue
        line = people.get(addressee) if addressee is not None else None
        own = line.profession_code if line else row.task.role_code
        role = {SUBSTITUTE: own, COORDINATION: COORDINATOR}.get(row.target, row.target)
        others = staff.get(row.task.structure_id or 0, {}).get(role, set()) - {addressee}
        found[row.pk] = _Reached(role_code=role, is_nobody=not others, is_away=others <= away)
    return found


def _away_alone(people: list[ProfessionalId]) -> set[ProfessionalId]:
    return {each for each, replacing in access_room.team.staff.away_today(people).items() if not replacing}


def _staff(structure_id: int) -> dict[str, set[ProfessionalId]]:
    """Who works there today, by profession."""
    found: dict[str, set[ProfessionalId]] = {}
    for line in professionals.active_members(StructureId(structure_id)):
        found.setdefault(line.profession_code, set()).add(line.id)
    return found
