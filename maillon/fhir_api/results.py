"""Observation: one result at a time, as its document gave it."""

from __future__ import annotations

import datetime as dt
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.fhir_api import opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.query import Query
from maillon.fhir_api.refusals import parameter
from maillon.formats.fhir.datatypes import Resource, relative, system_of
from maillon.formats.fhir.observation import observation as as_observation
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.kernel import opaque
from maillon.kernel.key import Access
from maillon.record.api import serving

ALLOWED: Final = (*opening.NAMES, "_id", "code", "date", "status", "category")
_KIND: Final = "Observation"
_OIDS: Final = {
    system_of(oid): oid
    for oid in ("2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.8")
}  # fmt: skip
_LABORATORY: Final = "laboratory"


@served("Observation", "read")
def read(request: HttpRequest, caller: Caller, *, observation: str) -> HttpResponse:
    number = opaque.reveal_number(_KIND, observation)
    with opening.record(caller, serving.patient_of(caller.actor, number), resource="results") as access:
        found, _ = serving.observations(access, serving.Asked(numbers=[number]), limit=1)
        if not found:
            raise access_room.AccessDenied
        return answer(orjson.dumps(_resource(access, found[0]), default=float))


@served("Observation", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "Observation", ALLOWED)
    criteria, place = _asked(asked), asked.place()
    after = (dt.datetime.fromisoformat(place[0]), int(place[1])) if place else None
    try:
        with opening.record(caller, opening.named_in(asked), action="search", resource="results") as access:
            found, last = serving.observations(access, criteria, limit=asked.count, after=after)
            is_whole = last is None and after is None and asked.count
            total = len(found) if is_whole else serving.count_observations(access, criteria)
            entries = [_entry(asked.base, _resource(access, each)) for each in found]
    except access_room.AccessDenied:
        entries, last, total = [], None, 0
    links = {"self": asked.self_link()}
    if last is not None and asked.count:
        links["next"] = asked.next_link((last[0].isoformat(), last[1]))
    return answer(searchset(entries, total=total if asked.shows_total else None, links=links))


def _entry(base: str, said: Resource) -> Entry:
    return Entry(f"{base}/Observation/{said['id']}".encode(), orjson.dumps(said, default=float))


def _resource(access: Access, one: serving.Observed) -> Resource:
    said = as_observation(
        one.result, resource_id=opaque.hide(_KIND, str(one.id)), patient_id=str(access.patient_uuid), source_id=None
    )
    said["subject"] = relative("Patient", access.patient_uuid)
    if one.document_uuid is not None:
        said["derivedFrom"] = [relative("DocumentReference", one.document_uuid)]
    return said


def _asked(asked: Query) -> serving.Asked:
    names = asked.any_of("_id")
    status, category = asked.codes("status"), asked.codes("category")
    numbers = [opaque.reveal_number(_KIND, each) for each in names] if names is not None else None
    if status is not None and "final" not in status or category is not None and _LABORATORY not in category:
        numbers = []
    return serving.Asked(
        numbers=numbers,
        codes=_codes(asked),
        spans=[(period.start, period.end) for period in asked.periods("date")],
    )


def _codes(asked: Query) -> list[tuple[str, str]] | None:
    """A system by its address or its OID; a code without a system is that of any."""
    said = asked.any_of("code")
    if said is None:
        return None
    pairs = []
    for each in said:
        system, bar, code = each.rpartition("|")
        if not code:
            raise parameter("E-FHIR-44", "Une valeur de code n’a pas de code.", "code")
        pairs.append((_OIDS.get(system, system.removeprefix("urn:oid:")) if bar else "", code))
    return pairs
