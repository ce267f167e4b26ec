"""A programme of a structure: who may see and keep it, whether it may run, the charter that its team signs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.pathways import teams
from maillon.pathways.education import refusals
from maillon.pathways.education.rules import rules
from maillon.pathways.guards import Situation, rule
from maillon.pathways.models import CharterSignature, Declaration, ProtocolVersion
from maillon.pathways.states import MemberState, VersionState
from maillon.pathways.teams import MemberLine, Team

NATURE: Final = "etp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Educator:
    """A member of the team, in this programme. `missing`: of the hours that the text asks of everybody."""

    line: MemberLine
    missing: Decimal
    signed_on: dt.date | None


def version_of(actor: Actor, uuid: UUID) -> ProtocolVersion:
    """For its team, and for who answers for teams in the structure. Raises AccessDenied, alike for one that is not
    there."""
    version = ProtocolVersion.objects.filter(
        uuid=uuid, nature=NATURE, structure_id__in=list(actor.structure_ids),
        state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED],
    ).first()  # fmt: skip
    if version is None or not is_of_it(actor, teams.team_of(version)):
        raise access_room.AccessDenied
    return version


def is_of_it(actor: Actor, team: Team) -> bool:
    if actor.kind != "professional" or team.version.structure_id not in actor.structure_ids:
        return False
    return answers_for(actor, team) or bool(team.of_person(actor.professional_id))


def answers_for(actor: Actor, team: Team) -> bool:
    try:
        teams.demand_holder(actor, team.version)
    except UserMessage:
        return False
    return True


def of_actor(actor: Actor) -> list[ProtocolVersion]:
    """The programmes in force that the actor may open."""
    found = ProtocolVersion.objects.filter(
        nature=NATURE, structure_id__in=list(actor.structure_ids), state=VersionState.IN_FORCE
    )
    return [version for version in found.order_by("title", "id") if is_of_it(actor, teams.team_of(version))]


def educators(team: Team) -> list[Educator]:
    signed = dict(
        CharterSignature.objects.filter(
            member__in=[line.member for line in team.lines], version=rules().charte.version
        ).values_list("member_id", "at")
    )
    return [
        Educator(
            line=line, missing=missing_hours(line),
            signed_on=clock.in_paris(signed[line.member.pk]).date() if line.member.pk in signed else None,
        )
        for line in team.lines
    ]  # fmt: skip


def missing_hours(line: MemberLine) -> Decimal:
    """Forty hours are asked of whoever takes part (arrêté du 30 décembre 2020), whatever the protocol says."""
    return max(rules().heures_formation - line.hours, Decimal(0))


@transaction.atomic
def sign_charter(actor: Actor, version_uuid: UUID) -> None:
    """By the member themself, for each role that they hold. Idempotent. Raises AccessDenied, E-PRO-22."""
    team = teams.team_of(version_of(actor, version_uuid))
    mine = team.of_person(actor.professional_id)
    if not mine:
        raise teams.NO_SUCH
    for line in mine:
        CharterSignature.objects.get_or_create(
            member=line.member, version=rules().charte.version, defaults={"at": clock.now()}
        )


# ------------------------------------------------------------------------------------------------ may it run


def demand_running(team: Team) -> None:
    """In force, declared, and coordinated by whom the declaration names: another coordinator is declared
    first (CSP L1161-2). Raises E-PRO-14, E-ETP-07."""
    if team.version.state != VersionState.IN_FORCE:
        raise refusals.NOT_IN_FORCE
    declared = team.declaration
    if team.protocol.declaration is None:
        return
    if declared is None or declared.state not in teams.DECLARED or declared.filed_on > clock.today():
        raise refusals.NOT_DECLARED
    now, then = coordinators(team), declared_coordinators(declared)
    if now - then or (then and not now):
        raise refusals.OTHER_COORDINATOR


def coordinators(team: Team) -> set[str]:
    gone = {str(each.member.uuid) for each in team.lines if each.state == MemberState.WITHDRAWN}
    return _coordinators(team.snapshot()) - gone


def declared_coordinators(declared: Declaration) -> set[str]:
    return _coordinators(declared.team)


def _coordinators(named: list[dict[str, object]]) -> set[str]:
    return {str(each["uuid"]) for each in named if each["role"] == "coordonnateur" or each["coordonne"]}


@rule("animateur_forme")
def _is_trained(situation: Situation) -> str | None:
    mine = teams.team_of(situation.plan.version).of_person(situation.access.actor.professional_id)
    if not mine:
        return "vous n’êtes pas dans l’équipe du programme"
    lacking = min(missing_hours(line) for line in mine)
    return f"il vous manque {teams.shown_hours(lacking)} de formation" if lacking else None
