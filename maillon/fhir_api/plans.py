"""CarePlan and Goal: the plans that a team keeps, read under the law of the document that a plan becomes (18776-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.fhir_api import opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.refusals import parameter
from maillon.formats.fhir.care_plan import GOAL_STATUSES, PLAN_STATUSES
from maillon.formats.fhir.datatypes import Resource, relative
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.kernel.key import Access
from maillon.pathways.api import serving

ALLOWED: Final = (*opening.NAMES, "_id", "status", "instantiates-uri")
ALLOWED_OF_GOALS: Final = (*opening.NAMES, "_id", "lifecycle-status")


@served("CarePlan", "read")
def read(request: HttpRequest, caller: Caller, *, plan: UUID) -> HttpResponse:
    with opening.record(caller, serving.patient_of(caller.actor, plan), resource="plan") as access:
        return _one(_plans(access), plan)


@served("CarePlan", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "CarePlan", ALLOWED)
    statuses = _statuses(asked, "status", "http://hl7.org/fhir/request-status", PLAN_STATUSES, "E-FHIR-78")
    named = asked.one("instantiates-uri") or ""
    said = [
        each
        for each in _found(caller, asked, "plan", _plans)
        if (statuses is None or each["status"] in statuses)
        and (not named or named in (each["instantiatesUri"][0], each["instantiatesUri"][0].partition("|")[0]))
    ]
    return _page(asked, said)


@served("Goal", "read")
def read_goal(request: HttpRequest, caller: Caller, *, goal: UUID) -> HttpResponse:
    with opening.record(caller, serving.patient_of_goal(caller.actor, goal), resource="goal") as access:
        return _one(_goals(access), goal)


@served("Goal", "read")
def search_goals(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "Goal", ALLOWED_OF_GOALS)
    statuses = _statuses(
        asked, "lifecycle-status", "http://hl7.org/fhir/goal-status", GOAL_STATUSES, "E-FHIR-79"
    )
    said = _found(caller, asked, "goal", _goals)
    return _page(asked, [each for each in said if statuses is None or each["lifecycleStatus"] in statuses])


def _one(said: Iterable[Resource], number: UUID) -> HttpResponse:
    found = next((each for each in said if each["id"] == str(number)), None)
    if found is None:
        raise access_room.AccessDenied
    return answer(orjson.dumps(found))


def _statuses(
    asked: query.Query, name: str, system: str, known: tuple[str, ...], code: str
) -> frozenset[str] | None:
    given = asked.codes(name, (system,))
    if given is not None and any(each not in known for each in given):
        raise parameter(code, f"L’état est {', '.join(known[:-1])} ou {known[-1]}.", name)
    return frozenset(given) if given is not None else None


def _found(
    caller: Caller, asked: query.Query, resource: str, of_record: Callable[[Access], list[Resource]]
) -> list[Resource]:
    try:
        with opening.record(caller, opening.named_in(asked), action="search", resource=resource) as access:
            said = of_record(access)
    except access_room.AccessDenied:
        return []
    numbers = asked.any_of("_id")
    return [each for each in said if numbers is None or each["id"] in numbers]


def _page(asked: query.Query, said: list[Resource]) -> HttpResponse:
    start = int((asked.place() or [0])[0])
    links = {"self": asked.self_link()}
    if asked.count and start + asked.count < len(said):
        links["next"] = asked.next_link((start + asked.count,))
    entries = [
        Entry(f"{asked.base}/{each['resourceType']}/{each['id']}".encode(), orjson.dumps(each))
        for each in said[start : start + asked.count]
    ]
    return answer(searchset(entries, total=len(said) if asked.shows_total else None, links=links))


# ------------------------------------------------------------------------------------------------ what is said


def _plans(access: Access) -> list[Resource]:
    patient = relative("Patient", access.patient_uuid)
    return [
        serving.plan_as_fhir(each, patient=patient, goal_at=lambda goal: relative("Goal", goal))
        for each in serving.whole(access)
    ]


def _goals(access: Access) -> list[Resource]:
    patient = relative("Patient", access.patient_uuid)
    return [serving.goal_as_fhir(goal, patient=patient) for plan in serving.whole(access) for goal in plan.goals]
