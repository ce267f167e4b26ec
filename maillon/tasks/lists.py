"""Whose day it is: what is to read and to do, by one person or by the role that they hold in their structures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor
from maillon.tasks import reach
from maillon.tasks.lines import TaskLine, lines
from maillon.tasks.models import Task
from maillon.tasks.reach import Reach

LONGEST_DAY = 200
FORESEEN = dt.timedelta(days=7)
MOST_ASIDE = 50  # of what is to come, of what others have in hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What waits: `alerts` (reds first), `escalated` (somebody else did not answer), `to_read`, `to_do`, ordered: late,
    urgent, then by due date. Aside: `delegated` by the actor, `snoozed`, `with_others` (a colleague of the role has it
    in hand), `to_come` (opens within a week)."""

    alerts: tuple[TaskLine, ...] = ()
    escalated: tuple[TaskLine, ...] = ()
    to_read: tuple[TaskLine, ...] = ()
    to_do: tuple[TaskLine, ...] = ()
    delegated: tuple[TaskLine, ...] = ()
    snoozed: tuple[TaskLine, ...] = ()
    with_others: tuple[TaskLine, ...] = ()
    to_come: tuple[TaskLine, ...] = ()
    done_today: int = 0
    is_cut: bool = False

    @property
    def waiting(self) -> tuple[TaskLine, ...]:
        return (*self.alerts, *self.escalated, *self.to_read, *self.to_do)

    @property
    def aside(self) -> tuple[TaskLine, ...]:
        return (*self.delegated, *self.snoozed, *self.with_others, *self.to_come)


def my_day(actor: Actor) -> Day:
    """Open tasks of the actor and of their role, of patients whom they may open; nothing else leaves a trace."""
    mine, moment = reach.of(actor), clock.now()
    has_opened = Q(opens_at__isnull=True) | Q(opens_at__lte=moment)
    found = _some(_open(actor).filter(reach.held(mine), has_opened), mine, LONGEST_DAY + 1)
    here = sorted(found[:LONGEST_DAY], key=_urgency)
    put_off = [each for each in here if each.snoozed_until is not None and not each.is_climbed]
    waiting = [each for each in here if each not in put_off]
    climbed = [each for each in waiting if each.is_climbed and each.kind != Task.Kind.ALERT]
    rest = [each for each in waiting if each not in climbed]
    return Day(
        alerts=tuple(sorted(_of(rest, Task.Kind.ALERT), key=lambda each: each.level != Task.Level.RED)),
        escalated=tuple(climbed),
        to_read=tuple(_of(rest, Task.Kind.READ)),
        to_do=tuple(_of(rest, Task.Kind.DO)),
        snoozed=tuple(put_off),
        delegated=tuple(_some(_open(actor).filter(_delegated(mine)), mine, MOST_ASIDE)),
        with_others=tuple(_some(_open(actor).filter(_with_others(mine)), mine, MOST_ASIDE)),
        to_come=tuple(_some(_open(actor).filter(reach.held(mine), _to_come(moment)), mine, MOST_ASIDE)),
        done_today=_done_today(actor),
        is_cut=len(found) > LONGEST_DAY,
    )


def of_document(access: Access, document_uuid: UUID) -> list[TaskLine]:
    found = Task.objects.filter(reach.open_to(access), document_uuid=document_uuid, kind=Task.Kind.READ)
    return lines(found.order_by("id"), reach.of(access.actor))


def of_record(access: Access, *, closed: bool = False) -> list[TaskLine]:
    """Everything open about the patient, whoever has it; or what was closed, the latest first."""
    found = Task.objects.filter(reach.open_to(access), done_at__isnull=not closed)
    ordered = found.order_by("-done_at", "-id")[:LONGEST_DAY] if closed else found.order_by("due_at", "id")
    return lines(ordered, reach.of(access.actor))


def alerts(access: Access) -> list[TaskLine]:
    """Those of the record that nobody has closed or put off: the reds first, then by due date."""
    waiting = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=clock.now())
    waiting |= Q(level=Task.Level.RED, escalated_at__isnull=False)  # put off by one, it is now somebody else's as well
    found = Task.objects.filter(reach.open_to(access), waiting, kind=Task.Kind.ALERT, done_at__isnull=True)
    ordered = lines(found.order_by("due_at", "id"), reach.of(access.actor))
    return sorted(ordered, key=lambda each: each.level != Task.Level.RED)


def unread_abnormal(access: Access) -> int:
    """Documents of the patient with abnormal results that somebody has yet to read."""
    visible, asked = access_room.rule.within(access, "r")
    found = sql.row(_UNREAD_ABNORMAL.replace(":visible", visible), asked | {"patient": access.patient_id})
    return int(found[0]) if found else 0


def visible_to(actor: Actor) -> QuerySet[Task]:
    """Of patients whom the actor may open; one about a document, if they may read it."""
    patients = access_room.rule.visible_patients(actor).values("id")
    visible = Q(document_id__isnull=True) | Q(access_room.rule.VisibleTo(actor))
    return Task.objects.filter(visible, patient_id__in=patients)


def _open(actor: Actor) -> QuerySet[Task]:
    return visible_to(actor).filter(done_at__isnull=True)


def _some(tasks: QuerySet[Task], mine: Reach, most: int) -> list[TaskLine]:
    return lines(tasks.order_by("due_at", "id")[:most], mine)


def _of(some: Iterable[TaskLine], kind: str) -> list[TaskLine]:
    return [each for each in some if each.kind == kind]


def _delegated(mine: Reach) -> Q:
    return Q(delegated_by_id__in=list(mine.people)) & ~Q(taken_by_id__in=list(mine.people))


def _with_others(mine: Reach) -> Q:
    """Of a role of theirs, or addressed to them, and taken by somebody else."""
    of_role = Q(professional__isnull=True, structure_id__in=list(mine.places), role_code=mine.profession)
    theirs = of_role | Q(professional_id__in=list(mine.people))
    entrusted = Q(delegated_by_id__in=list(mine.people), delegated_by__isnull=False)
    return theirs & Q(taken_by__isnull=False) & ~Q(taken_by_id__in=list(mine.people)) & ~entrusted


def _to_come(moment: dt.datetime) -> Q:
    return Q(opens_at__gt=moment, opens_at__lte=moment + FORESEEN)


def _done_today(actor: Actor) -> int:
    midnight = dt.datetime.combine(clock.today(), dt.time(), clock.PARIS)
    return Task.objects.filter(done_by_id=actor.professional_id, done_at__gte=midnight).count()


def _urgency(line: TaskLine) -> tuple[bool, bool, dt.datetime]:
    return (not line.is_late, not line.is_urgent, line.due_at)


_UNREAD_ABNORMAL = """
SELECT count(DISTINCT document_id) FROM tasks_task r
 WHERE patient_id = %(patient)s AND kind = 'a_lire' AND done_at IS NULL AND abnormal_count > 0 AND :visible
"""
