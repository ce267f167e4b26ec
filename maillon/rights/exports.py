"""A professional takes away the copy of one record, says why, and the house remembers it."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.rights.export import export_file
from maillon.rights.models import Export

Reason = Export.Reason
SHORTEST_DETAIL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLine:
    at: dt.datetime
    by: str
    reason_label: str
    detail: str
    size: int


@transaction.atomic
def take_away(
    access: Access, *, reason: str, detail: str, made: Callable[[Access], bytes] = export_file
) -> bytes:
    """The journal row says « export »; the key that is asked for again is the same record's. `made`: the shape of the
    copy, that of a person's right by default."""
    if reason not in Reason.values:
        raise UserMessage("E-DRT-10", "Choisissez le motif de l’export.")
    if len(detail.strip()) < SHORTEST_DETAIL:
        raise UserMessage("E-DRT-11", f"Précisez le motif en {SHORTEST_DETAIL} caractères au moins.")
    number = uuid.uuid4()
    key = access_room.open_record(
        access.actor,
        access.patient_uuid,
        purpose=access.purpose,
        action="export",
        resource_type="record",
        resource_id=str(number),
    )
    copy = made(key)
    Export.objects.create(
        uuid=number,
        patient_id=access.patient_id,
        at=clock.now(),
        by=access.actor.label,
        reason=reason,
        detail=storable(detail).strip()[:500],
        sha256=hashlib.sha256(copy).digest(),
        size=len(copy),
    )
    return copy


def of_patient(access: Access) -> list[ExportLine]:
    if access.scope != "whole":
        return []
    rows = Export.objects.filter(patient_id=access.patient_id).order_by("-at", "-pk")
    return [
        ExportLine(at=row.at, by=row.by, reason_label=Reason(row.reason).label, detail=row.detail, size=row.size)
        for row in rows
    ]
