"""The team of a protocol: who volunteers for which role, with which training, declared since when, reachable or not.

A member's state is drawn from dates and never kept: a training that ends its time, a declaration that does not name
them, a suspension close the door of themselves (CSP L4011-1 s., D4011-4; L1161-2 for ETP).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import protocols
from maillon.pathways.definition import Protocol, Role, TeamRule
from maillon.pathways.models import Declaration, ProtocolVersion, TeamMember, Training
from maillon.pathways.states import DeclarationState, MemberState, VersionState
from maillon.professionals import api as professionals

COORDINATOR: Final = "330"
PHYSICIAN: Final = "G15_10"
OF_HEALTH: Final = "G15_"  # JDV_J01: a coordinator, a secretary, a social worker are not
NOT_YOURS: Final = UserMessage(
    "E-PRO-21", "L’équipe d’un protocole est tenue par la coordination ou un médecin de la structure."
)
NO_SUCH: Final = UserMessage("E-PRO-22", "Cette personne n’est pas dans l’équipe de ce protocole.")
DECLARED: Final = (DeclarationState.FILED, DeclarationState.COMPLETE, DeclarationState.DEEMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """`hours`: trained, of the `needed`. `missing`: hours."""

    member: TeamMember
    role: Role
    hours: Decimal
    state: MemberState

    @property
    def missing(self) -> Decimal:
        return max(self.role.formation_heures - self.hours, Decimal(0))


@dataclass(frozen=True, slots=True)
class Team:
    """A protocol in a structure today."""

    version: ProtocolVersion
    protocol: Protocol
    lines: tuple[MemberLine, ...]
    declaration: Declaration | None

    def of_role(self, name: str) -> tuple[MemberLine, ...]:
        return tuple(each for each in self.lines if each.role.nom == name)

    def of_person(self, person: ProfessionalId | None) -> tuple[MemberLine, ...]:
        return tuple(each for each in self.lines if each.member.professional_id == person)

    def snapshot(self) -> list[dict[str, object]]:
        """What a declaration names."""
        return sorted(
            (
                {"uuid": str(each.member.uuid), "role": each.role.nom, "coordonne": each.member.is_coordinator}
                for each in self.lines
            ),
            key=lambda each: str(each["uuid"]),
        )


def team_of(version: ProtocolVersion) -> Team:
    """Whoever has not withdrawn. A version without roles has an empty team."""
    protocol = protocols.protocol_of(version)
    roles = {role.nom: role for role in protocol.equipe.roles} if protocol.equipe else {}
    found = TeamMember.objects.filter(
        structure_id=version.structure_id, code=version.code, withdrawn_on__isnull=True, role__in=roles
    ).prefetch_related("trainings")
    declared = _declaration_of(version)
    here = {each.id for each in professionals.active_members(StructureId(version.structure_id))}
    lines = tuple(
        _line(member, roles[member.role], protocol, declared, is_here=member.professional_id in here)
        for member in found.order_by("role", "name")
    )
    return Team(version, protocol, lines, declared)


def _line(
    member: TeamMember, role: Role, protocol: Protocol, declared: Declaration | None, *, is_here: bool
) -> MemberLine:
    """Whoever does not practise in the structure any more is of its team no longer, though nobody said so."""
    trainings = list(member.trainings.all())
    hours = sum((each.hours for each in trainings), Decimal(0))
    state = _state(member, role, trainings, hours, protocol, declared) if is_here else MemberState.WITHDRAWN
    return MemberLine(member=member, role=role, hours=hours, state=state)


def _state(
    member: TeamMember, role: Role, trainings: Sequence[Training], hours: Decimal, protocol: Protocol,
    declared: Declaration | None,
) -> MemberState:  # fmt: skip
    if member.suspended_at is not None:
        return MemberState.SUSPENDED
    if hours < role.formation_heures:
        return MemberState.TRAINING
    latest = max((each.on for each in trainings), default=None)
    if role.maintien is not None and latest is not None:
        held_until = role.maintien.after(dt.datetime.combine(latest, dt.time(12), clock.PARIS)).date()
        if held_until < clock.today():
            return MemberState.EXPIRED
    if member.habilitated_on is None and role.formation_heures:
        return MemberState.TRAINED
    if protocol.declaration is not None and not _names(declared, member):
        return MemberState.TO_DECLARE
    return MemberState.ENTITLED


def _names(declared: Declaration | None, member: TeamMember) -> bool:
    """Declared, and from that day on: the date of a declaration is that of the effective start (CSP D4011-4)."""
    if declared is None or declared.filed_on > clock.today() or declared.state not in DECLARED:
        return False
    return any(each["uuid"] == str(member.uuid) and each["role"] == member.role for each in declared.team)


def _declaration_of(version: ProtocolVersion) -> Declaration | None:
    """The latest that has taken effect; while there is none, the first to come. One that is to come takes nothing from
    those whom the present one names."""
    found = Declaration.objects.filter(structure_id=version.structure_id, code=version.code)
    latest_first = found.order_by("-filed_on", "-id")
    return latest_first.filter(filed_on__lte=clock.today()).first() or latest_first.last()


# ------------------------------------------------------------------------------------------------ joining


@transaction.atomic
def join(
    actor: Actor, version: ProtocolVersion, *, professional: ProfessionalId, role: str, engaged_on: dt.date,
    is_coordinator: bool = False, industry: str = "",
) -> TeamMember:  # fmt: skip
    """A volunteer, with the date of their signed agreement. Idempotent. Raises E-PRO-21, -22 (not of the profession, or
    not of the structure); E-ETP-04 for somebody of a company of health products (CSP L1161-1)."""
    demand_holder(actor, version)
    protocol = protocols.protocol_of(version)
    wanted = next((each for each in (protocol.equipe.roles if protocol.equipe else ()) if each.nom == role), None)
    here = {each.id: each for each in professionals.active_members(StructureId(version.structure_id))}
    person = here.get(professional)
    if wanted is None or person is None or person.profession_code not in wanted.professions:
        raise UserMessage("E-PRO-22", "Ce rôle n’est pas ouvert à cette personne\u202f: profession, ou structure.")
    if industry.strip():
        raise UserMessage(
            "E-ETP-04", "Une entreprise de produits de santé n’anime ni n’observe de séance (CSP L1161-1)."
        )
    member, _ = TeamMember.objects.get_or_create(
        structure_id=version.structure_id, code=version.code, role=role, professional_id=professional,
        withdrawn_on=None,
        defaults={
            "name": person.name, "profession_code": person.profession_code, "engaged_on": engaged_on,
            "is_coordinator": is_coordinator,
        },
    )  # fmt: skip
    return member


@transaction.atomic
def note_training(
    actor: Actor, version: ProtocolVersion, member: UUID, *, on: dt.date, hours: Decimal, title: str, trainer: str
) -> None:
    """Raises E-PRO-21, -22, -23."""
    row = _member(actor, version, member)
    if not hours.is_finite() or not Decimal(0) < hours <= Decimal(500) or on > clock.today():
        raise UserMessage("E-PRO-23", "Une formation a une date passée et un nombre d’heures.")
    Training.objects.get_or_create(  # sent twice, it was followed once
        member=row, on=on, hours=hours, title=storable(title)[:200], trainer=storable(trainer)[:200]
    )


@transaction.atomic
def entitle(actor: Actor, version: ProtocolVersion, member: UUID) -> None:
    """The hours are there, and whoever answers for the team says so. Raises E-COOP-01 with the hours that are
    missing."""
    row = _member(actor, version, member)
    line = next(each for each in team_of(version).lines if each.member.pk == row.pk)
    if line.missing:
        raise UserMessage(
            "E-COOP-01",
            f"Formation incomplète\u202f: il manque {shown_hours(line.missing)} "
            f"sur {shown_hours(line.role.formation_heures)}.",
        )
    row.habilitated_on, row.suspended_at, row.suspended_reason = clock.today(), None, ""
    row.save()


@transaction.atomic
def suspend(actor: Actor, version: ProtocolVersion, member: UUID, *, reason: str) -> TeamMember:
    row = _member(actor, version, member)
    row.suspended_at, row.suspended_reason = clock.now(), storable(reason).strip()[:500]
    row.save()
    return row


@transaction.atomic
def withdraw(actor: Actor, version: ProtocolVersion, member: UUID) -> TeamMember:
    row = _member(actor, version, member)
    row.withdrawn_on = clock.today()
    row.save()
    return row


@transaction.atomic
def be_reachable(actor: Actor, version: ProtocolVersion, *, until: dt.datetime, phone: str = "") -> None:
    """« Je suis joignable jusqu’à… » of a delegating physician, for themself. Raises E-PRO-22."""
    mine = TeamMember.objects.filter(
        structure_id=version.structure_id, code=version.code, professional_id=actor.professional_id or 0,
        withdrawn_on__isnull=True,
    )  # fmt: skip
    if not mine.update(reachable_until=until, phone=storable(phone)[:30]):
        raise NO_SUCH


def reachable(team: Team) -> tuple[MemberLine, ...]:
    """Delegating physicians who said that they can be reached now."""
    now = clock.now()
    return tuple(
        each
        for each in team.of_role("delegant")
        if each.state == MemberState.ENTITLED and each.member.reachable_until and each.member.reachable_until > now
    )


def may_hold(actor: Actor, version: ProtocolVersion) -> bool:
    return version.structure_id in actor.structure_ids and actor.profession_code in (COORDINATOR, PHYSICIAN)


def demand_holder(actor: Actor, version: ProtocolVersion) -> None:
    """Raises E-PRO-21."""
    if not may_hold(actor, version):
        raise NOT_YOURS


def candidates(team: Team) -> tuple[tuple[str, str, tuple[tuple[ProfessionalId, str], ...]], ...]:
    """By role (name, words): who of the structure has the profession and does not hold it yet."""
    members = professionals.active_members(StructureId(team.version.structure_id))
    return tuple(
        (
            role.nom, role.libelle, tuple(
                (each.id, each.name) for each in members
                if each.profession_code in role.professions
                and each.id not in {line.member.professional_id for line in team.of_role(role.nom)}
            ),
        )
        for role in (team.protocol.equipe.roles if team.protocol.equipe else ())
    )  # fmt: skip


def _member(actor: Actor, version: ProtocolVersion, member: UUID) -> TeamMember:
    demand_holder(actor, version)
    row = TeamMember.objects.select_for_update().filter(
        uuid=member, structure_id=version.structure_id, code=version.code, withdrawn_on__isnull=True
    ).first()  # fmt: skip
    if row is None:
        raise NO_SUCH
    return row


def shown_hours(value: Decimal) -> str:
    return f"{value.normalize():f} h".replace(".", ",")


# ------------------------------------------------------------------------------------------------ rules of a team

Check = Callable[[Team, TeamRule], str | None]


def demand_rules(team: Team) -> None:
    """Raises the refusal of the first rule of the protocol that the team does not keep, with what is missing."""
    for rule, missing in rules_not_kept(team):
        raise UserMessage(rule.refus, f"{rule.dire}\u202f: {missing}.")


def rules_not_kept(team: Team) -> Iterator[tuple[TeamRule, str]]:
    for rule in team.protocol.equipe.regles if team.protocol.equipe else ():
        missing = CHECKS[rule.regle](team, rule)
        if missing is not None:
            yield rule, missing


def _roles_held(team: Team, rule: TeamRule) -> str | None:
    assert team.protocol.equipe is not None
    lacking = [role.libelle for role in team.protocol.equipe.roles if len(team.of_role(role.nom)) < role.au_moins]
    return ", ".join(lacking) or None


def _two_professions(team: Team, rule: TeamRule) -> str | None:
    found = {each.member.profession_code for each in team.lines if each.member.profession_code.startswith(OF_HEALTH)}
    return None if len(found) >= 2 else "une seule profession de santé est représentée"


def _a_physician(team: Team, rule: TeamRule) -> str | None:
    """« Si le coordonnateur n’est pas médecin, l’un des deux professionnels l’est » (arrêté du 30 décembre 2020)."""
    is_there = any(each.member.profession_code == PHYSICIAN for each in team.lines)
    return None if is_there else "aucun médecin n’est dans l’équipe"


def _trained(team: Team, rule: TeamRule) -> str | None:
    lacking = [f"{each.member.name} ({shown_hours(each.missing)} manquent)" for each in team.lines if each.missing]
    return ", ".join(lacking) or None


def _no_company(team: Team, rule: TeamRule) -> str | None:
    found = [each.member.industry for each in team.lines if each.member.industry]
    return ", ".join(found) or None


def _distinct(team: Team, rule: TeamRule) -> str | None:
    delegates = {each.member.professional_id for each in team.of_role("delegue")}
    both = [each.member.name for each in team.of_role("delegant") if each.member.professional_id in delegates]
    return ", ".join(both) or None


def _declared(team: Team, rule: TeamRule) -> str | None:
    if team.declaration is None:
        return "rien n’est déclaré"
    return None if team.declaration.team == team.snapshot() else "l’équipe a changé depuis la déclaration"


def _group(team: Team, rule: TeamRule) -> str | None:
    return None  # asked of each session (sessions.hold)


CHECKS: Final[dict[str, Check]] = {
    "roles_tenus": _roles_held,
    "deux_professions": _two_professions,
    "un_medecin": _a_physician,
    "formations": _trained,
    "pas_d_entreprise": _no_company,
    "delegant_distinct": _distinct,
    "declaration_a_jour": _declared,
    "groupe_max": _group,
}


def is_active(team: Team) -> str | None:
    """None when acts may be opened now; else why not."""
    if team.version.state != VersionState.IN_FORCE:
        return f"il est «\u202f{VersionState(team.version.state).label.lower()}\u202f»"
    if team.protocol.declaration is None:
        return None
    declared = team.declaration
    if declared is None or declared.state not in DECLARED:
        return "il n’est pas déclaré"
    if declared.filed_on > clock.today():
        return f"la déclaration prend effet le {declared.filed_on:%d/%m/%Y}"
    return None
