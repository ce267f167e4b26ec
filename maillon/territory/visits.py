"""Visits: asked by a silence or by somebody, planned, told. And whom to see next, each with its reason."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.territory import catalogue, structures
from maillon.territory.models import Deployment, Ticket, Visit
from maillon.territory.states import VISIT, TicketState, VisitState
from maillon.territory.steering import may_steer, must_steer, said

WITHIN: Final = dt.timedelta(days=14)
MANY_TICKETS: Final = 3
MAILLON: Final = "Maillon"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    uuid: UUID
    structure: structures.StructureLine
    reason: str
    state: str
    state_label: str
    asked_at: dt.datetime
    asked_by: str
    due_on: dt.date
    planned_on: dt.date | None
    visitor: str
    report: str
    settled_at: dt.datetime | None
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Who would gain most from a visit. `visit`: the one that is open already."""

    structure: structures.StructureLine
    reason: str
    weight: int
    visit: UUID | None


@transaction.atomic
def ask(actor: Actor, structure_id: StructureId, *, reason: str) -> UUID:
    """Raises E-TER-08 while a visit is open."""
    must_steer(actor)
    row = Deployment.objects.filter(structure_id=structure_id).first()
    if row is None:
        raise access_room.AccessDenied
    reason = said(reason, most=300, what="Dites pourquoi cette visite")
    try:
        with transaction.atomic():
            return _asked(row, reason=reason, by=actor.label).uuid
    except IntegrityError as error:
        raise UserMessage("E-TER-08", "Une visite est déjà ouverte pour cette structure.") from error


def ask_for_silences(rows: Iterable[Deployment]) -> int:
    """One for one silence, whatever became of it. Returns how many are new."""
    known = set(Visit.objects.filter(silent_from__isnull=False).values_list("deployment_id", "silent_from"))
    waiting = {each.deployment_id: each for each in Visit.objects.filter(settled_at__isnull=True)}
    number = 0
    for row in rows:
        assert row.last_fed_on is not None
        if (row.pk, row.last_fed_on) in known:
            continue
        reason = catalogue.stage_rules().silence.dire.format(jours=row.silent_days)
        opened = waiting.get(row.pk)
        if opened is not None:  # who goes there anyway learns why it is pressing
            opened.silent_from, opened.reason = row.last_fed_on, f"{reason} {opened.reason}"[:300]
            opened.save(update_fields=["silent_from", "reason"])
            continue
        _asked(row, reason=reason, by=MAILLON, silent_from=row.last_fed_on)
        number += 1
    return number


def drop_without_object(rows: Iterable[Deployment]) -> None:
    """What Maillon asked for and nobody has taken up yet, once a document came since, or the structure is retired. The
    silence is let go too: should it come back, it is one to go and see."""
    places = {row.pk: row for row in rows}
    asked = Visit.objects.select_for_update().filter(
        state=VisitState.TO_DO, asked_by=MAILLON, silent_from__isnull=False, deployment__in=places
    )
    for visit in asked:
        row = places[visit.deployment_id]
        if row.is_eligible and visit.silent_from == row.last_fed_on:
            continue
        if not row.is_eligible:
            visit.report = "La structure n’est plus éligible au déploiement."
        elif row.last_fed_on is not None:
            visit.report = f"Un document est connu depuis\u202f: le dernier est du {row.last_fed_on:%d/%m/%Y}."
        else:
            visit.report = "Les dépôts connus depuis disent autre chose."
        visit.state, visit.silent_from = VISIT.target("drop", source=visit.state), None
        visit.settled_at, visit.settled_by = clock.now(), MAILLON
        visit.save()


@transaction.atomic
def plan(actor: Actor, uuid: UUID, *, on: dt.date | None, visitor: str) -> None:
    """Raises E-TER-05 without a day to come or a visitor."""
    row = _locked(actor, uuid)
    state = VISIT.target("plan", source=row.state)
    if on is None or on < clock.today():
        raise UserMessage("E-TER-05", "Donnez le jour de la visite, aujourd’hui ou plus tard.")
    row.visitor = said(visitor, most=200, what="Dites qui fait la visite")
    row.state, row.planned_on = state, on
    row.save()


@transaction.atomic
def settle(actor: Actor, uuid: UUID, *, was_made: bool, report: str) -> None:
    """With a report, or with why there is no object any more."""
    row = _locked(actor, uuid)
    state = VISIT.target("make" if was_made else "drop", source=row.state)
    row.report = said(report, most=2000, what="Dites ce qui a été vu et décidé")
    row.state, row.settled_at, row.settled_by = state, clock.now(), actor.label
    row.save()


def opened(actor: Actor) -> tuple[VisitLine, ...]:
    must_steer(actor)
    return _lines(_rows().filter(settled_at__isnull=True).order_by("due_on", "id"))


def settled(actor: Actor, *, most: int = 30) -> tuple[VisitLine, ...]:
    must_steer(actor)
    return _lines(_rows().filter(settled_at__isnull=False).order_by("-settled_at")[:most])


def of_structure(actor: Actor, structure_id: StructureId) -> tuple[VisitLine, ...]:
    must_steer(actor)
    found = _rows().filter(deployment__structure_id=structure_id)
    return _lines(found.order_by("-asked_at"))


def show(actor: Actor, uuid: UUID) -> VisitLine:
    must_steer(actor)
    found = _rows().filter(uuid=uuid).first()
    if found is None:
        raise access_room.AccessDenied
    return _lines([found])[0]


def mine(actor: Actor) -> tuple[VisitLine, ...]:
    """Part of the day of who steers."""
    return opened(actor) if may_steer(actor) else ()


def next_best(actor: Actor, *, basin: str = "", most: int = 20) -> tuple[Next, ...]:
    """By weight of the reason (content), then by how many people work there, then by name. A silence that was seen, or
    judged without object, is nobody's to see again."""
    seen = set(
        Visit.objects.filter(settled_at__isnull=False, silent_from__isnull=False)
        .values_list("deployment__structure_id", "silent_from")
    )  # fmt: skip
    waiting = Counter(Ticket.objects.filter(state=TicketState.OPEN).values_list("structure_id", flat=True))
    open_visits = dict(Visit.objects.filter(settled_at__isnull=True).values_list("deployment__structure_id", "uuid"))
    found = []
    for line in structures.listed(actor, basin=basin):
        is_seen = (line.id, line.last_fed_on) in seen
        reason = _reason(line, waiting[line.id], is_seen=is_seen) if line.is_eligible else None
        if reason is not None:
            found.append(Next(structure=line, reason=reason[0], weight=reason[1], visit=open_visits.get(line.id)))
    found.sort(key=lambda each: (-each.weight, -each.structure.staff, each.structure.name))
    return tuple(found[:most])


def _reason(line: structures.StructureLine, tickets: int, *, is_seen: bool) -> tuple[str, int] | None:
    """The weightiest."""
    rules = catalogue.stage_rules()
    is_silent = line.last_fed_on is not None and line.silent_days >= catalogue.limits().silent_days
    if is_silent and not is_seen:
        return rules.silence.dire.format(jours=line.silent_days), rules.silence.poids
    if tickets >= MANY_TICKETS:
        return rules.tickets.dire.format(tickets=tickets), rules.tickets.poids
    if is_silent:  # what its stage says, of documents that leave, is no longer so
        return None
    for each in rules.visites:
        if each.etape == line.stage and line.days_at_stage >= each.jours:
            return each.dire.format(jours=line.days_at_stage), each.poids
    return None


def _asked(row: Deployment, *, reason: str, by: str, silent_from: dt.date | None = None) -> Visit:
    return Visit.objects.create(
        deployment=row, reason=reason, silent_from=silent_from, asked_at=clock.now(), asked_by=by,
        due_on=clock.today() + WITHIN,
    )  # fmt: skip


def _rows() -> QuerySet[Visit]:
    return Visit.objects.select_related("deployment__structure", "deployment__basin")


def _locked(actor: Actor, uuid: UUID) -> Visit:
    must_steer(actor)
    found = Visit.objects.select_for_update(of=("self",)).filter(uuid=uuid).first()
    if found is None:
        raise access_room.AccessDenied
    return found


def _lines(rows: Iterable[Visit]) -> tuple[VisitLine, ...]:
    rows = list(rows)
    places = structures.lines(row.deployment for row in rows)
    return tuple(_line(row, place) for row, place in zip(rows, places, strict=True))


def _line(row: Visit, place: structures.StructureLine) -> VisitLine:
    return VisitLine(
        uuid=row.uuid,
        structure=place,
        reason=row.reason,
        state=row.state,
        state_label=VisitState(row.state).label,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        due_on=row.due_on,
        planned_on=row.planned_on,
        visitor=row.visitor,
        report=row.report,
        settled_at=row.settled_at,
        is_late=row.settled_at is None and (row.planned_on or row.due_on) < clock.today(),
    )
