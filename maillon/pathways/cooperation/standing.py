"""Who may act under a protocol today: it is active here, and an entitled delegate has somebody to call."""

from __future__ import annotations

from typing import Final

from maillon.kernel.key import Access
from maillon.pathways import teams
from maillon.pathways.cooperation import refusals
from maillon.pathways.cooperation_states import RUNNING
from maillon.pathways.models import DelegatedAct, ProtocolVersion
from maillon.pathways.states import MemberState, VersionState

DELEGATE: Final = "delegue"
DELEGATOR: Final = "delegant"


def demand_team(access: Access, version: ProtocolVersion) -> teams.MemberLine:
    """Active here, by an entitled delegate, with somebody else to call now (CSP L4011-1, D4011-4). Raises E-COOP-01,
    -02, -04, -11."""
    team = teams.team_of(version)
    mine = _entitled(access, team)
    me = access.actor.professional_id
    reachable = {each.member.professional_id for each in teams.reachable(team)}
    if reachable == {me}:
        raise refusals.ONESELF
    if not reachable:
        raise refusals.NO_DELEGATOR
    return mine


def demand_delegate(access: Access, act: DelegatedAct) -> None:
    """Who does something derogatory is entitled today, in a protocol that is active, with the patient's consent. Raises
    E-COOP-01, -03, -04."""
    _entitled(access, team_of(act))
    if act.state not in RUNNING or act.plan.consent_at is None or act.plan.consent_withdrawn_at is not None:
        raise refusals.NO_CONSENT


def _entitled(access: Access, team: teams.Team) -> teams.MemberLine:
    why = teams.is_active(team)
    if why is not None:
        raise refusals.not_active(why)
    mine = [each for each in team.of_person(access.actor.professional_id) if each.role.nom == DELEGATE]
    if not mine:
        raise refusals.not_entitled("vous n’êtes pas délégué dans l’équipe déclarée")
    if mine[0].state != MemberState.ENTITLED:
        raise refusals.not_entitled(mine[0].state.label.lower())
    return mine[0]


def team_of(act: DelegatedAct) -> teams.Team:
    """That of today. An act is led to its end under the version that it was opened with, also when another came into
    force since: the protocol is as active as that one."""
    version = act.version
    if version.state == VersionState.REPLACED:
        later = ProtocolVersion.objects.filter(
            structure_id=version.structure_id, code=version.code,
            state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED],
        )  # fmt: skip
        version = later.first() or version
    return teams.team_of(version)
