"""DocumentReference and Binary, read: ITI-67 (search), ITI-68 (the bytes as they came), read by number."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.documents.api import serving
from maillon.fhir_api import identities, opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.query import Query
from maillon.fhir_api.refusals import parameter
from maillon.formats.confidentiality import MARKS
from maillon.formats.fhir.datatypes import unique_id_of
from maillon.formats.fhir.document_sheet import (
    CLASSES,
    FORMATS,
    LABELS,
    STATUSES,
    TYPES,
    assembled,
    version_of,
)
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.kernel.key import Access

_STATUS: Final = {said: ours for ours, said in STATUSES.items()}
_MARK: Final = {code: mark for mark, code in MARKS.items()}
_V3: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_NATIONAL: Final = "urn:oid:1.2.250.1.71.4.2.1"
ORDERS: Final = {"date": "date", "creation": "creation", "period": "period", "period-start": "period"}
ALLOWED: Final = (
    *opening.NAMES, "_id", "identifier", "status", "type", "category", "creation", "date", "period", "period-start",
    "period-end", "format", "security-label", "isArchived", "author.identifier", "relatesto", "relatesto.identifier",
)  # fmt: skip


@served("DocumentReference", "read")
def read(request: HttpRequest, caller: Caller, *, document: UUID) -> HttpResponse:
    with opening.document(caller, document) as access:
        sheet = serving.sheet(access, document)
        if request.META.get("HTTP_IF_NONE_MATCH", "").strip('W/" ') == version_of(sheet.changing):
            return HttpResponse(status=304, headers={"ETag": etag_of(sheet)})
        return one(access, sheet, base_of(request))


@served("DocumentReference", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "DocumentReference", ALLOWED, orders=ORDERS)
    criteria, (order, ascending) = _criteria(asked), asked.order("-period")
    place = asked.place()
    try:
        with opening.record(caller, opening.named_in(asked), action="search", resource="documents") as access:
            return _page(access, asked, criteria, order=order, ascending=ascending, place=place)
    except access_room.AccessDenied:
        return answer(searchset((), total=0 if asked.shows_total else None, links={"self": asked.self_link()}))


@served("Binary", "read")
def bytes_as_they_came(request: HttpRequest, caller: Caller, *, document: UUID) -> HttpResponse:
    """Whatever Accept says of FHIR, these are the document's own bytes and type (ITI-68 §3.68.4.2)."""
    with opening.document(caller, document, action="download") as access:
        file = documents.original(access, document)
    return HttpResponse(
        file.data,
        content_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{file.file_name}"'},
    )


# ------------------------------------------------------------------------------------------------ the answer


def one(access: Access, sheet: serving.Sheet, base: str, *, status: int = 200) -> HttpResponse:
    headers = {"ETag": etag_of(sheet)}
    return answer(as_bytes(sheet, whose(access), base.encode()), status=status, headers=headers)


class Whose(NamedTuple):
    """The patient as each of their documents says them, written once for a page."""

    subject: bytes
    contained: bytes


def whose(access: Access) -> Whose:
    return Whose(b'{"reference":"Patient/%b"}' % str(access.patient_uuid).encode(), identities.contained(access))


def as_bytes(sheet: serving.Sheet, patient: Whose, base: bytes) -> bytes:
    return assembled(
        sheet.body,
        uuid=sheet.name.encode(),
        subject=patient.subject,
        patient=patient.contained,
        changing=sheet.changing,
        base=base,
    )


def etag_of(sheet: serving.Sheet) -> str:
    return f'W/"{version_of(sheet.changing)}"'


def _page(
    access: Access, asked: Query, criteria: serving.Criteria, *, order: str, ascending: bool, place: list[str] | None
) -> HttpResponse:
    after = (int(place[0]), int(place[1])) if place else None
    found, last = serving.sheets(access, criteria, limit=asked.count, order=order, ascending=ascending, after=after)
    links = {"self": asked.self_link()}
    if last is not None and asked.count:
        links["next"] = asked.next_link(last)
    # The first page that holds all of it has been counted already.
    is_whole = last is None and after is None and asked.count
    total = len(found) if is_whole else serving.count(access, criteria) if asked.shows_total else None
    base, patient = asked.base.encode(), whose(access)
    entries = (
        Entry(b"%b/DocumentReference/%b" % (base, sheet.name.encode()), as_bytes(sheet, patient, base))
        for sheet in found
    )
    return answer(searchset(entries, total=total if asked.shows_total else None, links=links))


# ------------------------------------------------------------------------------------------------ what is asked


def _criteria(asked: Query) -> serving.Criteria:
    uuids, unique_ids = _identifiers(asked)
    levels, marks = _labels(asked)
    return serving.Criteria(
        uuids=uuids,
        unique_ids=unique_ids,
        statuses=_statuses(asked),
        types=asked.codes("type", ("http://loinc.org", TYPES, "urn:oid:1.2.250.1.213.1.1.4.12")),
        classes=asked.codes("category", (CLASSES,)),
        formats=asked.codes("format", (FORMATS,)),
        levels=levels,
        marks=marks,
        authors=asked.codes("author.identifier", (_NATIONAL,)),
        replaces=_replaced(asked),
        archived=_archived(asked),
        received=asked.periods("date"),
        written=asked.periods("creation"),
        # An act is known by its beginning: the three parameters of PDSm say the same of it.
        act=(*asked.periods("period"), *asked.periods("period-start"), *asked.periods("period-end")),
    )


def _identifiers(asked: Query) -> tuple[list[UUID] | None, list[str] | None]:
    """`_id` and the entryUUID are our number; any other identifier is the document's own."""
    uuids = [query.number_of(each) or UUID(int=0) for each in asked.any_of("_id") or ()] if asked.has("_id") else None
    if not asked.has("identifier"):
        return uuids, None
    numbers, unique_ids = [], []
    for said in asked.any_of("identifier") or ():
        system, bar, value = said.rpartition("|")
        number = query.number_of(value.removeprefix("urn:uuid:"))
        if number is not None and value.startswith("urn:uuid:"):
            numbers.append(number)
        unique_ids.append(unique_id_of({"system": system if bar else "", "value": value}))
    if numbers and uuids is None and len(numbers) == len(unique_ids):
        return numbers, None
    return uuids, unique_ids


def _statuses(asked: Query) -> list[str] | None:
    said = asked.codes("status", ("http://hl7.org/fhir/document-reference-status",))
    if said is None:
        return None
    if any(each not in _STATUS for each in said):
        raise parameter("E-FHIR-54", "L’état est current, superseded ou entered-in-error.", "status")
    return [_STATUS[each] for each in said]


def _labels(asked: Query) -> tuple[list[str] | None, list[str] | None]:
    if not asked.has("security-label"):
        return None, None
    said = asked.codes("security-label", (_V3, LABELS)) or []
    levels = [each for each in said if each not in _MARK]
    marks = [_MARK[each] for each in said if each in _MARK]
    if levels and marks:
        raise parameter("E-FHIR-55", "Cherchez la confidentialité ou la visibilité, pas les deux.", "security-label")
    return (None, marks) if marks else (levels, None)


def _archived(asked: Query) -> bool | None:
    said = asked.one("isArchived")
    if said not in (None, "true", "false"):
        raise parameter("E-FHIR-56", "isArchived vaut true ou false.", "isArchived")
    return None if said is None else said == "true"


def _replaced(asked: Query) -> list[str] | None:
    """Those that replace the one named: by its unique identifier alone, since another's number may be hidden."""
    if asked.has("relatesto"):
        raise parameter("E-FHIR-57", "Nommez le document remplacé par relatesto.identifier.", "relatesto")
    said = asked.any_of("relatesto.identifier")
    if said is None:
        return None
    pairs = (each.rpartition("|") for each in said)
    return [unique_id_of({"system": system, "value": value}) for system, _, value in pairs]


__all__ = ["as_bytes", "bytes_as_they_came", "etag_of", "one", "read", "search", "whose"]
