"""Task: something that a person or a role has to do about a patient."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from maillon.formats.fhir.datatypes import Resource, instant, known, relative


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedTask:
    """`kind` and `outcome` are French words; `outcome` is empty as long as nobody answered. `owner`: who has it in
    hand; `taken_at`: since when they said so. `put_off`: why, while it waits."""

    uuid: str
    patient_uuid: str
    kind: str
    title: str
    reason: str
    priority: Literal["routine", "urgent", "stat"]
    owner: str
    document_uuid: str | None
    created_at: dt.datetime
    opens_at: dt.datetime | None
    due_at: dt.datetime
    taken_at: dt.datetime | None
    put_off: str
    done_at: dt.datetime | None
    outcome: str
    is_cancelled: bool

    @property
    def status(self) -> str:
        """Of FHIR R4 (task-status): done or cancelled; else waiting, in somebody's hands, or asked for."""
        if self.done_at is not None:
            return "cancelled" if self.is_cancelled else "completed"
        if self.put_off:
            return "on-hold"
        return "in-progress" if self.taken_at is not None else "requested"


STATUSES: Final = ("requested", "in-progress", "on-hold", "completed", "cancelled")


def task(said: DescribedTask) -> Resource:
    starts = {"start": instant(said.opens_at)} if said.opens_at else {}
    return known(
        resourceType="Task",
        id=said.uuid,
        status=said.status,
        statusReason={"text": said.put_off} if said.put_off else {},
        intent="order",
        priority=said.priority,
        code={"text": said.kind},
        description=said.title,
        focus=relative("DocumentReference", said.document_uuid) if said.document_uuid else {},
        for_=relative("Patient", said.patient_uuid),
        authoredOn=instant(said.created_at),
        lastModified=instant(said.done_at or said.taken_at or said.created_at),
        owner={"display": said.owner},
        reasonCode={"text": said.reason} if said.reason else {},
        businessStatus={"text": said.outcome} if said.outcome else {},
        restriction={"period": starts | {"end": instant(said.due_at)}},
    )
