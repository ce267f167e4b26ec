"""Documents as the FHIR API serves them: found by their metadata within a key, fifty at a time, from parts that were
written once. One statement for a page of them, the law included."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.documents.bytes import bytes_of
from maillon.documents.viewing import CDA, visible
from maillon.formats import media
from maillon.formats.cda.read import open_cda
from maillon.formats.fhir.datatypes import unique_id_of
from maillon.formats.fhir.document_sheet import EDITION, Changing, Described, immutable
from maillon.formats.refusal import Refused
from maillon.kernel import sql
from maillon.kernel.key import Access, Actor
from maillon.terminology import api as terminology


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document on its way out; `body` are its immutable parts."""

    id: int
    name: str  # its number, as it stands in an address: written fifty times in a page, parsed nearly never
    body: bytes
    changing: Changing

    @property
    def uuid(self) -> UUID:
        return UUID(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A period: from `start`, before `end`."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Each that is given must hold; of several values, one. Empty: everything that the key opens."""

    uuids: Sequence[UUID] | None = None
    unique_ids: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    types: Sequence[str] | None = None
    classes: Sequence[str] | None = None
    formats: Sequence[str] | None = None
    levels: Sequence[str] | None = None  # N, R, V
    marks: Sequence[str] | None = None
    authors: Sequence[str] | None = None  # national ids
    replaces: Sequence[str] | None = None
    archived: bool | None = None
    received: Sequence[Between] = ()
    written: Sequence[Between] = ()
    act: Sequence[Between] = ()


_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
ORDERS: Final = {"date": "received_at", "creation": "written_at", "period": "act_at"}
Place = tuple[int, int]  # where a page begins: microseconds since 1970, and the number of the row


def sheets(
    access: Access, asked: Criteria, *, limit: int, order: str = "period", ascending: bool = False,
    after: Place | None = None,
) -> tuple[list[Sheet], Place | None]:  # fmt: skip
    """A page, and where the next one begins. Every condition is a text of ours; the values are bound."""
    column = ORDERS[order]
    where, parameters = _conditions(access, asked)
    if after is not None:
        where += f" AND (d.{column}, d.id) {'>' if ascending else '<'} (%(after_at)s, %(after_id)s)"
        parameters |= {"after_at": _EPOCH + dt.timedelta(microseconds=after[0]), "after_id": after[1]}
    way = "ASC" if ascending else "DESC"
    # The place as a whole number: a date read for each row would cost more than the row.
    at = f"(extract(epoch FROM d.{column}) * 1000000)::bigint"
    statement = f"{_SELECT}, {at}{_FROM} WHERE {where} ORDER BY d.{column} {way}, d.id {way} LIMIT %(limit)s"
    found = sql.rows(statement, parameters | {"limit": limit + 1})
    page = found[:limit]
    last = (page[-1][-1], page[-1][0]) if len(found) > limit and page else None
    return _complete(page), last


def count(access: Access, asked: Criteria) -> int:
    where, parameters = _conditions(access, asked)
    found = sql.row(f"SELECT count(*){_FROM} WHERE {where}", parameters)  # noqa: S608 (our own texts)
    return int(found[0]) if found else 0


def sheet(access: Access, uuid: UUID) -> Sheet:
    """Raises AccessDenied, alike for absent and forbidden."""
    visible, known = access_room.rule.within(access, "d", document="id")
    asked = known | access_room.rule.moment() | {"patient": access.patient_id, "uuid": uuid}
    found = sql.rows(f"{_SELECT}{_FROM} WHERE {_OF_THE_PATIENT} AND {visible} AND d.uuid = %(uuid)s", asked)
    if not found:
        raise access_room.AccessDenied
    return _complete(found)[0]


def numbers(access: Access, documents: Sequence[int]) -> dict[int, UUID]:
    """Which of these the key opens, with their numbers."""
    visible, known = access_room.rule.within(access, "d", document="id")
    asked = known | {"patient": access.patient_id, "documents": list(documents)}
    where = f"{_OF_THE_PATIENT} AND {visible} AND d.id = ANY(%(documents)s)"
    return dict(sql.rows(f"SELECT d.id, d.uuid FROM documents_document d WHERE {where}", asked))  # noqa: S608


def by_identifier(actor: Actor, said: str) -> UUID:
    """« system|value » → the number of the one document that bears it and that the actor may read. Raises
    AccessDenied, alike for absent and forbidden; unique identifiers are borne once, but by what was withdrawn."""
    system, bar, value = said.rpartition("|")
    visible, known = access_room.rule.across(actor, "d", document="id")
    unique = unique_id_of({"system": system if bar else "", "value": value})
    entry = value.removeprefix("urn:uuid:")
    found = sql.row(
        f"SELECT d.uuid FROM documents_document d WHERE (d.unique_id = %(unique)s OR d.uuid::text = %(entry)s)"  # noqa: S608
        f" AND {visible} ORDER BY d.status = 'withdrawn', d.id DESC LIMIT 1",
        known | {"unique": unique, "entry": entry.lower()},
    )
    if found is None:
        raise access_room.AccessDenied
    return UUID(str(found[0]))


def readable(actor: Actor, documents: Sequence[int]) -> list[int]:
    """Which of these the actor may read, whoever the patient."""
    visible, known = access_room.rule.across(actor, "d", document="id")
    statement = f"SELECT d.id FROM documents_document d WHERE d.id = ANY(%(documents)s) AND {visible} ORDER BY d.id"  # noqa: S608
    return [number for (number,) in sql.rows(statement, known | {"documents": list(documents)})]


def unique_id(access: Access, uuid: UUID) -> str:
    """Of a document that the key opens. Raises AccessDenied."""
    number = sheet(access, uuid).id
    found = sql.row("SELECT unique_id FROM documents_document WHERE id = %s", (number,))
    return str(found[0]) if found else ""


def former_versions(access: Access, unique_id: str) -> list[str]:
    """The identifiers of those that it takes the place of, nearest first; the last may have stayed elsewhere."""
    replaced = dict(visible(access).exclude(replaces_unique_id="").values_list("unique_id", "replaces_unique_id"))
    found = [unique_id]
    while (former := replaced.get(found[-1])) and former not in found:
        found.append(former)
    return found[1:]


def set_archived(access: Access, uuid: UUID, *, is_archived: bool) -> None:
    """In the caller's transaction. Raises AccessDenied."""
    sql.rows(_ARCHIVE, {"document": sheet(access, uuid).id, "is_archived": is_archived})


def published_by(client_id: int) -> str:
    """What `source` says of a document that a partner's software published."""
    return f"fhir:{client_id}"


# ------------------------------------------------------------------------------------------------ statements

_SELECT: Final = f"""
SELECT d.id, d.uuid::text, CASE WHEN f.edition = {EDITION} THEN f.body END, d.status, d.confidentiality,
       COALESCE(f.is_archived, false), {access_room.rule.MARKS_OF.format(document="d.id")}"""
_FROM: Final = """
  FROM documents_document d LEFT JOIN documents_fragment f ON f.document_id = d.id"""
_OF_THE_PATIENT: Final = "d.patient_id = %(patient)s"
_ANY: Final = {
    "uuids": "d.uuid = ANY(%(uuids)s)",
    "unique_ids": "d.unique_id = ANY(%(unique_ids)s)",
    "statuses": "d.status = ANY(%(statuses)s)",
    "types": "d.type_code = ANY(%(types)s)",
    "classes": "d.class_code = ANY(%(classes)s)",
    "formats": "d.format_code = ANY(%(formats)s)",
    "levels": "d.confidentiality = ANY(%(levels)s)",
    "marks": f"{access_room.rule.MARKS_OF.format(document='d.id')} && %(marks)s::varchar[]",
    "authors": "d.author_national_id = ANY(%(authors)s)",
    "replaces": "d.replaces_unique_id = ANY(%(replaces)s)",
}
_PERIODS: Final = {"received": "received_at", "written": "written_at", "act": "act_at"}
_ARCHIVE: Final = """
INSERT INTO documents_fragment (document_id, is_archived) VALUES (%(document)s, %(is_archived)s)
ON CONFLICT (document_id) DO UPDATE SET is_archived = EXCLUDED.is_archived
"""


def _conditions(access: Access, asked: Criteria) -> tuple[str, dict[str, Any]]:
    visible, parameters = access_room.rule.within(access, "d", document="id")
    parameters = parameters | access_room.rule.moment() | {"patient": access.patient_id}
    where = [_OF_THE_PATIENT, visible]
    for name, condition in _ANY.items():
        values = getattr(asked, name)
        if values is not None:
            where.append(condition)
            parameters[name] = list(values)
    if asked.archived is not None:
        where.append("COALESCE(f.is_archived, false) = %(archived)s")
        parameters["archived"] = asked.archived
    for name, column in _PERIODS.items():
        for rank, period in enumerate(getattr(asked, name)):
            if period.start is not None:
                where.append(f"d.{column} >= %({name}_{rank}_start)s")
                parameters[f"{name}_{rank}_start"] = period.start
            if period.end is not None:
                where.append(f"d.{column} < %({name}_{rank}_end)s")
                parameters[f"{name}_{rank}_end"] = period.end
    return " AND ".join(where), parameters


# ------------------------------------------------------------------------------------------------ what is written once


def _complete(found: list[sql.Row]) -> list[Sheet]:
    """Those that were never read through the API are written now, in the reader's transaction."""
    bodies = _written([row[0] for row in found if row[2] is None])
    return [
        Sheet(
            row[0],
            row[1],
            row[2] if row[2] is not None else bodies[row[0]],
            Changing(row[3], row[4], tuple(row[6]), row[5]),
        )
        for row in found
    ]


def _written(documents: list[int]) -> dict[int, bytes]:
    if not documents:
        return {}
    bodies = {row[0]: immutable(_described(row[1:])) for row in sql.rows(_DESCRIBED, {"documents": documents})}
    sql.rows(_KEEP, {"documents": list(bodies), "bodies": list(bodies.values()), "edition": EDITION})
    return bodies


_DESCRIBED: Final = """
SELECT id, uuid, unique_id, replaces_unique_id, title, type_code, type_system, class_code, format_code, language,
       author, author_national_id, organization, organization_id, act_at, written_at, received_at, media_type, size,
       sha256
  FROM documents_document WHERE id = ANY(%(documents)s)
"""
_KEEP: Final = """
INSERT INTO documents_fragment (document_id, body, edition)
SELECT kept.document_id, kept.body, %(edition)s
  FROM unnest(%(documents)s::bigint[], %(bodies)s::bytea[]) AS kept(document_id, body)
ON CONFLICT (document_id) DO UPDATE SET body = EXCLUDED.body, edition = EXCLUDED.edition
"""


def _described(row: sql.Row) -> Described:
    (
        uuid, unique_id, replaces, title, type_code, type_system, class_code, format_code, language, author,
        national_id, organization, organization_id, act_at, written_at, received_at, media_type, size, sha256,
    ) = row  # fmt: skip
    data = bytes_of(sha256)
    said = Described(
        uuid=str(uuid),
        unique_id=unique_id,
        replaces=replaces,
        title=title,
        type_code=type_code,
        type_system=type_system,
        type_label=terminology.document_type_label(type_code) or title,
        class_code=class_code,
        class_label=terminology.class_label(class_code) or "",
        format_code=format_code,
        language=language,
        author=author,
        author_national_id=national_id,
        organization=organization,
        organization_id=organization_id,
        facility="",
        practice_setting="",
        act_at=act_at,
        written_at=written_at,
        received_at=received_at,
        media_type=media.XML if media_type == CDA else media_type,
        size=size,
        # SHA-1 is what FHIR and XDS ask: it detects damage; the product's own proof is SHA-256.
        sha1=hashlib.sha1(data, usedforsecurity=False).digest(),
    )
    return _with_place(said, data) if media_type == CDA else said


def _with_place(said: Described, data: bytes) -> Described:
    """Where the act took place, which only the header says."""
    try:
        header = open_cda(data).header
    except Refused:
        return said
    setting = next((act.practice_setting_code for act in header.acts if act.practice_setting_code), "")
    facility = header.encounter.facility_type if header.encounter else ""
    return replace(said, facility=facility or "", practice_setting=setting or "")
