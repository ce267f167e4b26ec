"""A delegated act, and the cooperation of a structure, as they are shown."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from maillon.access import api as access_room
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.pathways import declarations, including, protocols, teams
from maillon.pathways.cooperation import (
    acting,
    acts,
    annual,
    examining,
    incidents,
    notices,
    papers,
    standing,
    suspending,
)
from maillon.pathways.cooperation_states import ActState
from maillon.pathways.definition import DerogatoryAct as Listed
from maillon.pathways.definition import Node, Protocol
from maillon.pathways.eligibility import Eligibility
from maillon.pathways.eligibility import judge as judged
from maillon.pathways.models import (
    AdverseEvent,
    AuthorityNotice,
    Declaration,
    DelegatedAct,
    DelegatedCall,
    DerogatoryAct,
    ProtocolVersion,
    Suspension,
)
from maillon.pathways.states import MemberState, VersionState
from maillon.questions.api import subject_of

# ------------------------------------------------------------------------------------------------ an act


@dataclass(frozen=True, slots=True, kw_only=True)
class ActLine:
    uuid: UUID
    plan_uuid: UUID
    title: str
    code: str
    state: ActState
    delegate: str
    opened_at: dt.datetime
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """`why_not`: why the patient may not be taken charge of, at the eligibility. `asked`: the questions of the node, in
    the words of the questionnaire. `is_mine`: the reader leads it."""

    act: DelegatedAct
    protocol: Protocol
    state: ActState
    is_mine: bool
    may_keep: bool
    why_not: str
    eligibility: Eligibility | None
    examination: examining.Examination | None
    asked: tuple[forms.Line, ...]
    delegators: tuple[teams.MemberLine, ...]
    calls: tuple[DelegatedCall, ...]
    derogatory: tuple[DerogatoryAct, ...]
    allowed: tuple[Listed, ...]
    sick_note_bound: int | None
    events: tuple[AdverseEvent, ...]
    motives: tuple[str, ...]
    ends: tuple[str, ...]
    is_reported: bool
    suspended: str

    @property
    def node(self) -> Node | None:
        return self.examination.node if self.examination is not None else None


def of_record(access: Access) -> dict[UUID, ActLine]:
    """Acts of the record that the key opens, by their plan."""
    if not including.may_read(access):
        return {}
    found = acts.visible(access).order_by("-opened_at")
    return {
        act.plan.uuid: ActLine(
            uuid=act.uuid, plan_uuid=act.plan.uuid, title=act.version.title, code=act.version.code,
            state=ActState(act.state), delegate=act.delegate_name, opened_at=act.opened_at, is_over=act.plan.is_over,
        )
        for act in found
    }  # fmt: skip


def one(access: Access, act_uuid: UUID, *, at: str = "") -> ActView:
    """`at`: the node to come back to. Raises AccessDenied."""
    act = acts.visible(access).filter(uuid=act_uuid).first() if including.may_read(access) else None
    if act is None:
        raise access_room.AccessDenied
    protocol, state = protocols.protocol_of(act.version), ActState(act.state)
    is_mine = act.delegate_id == access.actor.professional_id
    found = examining.examine(access, act, protocol) if is_mine and state in (ActState.EXAM, ActState.CALL) else None
    team = standing.team_of(act)
    return ActView(
        act=act, protocol=protocol, state=state, is_mine=is_mine, may_keep=including.may_keep(access),
        why_not=_why_not(access, act, protocol) if state == ActState.ELIGIBILITY else "",
        eligibility=_eligibility(access, protocol) if state == ActState.ELIGIBILITY else None,
        examination=found, asked=_asked(found, protocol, at),
        delegators=tuple(each for each in team.of_role(standing.DELEGATOR) if each.state == MemberState.ENTITLED),
        calls=tuple(act.calls.order_by("at", "id")), derogatory=tuple(act.derogatory.order_by("at", "id")),
        allowed=tuple(
            each for each in protocol.actes_derogatoires if each.profession_deleguee == access.actor.profession_code
        ),
        sick_note_bound=acting.sick_note_bound(act, protocol),
        events=tuple(incidents.visible(access).filter(act=act).order_by("-declared_at")),
        motives=protocol.state(acts.HANDED).motifs, ends=protocol.state(acts.CLOSED).motifs,
        is_reported=acting.is_reported(act, protocol) if act.decided_at is not None else False,
        suspended=teams.is_active(team) or "",
    )  # fmt: skip


def _eligibility(access: Access, protocol: Protocol) -> Eligibility:
    return judged(protocol, subject_of(access), today=clock.today())


def _why_not(access: Access, act: DelegatedAct, protocol: Protocol) -> str:
    try:
        standing.demand_team(access, act.version)
        acts.demand_patient(access, act, protocol)
    except UserMessage as refusal:
        return refusal.message
    return ""


def _asked(found: examining.Examination | None, protocol: Protocol, at: str) -> tuple[forms.Line, ...]:
    """What the node needs, or all that the node to come back to read; at an issue, what may come later."""
    if found is None or found.view is None:
        return ()
    lines = found.view.sheet.lines
    back = next((each.node for each in found.passed if each.node.id == at), None)
    if back is not None:
        codes = examining.questions_of(back, examining.form_of(protocol), found.view)
    elif found.asks:
        codes = examining.questions_of(found.node, examining.form_of(protocol), found.view)
    else:
        codes = found.awaits
    return tuple(lines[code] for code in codes)


# ------------------------------------------------------------------------------------------------ a structure


@dataclass(frozen=True, slots=True, kw_only=True)
class CooperationLine:
    version: ProtocolVersion
    not_active: str
    entitled: int
    delegates: int
    reachable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CooperationView:
    team: teams.Team
    not_active: str
    lacks: tuple[str, ...]
    pieces: tuple[declarations.Piece, ...]
    declarations: tuple[Declaration, ...]
    reachable: tuple[teams.MemberLine, ...]
    mine: tuple[teams.MemberLine, ...]
    candidates: tuple[tuple[str, str, tuple[tuple[ProfessionalId, str], ...]], ...]
    events: tuple[AdverseEvent, ...]
    suspensions: tuple[Suspension, ...]
    notices: tuple[AuthorityNotice, ...]
    report: annual.Report | None
    report_refusal: str
    my_opinion: int | None
    may_report: bool
    may_hold: bool
    may_suspend: bool

    @property
    def version(self) -> ProtocolVersion:
        return self.team.version

    @property
    def protocol(self) -> Protocol:
        return self.team.protocol

    @property
    def is_suspended(self) -> bool:
        return self.version.state == VersionState.SUSPENDED


def of_structures(actor: Actor) -> list[CooperationLine]:
    found = ProtocolVersion.objects.filter(
        nature=acts.NATURE, structure_id__in=actor.structure_ids,
        state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED],
    ).select_related("structure").order_by("title")  # fmt: skip
    return [_line(teams.team_of(version)) for version in found]


def _line(team: teams.Team) -> CooperationLine:
    delegates = team.of_role(standing.DELEGATE)
    return CooperationLine(
        version=team.version, not_active=teams.is_active(team) or "",
        entitled=sum(each.state == MemberState.ENTITLED for each in delegates), delegates=len(delegates),
        reachable=tuple(each.member.name for each in teams.reachable(team)),
    )


def of_version(actor: Actor, version_uuid: UUID, *, year: int) -> CooperationView:
    """Raises AccessDenied for a protocol that is not of the actor's structures."""
    version = suspending.of_structure(actor, version_uuid)
    if version is None or actor.kind != "professional":
        raise access_room.AccessDenied
    team = teams.team_of(version)
    may_report = annual.may_report(actor, version)
    report, refusal = _report(actor, version, year) if may_report else (None, "")
    declared = Declaration.objects.filter(structure_id=version.structure_id, code=version.code)
    return CooperationView(
        team=team, not_active=teams.is_active(team) or "", lacks=lacks(team), pieces=tuple(papers.pieces(version)),
        declarations=tuple(declared.order_by("-filed_on", "-id")),
        reachable=teams.reachable(team), mine=team.of_person(actor.professional_id), candidates=teams.candidates(team),
        events=tuple(incidents.of_version(actor, version)), suspensions=tuple(suspending.history(version)),
        notices=tuple(notices.of_version(version)), report=report, report_refusal=refusal,
        may_report=may_report, my_opinion=annual.my_opinion(actor, version), may_hold=teams.may_hold(actor, version),
        may_suspend=suspending.may_suspend(actor, version),
    )  # fmt: skip


def lacks(team: teams.Team) -> tuple[str, ...]:
    """What is missing before the protocol may be declared, or declared again, in the words of its rules."""
    found = [f"{rule.dire}\u202f: {missing}." for rule, missing in teams.rules_not_kept(team)]
    found += [
        f"{each.member.name}\u202f: {each.state.label.lower()}"
        + (f", {teams.shown_hours(each.missing)} à faire." if each.missing else ".")
        for each in team.lines
        if each.state in (MemberState.TRAINING, MemberState.TRAINED, MemberState.EXPIRED, MemberState.TO_DECLARE)
    ]
    return tuple(dict.fromkeys(found))


def _report(actor: Actor, version: ProtocolVersion, year: int) -> tuple[annual.Report | None, str]:
    try:
        return annual.of_year(actor, version, year), ""
    except UserMessage as refusal:
        return None, refusal.message
