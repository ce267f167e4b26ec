"""The journal as FHIR AuditEvents, one a line: of one patient, or of a period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import orjson

from maillon.access.journal.lines import note, shown_to
from maillon.access.models import JournalEntry
from maillon.access.refusal import AccessDenied
from maillon.formats.fhir.audit_event import AuditRecord, audit_event
from maillon.kernel import sql
from maillon.kernel.key import Access, Actor, ProfessionalId, Purpose, StructureId
from maillon.professionals import api as professionals

AT_ONCE: Final = 2000


def audit_events(access: Access) -> Iterator[bytes]:
    """Of one record: to a program everything, to anybody else what `who_opened` shows them."""
    if access.scope != "whole":
        raise AccessDenied
    is_program = access.actor.kind == "machine"
    entries = JournalEntry.objects.filter(patient_id=access.patient_id) if is_program else shown_to(access)
    return _lines(entries.order_by("id").iterator(AT_ONCE))


def audit_events_between(actor: Actor, start: dt.datetime, end: dt.datetime) -> Iterator[bytes]:
    """Of everybody: for a program of the house that an administrator starts."""
    if actor.kind != "machine":
        raise AccessDenied
    note(actor, purpose=Purpose.INTAKE, action="export", resource_type="journal", ground="machine")
    return _lines(JournalEntry.objects.filter(at__gte=start, at__lt=end).order_by("id").iterator(AT_ONCE))


def _lines(entries: Iterable[JournalEntry]) -> Iterator[bytes]:
    for some in _by(entries, AT_ONCE):
        for record in described(some):
            yield orjson.dumps(audit_event(record)) + b"\n"


def described(some: Sequence[JournalEntry]) -> list[AuditRecord]:
    """With the names of the directory and our numbers of the patients, asked for all of them at once."""
    people = professionals.people(
        {ProfessionalId(each.actor_professional_id) for each in some if each.actor_professional_id}
    )
    places = professionals.structures(
        {StructureId(each.actor_structure_id) for each in some if each.actor_structure_id}
    )
    patients = _numbers({each.patient_id for each in some if each.patient_id})
    return [
        _record(
            each,
            people.get(ProfessionalId(each.actor_professional_id or 0)),
            places.get(StructureId(each.actor_structure_id or 0)),
            patients,
        )
        for each in some
    ]


def _record(
    entry: JournalEntry,
    person: professionals.ProfessionalLine | None,
    place: professionals.StructureLine | None,
    patients: dict[int, str],
) -> AuditRecord:
    return AuditRecord(
        id=entry.pk,
        at=entry.at,
        action=entry.action,
        purpose=entry.purpose,
        is_denied=entry.decision == "deny",
        rule=entry.rule,
        actor_kind=entry.actor_kind,
        actor_name=entry.actor_label,
        actor_national_id=person.national_id if person else None,
        profession_code=entry.actor_profession_code,
        organization=place.name if place else "",
        assurance=entry.assurance,
        patient=patients.get(entry.patient_id or 0),
        patient_id=entry.patient_id,
        resource_type=entry.resource_type,
        resource_id=entry.resource_id,
        type_code=entry.type_code,
    )


def _numbers(ids: set[int]) -> dict[int, str]:
    found = sql.rows("SELECT id, uuid FROM patients_patient WHERE id = ANY(%s)", (list(ids),))
    return {each: str(uuid) for each, uuid in found}


def _by(entries: Iterable[JournalEntry], size: int) -> Iterator[list[JournalEntry]]:
    some: list[JournalEntry] = []
    for entry in entries:
        some.append(entry)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
