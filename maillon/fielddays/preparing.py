"""A day is prepared, its parts are given out, it is opened, closed, shared."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.fielddays.models import DayStep, FieldDay, Part
from maillon.fielddays.states import DAY, DayState
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals
from maillon.scenarios import api as scenarios

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read for something else
_CODE_LENGTH: Final = 9
MOST_DECISIONS: Final = 4000
_RPPS: Final = re.compile(r"[0-9]{11}")
leads = irritants.may_triage


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who plays an actor: somebody of the structure, somebody by their national number, or a guest by their name."""

    professional_id: ProfessionalId | None = None
    typed: str = ""


@transaction.atomic
def prepare(actor: Actor, name: str, *, held_on: dt.date | None, place: str, territory: str) -> UUID:
    """A day of a journey. Raises E-JDT-01 without a day, a place and a territory; E-PAR-01 for no journey."""
    structure_id = _must_lead(actor)
    text = scenarios.library.text_of(name)
    scenario = scenarios.library.read(text, f"{name}.yaml")
    place, territory = storable(place).strip(), storable(territory).strip()
    if held_on is None or not place or not territory or len(place) > 200 or len(territory) > 120:
        raise UserMessage("E-JDT-01", "Donnez la date, le lieu et le territoire de la journée.")
    day = FieldDay.objects.create(
        structure_id=structure_id, scenario=name, text=text, held_on=held_on, place=place, territory=territory,
        prepared_by=actor.label, prepared_at=clock.now(),
    )  # fmt: skip
    DayStep.objects.bulk_create(
        DayStep(day=day, rank=rank, code=step.code) for rank, step in enumerate(scenario.etapes, start=1)
    )
    playing = dict.fromkeys(step.acteur for step in scenario.etapes)
    Part.objects.bulk_create(Part(day=day, actor=each) for each in playing)
    return day.uuid


@transaction.atomic
def give_out(actor: Actor, uuid: UUID, holdings: Mapping[str, Holding]) -> None:
    """Until the day is closed. Whoever held a part and does not any more loses their code. Raises E-JDT-05 for a number
    that is nobody's or a name too long."""
    day = locked(actor, uuid)
    if day.state == DayState.CLOSED:
        raise UserMessage("E-JDT-04", "La journée est close\u202f: rouvrez-la pour changer les participants.")
    for part in day.parts.all():
        if part.actor in holdings:
            _hold(part, holdings[part.actor], evaluations.membership.must_belong(actor).structure_id)


@transaction.atomic
def open_day(actor: Actor, uuid: UUID) -> None:
    """Raises E-JDT-05 as long as a part has nobody."""
    day = locked(actor, uuid)
    day.state = DAY.target("open", source=day.state)
    empty = [each.actor for each in day.parts.all() if each.professional_id is None and not each.guest]
    if empty:
        played = scenarios.library.as_played(day.text, f"{day.scenario}.yaml").acteurs
        roles = ", ".join(played[each].role.lower() for each in empty)
        raise UserMessage("E-JDT-05", f"Il manque quelqu’un pour\u202f: {roles}.")
    day.opened_at = clock.now()
    day.save()


@transaction.atomic
def close_day(actor: Actor, uuid: UUID, *, decisions: str) -> None:
    """With what was decided, one decision a line; steps of which nothing was said stay so."""
    day = locked(actor, uuid)
    day.state = DAY.target("close", source=day.state)
    day.decisions = _decided(decisions)
    day.closed_at, day.closed_by = clock.now(), actor.label
    day.save()


@transaction.atomic
def decide(actor: Actor, uuid: UUID, decisions: str) -> None:
    """What was decided may be written better afterwards."""
    day = locked(actor, uuid)
    if day.state != DayState.CLOSED:
        raise UserMessage("E-JDT-02", "Les décisions se notent en fermant la journée.")
    day.decisions = _decided(decisions)
    day.save()


@transaction.atomic
def reopen(actor: Actor, uuid: UUID) -> None:
    """It is then no longer shared: it is not over."""
    day = locked(actor, uuid)
    day.state = DAY.target("reopen", source=day.state)
    day.idle_seconds += int((clock.now() - day.closed_at).total_seconds()) if day.closed_at else 0
    day.closed_at, day.shared_at = None, None
    day.save()


@transaction.atomic
def share(actor: Actor, uuid: UUID, *, is_shared: bool) -> None:
    """Other structures of the installation compare theirs with it: steps, times and codes, never a name nor a text.
    Raises E-JDT-02 before the day is closed."""
    day = locked(actor, uuid)
    if day.state != DayState.CLOSED:
        raise UserMessage("E-JDT-02", "Une journée se partage une fois close.")
    day.shared_at = clock.now() if is_shared else None
    day.save()


def locked(actor: Actor, uuid: UUID) -> FieldDay:
    return led(actor, uuid, rows=FieldDay.objects.select_for_update())


def led(actor: Actor, uuid: UUID, *, rows: QuerySet[FieldDay] | None = None) -> FieldDay:
    """The day, for who leads it; AccessDenied for anybody else."""
    structure_id = _must_lead(actor)
    every = FieldDay.objects.all() if rows is None else rows
    found = every.filter(uuid=uuid, structure_id=structure_id).first()
    if found is None:
        raise access_room.AccessDenied
    return found


def _must_lead(actor: Actor) -> StructureId:
    if not leads(actor):
        raise access_room.AccessDenied
    return evaluations.membership.must_belong(actor).structure_id


def _hold(part: Part, holding: Holding, structure_id: StructureId) -> None:
    typed = storable(holding.typed).strip()
    person, guest = holding.professional_id, ""
    if person is not None:
        members = {each.id for each in professionals.active_members(structure_id)}
        if person not in members and person != part.professional_id:
            raise UserMessage("E-JDT-05", "Choisissez quelqu’un de la structure, un n° RPPS, ou le nom d’un invité.")
    elif _RPPS.fullmatch(typed):
        found = professionals.by_national_id(f"8{typed}")
        if found is None:
            raise UserMessage("E-JDT-05", f"Le n° {typed} n’est celui d’aucun professionnel connu.")
        person = found.id
    else:
        guest = typed
    if len(guest) > 120:
        raise UserMessage("E-JDT-05", "Le nom d’un invité a 120 caractères au plus.")
    is_same = (part.professional_id, part.guest) == (person, guest)
    if not is_same:
        part.professional_id, part.guest = person, guest
        part.code = _drawn() if guest else None
        part.save()


def _decided(text: str) -> str:
    text = "\n".join(line.strip() for line in storable(text).strip().splitlines() if line.strip())
    if len(text) > MOST_DECISIONS:
        raise UserMessage("E-JDT-06", f"Les décisions tiennent en {MOST_DECISIONS} caractères.")
    irritants.naming.must_name_no_patient(text)
    return text


def _drawn() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
