"""Sessions of a programme: prepared, held or cancelled, with whoever runs them. Who attends is in `attendance`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import teams
from maillon.pathways.definition import Protocol, Session
from maillon.pathways.education import programme, refusals
from maillon.pathways.education.rules import rules
from maillon.pathways.models import Attendance, EducationSession, Facilitator
from maillon.pathways.states import SESSION, AttendanceState, SessionState

KINDS: Final = {"individuelle": "Individuelle", "collective": "Collective"}
LONGEST: Final = 480  # minutes
SHORTEST_REASON: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsider:
    """Somebody who is not of the team. `is_company`: of a company of health products."""

    name: str
    organization: str = ""
    is_observer: bool = False
    is_company: bool = False
    has_signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A session as it is prepared. Of a `template` of the protocol, what is left empty is as it says."""

    template: str = ""
    title: str = ""
    kind: str = ""
    objective: str = ""
    competencies: tuple[str, ...] = ()
    tools: str = ""
    place: str = ""
    at: dt.datetime | None = None
    minutes: int = 0
    members: tuple[UUID, ...] = ()
    outsiders: tuple[Outsider, ...] = ()


@transaction.atomic
def plan(actor: Actor, version_uuid: UUID, wanted: Wanted) -> EducationSession:
    """Raises AccessDenied, E-ETP-04, -12, E-PRO-14."""
    version = programme.version_of(actor, version_uuid)
    team = teams.team_of(version)
    if version.state != "en_vigueur":
        raise refusals.NOT_IN_FORCE
    model = next((each for each in team.protocol.seances if each.id == wanted.template), None)
    row = _row(team.protocol, model, wanted)
    row.structure_id, row.code, row.version, row.planned_by = version.structure_id, version.code, version, actor.label
    row.planned_at = clock.now()
    members = [line.member for line in team.lines if line.member.uuid in set(wanted.members)]
    if not members and not any(not each.is_observer for each in wanted.outsiders):
        raise refusals.INCOMPLETE
    if any(member.industry for member in members) or any(each.is_company for each in wanted.outsiders):
        raise refusals.COMPANY
    row.save()
    Facilitator.objects.bulk_create(
        [Facilitator(session=row, member=member, name=member.name) for member in members]
        + [
            Facilitator(
                session=row, name=storable(each.name).strip()[:200], has_signed=each.has_signed,
                organization=storable(each.organization).strip()[:200], is_observer=each.is_observer,
            )
            for each in wanted.outsiders
        ]
    )  # fmt: skip
    return row


def _row(protocol: Protocol, model: Session | None, wanted: Wanted) -> EducationSession:
    title = storable(wanted.title).strip() or (model.titre if model else "")
    objective = storable(wanted.objective).strip() or (model.objectif if model else "")
    kind = model.genre if model else wanted.kind
    minutes = wanted.minutes or (int(model.duree.rough.total_seconds() // 60) if model else 0)
    if not title or not objective or kind not in KINDS or wanted.at is None or not 0 < minutes <= LONGEST:
        raise refusals.INCOMPLETE
    labels = {each.code: each.libelle for each in protocol.competences}
    names = [labels[code] for code in (model.competences if model else wanted.competencies) if code in labels]
    most = (model.participants_max if model else None) or rules().groupe_max
    return EducationSession(
        template=model.id if model else "", title=title[:200], kind=kind, objective=objective[:500],
        competencies=names, tools=(storable(wanted.tools).strip() or (model.conducteur if model else ""))[:1000],
        place=storable(wanted.place).strip()[:200], at=wanted.at, minutes=minutes,
        most=1 if kind == "individuelle" else most,
    )  # fmt: skip


@transaction.atomic
def hold(actor: Actor, session_uuid: UUID) -> EducationSession:
    """It took place. Raises AccessDenied, E-ETP-03 (with the hours that are missing), -04, -07, -10, -11, -13."""
    row = _locked(actor, session_uuid)
    state = SESSION.target("hold", source=row.state)
    if row.at > clock.now():
        raise refusals.TOO_SOON
    for refusal in _lacks(row):
        raise refusal
    if not row.attendances.filter(state=AttendanceState.PRESENT).exists():
        raise refusals.NOBODY
    row.state, row.settled_at, row.settled_by = state, clock.now(), actor.label
    row.save()
    return row


@transaction.atomic
def cancel(actor: Actor, session_uuid: UUID, *, reason: str) -> None:
    """Raises AccessDenied, E-ETP-11, E-PRO-17."""
    row = _locked(actor, session_uuid)
    said = storable(reason).strip()
    state = SESSION.target("cancel", source=row.state)
    if len(said) < SHORTEST_REASON:
        raise UserMessage("E-PRO-17", "Dites en quelques mots pourquoi.")
    row.state, row.settled_at, row.settled_by, row.reason = state, clock.now(), actor.label, said[:500]
    row.save()


def lacks(row: EducationSession) -> list[UserMessage]:
    """What forbids to hold it as it is: said on its page beforehand."""
    return list(_lacks(row)) if row.state == SessionState.PLANNED else []


def _lacks(row: EducationSession) -> Iterable[UserMessage]:
    team = teams.team_of(row.version)
    try:
        programme.demand_running(team)
    except UserMessage as refusal:
        yield refusal
    people = list(row.facilitators.select_related("member"))
    here = {each.line.member.pk: each for each in programme.educators(team)}
    running = [here[each.member_id] for each in people if each.member_id in here and not each.is_observer]
    if any(each.line.member.industry for each in running):
        yield refusals.COMPANY
    if not any(not each.missing and each.line.member.suspended_at is None for each in running):
        yield refusals.nobody_trained(_said_missing(running) or "aucun n’est dans l’équipe du programme")
    unsigned = [each.line.member.name for each in running if each.signed_on is None]
    unsigned += [each.name for each in people if each.member_id is None and not each.has_signed]
    if unsigned:
        yield refusals.charter_unsigned(", ".join(dict.fromkeys(unsigned)))


def _said_missing(running: Sequence[programme.Educator]) -> str:
    return ", ".join(
        f"il manque {teams.shown_hours(each.missing)} à {each.line.member.name}" for each in running if each.missing
    )


def find(actor: Actor, session_uuid: UUID) -> EducationSession:
    """Raises AccessDenied, alike for one that is not there."""
    row = EducationSession.objects.select_related("version").filter(
        uuid=session_uuid, structure_id__in=list(actor.structure_ids)
    ).first()  # fmt: skip
    if row is None or not programme.is_of_it(actor, teams.team_of(row.version)):
        raise access_room.AccessDenied
    return row


def _locked(actor: Actor, session_uuid: UUID) -> EducationSession:
    found = find(actor, session_uuid)
    return EducationSession.objects.select_for_update(of=("self",)).select_related("version").get(pk=found.pk)


def expected_in(row: EducationSession) -> QuerySet[Attendance]:
    """Who is still awaited: neither excused, nor gone from the programme."""
    return Attendance.objects.filter(session=row, plan__is_over=False).exclude(state=AttendanceState.EXCUSED)


def warn_if_crowded(row: EducationSession) -> None:
    """Kept on the session, whoever leaves afterwards: eleven were expected (E-ETP-08)."""
    expected = expected_in(row).count()
    if row.kind == "collective" and expected > row.most:
        said = f"E-ETP-08\u202f: {expected} personnes pour {row.most} au plus. Partagez le groupe si vous le pouvez."
        row.warnings = [*(each for each in row.warnings if not each.startswith("E-ETP-08")), said]
        row.save(update_fields=["warnings"])
