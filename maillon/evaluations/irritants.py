"""Irritants: what rubbed, reported from any screen; triaged, owned, answered. Never a word about a patient."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.evaluations import grids
from maillon.evaluations.definition import Grid
from maillon.evaluations.membership import COORDINATOR, member, must_belong
from maillon.evaluations.models import Irritant
from maillon.evaluations.states import IRRITANT, IrritantState
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import names_a_patient, storable
from maillon.professionals import api as professionals

LONGEST: Final = 2000
MOST_MINUTES: Final = 480


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`screen` is the pattern of the address where the person was, « dossier/<uuid:patient>/chronologie »."""

    code: str
    text: str
    severity: int
    minutes_lost: int
    place: str = ""
    screen: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IrritantLine:
    uuid: UUID
    reference: str  # short, drawn at random
    code: str
    code_label: str
    advice: str
    text: str
    place: str
    screen: str
    browser: str
    minutes_lost: int
    severity: int
    severity_label: str
    reported_by: str
    reported_at: dt.datetime
    due_on: dt.date
    is_late: bool
    state: str
    state_label: str
    owner_id: int | None
    owner: str
    action: str
    reply: str
    replied_by: str
    replied_at: dt.datetime | None
    is_mine: bool  # the reader reported it
    is_reply_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    code: str
    label: str
    number: int
    minutes: int


def grid() -> Grid:
    return grids.of_house("irritants")


def may_triage(actor: Actor) -> bool:
    """The digital referent (or an administrator), or the coordinator."""
    is_one = access_room.oversight.may_referee(actor) or actor.profession_code == COORDINATOR
    return is_one and member(actor) is not None


@transaction.atomic
def report(actor: Actor, said: Report) -> UUID:
    """Raises E-IRR-01 for what is no report, E-IRR-02 when the text names a patient."""
    here = must_belong(actor)
    text, place = storable(said.text).strip(), storable(said.place).strip()
    degree = grid().level(said.severity)
    if grid().criterion(said.code) is None or degree is None:
        raise UserMessage("E-IRR-01", "Choisissez ce que c’est, et à quel point cela gêne.")
    if not text or len(text) > LONGEST or len(place) > 200:
        raise UserMessage("E-IRR-01", f"Dites en quelques mots ce qui s’est passé ({LONGEST} caractères au plus).")
    if not 0 <= said.minutes_lost <= MOST_MINUTES:
        raise UserMessage("E-IRR-01", f"Les minutes perdues vont de 0 à {MOST_MINUTES}.")
    _must_name_nobody(text, place)
    due = clock.today() + dt.timedelta(days=degree.delai_jours or 0)
    return Irritant.objects.create(
        structure_id=here.structure_id, code=said.code, text=text, place=place,
        screen=storable(said.screen)[:200], browser=storable(said.browser)[:60], minutes_lost=said.minutes_lost,
        severity=said.severity, reporter_id=here.professional_id, reported_by=actor.label, reported_at=clock.now(),
        due_on=due,
    ).uuid  # fmt: skip


@transaction.atomic
def triage(
    actor: Actor, uuid: UUID, *, code: str, owner: ProfessionalId | None, due_on: dt.date | None, action: str
) -> None:
    """Somebody of the structure takes it. Raises E-IRR-03 without an owner, a day or what will be done."""
    found = _to_triage(actor, uuid)
    found.state = IRRITANT.target("triage", source=found.state)
    members = {each.id for each in professionals.active_members(must_belong(actor).structure_id)}
    action = storable(action).strip()
    if grid().criterion(code) is None or owner not in members or due_on is None or not action or len(action) > 1000:
        raise UserMessage(
            "E-IRR-03", "Donnez le code, un responsable de la structure, une échéance et ce qui va être fait."
        )
    _must_name_nobody(action)
    found.code, found.owner_id, found.due_on, found.action = code, owner, due_on, action
    found.save()


@transaction.atomic
def settle(actor: Actor, uuid: UUID, *, is_solved: bool, reply: str) -> None:
    """With an answer to who reported it: nothing ends in silence (E-IRR-04)."""
    found = _to_triage(actor, uuid, or_owner=True)
    reply = storable(reply).strip()
    if not reply or len(reply) > LONGEST:
        raise UserMessage("E-IRR-04", "Répondez à qui l’a signalé\u202f: ce qui a changé, ou pourquoi rien.")
    _must_name_nobody(reply)
    found.state = IRRITANT.target("solve" if is_solved else "drop", source=found.state)
    found.reply, found.replied_by, found.replied_at = reply, actor.label, clock.now()
    found.settled_at, found.seen_at = clock.now(), None
    found.save()


@transaction.atomic
def reopen(actor: Actor, uuid: UUID) -> None:
    found = _to_triage(actor, uuid)
    found.state = IRRITANT.target("reopen", source=found.state)
    found.settled_at = None
    found.save()


def mine(actor: Actor) -> tuple[IrritantLine, ...]:
    """What the actor reported here, the latest first."""
    here = must_belong(actor)
    found = _rows(here.structure_id).filter(reporter_id=here.professional_id)
    return tuple(_line(each, actor) for each in found.order_by("-reported_at", "-id"))


def owned(actor: Actor) -> tuple[IrritantLine, ...]:
    """What the actor has taken and not settled: part of their day."""
    here = member(actor)
    if here is None:
        return ()
    found = _rows(here.structure_id).filter(owner_id=here.professional_id, settled_at__isnull=True)
    return tuple(_line(each, actor) for each in found.order_by("due_on", "id"))


def to_triage(actor: Actor) -> tuple[IrritantLine, ...]:
    """Every irritant of the structure, open ones first, the most serious and the most urgent before."""
    if not may_triage(actor):
        raise access_room.AccessDenied
    lines = [_line(each, actor) for each in _rows(must_belong(actor).structure_id)]
    settled = {IrritantState.SOLVED, IrritantState.DROPPED}
    lines.sort(key=lambda each: (each.state in settled, each.due_on, -each.severity, each.reported_at))
    return tuple(lines)


def show(actor: Actor, uuid: UUID) -> IrritantLine:
    """For who reported it, who has it, who triages. Reading one's answer marks it as seen."""
    found = _rows(must_belong(actor).structure_id).filter(uuid=uuid).first()
    if found is None or not (actor.professional_id in (found.reporter_id, found.owner_id) or may_triage(actor)):
        raise access_room.AccessDenied
    line = _line(found, actor)
    if line.is_reply_new:
        Irritant.objects.filter(pk=found.pk).update(seen_at=clock.now())
    return line


def answered(actor: Actor) -> int:
    """Answers that the actor has not read."""
    here = member(actor)
    if here is None:
        return 0
    return Irritant.objects.filter(
        structure_id=here.structure_id, reporter_id=here.professional_id, replied_at__isnull=False, seen_at__isnull=True
    ).count()


def counts(actor: Actor) -> tuple[CodeCount, ...]:
    """By code, over all that was reported: how many, and minutes lost; the most costly first."""
    lines = to_triage(actor)
    number = Counter(each.code for each in lines)
    minutes: Counter[str] = Counter()
    for each in lines:
        minutes[each.code] += each.minutes_lost
    found = [
        CodeCount(code=each.code, label=each.dire, number=number[each.code], minutes=minutes[each.code])
        for each in grid().criteria if number[each.code]
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.minutes, -each.number, each.code)))


def _rows(structure_id: StructureId) -> QuerySet[Irritant]:
    return Irritant.objects.filter(structure_id=structure_id).select_related("owner")


def _to_triage(actor: Actor, uuid: UUID, *, or_owner: bool = False) -> Irritant:
    found = Irritant.objects.select_for_update(of=("self",)).filter(
        uuid=uuid, structure_id=must_belong(actor).structure_id
    ).first()  # fmt: skip
    is_owner = found is not None and or_owner and found.owner_id == actor.professional_id
    if found is None or not (is_owner or may_triage(actor)):
        raise access_room.AccessDenied
    return found


def _must_name_nobody(*texts: str) -> None:
    if any(names_a_patient(text) for text in texts):
        raise UserMessage(
            "E-IRR-02",
            "Ce texte semble désigner un patient (matricule ou naissance)\u202f: retirez-le, le reste suffit.",
        )


def _line(row: Irritant, actor: Actor) -> IrritantLine:
    criterion, degree = grid().criterion(row.code), grid().level(row.severity)
    is_mine = row.reporter_id == actor.professional_id
    return IrritantLine(
        uuid=row.uuid,
        reference=row.uuid.hex[-5:].upper(),
        code=row.code,
        code_label=criterion.dire if criterion else row.code,
        advice=criterion.aide if criterion else "",
        text=row.text,
        place=row.place,
        screen=row.screen,
        browser=row.browser,
        minutes_lost=row.minutes_lost,
        severity=row.severity,
        severity_label=degree.libelle if degree else str(row.severity),
        reported_by=row.reported_by,
        reported_at=row.reported_at,
        due_on=row.due_on,
        is_late=row.settled_at is None and row.due_on < clock.today(),
        state=row.state,
        state_label=IrritantState(row.state).label,
        owner_id=row.owner_id,
        owner=str(row.owner) if row.owner else "",
        action=row.action,
        reply=row.reply,
        replied_by=row.replied_by,
        replied_at=row.replied_at,
        is_mine=is_mine,
        is_reply_new=is_mine and row.replied_at is not None and row.seen_at is None,
    )
