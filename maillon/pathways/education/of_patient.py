"""One patient's place in a programme, within their plan: the contract, the sessions, the evaluation, what the médecin
traitant may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.kernel.key import Access
from maillon.pathways import protocols, teams
from maillon.pathways.definition import Protocol, State
from maillon.pathways.education import attendance, contract, programme
from maillon.pathways.including import may_keep, may_read
from maillon.pathways.models import Attendance, EducationSession, Goal, Plan
from maillon.pathways.moving import leaving_state
from maillon.pathways.states import AttendanceState, SessionState

MOST_LISTED: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSession:
    attendance: Attendance
    session: EducationSession

    @property
    def state(self) -> str:
        if self.session.state == SessionState.CANCELLED:
            return "Annulée"
        return str(AttendanceState(self.attendance.state).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPage:
    plan: Plan
    protocol: Protocol
    state: State
    contract: tuple[Goal, ...]
    is_assessed: bool
    has_consent: bool
    sessions: tuple[PatientSession, ...]
    to_come: tuple[EducationSession, ...]  # where they could be expected
    agreement: bool | None
    may_keep: bool
    may_send: bool
    motives: tuple[str, ...]  # for leaving
    programme: bool  # the reader is of it


def patient_page(access: Access, plan_uuid: UUID) -> PatientPage:
    """Raises AccessDenied, alike for a plan that is not there and for one that is no programme."""
    visible = Plan.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    plan = visible.select_related("version").filter(uuid=plan_uuid, version__nature=programme.NATURE).first()
    if plan is None or not may_read(access):
        raise access_room.AccessDenied
    protocol = protocols.protocol_of(plan.version)
    rows = Attendance.objects.filter(access_room.rule.VisibleWithin(access), plan=plan)
    attended = tuple(
        PatientSession(attendance=each, session=each.session)
        for each in rows.select_related("session", "goal").order_by("session__at", "id")
    )
    here = {each.session.pk for each in attended}
    with access_room.wall.beside():
        is_of_it = programme.is_of_it(access.actor, teams.team_of(plan.version))
        coming = EducationSession.objects.filter(
            structure_id=plan.structure_id, code=plan.version.code, state=SessionState.PLANNED
        ).exclude(pk__in=here)  # fmt: skip
        to_come = tuple(coming.order_by("at")[:MOST_LISTED]) if is_of_it else ()
    leaving = leaving_state(protocol, protocol.state(plan.state))
    return PatientPage(
        plan=plan, protocol=protocol, state=protocol.state(plan.state), contract=tuple(contract.contract_of(plan)),
        is_assessed=attendance.is_assessed(plan), sessions=attended, to_come=to_come,
        has_consent=plan.consent_at is not None and plan.consent_withdrawn_at is None,
        agreement=contract.agreement_of(plan), may_keep=may_keep(access) and not plan.is_over,
        may_send=contract.may_write_letter(access, protocol) and not plan.is_over, motives=leaving.motifs,
        programme=is_of_it,
    )  # fmt: skip
