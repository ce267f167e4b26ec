"""Declaring a protocol and its team to the authority, and what its silence means.

Coopération: the date of the declaration is that of the effective start (CSP D4011-4); every change of the team is
declared. ETP: a file about which the ARS says nothing for two months is deemed complete (ordonnance du 18/11/2020,
arrêté du 30/12/2020). The platform makes the file and keeps its proof; a person sends it on the national site.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock, periodic
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import protocols, teams
from maillon.pathways.guards import Situation, rule
from maillon.pathways.models import Declaration, ProtocolVersion
from maillon.pathways.states import DECLARATION, DeclarationState, MemberState


@dataclass(frozen=True, slots=True)
class Piece:
    """What the file must hold: there (and what it is), or missing."""

    title: str
    said: str
    is_there: bool


@transaction.atomic
def declare(actor: Actor, version: ProtocolVersion, *, on: dt.date, reference: str = "") -> Declaration:
    """The file of this team is sent on that day. Raises E-PRO-21, -24 (no authority), and the refusals of the rules of
    the team (E-COOP-01, -11, E-ETP-01…)."""
    teams.demand_holder(actor, version)
    team = teams.team_of(version)
    if team.protocol.declaration is None:
        raise UserMessage("E-PRO-24", "Ce protocole n’est déclaré à personne.")
    teams.demand_rules(_as_declared(team))
    return Declaration.objects.create(
        structure_id=version.structure_id, code=version.code, version=version, filed_on=on, team=team.snapshot(),
        reference=storable(reference)[:100], by=actor.label,
    )  # fmt: skip


def _as_declared(team: teams.Team) -> teams.Team:
    """The rule « déclaration à jour » is what declaring answers: it is not asked of it."""
    declaration = Declaration(team=team.snapshot(), filed_on=clock.today())
    return teams.Team(team.version, team.protocol, team.lines, declaration)


@transaction.atomic
def note_answer(actor: Actor, version: ProtocolVersion, declaration: UUID, *, accepted: bool, said: str = "") -> None:
    """What the authority answered. Raises E-PRO-20, -21, -25."""
    teams.demand_holder(actor, version)
    row = Declaration.objects.select_for_update(of=("self",)).filter(uuid=declaration, code=version.code,
                                                       structure_id=version.structure_id).first()  # fmt: skip
    if row is None:
        raise UserMessage("E-PRO-25", "Cette déclaration n’existe pas.")
    row.state = DECLARATION.target("accept" if accepted else "refuse", source=row.state)
    row.answered_on, row.answer = clock.today(), storable(said)[:500]
    row.save()


@periodic.every(dt.timedelta(hours=1), "déclarations réputées complètes")
def deem_complete() -> int:
    """Files about which the authority has been silent for as long as the text says. Part of the sweep; returns how
    many."""
    count = 0
    for row in Declaration.objects.filter(state=DeclarationState.FILED).select_related("version"):
        declared = protocols.protocol_of(row.version).declaration
        if declared is None or declared.silence is None:
            continue
        if declared.silence.after(clock.midnight(row.filed_on)) <= clock.now():
            silent = Declaration.objects.filter(pk=row.pk, state=DeclarationState.FILED)  # an answer may have come
            count += silent.update(state=DECLARATION.target("deem", source=row.state), answered_on=clock.today())
    return count


def checklist(version: ProtocolVersion) -> list[Piece]:
    """The pieces of the file, with what the platform knows of each."""
    team = teams.team_of(version)
    declared = team.protocol.declaration
    if declared is None:
        return []
    people = "\u202f; ".join(
        f"{each.member.name}, {each.role.libelle.lower()}, {each.state.label.lower()}" for each in team.lines
    )
    known = {"professionnel": people, "formation": _trainings(team), "structure": str(version.structure)}
    return [_piece(title, known) for title in declared.pieces]


def _piece(title: str, known: dict[str, str]) -> Piece:
    said = next((text for word, text in known.items() if word in title.lower() and text), "")
    return Piece(title=title, said=said, is_there=bool(said))


def _trainings(team: teams.Team) -> str:
    return "\u202f; ".join(
        f"{each.member.name}\u202f: {teams.shown_hours(each.hours)} sur {teams.shown_hours(each.role.formation_heures)}"
        for each in team.lines
        if each.role.formation_heures
    )


# ------------------------------------------------------------------------------------------------ what a plan asks


@rule("protocole_declare")
def _active(situation: Situation) -> str | None:
    return teams.is_active(teams.team_of(situation.plan.version))


@rule("delegue_habilite")
def _entitled(situation: Situation) -> str | None:
    team = teams.team_of(situation.plan.version)
    mine = [each for each in team.of_person(situation.access.actor.professional_id) if each.role.nom == "delegue"]
    if not mine:
        return "vous n’êtes pas dans l’équipe déclarée"
    state = mine[0].state
    return None if state == MemberState.ENTITLED else state.label.lower()


@rule("delegant_disponible")
def _delegator(situation: Situation) -> str | None:
    team = teams.team_of(situation.plan.version)
    others = [
        each
        for each in teams.reachable(team)
        if each.member.professional_id != situation.access.actor.professional_id
    ]
    return None if others else (
        "proposez un rendez-vous médical ordinaire, ou demandez à un délégant de se dire joignable"
    )
