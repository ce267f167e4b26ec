"""CarePlan and Goal: a patient's plan under a protocol, what it asks of whom, what was done, what is aimed at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from maillon.formats.fhir.datatypes import Resource, hl7_concept, instant, known

PlanStatus = Literal["draft", "active", "on-hold", "completed", "revoked"]
ActivityStatus = Literal["scheduled", "in-progress", "completed", "stopped", "cancelled"]
GoalStatus = Literal["active", "completed", "cancelled"]
PLAN_STATUSES: Final = ("draft", "active", "on-hold", "completed", "revoked")
GOAL_STATUSES: Final = ("active", "completed", "cancelled")
PROTOCOL: Final = "urn:maillon:protocole"  # then its code, and its version


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedActivity:
    """`who`: a profession, in French. `reason`: why it was left. `told`: what showed that it was done, and by whom."""

    says: str
    who: str
    status: ActivityStatus
    starts_at: dt.datetime
    ends_at: dt.datetime
    reason: str
    done_at: dt.datetime | None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedPlan:
    """`patient`, `goals`: references, as the reader of the resource follows them."""

    uuid: str
    patient: Resource
    protocol: str
    version: int
    title: str
    nature: str
    status: PlanStatus
    state: str
    created_at: dt.datetime
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    author: str
    goals: Sequence[Resource]
    activities: Sequence[DescribedActivity]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedGoal:
    """`state`: the French word that was chosen."""

    uuid: str
    patient: Resource
    status: GoalStatus
    state: str
    is_reached: bool
    says: str
    author: str
    is_of_patient: bool
    since: dt.date
    changed_on: dt.date


def care_plan(said: DescribedPlan) -> Resource:
    starts = {"start": instant(said.starts_at)} if said.starts_at else {}
    ends = {"end": instant(said.ends_at)} if said.ends_at else {}
    return known(
        resourceType="CarePlan",
        id=said.uuid,
        instantiatesUri=[f"{PROTOCOL}:{said.protocol}|{said.version}"],
        status=said.status,
        intent="plan",
        category=[{"text": said.nature}],
        title=said.title,
        description=said.state,
        subject=said.patient,
        period=starts | ends,
        created=instant(said.created_at),
        author={"display": said.author} if said.author else {},
        goal=list(said.goals),
        activity=[_activity(each) for each in said.activities],
        note=[{"text": each} for each in said.notes],
    )


def _activity(said: DescribedActivity) -> Resource:
    progress = known(time=instant(said.done_at) if said.done_at else None, text=said.told) if said.told else {}
    return known(
        progress=[progress] if progress else [],
        detail=known(
            status=said.status,
            statusReason={"text": said.reason} if said.reason else {},
            scheduledPeriod={"start": instant(said.starts_at), "end": instant(said.ends_at)},
            performer=[{"display": said.who}],
            description=said.says,
        ),
    )


def goal(said: DescribedGoal) -> Resource:
    achievement = hl7_concept("goal-achievement", "achieved") if said.is_reached else {}
    return known(
        resourceType="Goal",
        id=said.uuid,
        lifecycleStatus=said.status,
        achievementStatus=achievement | {"text": said.state},
        description={"text": said.says},
        subject=said.patient,
        startDate=said.since.isoformat(),
        statusDate=said.changed_on.isoformat(),
        expressedBy=said.patient if said.is_of_patient else {"display": said.author},
    )
