"""Task: something that a person or a role has to do about a patient."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from maillon.formats.fhir.datatypes import Resource, instant, known, relative


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedTask:
    """`outcome` is the French word of the answer; empty as long as nobody answered."""

    uuid: str
    patient_uuid: str
    title: str
    is_reading: bool
    is_urgent: bool
    addressee: str
    document_uuid: str | None
    created_at: dt.datetime
    due_at: dt.datetime
    done_at: dt.datetime | None
    outcome: str
    is_cancelled: bool


def task(said: DescribedTask) -> Resource:
    status = "requested" if said.done_at is None else "cancelled" if said.is_cancelled else "completed"
    return known(
        resourceType="Task",
        id=said.uuid,
        status=status,
        intent="order",
        priority="urgent" if said.is_urgent else "routine",
        code={"text": "À lire" if said.is_reading else "À faire"},
        description=said.title,
        focus=relative("DocumentReference", said.document_uuid) if said.document_uuid else {},
        for_=relative("Patient", said.patient_uuid),
        authoredOn=instant(said.created_at),
        lastModified=instant(said.done_at or said.created_at),
        owner={"display": said.addressee},
        businessStatus={"text": said.outcome} if said.outcome else {},
        restriction={"period": {"end": instant(said.due_at)}},
    )
