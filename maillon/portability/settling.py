"""What could not land waits here, with its archive: a person says whose record it is, or sets it aside, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.formats.refusal import Refused
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, Purpose
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.patients import api as patients
from maillon.portability.arriving import (
    alone,
    kept_folder,
    known_patients,
    land_directory,
    note_landed,
    resolve_late,
)
from maillon.portability.departures import is_in_charge
from maillon.portability.landing import Conflict, Landing
from maillon.portability.models import ArrivalArchive
from maillon.portability.opened import opened, read_folder
from maillon.portability.record_landing import land_record
from maillon.portability.states import ARRIVAL, ArrivalState

SHORTEST_REASON: Final = 10
_REASON = UserMessage("E-POR-32", f"Dites pourquoi, en {SHORTEST_REASON} caractères au moins.")
_NOT_A_CANDIDATE = UserMessage("E-POR-34", "Choisissez une des personnes proposées, ou « une autre personne ».")
_GONE = UserMessage(
    "E-POR-35", "L’archive gardée ne se lit plus\u202f: relancez la reprise de l’export, qui la proposera de nouveau."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingArchive:
    """`traits`: as the archive gives them; `candidates`: who of ours might be the same person."""

    uuid: UUID
    code: str
    from_structure: str
    at: dt.datetime
    refusal_code: str
    reasons: tuple[str, ...]
    traits: dict[str, Any]
    candidates: tuple[patients.PatientLine, ...]

    @property
    def is_about_identity(self) -> bool:
        """A person can decide it here; the rest is settled by correcting what is contradicted, or set aside."""
        return bool(self.traits) and self.refusal_code == "E-POR-21"


def number(actor: Actor) -> int:
    """How many wait, for who may settle them; none for anybody else."""
    return ArrivalArchive.objects.filter(state=ArrivalState.TO_SETTLE).count() if is_in_charge(actor) else 0


def waiting(actor: Actor) -> list[WaitingArchive]:
    """Names are shown: the journal says to whom."""
    _refuse_others(actor)
    rows = ArrivalArchive.objects.filter(state=ArrivalState.TO_SETTLE).select_related("arrival").order_by("at", "pk")
    found = [_line(actor, row) for row in rows[:100]]
    if found:
        purpose = access_room.rule.usual_purpose(actor)
        access_room.journal.note(
            actor, purpose=purpose, action="list", resource_type="received", resource_id="arrivees", ground="liste"
        )
        access_room.journal.note_list(
            actor, [line.id for each in found for line in each.candidates], purpose=Purpose(purpose)
        )
    return found


def settle(actor: Actor, uuid: UUID, *, patient: UUID | None, reason: str) -> PatientId:
    """The record is of the candidate named, or (None) of somebody whom this installation does not know yet. Raises
    UserMessage when the archive contradicts the base all the same: nothing has changed then."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise _REASON
    try:
        with alone(), transaction.atomic():
            row = _found(actor, uuid)
            landed = _land(row, _candidate(actor, row, patient))
            note_landed(row, landed[1], state=ArrivalState(ARRIVAL.target("settle", source=row.state)))
            _decided(actor, row, reason, patient=landed[0])
            resolve_late(row.arrival)
            return landed[0]
    except Conflict as conflict:
        raise UserMessage(conflict.code, " ".join(conflict.reasons)) from None
    except (Refused, OSError):
        raise _GONE from None


def discard(actor: Actor, uuid: UUID, *, reason: str) -> None:
    """Set aside; its archive stays on the disk, and the reason with it."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise _REASON
    with alone(), transaction.atomic():
        row = _found(actor, uuid)
        row.state = ARRIVAL.target("discard", source=row.state)
        _decided(actor, row, reason)


def _land(row: ArrivalArchive, into: PatientId | None) -> tuple[PatientId, Landing]:
    folder = kept_folder(row.arrival.export_id)
    manifest = read_folder(folder)
    entry = next(each for each in manifest.archives if each.code == row.code)
    directory = land_directory(folder, manifest)
    with opened(folder, entry) as archive:
        landing = Landing(archive=archive, shared=directory.own, known=known_patients(row.arrival))
        patient = land_record(
            landing, announced=entry.counts, instance=row.arrival.instance, into=into, is_decided=True
        )
        return patient, landing


def _candidate(actor: Actor, row: ArrivalArchive, patient: UUID | None) -> PatientId | None:
    if patient is None:
        return None
    known = access_room.rule.visible_patients(actor).filter(uuid=patient, pk__in=row.candidates).first()
    if known is None:
        raise _NOT_A_CANDIDATE
    return PatientId(known.pk)


def _decided(actor: Actor, row: ArrivalArchive, reason: str, *, patient: PatientId | None = None) -> None:
    row.patient_id = patient
    row.settled_at, row.settled_by, row.settled_reason = clock.now(), actor.label, storable(reason).strip()[:300]
    row.save()
    access_room.journal.note(
        actor, purpose=access_room.rule.usual_purpose(actor), action="settle", resource_type="received",
        resource_id=str(row.uuid), ground="referent",
    )  # fmt: skip


def _found(actor: Actor, uuid: UUID) -> ArrivalArchive:
    _refuse_others(actor)
    rows = ArrivalArchive.objects.select_for_update(of=("self",)).select_related("arrival")
    row = rows.filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    return row


def _refuse_others(actor: Actor) -> None:
    if not is_in_charge(actor):
        raise access_room.AccessDenied


def _line(actor: Actor, row: ArrivalArchive) -> WaitingArchive:
    """Of the candidates, those whom the actor may open: the others leave no trace."""
    visible = access_room.rule.visible_patients(actor).filter(pk__in=row.candidates).values_list("pk", flat=True)
    known = patients.lines([PatientId(each) for each in visible])
    return WaitingArchive(
        uuid=row.uuid, code=row.code, from_structure=row.arrival.structure, at=row.at, refusal_code=row.refusal_code,
        reasons=tuple(row.reasons), traits=row.traits,
        candidates=tuple(known[PatientId(each)] for each in row.candidates if PatientId(each) in known),
    )  # fmt: skip
