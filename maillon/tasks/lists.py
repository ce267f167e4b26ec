"""Whose day it is: what is to read and to do, by one person or by the role that they hold in their structures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When

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
MOST_READ = LONGEST_DAY + 4 * MOST_ASIDE


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
    mine = reach.of(actor)
    found = _around(actor, mine)
    held = [each for each in found if (each.is_held or each.is_climbed) and not each.is_to_come]
    here = sorted(held[:LONGEST_DAY], key=_urgency)
    aside = [each for each in found if not (each.is_held or each.is_climbed)]
    waiting = [each for each in here if not _is_put_off(each)]
    climbed = [each for each in waiting if _is_unanswered(each)]
    rest = [each for each in waiting if not _is_unanswered(each)]
    return Day(
        alerts=tuple(sorted(_of(rest, Task.Kind.ALERT), key=lambda each: each.level != Task.Level.RED)),
        escalated=tuple(climbed),
        to_read=tuple(_of(rest, Task.Kind.READ)),
        to_do=tuple(_of(rest, Task.Kind.DO)),
        snoozed=tuple(each for each in here if _is_put_off(each)),
        delegated=tuple(each for each in aside if each.is_delegated)[:MOST_ASIDE],
        with_others=tuple(each for each in aside if not each.is_delegated)[:MOST_ASIDE],
        to_come=tuple(each for each in found if each.is_held and each.is_to_come)[:MOST_ASIDE],
        done_today=_done_today(actor),
        is_cut=len(held) > LONGEST_DAY or len(found) == MOST_READ,
    )


def _is_put_off(line: TaskLine) -> bool:
    """Not for those to whom it climbed meanwhile."""
    return line.snoozed_until is not None and not line.is_climbed


def _is_unanswered(line: TaskLine) -> bool:
    return line.is_climbed and line.kind != Task.Kind.ALERT


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
    return lines(found.order_by("-level", "due_at", "id"), reach.of(access.actor))


def unread_abnormal(access: Access) -> int:
    """Documents of the patient with abnormal results that somebody has yet to read."""
    visible, asked = access_room.rule.within(access, "r")
    found = sql.row(_UNREAD_ABNORMAL.replace(":visible", visible), asked | {"patient": access.patient_id})
    return int(found[0]) if found else 0


def visible_to(actor: Actor) -> QuerySet[Task]:
    """Of patients whom the actor may open; one about a document, if they may read it."""
    return Task.objects.filter(_readable(actor), patient_id__in=access_room.rule.visible_patients(actor).values("id"))


def _readable(actor: Actor) -> Q:
    return Q(document_id__isnull=True) | Q(access_room.rule.VisibleTo(actor))


def _around(actor: Actor, mine: Reach) -> list[TaskLine]:
    """Everything open that is theirs, was, or will be within a week, in the order of due dates; the red alerts before,
    for whatever is late must not cut them out of a long day.

    From the tasks to the patients, never the reverse: the law is asked of those few patients alone. It is asked even of
    none (0 is nobody): one statement less would say that there is nothing to hide.
    """
    soon = Q(opens_at__isnull=True) | Q(opens_at__lte=clock.now() + FORESEEN)
    asked = Task.objects.filter(reach.around(mine), soon, done_at__isnull=True)
    patient_of = dict(asked.values_list("pk", "patient_id"))
    whose = access_room.rule.visible_patients(actor).filter(pk__in={0, *patient_of.values()})
    opened = set(whose.values_list("pk", flat=True))
    theirs = [0, *(number for number, patient in patient_of.items() if patient in opened)]
    reds_first = Case(When(level=Task.Level.RED, then=0), default=1)
    found = Task.objects.filter(_readable(actor), pk__in=theirs).order_by(reds_first, "due_at", "id")
    return lines(found[:MOST_READ], mine)


def _of(some: Iterable[TaskLine], kind: str) -> list[TaskLine]:
    return [each for each in some if each.kind == kind]


def _done_today(actor: Actor) -> int:
    return Task.objects.filter(done_by_id=actor.professional_id, done_at__gte=clock.midnight(clock.today())).count()


def _urgency(line: TaskLine) -> tuple[bool, bool, dt.datetime]:
    return (not line.is_late, not line.is_urgent, line.due_at)


_UNREAD_ABNORMAL = """
SELECT count(DISTINCT document_id) FROM tasks_task r
 WHERE patient_id = %(patient)s AND kind = 'a_lire' AND done_at IS NULL AND abnormal_count > 0 AND :visible
"""
