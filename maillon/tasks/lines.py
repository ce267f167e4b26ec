"""A task as it is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import PatientId, ProfessionalId, StructureId
from maillon.patients import api as patients
from maillon.professionals import api as professionals
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
    is_delegated: bool  # entrusted to another by the actor
    is_of_role: bool  # addressed to a role that the actor holds
    is_climbed: bool  # it reached the actor because its first addressee did not answer, and waits still
    done_at: dt.datetime | None
    done_by: str
    outcome: str
    comment: str

    @property
    def is_to_come(self) -> bool:
        return self.opens_at is not None and self.opens_at > clock.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """Of those whom some tasks name, asked for all of them at once."""

    people: Mapping[int, str]
    places: Mapping[int, str]
    patients: Mapping[int, UUID]
    away: Mapping[ProfessionalId, str]


def lines(tasks: QuerySet[Task], reach: Reach) -> list[TaskLine]:
    found = list(tasks)
    prefetch_related_objects([each for each in found if each.escalated_at is not None], "escalations")
    names = _names(found, reach)
    return [_line(each, reach, names) for each in found]


_PEOPLE = ("professional_id", "taken_by_id", "delegated_by_id", "snoozed_by_id", "done_by_id")


def _names(found: list[Task], reach: Reach) -> _Names:
    named = {ProfessionalId(getattr(each, column) or 0) for each in found for column in _PEOPLE}
    owners = {ProfessionalId(each.taken_by_id or each.professional_id or 0) for each in found} - {reach.me, 0}
    places = {StructureId(each.structure_id or 0) for each in found}
    whose = patients.Patient.objects.filter(pk__in={each.patient_id for each in found})
    return _Names(
        people={key: line.name for key, line in professionals.people(named).items()} if named else {},
        places={key: line.name for key, line in professionals.structures(places).items()} if places else {},
        patients=dict(whose.values_list("pk", "uuid")) if found else {},
        away=access_room.team.staff.away_today(owners) if owners else {},
    )


def _line(task: Task, reach: Reach, names: _Names) -> TaskLine:
    moment = clock.now()
    is_snoozed = task.snoozed_until is not None and task.snoozed_until > moment
    owner = task.taken_by_id or task.professional_id
    person, place = names.people.get, names.places.get(task.structure_id or 0, "")
    is_held = reach.holds(task)
    is_acknowledged = task.kind == Task.Kind.ALERT and task.taken_at is not None
    return TaskLine(
        uuid=task.uuid,
        kind=task.kind,
        level=task.level,
        title=task.title,
        reason=task.reason,
        origin=task.origin,
        patient_id=PatientId(task.patient_id),
        patient_uuid=names.patients[task.patient_id],
        document_uuid=task.document_uuid,
        opens_at=task.opens_at,
        due_at=task.due_at,
        created_at=task.created_at,
        is_late=task.done_at is None and (task.late_at or task.due_at) < moment,
        is_urgent=task.is_urgent,
        abnormal_count=task.abnormal_count,
        escalated_at=task.escalated_at,
        addressee=person(task.professional_id or 0, place),
        owner=person(owner or 0, place),
        owner_id=ProfessionalId(owner) if owner else None,
        owner_away=_away(owner, names.away) if owner and owner != reach.me else "",
        taken_at=task.taken_at,
        entrusted_by=person(task.delegated_by_id or 0, ""),
        snoozed_until=task.snoozed_until if is_snoozed else None,
        snoozed_by=person(task.snoozed_by_id or 0, "") if is_snoozed else "",
        snooze_reason=task.snooze_reason if is_snoozed else "",
        in_place_of=person(owner, "") if owner and owner != reach.me and owner in reach.people else "",
        is_mine=task.done_at is None and reach.may_answer(task),
        is_held=task.done_at is None and is_held,
        is_delegated=task.delegated_by_id in reach.people and task.taken_by_id not in reach.people,
        is_of_role=reach.is_of_role(task),
        is_climbed=not is_held and not is_acknowledged and reach.was_reached(task),
        done_at=task.done_at,
        done_by=person(task.done_by_id or 0, ""),
        outcome=Task.Outcome(task.outcome).label if task.outcome else "",
        comment=task.comment,
    )


def _away(owner: int, away: Mapping[ProfessionalId, str]) -> str:
    if ProfessionalId(owner) not in away:
        return ""
    replacing = away[ProfessionalId(owner)]
    return f"absent, remplacé par {replacing}" if replacing else "absent, sans remplaçant"
