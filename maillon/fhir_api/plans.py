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
from maillon.formats.fhir import care_plan as shapes
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.pathways.api import serving

ALLOWED: Final = (*opening.NAMES, "_id", "status", "instantiates-uri")
ALLOWED_OF_GOALS: Final = (*opening.NAMES, "_id", "lifecycle-status")
_STATUSES: Final[dict[str, shapes.PlanStatus]] = {
    "attente": "draft", "actif": "active", "pause": "on-hold", "fin": "completed",
}  # fmt: skip
_ACTIVITIES: Final[dict[str, shapes.ActivityStatus]] = {
    "a_venir": "scheduled", "demandee": "in-progress", "faite": "completed", "non_faite": "stopped",
    "annulee": "cancelled",
}  # fmt: skip
_GOALS: Final[dict[str, shapes.GoalStatus]] = {
    "en_cours": "active", "atteint": "completed", "partiel": "completed", "abandonne": "cancelled",
}  # fmt: skip


@served("CarePlan", "read")
def read(request: HttpRequest, caller: Caller, *, plan: UUID) -> HttpResponse:
    with opening.record(caller, serving.patient_of(caller.actor, plan), resource="plan") as access:
        return _one(_plans(access), plan)


@served("CarePlan", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "CarePlan", ALLOWED)
    statuses = _statuses(asked, "status", "http://hl7.org/fhir/request-status", shapes.PLAN_STATUSES, "E-FHIR-78")
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
        asked, "lifecycle-status", "http://hl7.org/fhir/goal-status", shapes.GOAL_STATUSES, "E-FHIR-79"
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
    return [shapes.care_plan(_plan(access, each)) for each in serving.whole(access)]


def _goals(access: Access) -> list[Resource]:
    return [shapes.goal(_goal(access, each)) for plan in serving.whole(access) for each in plan.goals]


def _plan(access: Access, plan: serving.WholePlan) -> shapes.DescribedPlan:
    ended = f"{plan.state}\u202f: {plan.end_reason}" if plan.end_reason else plan.state
    return shapes.DescribedPlan(
        uuid=str(plan.uuid), patient_uuid=str(access.patient_uuid), protocol=plan.code, version=plan.number,
        title=plan.title, nature=plan.nature, status="revoked" if plan.is_declined else _STATUSES[plan.kind],
        state=ended, created_at=plan.proposed_at, starts_at=plan.included_at, ends_at=plan.ended_at,
        author=plan.included_by, goals=[str(each.uuid) for each in plan.goals],
        activities=[_activity(each) for each in plan.steps],
        notes=[each for each in (plan.consent, *plan.targets, plan.text) if each],
    )  # fmt: skip


def _activity(step: serving.WholeStep) -> shapes.DescribedActivity:
    told = " – ".join(each for each in (step.done_by, step.evidence) if each)
    return shapes.DescribedActivity(
        says=step.says, who=step.who, status=_ACTIVITIES[step.state], starts_at=step.opens_at, ends_at=step.late_at,
        reason=step.reason, done_at=step.done_at, told=told if step.done_at else "",
    )  # fmt: skip


def _goal(access: Access, goal: serving.Goal) -> shapes.DescribedGoal:
    return shapes.DescribedGoal(
        uuid=str(goal.uuid), patient_uuid=str(access.patient_uuid), status=_GOALS[goal.state],
        state=goal.get_state_display(), is_reached=goal.state == "atteint", says=goal.text, author=goal.by,
        is_of_patient=goal.is_of_patient, since=clock.in_paris(goal.at).date(),
        changed_on=clock.in_paris(goal.changed_at).date(),
    )  # fmt: skip
