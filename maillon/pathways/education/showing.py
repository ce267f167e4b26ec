"""The education of patients as its team sees it: a programme, one of its sessions, the list to be signed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import F

from maillon.access import api as access_room
from maillon.formats import sheet_write
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, StructureId
from maillon.kernel.message import UserMessage
from maillon.pathways import declarations, protocols, teams
from maillon.pathways.definition import Protocol, State
from maillon.pathways.education import attendance, programme, reports, sessions
from maillon.pathways.education.programme import Educator
from maillon.pathways.education.rules import Charter, rules
from maillon.pathways.models import (
    Attendance,
    Declaration,
    EducationSession,
    Plan,
    ProgrammeReport,
    ProtocolVersion,
)
from maillon.pathways.states import AttendanceState, SessionState
from maillon.professionals import api as professionals

MOST_LISTED: Final = 200
ENDED_SINCE: Final = dt.timedelta(days=365)
BLANK_LINES: Final = 3  # of an attendance list, for whoever comes without being expected


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    patient_id: PatientId
    patient_uuid: UUID
    plan_uuid: UUID
    since: dt.datetime | None
    is_assessed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """`expected`: among the patients whom the reader may see."""

    session: EducationSession
    facilitators: tuple[str, ...]
    expected: int
    present: int

    @property
    def is_late(self) -> bool:
        return self.session.state == SessionState.PLANNED and self.session.at < clock.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    version: ProtocolVersion
    protocol: Protocol
    team: tuple[Educator, ...]
    mine: bool  # the reader is of the team
    has_signed: bool
    may_hold: bool  # answers for the team
    obstacle: str  # why no session may be held today
    charter: Charter
    declaration: Declaration | None
    pieces: tuple[declarations.Piece, ...]
    to_come: tuple[SessionLine, ...]
    past: tuple[SessionLine, ...]
    patients: tuple[tuple[State, tuple[PatientLine, ...]], ...]
    is_cut: bool  # more patients than are shown
    colleagues: tuple[professionals.ProfessionalLine, ...]
    reports: tuple[ProgrammeReport, ...]


def programme_page(actor: Actor, version_uuid: UUID) -> Programme:
    """Raises AccessDenied."""
    version = programme.version_of(actor, version_uuid)
    team = teams.team_of(version)
    educators = programme.educators(team)
    lines = _session_lines(actor, version)
    mine = [each for each in educators if each.line.member.professional_id == actor.professional_id]
    may_hold, plans = programme.answers_for(actor, team), _plans(actor, version)
    return Programme(
        version=version, protocol=team.protocol, team=tuple(educators), mine=bool(mine),
        has_signed=all(each.signed_on for each in mine), may_hold=may_hold, obstacle=_obstacle(team),
        charter=rules().charte, declaration=team.declaration, pieces=tuple(declarations.checklist(version)),
        to_come=tuple(sorted((each for each in lines if each.session.state == SessionState.PLANNED),
                             key=lambda each: each.session.at)),
        past=tuple(each for each in lines if each.session.state != SessionState.PLANNED),
        patients=_by_state(plans[:MOST_LISTED], team.protocol), is_cut=len(plans) > MOST_LISTED,
        colleagues=_colleagues(version, team) if may_hold else (), reports=tuple(reports.listed(version)),
    )  # fmt: skip


def _obstacle(team: teams.Team) -> str:
    try:
        programme.demand_running(team)
    except UserMessage as refusal:
        return f"{refusal.message} ({refusal.code})"
    return ""


def _colleagues(version: ProtocolVersion, team: teams.Team) -> tuple[professionals.ProfessionalLine, ...]:
    """Who could join, of the professions that a role is open to."""
    roles = team.protocol.equipe.roles if team.protocol.equipe else ()
    wanted = {code for role in roles for code in role.professions}
    here = professionals.active_members(StructureId(version.structure_id))
    return tuple(each for each in here if each.profession_code in wanted)


def _session_lines(actor: Actor, version: ProtocolVersion) -> list[SessionLine]:
    """The latest first."""
    found = EducationSession.objects.filter(structure_id=version.structure_id, code=version.code)
    rows = list(found.order_by("-at", "-id").prefetch_related("facilitators")[:MOST_LISTED])
    seen = Counter(_visible(actor).filter(session__in=rows).values_list("session_id", "state"))
    gone = Counter(_visible(actor).filter(session__in=rows, plan__is_over=True).values_list("session_id", "state"))
    return [
        SessionLine(
            session=row, facilitators=tuple(each.name for each in row.facilitators.all()),
            expected=sum(n for (number, state), n in (seen - gone).items()
                         if number == row.pk and state != AttendanceState.EXCUSED),
            present=seen[row.pk, AttendanceState.PRESENT],
        )
        for row in rows
    ]  # fmt: skip


def _visible(actor: Actor) -> Any:
    return Attendance.objects.filter(
        access_room.rule.VisibleTo(actor), patient_id__in=access_room.rule.visible_patients(actor).values("id")
    )


def _by_state(plans: Sequence[Plan], protocol: Protocol) -> tuple[tuple[State, tuple[PatientLine, ...]], ...]:
    """In the order of the states, who entered first before; those of a former version that the present one does not
    know come last."""
    assessed = attendance.assessed(plans)
    former = (protocols.protocol_of(plan.version).state(plan.state) for plan in plans)
    states = {state.nom: state for state in (*former, *reversed(protocol.etats))}
    order = [state.nom for state in protocol.etats]
    found = []
    for state in sorted(states.values(), key=lambda each: order.index(each.nom) if each.nom in order else len(order)):
        lines = tuple(
            PatientLine(
                patient_id=PatientId(plan.patient_id), patient_uuid=plan.patient.uuid, plan_uuid=plan.uuid,
                since=plan.ended_at or plan.included_at or plan.proposed_at, is_assessed=plan.pk in assessed,
            )
            for plan in reversed(plans)
            if plan.state == state.nom
        )
        if lines:
            found.append((state, lines))
    return tuple(found)


def _plans(actor: Actor, version: ProtocolVersion, *, open_only: bool = False) -> list[Plan]:
    """Of patients whom the reader may open; ended for a year at most. The latest first, and one more than is shown: who
    has just entered is not cut out by those of long ago."""
    found = Plan.objects.filter(
        access_room.rule.VisibleTo(actor), version__code=version.code, structure_id=version.structure_id,
        patient_id__in=access_room.rule.visible_patients(actor).values("id"), refused_at__isnull=True,
    ).select_related("patient", "version")  # fmt: skip
    if open_only:
        found = found.filter(is_over=False)
    else:
        found = found.exclude(is_over=True, ended_at__lt=clock.now() - ENDED_SINCE)
    latest_first = (F("included_at").desc(nulls_first=True), "-id")
    return list(found.order_by("is_over", *latest_first)[: MOST_LISTED + 1])


# ------------------------------------------------------------------------------------------------ one session


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceLine:
    uuid: UUID
    patient_id: PatientId
    patient_uuid: UUID
    plan_uuid: UUID
    state: AttendanceState
    learned: str
    competency: str
    has_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    session: EducationSession
    state: SessionState
    people: tuple[str, ...]
    observers: tuple[str, ...]
    lacks: tuple[UserMessage, ...]
    lines: tuple[AttendanceLine, ...]
    others: tuple[PatientLine, ...]  # of the programme, who could be expected
    is_past: bool  # its hour has come

    @property
    def patients(self) -> set[PatientId]:
        """Whom it names."""
        return {each.patient_id for each in self.lines} | {each.patient_id for each in self.others}


def session_page(actor: Actor, session_uuid: UUID) -> SessionPage:
    """Raises AccessDenied."""
    row = sessions.find(actor, session_uuid)
    found = _visible(actor).filter(session=row).select_related("patient", "plan", "goal").order_by("id")
    lines = tuple(
        AttendanceLine(
            uuid=each.uuid, patient_id=PatientId(each.patient_id), patient_uuid=each.patient.uuid,
            plan_uuid=each.plan.uuid, state=AttendanceState(each.state), learned=each.learned,
            competency=each.goal.text if each.goal else "", has_left=each.plan.is_over,
        )
        for each in found
    )  # fmt: skip
    here = {each.plan_uuid for each in lines}
    plans = [plan for plan in _plans(actor, row.version, open_only=True) if plan.uuid not in here]
    assessed = attendance.assessed(plans)
    people = list(row.facilitators.order_by("id"))
    return SessionPage(
        session=row, state=SessionState(row.state), lines=lines,
        people=tuple(_named(each.name, each.organization) for each in people if not each.is_observer),
        observers=tuple(_named(each.name, each.organization) for each in people if each.is_observer),
        lacks=tuple(sessions.lacks(row)), is_past=row.at <= clock.now(),
        others=tuple(
            PatientLine(
                patient_id=PatientId(plan.patient_id), patient_uuid=plan.patient.uuid, plan_uuid=plan.uuid,
                since=plan.included_at, is_assessed=plan.pk in assessed,
            )
            for plan in plans
        ) if row.state == SessionState.PLANNED else (),
    )  # fmt: skip


def _named(name: str, organization: str) -> str:
    return f"{name} ({organization})" if organization else name


def attendance_sheet(actor: Actor, session_uuid: UUID, names: dict[PatientId, str]) -> bytes:
    """The list to be signed, on A4: whoever is expected, and three lines more. `names`: of whom the reader may see."""
    shown = session_page(actor, session_uuid)
    row, at = shown.session, clock.in_paris(shown.session.at)
    kind = sessions.KINDS[row.kind].lower()
    expected = [names.get(each.patient_id, "") for each in shown.lines if not each.has_left]
    lines = [(str(rank), name, "") for rank, name in enumerate([*expected, *("" for _ in range(BLANK_LINES))], 1)]
    return sheet_write.write_sheet(
        sheet_write.Sheet(
            title="Feuille de présence", subtitle=f"{row.title}, séance {kind}",
            structure=str(row.structure), footer=f"{row.version.title}, le {at:%d/%m/%Y}",
            facts=(
                ("Programme", row.version.title), ("Structure", str(row.structure)),
                ("Date", f"{at:%d/%m/%Y} à {at:%H h %M}, {row.minutes} minutes"), ("Lieu", row.place or "…………………………"),
                ("Objectif", row.objective),
            ),
            parts=(
                sheet_write.Part(
                    title="Patients", headers=("", "Nom", "Signature"), widths=(0.3, 3, 3), rows=tuple(lines),
                    row_height=1.1,
                ),
                sheet_write.Part(
                    title="Animateurs", headers=("Nom", "Signature"), widths=(3.3, 3), row_height=1.1,
                    rows=tuple((name, "") for name in (*shown.people, *shown.observers)),
                ),
            ),
        ),
        made_at=clock.now(),
    )  # fmt: skip
