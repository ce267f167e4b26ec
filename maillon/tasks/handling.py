"""Taking a task in hand, giving it back, entrusting it to a colleague, putting it off. None of these closes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals
from maillon.tasks import reach
from maillon.tasks.answering import ALREADY_DONE, NOT_YOURS, SHORTEST_REASON, locked, taken_by_another
from maillon.tasks.definition import alert_rules
from maillon.tasks.escalation import COORDINATION, SUBSTITUTE, put_off
from maillon.tasks.models import Escalation, Task

NO_COLLEAGUE = UserMessage(
    "E-TAC-06", "Choisissez un collègue de la structure qui peut ouvrir ce dossier\u202f: un autre ne verrait rien."
)
NO_SNOOZE_REASON = UserMessage("E-TAC-07", "Dites en quelques mots pourquoi vous remettez à plus tard.")
PAST = UserMessage("E-TAC-08", "Choisissez un moment à venir.")
RED_WAITS_NO_LONGER = "E-TAC-09"
TOO_LONG = "E-TAC-10"


@transaction.atomic
def take(access: Access, task_uuid: UUID, *, over: bool = False) -> None:
    """« Je m’en occupe »: an alert is thereby acknowledged, and climbs no further. Idempotent. `over`: taken over from
    the colleague who has it; without it, raises E-TAC-05. Raises E-TAC-01, E-TAC-02."""
    task = _open(access, task_uuid)
    me = access.actor.professional_id
    if task.taken_by_id == me and task.taken_at is not None:
        return
    if task.taken_at is not None and not over:
        raise taken_by_another(task)
    if task.taken_by_id != me:
        task.delegated_by_id = None
    task.taken_by_id, task.taken_at = me, clock.now()
    task.save(update_fields=["taken_by", "taken_at", "delegated_by"])


@transaction.atomic
def give_back(access: Access, task_uuid: UUID) -> None:
    """To whom it was first addressed: by who has it in hand, or by who entrusted it. Idempotent. Raises E-TAC-01,
    E-TAC-02."""
    task = _open(access, task_uuid)
    if task.taken_by_id is None:
        return
    if not {task.taken_by_id, task.delegated_by_id} & set(reach.of(access.actor).people):
        raise NOT_YOURS
    task.taken_by_id = task.taken_at = task.delegated_by_id = None
    task.save(update_fields=["taken_by", "taken_at", "delegated_by"])


@transaction.atomic
def delegate(access: Access, task_uuid: UUID, *, to: ProfessionalId) -> None:
    """To a colleague of the task's structure who may read what it is about; until they take it, it still climbs.
    Idempotent. Raises E-TAC-01, E-TAC-02, E-TAC-05, E-TAC-06."""
    task = _open(access, task_uuid)
    if not reach.of(access.actor).may_answer(task):
        raise taken_by_another(task)
    if task.taken_by_id == to and task.delegated_by_id == access.actor.professional_id:
        return
    if to not in {line.id for line in colleagues(access, task_uuid)}:
        raise NO_COLLEAGUE
    task.taken_by_id, task.taken_at = to, None
    task.delegated_by_id = access.actor.professional_id
    task.save(update_fields=["taken_by", "taken_at", "delegated_by"])


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLine:
    """`whom`: the person reached, or the profession; before it climbs, whom it is for."""

    at: dt.datetime
    climbed_at: dt.datetime | None
    whom: str


def chain(access: Access, task_uuid: UUID) -> list[LevelLine]:
    """The levels of a task, those that climbed and those to come."""
    found = Escalation.objects.filter(task__in=Task.objects.filter(reach.open_to(access), uuid=task_uuid))
    return [
        LevelLine(at=row.at, climbed_at=row.climbed_at, whom=_whom(row))
        for row in found.select_related("professional").order_by("rank")
    ]


def _whom(row: Escalation) -> str:
    if row.professional is not None:
        return str(row.professional)
    code = row.role_code or row.target
    words = {SUBSTITUTE: "qui remplace, ou les confrères", COORDINATION: "la coordination"}
    return words.get(code, f"{professionals.PROFESSIONS.get(code, code).lower()} de la structure")


def colleagues(access: Access, task_uuid: UUID) -> list[professionals.ProfessionalLine]:
    """Those of the task's structure who sign in here and may read what it is about; never oneself."""
    task = Task.objects.filter(reach.open_to(access), uuid=task_uuid).first()
    if task is None or task.structure_id is None:
        return []
    members = professionals.active_members(StructureId(task.structure_id))
    others = [line for line in members if line.id not in (access.actor.professional_id, task.taken_by_id)]
    with access_room.wall.beside():
        return [line for line in others if _may_read(task, line.id)]


@transaction.atomic
def snooze(access: Access, task_uuid: UUID, *, until: dt.datetime, reason: str) -> None:
    """It comes back by itself at `until`. Raises E-TAC-01, 02, 05; E-TAC-07 without a reason, E-TAC-08 for the past,
    E-TAC-09 for a red alert beyond its delay, E-TAC-10 beyond what its level allows. The levels of an orange alert or
    of a task wait as long as it does; those of a red one do not."""
    task = _open(access, task_uuid)
    if not reach.of(access.actor).may_answer(task):
        raise taken_by_another(task)
    said, moment = storable(reason.strip()), clock.now()
    if len(said) < SHORTEST_REASON:
        raise NO_SNOOZE_REASON
    _refuse_odd_end(task, until, moment)
    if task.level != Task.Level.RED:
        put_off(task, until - max(moment, task.snoozed_until or moment))
    task.snoozed_until, task.snoozed_by_id, task.snooze_reason = until, access.actor.professional_id, said[:300]
    task.save(update_fields=["snoozed_until", "snoozed_by", "snooze_reason"])


def most_days(level: str) -> int:
    """For how many days something of that level may be put off, whatever the hour; a task is as an orange alert."""
    return alert_rules().of_level(level or Task.Level.ORANGE).remise_jours


@transaction.atomic
def wake(access: Access, task_uuid: UUID) -> None:
    """The snooze ends now. Idempotent. Raises E-TAC-01, E-TAC-02."""
    task, moment = _open(access, task_uuid), clock.now()
    if task.snoozed_until is None or task.snoozed_until <= moment:
        return
    if task.level != Task.Level.RED:
        put_off(task, moment - task.snoozed_until)
    task.snoozed_until = moment
    task.save(update_fields=["snoozed_until"])


def _open(access: Access, task_uuid: UUID) -> Task:
    task = locked(access, task_uuid)
    if task.done_at is not None:
        raise ALREADY_DONE
    return task


def _refuse_odd_end(task: Task, until: dt.datetime, moment: dt.datetime) -> None:
    if until <= moment:
        raise PAST
    if task.level == Task.Level.RED and until > task.due_at:
        raise UserMessage(
            RED_WAITS_NO_LONGER,
            "Une alerte rouge ne se remet pas au-delà de son délai\u202f: prenez-la en charge ou confiez-la.",
        )
    longest = most_days(task.level)
    if task.level != Task.Level.RED and clock.in_paris(until).date() > clock.today() + dt.timedelta(days=longest):
        raise UserMessage(TOO_LONG, f"Au plus {longest}\u202fjours\u202f: au-delà, classez sans suite ou confiez.")


def _may_read(task: Task, person: ProfessionalId) -> bool:
    account = access_room.accounts.of_professional(person)
    if account is None:
        return False
    actor: Actor = access_room.sessions.actor_of_account(account)
    found = Task.objects.filter(pk=task.pk, patient_id__in=access_room.rule.visible_patients(actor).values("id"))
    if task.document_id is not None:
        found = found.filter(access_room.rule.VisibleTo(actor))
    return found.exists()
