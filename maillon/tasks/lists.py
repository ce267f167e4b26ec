"""Whose day it is: what is to read and to do, by one person or by the role that they hold in their structures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock, events, sql
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.tasks.events import TaskAnswered
from maillon.tasks.models import Task

LONGEST_DAY = 200
ANSWERS = frozenset({Task.Outcome.READ, Task.Outcome.DONE, Task.Outcome.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    uuid: UUID
    kind: str
    title: str
    patient_id: PatientId
    patient_uuid: UUID
    document_uuid: UUID | None
    due_at: dt.datetime
    created_at: dt.datetime
    is_late: bool
    is_urgent: bool
    abnormal_count: int
    escalated_at: dt.datetime | None
    addressee: str
    is_mine: bool  # the actor may answer it
    is_climbed: bool  # it reached the actor because its first addressee did not answer
    done_at: dt.datetime | None
    outcome: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`to_read` and `to_do` are ordered: late, abnormal, then by due date. `escalated` came from somebody who did
    not answer."""

    to_read: tuple[TaskLine, ...]
    to_do: tuple[TaskLine, ...]
    escalated: tuple[TaskLine, ...]
    done_today: int
    is_cut: bool


def my_day(actor: Actor) -> Day:
    """Open tasks of the actor and of their role, of patients whom they may open; nothing else leaves a trace."""
    found = list(
        _open(actor).select_related("patient", "professional", "structure").order_by("due_at", "id")[: LONGEST_DAY + 1]
    )
    lines = sorted((_line(task, actor) for task in found[:LONGEST_DAY]), key=_urgency)
    return Day(
        to_read=tuple(line for line in lines if line.kind == Task.Kind.READ and not line.is_climbed),
        to_do=tuple(line for line in lines if line.kind == Task.Kind.DO),
        escalated=tuple(line for line in lines if line.kind == Task.Kind.READ and line.is_climbed),
        done_today=_done_today(actor),
        is_cut=len(found) > LONGEST_DAY,
    )


def of_document(access: Access, document_uuid: UUID) -> list[TaskLine]:
    found = _of_record(access).filter(document_uuid=document_uuid)
    return [
        _line(task, access.actor)
        for task in found.select_related("patient", "professional", "structure").order_by("id")
    ]


def unread_abnormal(access: Access) -> int:
    """Documents of the patient with abnormal results that somebody has yet to read."""
    visible, asked = access_room.rule.within(access, "r")
    found = sql.row(_UNREAD_ABNORMAL.replace(":visible", visible), asked | {"patient": access.patient_id})
    return int(found[0]) if found else 0


@transaction.atomic
def ask(
    access: Access,
    *,
    uuid: UUID,
    title: str,
    structure_id: StructureId,
    due_at: dt.datetime,
    professional_id: ProfessionalId | None = None,
    role_code: str = "",
) -> None:
    """Something to do for the patient, by a person or by a role of the structure. The title names nobody. Idempotent on
    `uuid`, which the asker chooses."""
    Task.objects.get_or_create(
        uuid=uuid,
        defaults={
            "patient_id": access.patient_id,
            "kind": Task.Kind.DO,
            "title": title,
            "professional_id": professional_id,
            "structure_id": structure_id,
            "role_code": role_code,
            "created_at": clock.now(),
            "due_at": due_at,
        },
    )


@transaction.atomic
def acknowledge(access: Access, task_uuid: UUID, *, outcome: str = Task.Outcome.READ, comment: str = "") -> None:
    """Idempotent for the one who did it. Raises E-TAC-01 when the task is not the actor's, E-TAC-02 when done by
    another, E-TAC-03 for what is no answer."""
    if outcome not in ANSWERS:
        raise UserMessage("E-TAC-03", "Choisissez une réponse\u202f: « lu », « fait » ou « sans suite ».")
    task = _of_record(access).select_for_update(of=("self",)).filter(uuid=task_uuid).first()
    if task is None or not _is_for(task, access.actor):
        raise UserMessage("E-TAC-01", "Cette tâche n’existe pas ou n’est pas la vôtre.")
    if task.done_at is not None:
        if task.done_by_id == access.actor.professional_id:
            return
        raise UserMessage("E-TAC-02", "Cette tâche est déjà terminée.")
    task.done_at = clock.now()
    task.done_by_id = access.actor.professional_id
    task.outcome = outcome
    task.comment = storable(comment)[:500]
    task.save(update_fields=["done_at", "done_by", "outcome", "comment"])
    if task.kind == Task.Kind.DO:
        events.announce(TaskAnswered(task_uuid=task.uuid, is_done=outcome == Task.Outcome.DONE))


def escalate_due(*, batch: int = 500) -> int:
    """Unanswered tasks climb to the role named by their rule, in the same structure; the first addressee keeps them."""
    moment = clock.now()
    with transaction.atomic():
        due = list(
            Task.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(done_at__isnull=True, escalated_at__isnull=True, escalate_at__lte=moment)
            .order_by("escalate_at")[:batch]
        )
        Task.objects.filter(pk__in=[task.pk for task in due]).update(escalated_at=moment)
    return len(due)


def cancel_reading(access: Access, *, document_id: int, comment: str) -> None:
    """Nobody has to read any more what no longer counts. In the caller's transaction."""
    unread = Task.objects.filter(
        patient_id=access.patient_id, document_id=document_id, kind=Task.Kind.READ, done_at__isnull=True
    )
    unread.update(done_at=clock.now(), outcome=Task.Outcome.CANCELLED, comment=comment)


def cancel(access: Access, task_uuid: UUID, *, comment: str) -> None:
    """What was asked has settled itself: nobody has to do it any more. Idempotent; an answer that was given stays."""
    open_one = Task.objects.filter(patient_id=access.patient_id, uuid=task_uuid, done_at__isnull=True)
    open_one.update(done_at=clock.now(), outcome=Task.Outcome.CANCELLED, comment=storable(comment)[:500])


def close_history(document_ids: Iterable[int]) -> int:
    """At the take-over of a former history: these documents were read in their time, elsewhere."""
    unread = Task.objects.filter(document_id__in=list(document_ids), kind=Task.Kind.READ, done_at__isnull=True)
    return unread.update(done_at=clock.now(), outcome=Task.Outcome.READ, comment="Reprise de l’historique")


def _open(actor: Actor) -> QuerySet[Task]:
    mine = Q(professional_id=actor.professional_id)
    of_my_role = Q(professional__isnull=True, structure_id__in=actor.structure_ids, role_code=actor.profession_code)
    climbed = Q(
        escalated_at__isnull=False, structure_id__in=actor.structure_ids, escalate_to_role=actor.profession_code
    )
    patients = access_room.rule.visible_patients(actor).values("id")
    visible = Q(document_id__isnull=True) | Q(access_room.rule.VisibleTo(actor))
    return Task.objects.filter(mine | of_my_role | climbed, visible, done_at__isnull=True, patient_id__in=patients)


def _of_record(access: Access) -> QuerySet[Task]:
    """Those of the record that the key opens; one about a document, only if the document is visible."""
    visible = Q(document_id__isnull=True) | Q(access_room.rule.VisibleWithin(access))
    return Task.objects.filter(visible, patient_id=access.patient_id)


def _is_for(task: Task, actor: Actor) -> bool:
    climbed = task.escalated_at is not None and task.escalate_to_role == actor.profession_code
    return _is_addressed_to(task, actor) or (climbed and task.structure_id in actor.structure_ids)


def _is_addressed_to(task: Task, actor: Actor) -> bool:
    if task.professional_id is not None:
        return task.professional_id == actor.professional_id
    return task.role_code == actor.profession_code and task.structure_id in actor.structure_ids


def _done_today(actor: Actor) -> int:
    midnight = dt.datetime.combine(clock.today(), dt.time(), clock.PARIS)
    return Task.objects.filter(done_by_id=actor.professional_id, done_at__gte=midnight).count()


def _line(task: Task, actor: Actor) -> TaskLine:
    return TaskLine(
        uuid=task.uuid,
        kind=task.kind,
        title=task.title,
        patient_id=PatientId(task.patient_id),
        patient_uuid=task.patient.uuid,
        document_uuid=task.document_uuid,
        due_at=task.due_at,
        created_at=task.created_at,
        is_late=task.done_at is None and task.due_at < clock.now(),
        is_urgent=task.is_urgent,
        abnormal_count=task.abnormal_count,
        escalated_at=task.escalated_at,
        addressee=str(task.professional or task.structure),
        is_mine=_is_for(task, actor),
        is_climbed=task.escalated_at is not None and not _is_addressed_to(task, actor),
        done_at=task.done_at,
        outcome=Task.Outcome(task.outcome).label if task.outcome else "",
        comment=task.comment,
    )


def _urgency(line: TaskLine) -> tuple[bool, bool, dt.datetime]:
    return (not line.is_late, not line.is_urgent, line.due_at)


_UNREAD_ABNORMAL = """
SELECT count(DISTINCT document_id) FROM tasks_task r
 WHERE patient_id = %(patient)s AND kind = 'a_lire' AND done_at IS NULL AND abnormal_count > 0 AND :visible
"""
