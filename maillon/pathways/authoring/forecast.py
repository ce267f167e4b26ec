"""What a protocol would ask of a person whom somebody imagines, month by month, if each step were done on its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from maillon.kernel import clock
from maillon.pathways import rhythm
from maillon.pathways.authoring import reading
from maillon.pathways.definition import Example, ExamplePatient, Protocol, Step
from maillon.pathways.duration import Duration
from maillon.pathways.eligibility import judge
from maillon.pathways.rehearsal import subject_of
from maillon.pathways.watching import raised
from maillon.questions.api import Subject, answer, day_of

MONTHS: Final = 12
_MOST: Final = 400  # of one step: a rhythm of a day, and a little more


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One time that a step is asked. `late_on`: the day after which it is late."""

    on: dt.date
    late_on: dt.date
    id: str
    who: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    first: dt.date
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`inclusion`: oui, non, inconnu. `on_record`: steps that wait for the record to say something."""

    title: str
    inclusion: str
    reasons: tuple[str, ...]
    alerts: tuple[str, ...]
    months: tuple[Month, ...]
    on_record: tuple[str, ...]


def forecast(protocol: Protocol, *, rank: int = 0, months: int = MONTHS) -> Forecast:
    """For the example of this rank; for somebody of whom nothing is known, when there is none."""
    examples = protocol.exemples
    example = examples[min(max(rank, 0), len(examples) - 1)] if examples else None
    patient = example.patient if example else ExamplePatient()
    now = clock.now()
    subject, today = subject_of(patient, now=now), day_of(now)
    judged = judge(protocol, subject, today=today)
    asks = [ask for step in protocol.etapes for ask in _asks(step, subject, now=now, months=months)]
    return Forecast(
        title=example.titre if example else "Patient dont on ne sait rien",
        inclusion={True: "oui", False: "non", None: "inconnu"}[judged.truth],
        reasons=tuple(each.says for each in (*judged.excluding, *judged.unmet)),
        alerts=tuple(each.alert.dire for each in raised(protocol, subject, today=today)),
        months=_by_month(sorted(asks, key=lambda ask: (ask.on, ask.id))),
        on_record=tuple(f"{each.id} · {each.quoi}" for each in protocol.etapes if each.quand.depuis != "inclusion"),
    )


def titles(examples: tuple[Example, ...]) -> tuple[str, ...]:
    return tuple(each.titre for each in examples)


def _asks(step: Step, subject: Subject, *, now: dt.datetime, months: int) -> list[Ask]:
    today, end = day_of(now), Duration(months, "mois").after(now)
    if step.quand.depuis != "inclusion" or not rhythm.is_wanted(step, subject, today=today):
        return []
    if step.quand.des_que is not None and answer(step.quand.des_que.asked, subject, today=today).truth is not True:
        return []
    waiting = rhythm.first_ones(step, now)
    found: list[Ask] = []
    while waiting and len(found) < _MOST:
        each = waiting.pop(0)
        if each.due_at >= end:
            continue
        found.append(_ask(step, each))
        after = rhythm.next_one(step, rank=each.rank, ended_at=each.due_at, included_at=now, subject=subject)
        if after is not None and not waiting:
            waiting.append(after)
    return found


def _ask(step: Step, each: rhythm.Occurrence) -> Ask:
    return Ask(
        on=clock.in_paris(each.due_at).date(), late_on=clock.in_paris(each.late_at).date(), id=step.id,
        who=reading.profession(step.qui[0]) if step.qui else "", what=step.quoi,
    )  # fmt: skip


def _by_month(asks: list[Ask]) -> tuple[Month, ...]:
    firsts = dict.fromkeys(ask.on.replace(day=1) for ask in asks)
    return tuple(
        Month(first=first, asks=tuple(ask for ask in asks if ask.on.replace(day=1) == first)) for first in firsts
    )
