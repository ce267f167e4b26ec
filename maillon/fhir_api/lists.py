"""List (ITI-66): submission sets and folders, kept as published, shown with the documents that their reader sees. One
of which the reader sees no document is not there."""

from __future__ import annotations

import datetime as dt
import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.documents.api import serving
from maillon.exchange.api import publishing
from maillon.fhir_api import identities, opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.models import ListEntry, PublishedList
from maillon.fhir_api.query import Query
from maillon.fhir_api.refusals import parameter
from maillon.formats.fhir import published
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.fhir.lists import DescribedList, as_list, read_list
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId
from maillon.kernel.text import json_text, storable

ALLOWED: Final = (*opening.NAMES, "_id", "code", "status", "date", "identifier", "title")


@served("List", "read")
def read(request: HttpRequest, caller: Caller, *, lot: UUID) -> HttpResponse:
    """By its number: whose it is, then what of it is visible."""
    with opening.record(caller, _patient_of(caller, lot), resource="documents") as access:
        found = _shown(access, _rows(access, {"uuids": [lot]}))
        if not found:
            raise access_room.AccessDenied
        return answer(orjson.dumps(found[0][1]))


@served("List", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "List", ALLOWED)
    where = _where(asked)
    try:
        with opening.record(caller, opening.named_in(asked), action="search", resource="documents") as access:
            found = _shown(access, _rows(access, where))
    except access_room.AccessDenied:
        found = []
    start = int((asked.place() or [0])[0])
    page = found[start : start + asked.count]
    links = {"self": asked.self_link()}
    if asked.count and start + asked.count < len(found):
        links["next"] = asked.next_link((start + asked.count,))
    entries = [Entry(f"{asked.base}/List/{number}".encode(), orjson.dumps(said)) for number, said in page]
    return answer(searchset(entries, total=len(found) if asked.shows_total else None, links=links))


def _patient_of(caller: Caller, lot: UUID) -> PatientId:
    """NOBODY, alike for a list that is not there and for one of which the caller may read no document."""
    entries = ListEntry.objects.filter(list__uuid=lot).values_list("document_id", "patient_id")
    numbers = dict(entries)
    visible = serving.readable(caller.actor, list(numbers))
    return next((PatientId(numbers[each]) for each in visible), opening.NOBODY)


def _where(asked: Query) -> dict[str, Any]:
    status = asked.codes("status")
    if status is not None and any(each not in ("current", "retired", "entered-in-error") for each in status):
        raise parameter("E-FHIR-58", "L’état d’une liste est current, retired ou entered-in-error.", "status")
    identifiers = asked.any_of("identifier")
    return {
        "uuids": [query.number_of(each) or UUID(int=0) for each in asked.any_of("_id") or ()] or None,
        "kinds": asked.codes("code", (published.LIST_TYPES,)),
        "is_none": status is not None and "current" not in status,
        "periods": asked.periods("date"),
        "names": [each.rpartition("|")[2] for each in identifiers] if identifiers is not None else None,
        "title": asked.one("title"),
    }


def _rows(access: Access, where: Mapping[str, Any]) -> list[PublishedList]:
    rows = PublishedList.objects.filter(patient_id=access.patient_id)
    if where.get("is_none"):
        return []
    if where.get("uuids") is not None:
        rows = rows.filter(uuid__in=where["uuids"])
    if where.get("kinds") is not None:
        rows = rows.filter(kind__in=where["kinds"])
    for period in where.get("periods", ()):
        rows = rows.filter(at__gte=period.start) if period.start else rows
        rows = rows.filter(at__lt=period.end) if period.end else rows
    found = list(rows.order_by("-at", "-id"))
    names, title = where.get("names"), where.get("title")
    return [
        row
        for row in found
        if (names is None or {row.unique_id, f"urn:oid:{row.unique_id}", f"urn:uuid:{row.uuid}"} & set(names))
        and (title is None or row.title.casefold().startswith(title.casefold()))
    ]


def _shown(access: Access, rows: Sequence[PublishedList]) -> list[tuple[UUID, Resource]]:
    """With the visible documents of each, asked for all of them at once."""
    wanted = list(ListEntry.objects.filter(list__in=[row.pk for row in rows]).order_by("list_id", "rank"))
    visible = serving.numbers(access, [entry.document_id for entry in wanted])
    of_list: dict[int, list[str]] = {}
    for entry in wanted:
        if entry.document_id in visible:
            of_list.setdefault(entry.list_id, []).append(str(visible[entry.document_id]))
    patient = orjson.loads(identities.contained(access))
    return [
        (row.uuid, as_list(_described(row, access, of_list[row.pk]), patient=patient))
        for row in rows
        if row.pk in of_list
    ]


def _described(row: PublishedList, access: Access, documents: Sequence[str]) -> DescribedList:
    return DescribedList(
        uuid=str(row.uuid),
        kind=row.kind,
        patient_uuid=str(access.patient_uuid),
        unique_id=row.unique_id,
        source_id=row.source_id,
        title=row.title,
        designation=row.designation,
        source=row.source,
        at=row.at,
        documents=documents,
    )


# ------------------------------------------------------------------------------------------------ kept


@transaction.atomic
def keep(
    caller: Caller, lists: Sequence[published.PublishedList], fates: Mapping[str, publishing.Fate]
) -> list[UUID | None]:
    """Once for each unique identifier of this software. A list of which nothing was filed yet is not kept apart: the
    whole request is."""
    return [_keep(caller, each, _filed(each, lists, fates)) for each in lists]


def _filed(
    one: published.PublishedList, lists: Sequence[published.PublishedList], fates: Mapping[str, publishing.Fate]
) -> list[publishing.Fate]:
    """Its documents; those of a folder that it names are named by the folder."""
    return [fates[each] for each in one.entries if each in fates and fates[each].is_filed]


def _keep(caller: Caller, one: published.PublishedList, filed: Sequence[publishing.Fate]) -> UUID | None:
    patients = {each.patient_id for each in filed if each.patient_id is not None}
    if len(patients) != 1:
        return None
    said = {name: _storable(value) for name, value in read_list(one.resource).items()}
    unique_id = said.pop("unique_id") or str(uuids.uuid4())
    patient = patients.pop()
    row, is_new = PublishedList.objects.get_or_create(
        client_id=caller.client_id,
        unique_id=unique_id,
        defaults=said
        | {
            "kind": PublishedList.Kind.FOLDER if one.is_folder else PublishedList.Kind.SUBMISSION_SET,
            "patient_id": patient,
            "source": caller.actor.label,
            "at": _moment(one.resource),
        },
    )
    if is_new:
        ListEntry.objects.bulk_create(
            ListEntry(list=row, patient_id=patient, document_id=each.document_id or 0, rank=rank)
            for rank, each in enumerate({each.document_id: each for each in filed}.values())
        )
    return row.uuid


def _moment(resource: Resource) -> dt.datetime:
    return clock.instant(str(resource.get("date") or "")) or clock.now()


def _storable(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else orjson.loads(json_text(value))
