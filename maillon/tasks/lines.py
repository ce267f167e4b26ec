"""A task as it is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import PatientId, ProfessionalId
from maillon.tasks.models import Task
from maillon.tasks.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """`addressee`: to whom it was first addressed; `owner`: who has it in hand now."""

    uuid: UUID
    kind: str
    level: str
    title: str
    reason: str
    origin: str
    patient_id: PatientId
    patient_uuid: UUID
    document_uuid: UUID | None
    opens_at: dt.datetime | None
    due_at: dt.datetime
    created_at: dt.datetime
    is_late: bool
    is_urgent: bool
    abnormal_count: int
    escalated_at: dt.datetime | None
    addressee: str
    owner: str
    owner_id: ProfessionalId | None
    owner_away: str  # empty when they are here; else who replaces them today, or that nobody does
    taken_at: dt.datetime | None
    entrusted_by: str
    snoozed_until: dt.datetime | None  # None once it is over
    snoozed_by: str
    snooze_reason: str
    in_place_of: str  # the absent colleague for whom the actor has it
    is_mine: bool  # the actor may answer it
    is_held: bool  # and has it in hand
    is_of_role: bool  # addressed to a role that the actor holds
    is_climbed: bool  # it reached the actor because its first addressee did not answer
    done_at: dt.datetime | None
    done_by: str
    outcome: str
    comment: str

    @property
    def is_to_come(self) -> bool:
        return self.opens_at is not None and self.opens_at > clock.now()


_SHOWN = ("patient", "professional", "structure", "taken_by", "delegated_by", "snoozed_by", "done_by")


def lines(tasks: QuerySet[Task], reach: Reach) -> list[TaskLine]:
    found = list(tasks.select_related(*_SHOWN).prefetch_related("escalations"))
    owners = {each.taken_by_id or each.professional_id for each in found} - {None, reach.me}
    away = access_room.team.staff.away_today([ProfessionalId(each or 0) for each in owners]) if owners else {}
    return [_line(each, reach, away) for each in found]


def _line(task: Task, reach: Reach, away: Mapping[ProfessionalId, str]) -> TaskLine:
    moment = clock.now()
    is_snoozed = task.snoozed_until is not None and task.snoozed_until > moment
    owner = task.taken_by or task.professional
    is_held = reach.holds(task)
    return TaskLine(
        uuid=task.uuid,
        kind=task.kind,
        level=task.level,
        title=task.title,
        reason=task.reason,
        origin=task.origin,
        patient_id=PatientId(task.patient_id),
        patient_uuid=task.patient.uuid,
        document_uuid=task.document_uuid,
        opens_at=task.opens_at,
        due_at=task.due_at,
        created_at=task.created_at,
        is_late=task.done_at is None and (task.late_at or task.due_at) < moment,
        is_urgent=task.is_urgent,
        abnormal_count=task.abnormal_count,
        escalated_at=task.escalated_at,
        addressee=str(task.professional or task.structure),
        owner=str(owner or task.structure),
        owner_id=ProfessionalId(owner.pk) if owner else None,
        owner_away=_away(owner.pk, away) if owner and owner.pk != reach.me else "",
        taken_at=task.taken_at,
        entrusted_by=str(task.delegated_by or ""),
        snoozed_until=task.snoozed_until if is_snoozed else None,
        snoozed_by=str(task.snoozed_by or "") if is_snoozed else "",
        snooze_reason=task.snooze_reason if is_snoozed else "",
        in_place_of=str(owner) if owner and owner.pk != reach.me and owner.pk in reach.people else "",
        is_mine=task.done_at is None and reach.may_answer(task),
        is_held=task.done_at is None and is_held,
        is_of_role=reach.is_of_role(task),
        is_climbed=task.escalated_at is not None and not is_held and reach.was_reached(task),
        done_at=task.done_at,
        done_by=str(task.done_by or ""),
        outcome=Task.Outcome(task.outcome).label if task.outcome else "",
        comment=task.comment,
    )


def _away(owner: int, away: Mapping[ProfessionalId, str]) -> str:
    if ProfessionalId(owner) not in away:
        return ""
    replacing = away[ProfessionalId(owner)]
    return f"absent, remplacé par {replacing}" if replacing else "absent, sans remplaçant"
