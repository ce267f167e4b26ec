"""All that the reader of a key may see of one patient, asked of each room by its own verbs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from uuid import UUID

import orjson

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.document import PatientTraits
from maillon.formats.fhir.datatypes import Resource, address_of
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.patients import api as patients
from maillon.record import api as record
from maillon.rights.parts import Part, parts_of

ALL = 1_000_000  # a copy is not a page


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledDocument:
    view: documents.DocumentView
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFile:
    access: Access
    made_at: dt.datetime
    identity: patients.Identity
    documents: tuple[FiledDocument, ...]  # oldest first
    lost: tuple[record.TimelineLine, ...]  # documents whose bytes are gone: told, with all the others
    series: tuple[record.Series, ...]
    statements: tuple[record.StatementLine, ...]
    circle: tuple[access_room.team.TeamMember, ...]
    wishes: tuple[access_room.consents.WishLine, ...]
    openings: tuple[access_room.journal.JournalLine, ...]
    events: tuple[bytes, ...]  # the same openings, each an AuditEvent
    parts: tuple[Part, ...]  # of the rooms above

    @property
    def counts(self) -> dict[str, int]:
        return {
            "documents": len(self.documents),
            "resultats": sum(len(series.points) for series in self.series),
            "enonces": len(self.statements),
            "cercle_de_soins": len(self.circle),
            "consentements": len(self.wishes),
            "ouvertures": len(self.openings),
        } | {part.name: part.count for part in self.parts}

    @property
    def traits(self) -> PatientTraits:
        identity = self.identity
        return replace(
            identity.traits(with_ins=True), local_ids=identity.numbers, addresses=identity.addresses,
            telecoms=identity.telecoms,
        )  # fmt: skip


def gather(access: Access) -> PatientFile:
    """Who wrote some documents of a record without belonging to its team takes these away, not the circle nor the
    journal."""
    is_whole = access.scope == "whole"
    carried, lost = _documents(access)
    trace = Trace.of(access, carried) if is_whole else Trace()
    return PatientFile(
        access=access,
        made_at=clock.now(),
        identity=patients.identity(access),
        documents=carried,
        lost=lost,
        series=tuple(sorted(record.latest_results(access, points=ALL), key=_series_order)),
        statements=tuple(record.statements(access)),
        circle=tuple(access_room.team.care_team(access, with_past=True)) if is_whole else (),
        wishes=tuple(access_room.consents.register(access)) if is_whole else (),
        openings=trace.openings,
        events=trace.events,
        parts=parts_of(access) if is_whole else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Who opened the record. A row about a document that the reader may not read would say that there is one, and of
    which type: it is left out of both forms."""

    openings: tuple[access_room.journal.JournalLine, ...] = ()
    events: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, access: Access, carried: tuple[FiledDocument, ...]) -> Trace:
        told = {f"journal-{line.id}": line for line in access_room.journal.who_opened(access, limit=ALL)}
        addresses = {address_of(str(each.view.uuid)) for each in carried}
        types = {each.view.type_code for each in carried}
        kept = {}
        for line in access_room.journal.audit_events(access):
            event = orjson.loads(line)
            if event["id"] in told and _is_about_what_is_carried(event, addresses, types):
                kept[event["id"]] = line
        return cls(
            openings=tuple(line for name, line in told.items() if name in kept),
            events=tuple(kept.values()),
        )


def _is_about_what_is_carried(event: Resource, addresses: set[str], types: set[str]) -> bool:
    for entity in event["entity"]:
        what = entity.get("what", {})
        if what.get("type") == "DocumentReference" and what["identifier"]["value"] not in addresses:
            return False
        said = {each["type"]: each["valueString"] for each in entity.get("detail", ())}
        if said.get("type-de-document", "") not in types | {""}:
            return False
    return True


def _documents(access: Access) -> tuple[tuple[FiledDocument, ...], tuple[record.TimelineLine, ...]]:
    """A base that was damaged, or taken over from one, lacks the bytes of some: the rest is owed all the same."""
    carried, lost = [], []
    for line in reversed(record.timeline(access, with_replaced=True, limit=ALL)):
        if line.document_uuid is not None:
            try:
                carried.append(_filed(access, line.document_uuid))
            except documents.BytesMissing:
                lost.append(line)
    return tuple(carried), tuple(lost)


def _filed(access: Access, uuid: UUID) -> FiledDocument:
    return FiledDocument(view=documents.read(access, uuid), data=documents.original(access, uuid).data)


def _series_order(series: record.Series) -> tuple[str, str, str, str]:
    return series.label.casefold(), series.system, series.code, series.unit
