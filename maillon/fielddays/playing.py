"""What is said of a step, from a phone: by whoever plays its part, a professional or a guest; or noted by the
facilitator in their place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.fielddays.models import DayStep, FieldDay, Part, Saying
from maillon.fielddays.preparing import led
from maillon.fielddays.states import DayState, Outcome
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.scenarios import api as scenarios

LONGEST: Final = 1000
_SAYABLE: Final = frozenset({Outcome.DONE, Outcome.RUBBED, Outcome.NOT_DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Whose steps one may speak of. `actors`: the keys of the journey's actors."""

    day: UUID
    actors: frozenset[str]
    label: str
    role: str
    professional_id: ProfessionalId | None = None
    is_in_place: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`number` is drawn by the phone, so that what it sends twice is said once (the same number with other words is
    another word: a form that was gone back to); `ago`: how many seconds it kept it
    before the line came back. `code`, `severity`, `minutes` are those of an irritant, when it rubs."""

    outcome: str
    number: UUID
    note: str = ""
    ago: int = 0
    started_ago: int = 0  # when the phone could not say that it began
    code: str = irritants.UNKNOWN
    severity: int = 0
    minutes: int = 0
    browser: str = ""
    software: str = ""


def seat_of_guest(code: str) -> Seat:
    """Raises AccessDenied for a code that opens nothing: there is no such code, or its day is not open."""
    part = Part.objects.select_related("day").filter(code=code).first() if code else None
    if part is None or part.day.state == DayState.PREPARED:
        raise access_room.AccessDenied
    role = _journey(part.day).acteurs[part.actor].role
    return Seat(day=part.day.uuid, actors=frozenset({part.actor}), label=part.guest, role=role)


def seat_of(actor: Actor, uuid: UUID) -> Seat:
    """Of a professional who has a part. Raises AccessDenied."""
    mine = list(_parts_of(actor).filter(day__uuid=uuid).select_related("day"))
    if not mine or mine[0].day.state == DayState.PREPARED:
        raise access_room.AccessDenied
    journey = _journey(mine[0].day)
    return Seat(
        day=uuid, actors=frozenset(each.actor for each in mine), label=actor.label,
        role=", ".join(journey.acteurs[each.actor].role for each in mine), professional_id=actor.professional_id,
    )  # fmt: skip


def seat_of_facilitator(actor: Actor, uuid: UUID) -> Seat:
    """Every step, in the place of whoever should speak."""
    day = led(actor, uuid)
    return Seat(
        day=uuid, actors=frozenset(_journey(day).acteurs), label=actor.label, role="Animation",
        professional_id=actor.professional_id, is_in_place=True,
    )  # fmt: skip


def mine(actor: Actor) -> list[tuple[UUID, str]]:
    """Days that are open and where the actor has a part: (day, title)."""
    open_ones = _parts_of(actor).filter(day__state=DayState.OPEN).select_related("day").order_by("day_id")
    days = {each.day_id: each.day for each in open_ones}
    return [(day.uuid, _journey(day).titre) for day in days.values()]


@transaction.atomic
def start(seat: Seat, code: str, *, ago: int = 0) -> None:
    """The stopwatch of a step; started once, `ago` seconds before the line came back."""
    step = _mine(seat, code)
    if step.started_at is None:
        step.started_at = _at(step.day, ago)
        step.save(update_fields=["started_at"])


@transaction.atomic
def say(seat: Seat, code: str, said: Said) -> None:
    """What became of a step; said again otherwise, it is a correction, and what was said before is kept. Raises
    E-JDT-03 for somebody else's step, E-JDT-04 when the day is not open, E-JDT-06 for what says nothing, and what
    `irritants` raises when it rubs."""
    step = _mine(seat, code)
    note = storable(said.note).strip()
    number = uuid5(said.number, f"{said.outcome}/{said.code}/{said.severity}/{said.minutes}/{note}")
    if Saying.objects.filter(number=number).exists():
        return
    if said.outcome not in _SAYABLE or len(note) > LONGEST:
        raise UserMessage("E-JDT-06", f"Dites fait, pas fait ou ça frotte, en {LONGEST} caractères au plus.")
    irritants.naming.must_name_no_patient(note)
    said_at = _at(step.day, said.ago)
    if step.started_at is None and said.started_ago:
        step.started_at = min(_at(step.day, said.started_ago), said_at)
        step.save(update_fields=["started_at"])
    row = Saying(
        step=step, number=number, outcome=said.outcome, note=note, said_at=said_at, received_at=clock.now(),
        by=seat.label, is_in_place=seat.is_in_place,
    )  # fmt: skip
    if said.outcome == Outcome.RUBBED:
        row.irritant = _rubbed(seat, step, replace(said, number=number, note=note))
        row.irritant_kind, row.minutes_lost = said.code, said.minutes
    elif (known := _irritant_of(seat, step)) is not None:
        irritants.reporting.withdraw(known, by=seat.label)
    row.save()
    # What a phone kept while it had no line does not undo what another person said since; of one person, the last word
    # that arrives is the last that was said.
    if step.said_at is None or said_at >= step.said_at or step.said_by == seat.label:
        step.outcome, step.note, step.said_by = said.outcome, note, seat.label
        step.said_at = max(said_at, step.said_at or said_at)
        step.save()


def _journey(day: FieldDay) -> scenarios.definition.Scenario:
    return scenarios.library.as_played(day.text, f"{day.scenario}.yaml")


def _mine(seat: Seat, code: str) -> DayStep:
    step = DayStep.objects.select_for_update(of=("self",)).select_related("day").filter(
        day__uuid=seat.day, code=code
    ).first()  # fmt: skip
    if step is None:
        raise access_room.AccessDenied
    journey = _journey(step.day)
    owner = journey.step(code).acteur
    if owner not in seat.actors:
        raise UserMessage("E-JDT-03", f"Cette étape est celle de\u202f: {journey.acteurs[owner].role.lower()}.")
    if step.day.state != DayState.OPEN:
        raise UserMessage("E-JDT-04", "La journée n’est pas ouverte\u202f: demandez à qui l’anime.")
    return step


def _at(day: FieldDay, ago: int) -> dt.datetime:
    """When it was said: a clock that is wrong does not take it out of the day."""
    now = clock.now()
    said_at = now - dt.timedelta(seconds=min(max(ago, 0), 86400))
    return max(said_at, day.opened_at or now)


def _rubbed(seat: Seat, step: DayStep, said: Said) -> UUID:
    """The irritant of the step; « Corriger » says one's own otherwise."""
    journey = _journey(step.day)
    report = irritants.Report(
        code=said.code, text=said.note, severity=said.severity, minutes_lost=said.minutes,
        place=f"{journey.titre}, étape {step.rank} ({step.day.place})"[:200], browser=said.browser,
        software=said.software,
    )  # fmt: skip
    known = _irritant_of(seat, step)
    if known is not None and irritants.reporting.correct(known, report, by=seat.label):
        return known
    return irritants.reporting.find(
        irritants.Finding(
            structure_id=StructureId(step.day.structure_id), source=irritants.Source.FIELD_DAY,
            origin=f"journee:{said.number}", by=seat.label, reporter_id=seat.professional_id, role=seat.role,
            said=report,
        )
    )  # fmt: skip


def _irritant_of(seat: Seat, step: DayStep) -> UUID | None:
    """What this person last said that rubbed at this step."""
    own = step.sayings.filter(by=seat.label, is_in_place=seat.is_in_place, irritant__isnull=False)
    return own.order_by("-id").values_list("irritant", flat=True).first()


def _parts_of(actor: Actor) -> QuerySet[Part]:
    return Part.objects.filter(professional_id=actor.professional_id or 0)
