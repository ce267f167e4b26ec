"""The answers that close a task, and what closes it without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock, events
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.tasks import noticing, reach
from maillon.tasks.events import TaskAnswered
from maillon.tasks.models import Task

ANSWERS = frozenset({Task.Outcome.READ, Task.Outcome.DONE, Task.Outcome.SKIPPED})
NOT_YOURS = UserMessage("E-TAC-01", "Cette tâche n’existe pas ou n’est pas la vôtre.")
ALREADY_DONE = UserMessage("E-TAC-02", "Cette tâche est déjà terminée.")
NO_ANSWER = UserMessage("E-TAC-03", "Choisissez une réponse\u202f: « lu », « fait » ou « sans suite ».")
NO_REASON = UserMessage("E-TAC-04", "Dites en quelques mots pourquoi il n’y a pas de suite.")
SOMEBODY_HAS_IT = "E-TAC-05"
SHORTEST_REASON = 3

Demand = Callable[[Access, UUID], None]
_demands: list[Demand] = []


def before_done(demand: Demand) -> Demand:
    """What the room that asked still demands when somebody answers « fait »: it raises its own refusal."""
    _demands.append(demand)
    return demand


@transaction.atomic
def acknowledge(access: Access, task_uuid: UUID, *, outcome: str = Task.Outcome.READ, comment: str = "") -> None:
    """Done, read, or left without effect for a reason. Idempotent for the one who did it. Raises E-TAC-01 when the task
    is not the actor's, E-TAC-02 when done by another, E-TAC-03 for what is no answer, E-TAC-04 without a reason,
    E-TAC-05 when a colleague of the role has it in hand, and what the room that asked it demands."""
    if outcome not in ANSWERS:
        raise NO_ANSWER
    task = locked(access, task_uuid)
    if task.done_at is not None:
        if task.done_by_id == access.actor.professional_id:
            return
        raise ALREADY_DONE
    if not reach.of(access.actor).may_answer(task):
        raise taken_by_another(task)
    if outcome == Task.Outcome.READ and task.kind != Task.Kind.READ:
        raise NO_ANSWER  # to have read what is to be done is not to have done it
    said = storable(comment.strip())
    if outcome == Task.Outcome.SKIPPED and len(said) < SHORTEST_REASON:
        raise NO_REASON
    if outcome == Task.Outcome.DONE:
        for demand in _demands:
            demand(access, task.uuid)
    task.done_at = clock.now()
    task.done_by_id = access.actor.professional_id
    task.outcome = outcome
    task.comment = said[:500]
    task.save(update_fields=["done_at", "done_by", "outcome", "comment"])
    if task.kind == Task.Kind.READ:
        noticing.note_read(access, task)
    else:
        events.announce(TaskAnswered(task_uuid=task.uuid, is_done=outcome == Task.Outcome.DONE))


def locked(access: Access, task_uuid: UUID) -> Task:
    """The task, held until the end of the transaction, when it may be the actor's."""
    found = Task.objects.filter(reach.open_to(access), uuid=task_uuid)
    task = found.select_for_update(of=("self",)).select_related("taken_by").first()
    if task is None or not reach.of(access.actor).may_take(task):
        raise NOT_YOURS
    return task


def taken_by_another(task: Task) -> UserMessage:
    return UserMessage(SOMEBODY_HAS_IT, f"{task.taken_by} s’en occupe. Reprenez d’abord la tâche.")


def cancel(access: Access, task_uuid: UUID, *, comment: str) -> None:
    """What was asked has settled itself: nobody has to do it any more. Idempotent; an answer that was given stays."""
    open_one = Task.objects.filter(patient_id=access.patient_id, uuid=task_uuid, done_at__isnull=True)
    open_one.update(done_at=clock.now(), outcome=Task.Outcome.CANCELLED, comment=storable(comment)[:500])


def cancel_reading(access: Access, *, document_id: int, comment: str) -> None:
    """Nobody has to read any more what no longer counts, nor to answer what it alone raised. In the caller's
    transaction."""
    unanswered = Task.objects.filter(patient_id=access.patient_id, document_id=document_id, done_at__isnull=True)
    unanswered.update(done_at=clock.now(), outcome=Task.Outcome.CANCELLED, comment=comment)


def close_history(document_ids: Iterable[int]) -> int:
    """At the take-over of a former history: these documents were read in their time, elsewhere."""
    unread = Task.objects.filter(document_id__in=list(document_ids), kind=Task.Kind.READ, done_at__isnull=True)
    return unread.update(done_at=clock.now(), outcome=Task.Outcome.READ, comment="Reprise de l’historique")
