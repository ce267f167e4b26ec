"""Plans whole, as they leave these pages: for another software (FHIR), and in the copy that a person takes away.

A page shows what comes next; here is all that was decided, asked and done. What showed that a step was done is told
only to a reader of that document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.formats.fhir import care_plan as shapes
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.wording import shown_number
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, PatientId
from maillon.pathways import protocols, showing
from maillon.pathways.definition import PATIENT, Protocol
from maillon.pathways.including import may_read
from maillon.pathways.models import Alert as Alert
from maillon.pathways.models import Goal as Goal
from maillon.pathways.models import Paragraph, Plan, PlanStep
from maillon.pathways.natures import NATURES
from maillon.pathways.states import StepState
from maillon.professionals import api as professionals
from maillon.record import api as record


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeStep:
    says: str
    who: str
    state: StepState
    opens_at: dt.datetime
    due_at: dt.datetime
    late_at: dt.datetime
    done_at: dt.datetime | None
    done_by: str
    evidence: str
    reason: str

    @property
    def shown_by(self) -> str:
        """What showed that it was done, without the day when it is the same."""
        return self.evidence.removesuffix(f", le {clock.in_paris(self.done_at):%d/%m/%Y}") if self.done_at else ""

    @property
    def is_late(self) -> bool:
        return self.state in (StepState.AHEAD, StepState.ASKED) and self.late_at < clock.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePlan:
    """`kind`: of its state: attente, actif, pause, fin. `targets`: what was chosen for this patient. `of_patient`: what
    the patient does."""

    uuid: UUID
    code: str
    number: int
    title: str
    nature: str
    state: str
    kind: str
    is_declined: bool
    consent: str
    proposed_at: dt.datetime
    included_at: dt.datetime | None
    included_by: str
    ended_at: dt.datetime | None
    end_reason: str
    targets: tuple[str, ...]
    steps: tuple[WholeStep, ...]  # by day
    of_patient: tuple[str, ...]
    goals: tuple[Goal, ...]  # the patient's first
    alerts: tuple[Alert, ...]  # oldest first
    text: str
    text_by: str
    text_at: dt.datetime | None

    @property
    def to_come(self) -> tuple[WholeStep, ...]:
        return tuple(step for step in self.steps if step.state in (StepState.AHEAD, StepState.ASKED))

    @property
    def past(self) -> tuple[WholeStep, ...]:
        """Done or left, the latest first."""
        ended = (step for step in self.steps if step.state in (StepState.DONE, StepState.LEFT))
        return tuple(sorted(ended, key=lambda step: step.done_at or step.due_at, reverse=True))


def patient_of(actor: Actor, plan_uuid: UUID) -> PatientId:
    """Whose record to open for a plan; 0, alike for one that is not there and for one that the actor may not read.
    Showing anything takes the key."""
    return _record_of("r.uuid = %(asked)s", actor, plan_uuid)


def patient_of_goal(actor: Actor, goal_uuid: UUID) -> PatientId:
    """The same, for a goal of a plan."""
    return _record_of("r.id = (SELECT g.plan_id FROM pathways_goal g WHERE g.uuid = %(asked)s)", actor, goal_uuid)


def _record_of(which: str, actor: Actor, asked: UUID) -> PatientId:
    visible, known = access_room.rule.across(actor, "r")
    found = sql.row(
        f"SELECT r.patient_id FROM pathways_plan r WHERE {which} AND {visible}",  # noqa: S608 (constants)
        known | {"asked": asked},
    )
    return PatientId(found[0] if found else 0)


def whole(access: Access) -> list[WholePlan]:
    """Those that the key opens, the latest first."""
    if not may_read(access):
        return []
    plans = Plan.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    return [_whole(access, plan) for plan in plans.select_related("version").order_by("-proposed_at", "-id")]


def _whole(access: Access, plan: Plan) -> WholePlan:
    protocol = protocols.protocol_of(plan.version)
    state = protocol.state(plan.state)
    text = Paragraph.objects.filter(plan=plan).order_by("-revision").first()
    alerts = Alert.objects.filter(access_room.rule.VisibleWithin(access), plan=plan).order_by("raised_at", "id")
    return WholePlan(
        uuid=plan.uuid, code=plan.version.code, number=plan.version.number, title=plan.version.title,
        nature=NATURES[protocol.nature].label, state=state.libelle, kind=state.genre,
        is_declined=plan.refused_at is not None or plan.consent_withdrawn_at is not None,
        consent=showing.consented(plan), proposed_at=plan.proposed_at, included_at=plan.included_at,
        included_by=plan.included_by, ended_at=plan.ended_at, end_reason=plan.end_reason,
        targets=tuple(_targets(plan, protocol)), steps=tuple(_steps(access, plan, protocol)),
        of_patient=tuple(step.quoi for step in protocol.etapes if set(step.qui) == {PATIENT}),
        goals=tuple(Goal.objects.filter(plan=plan).order_by("-is_of_patient", "id")), alerts=tuple(alerts),
        text=text.text if text else "", text_by=text.by if text else "", text_at=text.at if text else None,
    )  # fmt: skip


def _targets(plan: Plan, protocol: Protocol) -> Iterator[str]:
    for parameter in protocol.parametres:
        if parameter.nom in plan.parameters:
            value = Decimal(plan.parameters[parameter.nom])
            said = next((each.dire for each in parameter.choix if each.valeur == value), "")
            amount = f"{shown_number(f'{value.normalize():f}')} {parameter.unite}".strip()
            yield f"{parameter.libelle}\u202f: {amount}" + (f" ({said})" if said else "")


def _steps(access: Access, plan: Plan, protocol: Protocol) -> Iterator[WholeStep]:
    rows = list(PlanStep.objects.filter(plan=plan).order_by("due_at", "id"))
    opened = record.entries_of({row.document_id for row in rows if row.document_id is not None}, access=access)
    for row in rows:
        step = protocol.step(row.step)
        codes = step.qui if step is not None else (row.role_code,)
        yield WholeStep(
            says=step.quoi if step is not None else row.step,
            who=" ou ".join(professionals.PROFESSIONS.get(code, "Patient").lower() for code in codes),
            state=StepState(row.state), opens_at=row.opens_at, due_at=row.due_at, late_at=row.late_at,
            done_at=row.done_at, done_by=row.done_by, reason=row.reason,
            evidence=row.evidence if row.document_id is None or row.document_id in opened else "",
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ as FHIR

_STATUSES: Final[dict[str, shapes.PlanStatus]] = {
    "attente": "draft", "actif": "active", "pause": "on-hold", "fin": "completed",
}  # fmt: skip
_ACTIVITIES: Final[dict[str, shapes.ActivityStatus]] = {
    "a_venir": "scheduled", "demandee": "in-progress", "faite": "completed", "non_faite": "stopped",
    "annulee": "cancelled",
}  # fmt: skip
_GOALS: Final[dict[str, shapes.GoalStatus]] = {
    Goal.State.CURRENT: "active", Goal.State.REACHED: "completed", Goal.State.PARTLY: "completed",
    Goal.State.MISSED: "completed", Goal.State.DROPPED: "cancelled",
}  # fmt: skip


def plan_as_fhir(plan: WholePlan, *, patient: Resource, goal_at: Callable[[UUID], Resource]) -> Resource:
    """`patient`, and `goal_at` of a goal: references that the reader can follow."""
    ended = f"{plan.state}\u202f: {plan.end_reason}" if plan.end_reason else plan.state
    return shapes.care_plan(
        shapes.DescribedPlan(
            uuid=str(plan.uuid), patient=patient, protocol=plan.code, version=plan.number, title=plan.title,
            nature=plan.nature, status="revoked" if plan.is_declined else _STATUSES[plan.kind], state=ended,
            created_at=plan.proposed_at, starts_at=plan.included_at, ends_at=plan.ended_at, author=plan.included_by,
            goals=[goal_at(each.uuid) for each in plan.goals], activities=[_activity(each) for each in plan.steps],
            notes=[each for each in (plan.consent, *plan.targets, plan.text) if each],
        )
    )  # fmt: skip


def _activity(step: WholeStep) -> shapes.DescribedActivity:
    told = " – ".join(each for each in (step.done_by, step.evidence) if each)
    return shapes.DescribedActivity(
        says=step.says, who=step.who, status=_ACTIVITIES[step.state], starts_at=step.opens_at, ends_at=step.late_at,
        reason=step.reason, done_at=step.done_at, told=told if step.done_at else "",
    )  # fmt: skip


def goal_as_fhir(goal: Goal, *, patient: Resource) -> Resource:
    return shapes.goal(
        shapes.DescribedGoal(
            uuid=str(goal.uuid), patient=patient, status=_GOALS[goal.state], state=Goal.State(goal.state).label,
            is_reached=goal.state == Goal.State.REACHED, says=goal.text, author=goal.by,
            is_of_patient=goal.is_of_patient, since=clock.in_paris(goal.at).date(),
            changed_on=clock.in_paris(goal.changed_at).date(),
        )
    )  # fmt: skip
