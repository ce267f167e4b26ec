"""Who attends a session: expected with their consent and after their shared assessment, there or not, and what was
learned. Each writing takes the key to the patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.text import storable
from maillon.pathways import protocols
from maillon.pathways import refusals as of_plans
from maillon.pathways.education import refusals, sessions
from maillon.pathways.including import PLAN_TYPE, may_keep
from maillon.pathways.models import Attendance, EducationSession, Goal, Plan, PlanStep
from maillon.pathways.moving import kept
from maillon.pathways.states import AttendanceState, SessionState, StepState

ASSESSMENT: Final = "BEP"  # the form of the shared educational assessment
LONGEST: Final = 1000


@transaction.atomic
def enrol(access: Access, session_uuid: UUID, plan_uuid: UUID, *, goal: UUID | None = None) -> Attendance:
    """Idempotent. Without a word on the competency, the one of the contract that the session works on. Raises
    AccessDenied, E-ETP-02, -11, -14, E-PRO-09, -16; too large a group is kept as a warning (E-ETP-08)."""
    plan, _ = kept(access, plan_uuid)
    with access_room.wall.beside():  # the session is of many: its row, and how many are expected
        found = sessions.find(access.actor, session_uuid)
        row = EducationSession.objects.select_for_update(of=("self",)).get(pk=found.pk)
        is_taken = row.kind == "individuelle" and sessions.expected_in(row).exclude(plan=plan).exists()
    if (row.structure_id, row.code) != (plan.structure_id, plan.version.code):
        raise of_plans.NO_PLAN
    if row.state != SessionState.PLANNED:
        raise refusals.NOT_THE_MOMENT
    demand_ready(plan)
    if is_taken:
        raise refusals.ONE_PERSON
    made, _ = Attendance.objects.get_or_create(
        session=row, plan=plan,
        defaults={
            "patient_id": access.patient_id, "goal": _goal(plan, row, goal), "at": clock.now(),
            "by": access.actor.label, "type_bit": access_room.matrix.bit_of(PLAN_TYPE),
            "author_professional_id": access.actor.professional_id,
        },
    )  # fmt: skip
    with access_room.wall.beside():
        sessions.warn_if_crowded(row)
    return made


@transaction.atomic
def mark(access: Access, attendance_uuid: UUID, *, state: str, learned: str = "") -> None:
    """There or not, and what was learned; also when the session has been held, and of a patient who left since. Raises
    AccessDenied, E-ETP-11, -13, E-PRO-09, -16, -19."""
    if not may_keep(access):
        raise of_plans.NOT_YOURS
    visible = Attendance.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    row = visible.select_for_update(of=("self",)).filter(uuid=attendance_uuid).select_related("session").first()
    if row is None or state not in AttendanceState.values:
        raise of_plans.NO_PLAN
    with access_room.wall.beside():
        sessions.find(access.actor, row.session.uuid)
    if row.session.state == SessionState.CANCELLED:
        raise refusals.NOT_THE_MOMENT
    said = storable(learned).strip()
    if len(said) > LONGEST:
        raise refusals.TOO_LONG
    is_to_come = clock.in_paris(row.session.at).date() > clock.today()
    if is_to_come and state in (AttendanceState.PRESENT, AttendanceState.ABSENT):
        raise refusals.TOO_SOON
    row.state, row.learned, row.at, row.by = state, said, clock.now(), access.actor.label
    row.save(update_fields=["state", "learned", "at", "by"])


def demand_ready(plan: Plan) -> None:
    """Consent first, then the shared assessment: the step of the plan that fills it is done. Raises E-ETP-02."""
    if plan.consent_at is None or plan.consent_withdrawn_at is not None:
        raise refusals.NO_CONSENT
    if not is_assessed(plan):
        raise refusals.NO_ASSESSMENT


def is_assessed(plan: Plan) -> bool:
    return plan.pk in assessed([plan])


def assessed(plans: Sequence[Plan]) -> set[int]:
    """Numbers of the plans whose shared assessment is done."""
    steps = {
        plan.pk: {step.id for step in protocols.protocol_of(plan.version).etapes if step.formulaire == ASSESSMENT}
        for plan in plans
    }
    done = PlanStep.objects.filter(plan__in=list(steps), state=StepState.DONE).values_list("plan_id", "step")
    return {number for number, step in done if step in steps[number]}


def _goal(plan: Plan, row: EducationSession, chosen: UUID | None) -> Goal | None:
    agreed = list(Goal.objects.filter(plan=plan).exclude(family="").order_by("id"))
    if chosen is not None:
        return next((each for each in agreed if each.uuid == chosen), None)
    return next((each for each in agreed if each.text in row.competencies), None)
