"""Suspending a protocol in a structure (CSP L4011-4): no act is opened from that instant, running patients are handed
to the delegating physicians, and the authority's notice is drafted, without any patient in it. A delegate who is
suspended, or leaves the team, hands over their own.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction

from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import teams
from maillon.pathways.authoring.revision import demand_not_overdue
from maillon.pathways.cooperation import acts, notices, standing
from maillon.pathways.cooperation_states import RUNNING, SuspensionMotive
from maillon.pathways.machine import key_to
from maillon.pathways.models import DelegatedAct, ProtocolVersion, Suspension, TeamMember
from maillon.pathways.states import VERSION, MemberState, VersionState
from maillon.tasks import api as tasks

SEEN_WITHIN: Final = dt.timedelta(hours=24)
_GONE: Final = (MemberState.SUSPENDED, MemberState.WITHDRAWN)


def may_suspend(actor: Actor, version: ProtocolVersion) -> bool:
    """The coordination or a physician of the structure, and who answers for it."""
    is_holder = actor.profession_code in (teams.COORDINATOR, teams.PHYSICIAN) or actor.is_administrator
    return is_holder and actor.kind == "professional" and version.structure_id in actor.structure_ids


@transaction.atomic
def suspend(actor: Actor, version: ProtocolVersion, *, motive: SuspensionMotive, reason: str) -> Suspension:
    """At once. Raises E-PRO-21, E-PRO-03 (not in force), E-PRO-17 (no reason)."""
    if not may_suspend(actor, version):
        raise teams.NOT_YOURS
    said = storable(reason).strip()[:500]
    if len(said) < 3:  # noqa: PLR2004
        raise UserMessage("E-PRO-17", "Dites en quelques mots pourquoi le protocole est suspendu.")
    row = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    row.state, row.changed_at = VERSION.target("suspend", source=row.state), clock.now()
    row.ended_reason = motive.label
    row.save()
    return follow(row, by=actor.label, motive=motive, reason=said)


def follow(version: ProtocolVersion, *, by: str, motive: SuspensionMotive, reason: str) -> Suspension:
    """What a suspension entails, whoever decided it."""
    team = teams.team_of(version)
    handed = hand_over(team, why="le protocole de coopération est suspendu")
    made = Suspension.objects.create(
        structure_id=version.structure_id, code=version.code, version=version, motive=motive, reason=reason[:500],
        at=clock.now(), by=by[:200], handed_over=handed,
    )
    notices.draft_suspension(team, made, by=by)
    return made


@transaction.atomic
def suspend_member(actor: Actor, version: ProtocolVersion, member: UUID, *, reason: str) -> None:
    """Raises E-PRO-21, -22."""
    _hand_over_of(version, teams.suspend(actor, version, member, reason=reason))


@transaction.atomic
def withdraw_member(actor: Actor, version: ProtocolVersion, member: UUID) -> None:
    """Raises E-PRO-21, -22."""
    _hand_over_of(version, teams.withdraw(actor, version, member))


def _hand_over_of(version: ProtocolVersion, member: TeamMember) -> None:
    if member.role == standing.DELEGATE:
        delegate = ProfessionalId(member.professional_id)
        hand_over(teams.team_of(version), why="son délégué n’est plus habilité", delegate=delegate)


def hand_over(team: teams.Team, *, why: str, delegate: ProfessionalId | None = None) -> int:
    """Every running patient, or those of one delegate, to a delegating physician who can be reached, else to the first
    of them, else to the physicians. How many."""
    version, now = team.version, clock.now()
    others = (each for each in team.of_role(standing.DELEGATOR) if each.state not in _GONE)
    line = next(iter((*teams.reachable(team), *others)), None)
    running = DelegatedAct.objects.filter(
        structure_id=version.structure_id, version__code=version.code, state__in=RUNNING
    ).select_for_update(of=("self",)).select_related("version")  # fmt: skip
    if delegate is not None:
        running = running.filter(delegate_id=delegate)
    for act in running:
        tasks.ask(
            key_to(act.patient_id), uuid=uuid5(act.uuid, f"suspension/{now.isoformat()}"),
            title=f"Reprendre le patient\u202f: {why}", structure_id=StructureId(act.structure_id),
            due_at=now + SEEN_WITHIN, role_code=teams.PHYSICIAN,
            professional_id=ProfessionalId(line.member.professional_id) if line else None,
            origin=f"acte:{act.uuid}/suspension", reason=f"{act.version.code}, {act.version.title}"[:500],
        )  # fmt: skip
        act.handed_over_at = now
        act.save(update_fields=["handed_over_at"])
    return len(running)


@transaction.atomic
def lift(actor: Actor, version: ProtocolVersion, *, reason: str) -> None:
    """Raises E-PRO-03, -17, -21, -55 (its revision is overdue)."""
    if not may_suspend(actor, version):
        raise teams.NOT_YOURS
    said = storable(reason).strip()[:500]
    if len(said) < 3:  # noqa: PLR2004
        raise UserMessage("E-PRO-17", "Dites en quelques mots ce qui permet de reprendre.")
    row = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    row.state, row.changed_at = VERSION.target("lift", source=row.state), clock.now()
    demand_not_overdue(row)
    row.ended_reason = ""
    row.save()
    close_last(row, by=actor.label, reason=said)


def close_last(version: ProtocolVersion, *, by: str, reason: str) -> None:
    Suspension.objects.filter(
        structure_id=version.structure_id, code=version.code, lifted_at__isnull=True
    ).update(lifted_at=clock.now(), lifted_by=by[:200], lifted_reason=reason[:500])


def history(version: ProtocolVersion) -> list[Suspension]:
    found = Suspension.objects.filter(structure_id=version.structure_id, code=version.code)
    return list(found.order_by("-at", "-id"))


def of_structure(actor: Actor, uuid: UUID) -> ProtocolVersion | None:
    """A protocol of cooperation of the actor's structures, in force or suspended."""
    return ProtocolVersion.objects.filter(
        uuid=uuid, nature=acts.NATURE, structure_id__in=actor.structure_ids,
        state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED],
    ).select_related("structure").first()  # fmt: skip

