"""Tickets: what blocks a structure, by cause, answered; and the module that keeps the cause from coming back."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import names_a_patient, storable
from maillon.professionals import api as professionals
from maillon.territory import catalogue, counting
from maillon.territory.definition import Cause, Module
from maillon.territory.models import Deployment, Ticket
from maillon.territory.rates import Count, share
from maillon.territory.states import TICKET, TicketState
from maillon.territory.steering import (
    NAMED_A_PATIENT,
    is_deployed,
    may_steer,
    must_steer,
    said,
    structure_of,
    territory,
)
from maillon.territory.structures import deployed

LONGEST: Final = 2000
LONGEST_REPORT: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    uuid: UUID
    reference: str
    structure_uuid: UUID
    structure_name: str
    cause: str
    cause_label: str
    advice: str
    module: Module | None
    text: str
    diagnostic: str
    state: str
    state_label: str
    opened_by: str
    opened_at: dt.datetime
    resolution: str
    resolved_by: str
    resolved_at: dt.datetime | None
    days: int  # it took, or has waited
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCount:
    """`percent` of all the tickets that are looked at; `median`: days to be resolved, None while none is."""

    cause: Cause
    module: Module | None
    number: int
    percent: float
    median: float | None
    opened: int


def causes() -> tuple[Cause, ...]:
    return catalogue.help_at_hand().causes


@transaction.atomic
def open_one(actor: Actor, *, cause: str, text: str, diagnostic: str = "") -> UUID:
    """Of the actor's own structure. Raises E-TER-15 when nobody would read it, E-TER-05 without a cause or a text,
    E-TER-12 when a patient is named."""
    here = structure_of(actor)
    if here is None:
        raise access_room.AccessDenied
    nobody = read_by_nobody(actor)
    if nobody is not None:
        raise nobody
    if catalogue.help_at_hand().cause(cause) is None:
        raise UserMessage("E-TER-05", "Choisissez la cause qui ressemble le plus à ce qui vous bloque.")
    text = said(text, most=LONGEST, what="Dites ce qui bloque")
    diagnostic = storable(diagnostic).strip()[:LONGEST_REPORT]
    if names_a_patient(diagnostic):
        raise NAMED_A_PATIENT
    return Ticket.objects.create(
        structure_id=here, cause=cause, text=text, diagnostic=diagnostic, reporter_id=actor.professional_id,
        opened_by=actor.label, opened_at=clock.now(),
    ).uuid  # fmt: skip


def read_by_nobody(actor: Actor) -> UserMessage | None:
    """Why a ticket of the actor would be lost: a structure outside the deployment has no tile, and no basin."""
    place = territory()
    if place is None:
        return UserMessage(
            "E-TER-15",
            "Aucun territoire n’est déclaré sur cette installation\u202f: personne ne lirait ce ticket. "
            "Prévenez votre administrateur.",
        )
    if not is_deployed(actor):
        return UserMessage(
            "E-TER-15",
            "Votre structure n’est pas encore dans le déploiement, et personne ne suivrait ce ticket\u202f: "
            f"demandez à {place.steered_by} de l’y inscrire, puis ouvrez-le.",
        )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A ticket of the register that was held before this one."""

    structure_id: StructureId
    cause: str
    text: str
    opened_at: dt.datetime
    opened_by: str
    resolved_at: dt.datetime | None = None
    resolution: str = ""


@transaction.atomic
def take_over(actor: Actor, former: Iterable[Former]) -> int:
    """With their own dates, whole or not at all. Returns how many. Raises E-TER-05 for a date that cannot be, E-TER-15
    for a structure outside the deployment."""
    must_steer(actor)
    former, rows = list(former), []
    if {each.structure_id for each in former} - deployed(each.structure_id for each in former):
        raise UserMessage(
            "E-TER-15", "Un ticket repris est d’une structure du déploiement\u202f: inscrivez-la d’abord."
        )
    for each in former:
        if each.opened_at > (each.resolved_at or clock.now()) or catalogue.help_at_hand().cause(each.cause) is None:
            raise UserMessage("E-TER-05", "Un ticket repris a une cause connue, et se résout après s’être ouvert.")
        rows.append(
            Ticket(
                structure_id=each.structure_id, cause=each.cause, opened_at=each.opened_at, opened_by=each.opened_by,
                text=said(each.text, most=LONGEST, what="Dites ce qui bloque"), resolved_at=each.resolved_at,
                resolution=each.resolution[:LONGEST], resolved_by=actor.label if each.resolved_at else "",
                state=TicketState.RESOLVED if each.resolved_at else TicketState.OPEN,
            )
        )  # fmt: skip
    Ticket.objects.bulk_create(rows)
    if rows:  # one that comes back is one more of the same cause
        counting.count_again_since(min(clock.in_paris(each.opened_at).date() for each in rows))
    return len(rows)


@transaction.atomic
def resolve(actor: Actor, uuid: UUID, *, resolution: str, cause: str = "") -> None:
    """With the answer; whoever resolves may have found another cause."""
    row = _locked(actor, uuid)
    state = TICKET.target("resolve", source=row.state)
    if cause and catalogue.help_at_hand().cause(cause) is None:
        raise UserMessage("E-TER-05", "Cette cause n’est pas dans la liste.")
    row.resolution = said(resolution, most=LONGEST, what="Dites ce qui a réglé le problème")
    row.state, row.resolved_at, row.resolved_by, row.cause = state, clock.now(), actor.label, cause or row.cause
    row.save()


@transaction.atomic
def reopen(actor: Actor, uuid: UUID) -> None:
    row = _locked(actor, uuid, or_reporter=True)
    row.state = TICKET.target("reopen", source=row.state)
    row.resolved_at, row.resolved_by = None, ""
    row.save()


def listed(actor: Actor, *, cause: str = "", basin: str = "") -> tuple[TicketLine, ...]:
    """Of the territory for who steers, of one's structure otherwise; what waits first."""
    found = _visible(actor)
    if cause:
        found = found.filter(cause=cause)
    if basin and may_steer(actor):
        found = found.filter(structure_id__in=Deployment.objects.filter(basin__code=basin).values("structure_id"))
    lines = [_line(each, actor) for each in found]
    return tuple(sorted(lines, key=lambda each: (each.resolved_at is not None, -each.opened_at.timestamp())))


def show(actor: Actor, uuid: UUID) -> TicketLine:
    found = _visible(actor).filter(uuid=uuid).first()
    if found is None:
        raise access_room.AccessDenied
    return _line(found, actor)


def waiting(actor: Actor) -> int:
    return Ticket.objects.filter(state=TicketState.OPEN).count() if may_steer(actor) else 0


def by_cause(lines: tuple[TicketLine, ...]) -> tuple[CauseCount, ...]:
    """The most frequent first."""
    number = Counter(each.cause for each in lines)
    total = Count(number=len(lines), unit="autres")
    found = [
        CauseCount(
            cause=cause, module=catalogue.help_at_hand().module(cause.module), number=number[cause.code],
            percent=share(Count(number=number[cause.code], unit="autres"), total) or 0.0,
            median=median_days(lines, cause.code),
            opened=sum(each.cause == cause.code and each.resolved_at is None for each in lines),
        )
        for cause in causes() if number[cause.code]
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.number, each.cause.code)))


def median_days(lines: tuple[TicketLine, ...], cause: str = "") -> float | None:
    taken = [each.days for each in lines if each.resolved_at and (not cause or each.cause == cause)]
    return float(statistics.median(taken)) if taken else None


def _visible(actor: Actor) -> QuerySet[Ticket]:
    found = Ticket.objects.select_related("structure")
    if may_steer(actor):
        return found
    here = structure_of(actor)
    return found.filter(structure_id=here) if here is not None else found.none()


def _locked(actor: Actor, uuid: UUID, *, or_reporter: bool = False) -> Ticket:
    row = Ticket.objects.select_for_update(of=("self",)).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    if not (or_reporter and _is_mine(row, actor)):
        must_steer(actor)
    return row


def _is_mine(row: Ticket, actor: Actor) -> bool:
    """A ticket of the former register has no reporter here: it is nobody's."""
    return row.reporter_id is not None and row.reporter_id == actor.professional_id


def _line(row: Ticket, actor: Actor) -> TicketLine:
    given = catalogue.help_at_hand()
    cause = given.cause(row.cause)
    until = row.resolved_at or clock.now()
    return TicketLine(
        uuid=row.uuid,
        reference=row.uuid.hex[-5:].upper(),
        structure_uuid=row.structure.uuid,
        structure_name=row.structure.name,
        cause=row.cause,
        cause_label=cause.libelle if cause else row.cause,
        advice=cause.conseil if cause else "",
        module=given.module(cause.module) if cause else None,
        text=row.text,
        diagnostic=row.diagnostic,
        state=row.state,
        state_label=TicketState(row.state).label,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        resolution=row.resolution,
        resolved_by=row.resolved_by,
        resolved_at=row.resolved_at,
        days=(clock.in_paris(until).date() - clock.in_paris(row.opened_at).date()).days,
        is_mine=_is_mine(row, actor),
    )


def of_structure(actor: Actor, structure_id: StructureId) -> tuple[TicketLine, ...]:
    place = professionals.structure(structure_id)
    return tuple(each for each in listed(actor) if place and each.structure_uuid == place.uuid)
