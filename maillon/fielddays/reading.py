"""A day as it is read: live by who leads it, on a phone by who plays a part, in a list."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from maillon.fielddays.models import DayStep, FieldDay, Part, Saying
from maillon.fielddays.playing import Seat
from maillon.fielddays.preparing import leads, led
from maillon.fielddays.states import DayState, Outcome
from maillon.fielddays.words import document_of, expected_of, role_of
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.professionals import api as professionals
from maillon.scenarios import api as scenarios


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    actor: str
    role: str
    profession_code: str
    holder: str
    professional_id: int | None
    guest: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rub:
    """An irritant that somebody met at a step, as they last said it; `code` as triage knows it today."""

    irritant: UUID
    code: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """`seconds` from the start of the step to what was said of it; None without both."""

    rank: int
    code: str
    moment: str
    actor: str
    role: str
    holder: str
    says: str
    document: str
    recipients: tuple[str, ...]
    expected: tuple[str, ...]
    outcome: str
    outcome_label: str
    note: str
    started_at: dt.datetime | None
    said_at: dt.datetime | None
    said_by: str
    seconds: int | None
    rubs: tuple[Rub, ...]

    @property
    def is_said(self) -> bool:
        return self.outcome != Outcome.TO_COME

    @property
    def minutes_lost(self) -> int:
        return sum(each.minutes for each in self.rubs)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    uuid: UUID
    scenario: str
    title: str
    held_on: dt.date
    place: str
    territory: str
    state: str
    state_label: str
    structure_name: str
    is_ours: bool
    is_shared: bool
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    steps: int
    done: int  # rubbed or not
    rubbed: int
    not_done: int

    @property
    def said(self) -> int:
        return self.done + self.not_done


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    line: DayLine
    summary: str
    parts: tuple[PartLine, ...]
    steps: tuple[StepLine, ...]
    decisions: tuple[str, ...]
    closed_by: str
    minutes_lost: int
    seconds: int | None  # open, from the opening to the closing, or to now


def days(actor: Actor) -> tuple[DayLine, ...]:
    """Those of the structure, and those that others share, for who leads; the latest first."""
    if not leads(actor):
        return ()
    found = FieldDay.objects.filter(Q(structure_id=actor.structure_id or 0) | Q(shared_at__isnull=False))
    ordered = found.select_related("structure").prefetch_related("steps").order_by("-held_on", "-id")
    return tuple(day_line(each, actor) for each in ordered)


def show(actor: Actor, uuid: UUID) -> DayView:
    """For who leads. Raises AccessDenied."""
    return view_of(led(actor, uuid), actor)


def steps_of(seat: Seat) -> tuple[DayLine, tuple[StepLine, ...]]:
    """What whoever has this seat has to do, in order."""
    day = FieldDay.objects.get(uuid=seat.day)
    view = view_of(day, None)
    return view.line, tuple(each for each in view.steps if each.actor in seat.actors)


def replies_to(seat: Seat) -> dict[str, tuple[irritants.Reply, ...]]:
    """By step, what became of the irritants that this person met: nobody who reports is left without an answer."""
    said: dict[str, list[Saying]] = defaultdict(list)
    for each in Saying.objects.filter(step__day__uuid=seat.day, by=seat.label).select_related("step").order_by("id"):
        said[each.step.code].append(each)
    met = {code: list(_rubbing(sayings)) for code, sayings in said.items()}
    found = irritants.lines.replies([uuid for some in met.values() for uuid in some])
    return {code: tuple(found[uuid] for uuid in some if uuid in found) for code, some in met.items() if some}


def view_of(day: FieldDay, actor: Actor | None) -> DayView:
    journey = scenarios.library.as_played(day.text, f"{day.scenario}.yaml")
    parts = {each.actor: _part(journey, each) for each in day.parts.select_related("professional")}
    order = dict.fromkeys(step.acteur for step in journey.etapes)
    rows = list(day.steps.prefetch_related("sayings"))
    rubs = {row.pk: _rubbing(sorted(row.sayings.all(), key=lambda each: each.pk)) for row in rows}
    codes = irritants.lines.codes([uuid for some in rubs.values() for uuid in some])
    steps = tuple(_step(journey, row, parts, rubs[row.pk], codes) for row in rows)
    end = day.closed_at or (clock.now() if day.state == DayState.OPEN else None)
    return DayView(
        line=day_line(day, actor), summary=journey.resume.strip(), parts=tuple(parts[each] for each in order),
        steps=steps, decisions=tuple(day.decisions.splitlines()), closed_by=day.closed_by,
        minutes_lost=sum(each.minutes_lost for each in steps),
        seconds=int((end - day.opened_at).total_seconds()) - day.idle_seconds if end and day.opened_at else None,
    )  # fmt: skip


def found_on(actor: Actor, view: DayView) -> tuple[irritants.IrritantLine, ...]:
    """The irritants of the day with what became of them, the gravest first."""
    kept = irritants.lines.some(actor, [each.irritant for step in view.steps for each in step.rubs])
    return tuple(sorted(kept.values(), key=lambda each: (-each.severity, each.reported_at)))


def day_line(day: FieldDay, actor: Actor | None) -> DayLine:
    journey = scenarios.library.as_played(day.text, f"{day.scenario}.yaml")
    outcomes = [each.outcome for each in day.steps.all()]
    rubbed = outcomes.count(Outcome.RUBBED)
    return DayLine(
        uuid=day.uuid, scenario=day.scenario, title=journey.titre, held_on=day.held_on, place=day.place,
        territory=day.territory, state=day.state, state_label=DayState(day.state).label,
        structure_name=day.structure.name, is_ours=actor is not None and day.structure_id == actor.structure_id,
        is_shared=day.shared_at is not None, opened_at=day.opened_at, closed_at=day.closed_at, steps=len(outcomes),
        done=outcomes.count(Outcome.DONE) + rubbed, rubbed=rubbed, not_done=outcomes.count(Outcome.NOT_DONE),
    )  # fmt: skip


def members(actor: Actor) -> list[professionals.ProfessionalLine]:
    return professionals.active_members(actor.structure_id) if actor.structure_id is not None else []


def _part(journey: scenarios.definition.Scenario, row: Part) -> PartLine:
    actor = journey.acteurs[row.actor]
    return PartLine(
        actor=row.actor, role=actor.role, profession_code=actor.profession,
        holder=str(row.professional) if row.professional else row.guest, professional_id=row.professional_id,
        guest=row.guest, code=row.code or "",
    )  # fmt: skip


def _rubbing(sayings: Iterable[Saying]) -> dict[UUID, Saying]:
    """By irritant, what was last said of it, of sayings in the order in which they came. Whoever then says that it was
    done, or not, says that it did not rub."""
    found: dict[UUID, Saying] = {}
    for each in sayings:
        speaker = (each.by, each.is_in_place)
        if each.irritant is not None:
            found[each.irritant] = each
        else:
            found = {uuid: one for uuid, one in found.items() if (one.by, one.is_in_place) != speaker}
    return found


def _step(
    journey: scenarios.definition.Scenario, row: DayStep, parts: dict[str, PartLine], rubs: dict[UUID, Saying],
    codes: dict[UUID, str],
) -> StepLine:  # fmt: skip
    step = journey.step(row.code)
    return StepLine(
        rank=row.rank, code=row.code, moment=str(step.quand), actor=step.acteur, role=role_of(journey, step.acteur),
        holder=parts[step.acteur].holder, says=step.dire, document=document_of(step),
        recipients=tuple(role_of(journey, each) for each in step.a), expected=expected_of(journey, step),
        outcome=row.outcome, outcome_label=Outcome(row.outcome).label, note=row.note, started_at=row.started_at,
        said_at=row.said_at, said_by=row.said_by, seconds=_seconds(row),
        rubs=tuple(
            Rub(irritant=uuid, code=codes.get(uuid, each.irritant_kind), minutes=each.minutes_lost)
            for uuid, each in rubs.items()
        ),
    )  # fmt: skip


def _seconds(row: DayStep) -> int | None:
    if row.started_at is None or row.said_at is None:
        return None
    return max(0, int((row.said_at - row.started_at).total_seconds()))
