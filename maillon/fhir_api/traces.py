"""AuditEvent: the journal of accesses (ITI-81, read side), and what partners claim to have done (ITI-20), kept apart.

A claim is no line of our journal: it is read again only by the software that sent it, under its own number.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.access.api import journal
from maillon.fhir_api import opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, body_of, content_type_of, resource_of, served
from maillon.fhir_api.models import ClaimedTrace
from maillon.fhir_api.query import Query
from maillon.fhir_api.refusals import Refusal, forbidden, parameter, wrong_body
from maillon.formats.fhir.audit_event import AuditRecord, audit_event
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.kernel import clock, opaque
from maillon.kernel.text import json_text

ALLOWED: Final = (*opening.NAMES, "date", "period-start")
_KIND: Final = "AuditEvent"
_DATES: Final = ("date", "period-start")
_NEEDED: Final = ("type", "recorded", "agent", "source")
LONGEST: Final = 64 * 1024


@served("AuditEvent", "read")
def read(request: HttpRequest, caller: Caller, *, trace: str) -> HttpResponse:
    claim = query.number_of(trace)
    if claim is not None:
        row = ClaimedTrace.objects.filter(uuid=claim, client_id=caller.client_id).first()
        if row is None:
            raise access_room.AccessDenied
        return answer(orjson.dumps(_claim(row)))
    number = opaque.reveal_number(_KIND, trace)
    with opening.record(caller, journal.serving.patient_of(number), resource="journal") as access:
        return answer(orjson.dumps(_event(journal.serving.one_of_record(access, number))))


@served("AuditEvent", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Of one patient, for who may open the record; without a patient, for the digital referent."""
    asked = query.read(request, base_of(request), "AuditEvent", ALLOWED)
    period, place = _period(asked), asked.place()
    before = int(place[0]) if place else None
    if asked.has(*opening.NAMES):
        found, total = _of_record(caller, asked, period, before)
    elif caller.record_id is None and journal.may_control(caller.actor):
        found = journal.serving.of_structures(caller.actor, period, limit=asked.count + 1, before=before)
        total = journal.serving.count_of_structures(caller.actor, period)
    else:
        raise forbidden()
    links = {"self": asked.self_link()}
    if asked.count and len(found) > asked.count:
        links["next"] = asked.next_link((found[asked.count - 1].id,))
    said = [_event(each) for each in found[: asked.count]]
    entries = [Entry(f"{asked.base}/AuditEvent/{each['id']}".encode(), orjson.dumps(each)) for each in said]
    return answer(searchset(entries, total=total if asked.shows_total else None, links=links))


def _of_record(
    caller: Caller, asked: Query, period: journal.serving.Period, before: int | None
) -> tuple[list[AuditRecord], int]:
    try:
        with opening.record(caller, opening.named_in(asked), action="search", resource="journal") as access:
            found = journal.serving.of_record(access, period, limit=asked.count + 1, before=before)
            return found, journal.serving.count_of_record(access, period)
    except access_room.AccessDenied:
        return [], 0


def _period(asked: Query) -> journal.serving.Period:
    """Both bounds, or nothing: nobody empties the journal by asking for all of it (IHE ITI-81). What this very request
    writes is not part of its answer."""
    periods = [period for name in _DATES for period in asked.periods(name)]
    starts = [period.start for period in periods if period.start]
    ends = [period.end for period in periods if period.end]
    if not starts or not ends:
        raise parameter("E-FHIR-71", "Donnez les deux bornes de la période\u202f: date=ge…&date=le….", "date")
    return journal.serving.Period(start=max(starts), end=min(*ends, clock.now()))


def _event(record: AuditRecord) -> dict[str, Any]:
    return audit_event(record, name=opaque.hide(_KIND, str(record.id)))


# ------------------------------------------------------------------------------------------------ claimed


@served("AuditEvent", "write")
def claim(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Once for the same bytes."""
    if content_type_of(request) not in ("application/fhir+json", "application/json"):
        raise wrong_body("application/fhir+json")
    raw = body_of(request)
    said = resource_of(raw, "AuditEvent")
    row, _ = ClaimedTrace.objects.get_or_create(
        client_id=caller.client_id,
        sha256=hashlib.sha256(raw).digest(),
        defaults={"body": _checked(said, raw), "recorded": _recorded(said)},
    )
    headers = {"Location": f"{base_of(request)}/AuditEvent/{row.uuid}"}
    return answer(orjson.dumps(_claim(row)), status=201, headers=headers)


def _checked(said: dict[str, Any], raw: bytes) -> dict[str, Any]:
    agents = said.get("agent")
    missing = [name for name in _NEEDED if not said.get(name)]
    are_agents = isinstance(agents, list) and 1 <= len(agents) <= 2 and all(
        isinstance(each, dict) and isinstance(each.get("who"), dict) for each in agents
    )  # fmt: skip
    if missing or not are_agents or len(raw) > LONGEST:
        place = missing[0] if missing else "agent" if not are_agents else "AuditEvent"
        raise Refusal(
            422, "required", "E-FHIR-72",
            "Une trace dit son type, son instant (recorded), un ou deux agents avec « who » et sa source, en 64 Ko.",
            place=place,
        )  # fmt: skip
    kept: dict[str, Any] = orjson.loads(json_text(said))
    return kept


def _recorded(said: dict[str, Any]) -> dt.datetime:
    found = clock.instant(str(said.get("recorded")))
    if found is None:
        raise Refusal(422, "value", "E-FHIR-73", "L’instant de la trace n’est pas lisible.", place="recorded")
    return found


def _claim(row: ClaimedTrace) -> dict[str, Any]:
    said: dict[str, Any] = row.body
    return said | {"id": str(row.uuid)}
