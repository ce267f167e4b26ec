"""When a step of a protocol is to be done. Pure: given the plan's dates and what was done, the day of the next time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from maillon.kernel import clock
from maillon.pathways.definition import Step
from maillon.pathways.duration import Duration
from maillon.questions.api import Expression, Fact, Kind, Series, Subject, answer, day_of, series_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The time numbered `rank` of a step, counted from `origin_at`."""

    rank: int
    origin_at: dt.datetime
    due_at: dt.datetime
    opens_at: dt.datetime
    late_at: dt.datetime


def first_ones(step: Step, origin_at: dt.datetime, *, after_rank: int = 0) -> list[Occurrence]:
    """Those that count from an origin: one for each `a`."""
    return [
        _occurrence(step, after_rank + place, origin_at, each.after(origin_at))
        for place, each in enumerate(step.quand.a, 1)
    ]


def next_one(
    step: Step, *, rank: int, ended_at: dt.datetime, included_at: dt.datetime, subject: Subject
) -> Occurrence | None:
    """The time after the one that ended: at the rhythm that the record now calls for. None when it does not come
    back."""
    rhythm = rhythm_of(step, subject, today=day_of(ended_at))
    if rhythm is None:
        return None
    due_at = rhythm.after(ended_at)
    if step.quand.jusqu_a is not None and due_at > step.quand.jusqu_a.after(included_at):
        return None
    return _occurrence(step, rank + 1, ended_at, due_at)


def rhythm_of(step: Step, subject: Subject, *, today: dt.date) -> Duration | None:
    for otherwise in step.quand.sauf:
        if answer(otherwise.si.asked, subject, today=today).truth:
            return otherwise.tous_les
    return step.quand.tous_les


def _occurrence(step: Step, rank: int, origin_at: dt.datetime, due_at: dt.datetime) -> Occurrence:
    return Occurrence(
        rank=rank,
        origin_at=origin_at,
        due_at=due_at,
        opens_at=max(step.ouvre.before(due_at), min(origin_at, due_at)),
        late_at=step.fenetre.after(due_at),
    )


def is_wanted(step: Step, subject: Subject, *, today: dt.date) -> bool:
    """Its condition holds, or it has none. Inconnu is not met."""
    return step.condition is None or answer(step.condition.asked, subject, today=today).truth is True


def shown_done(shown: Expression, subject: Subject, *, since: dt.datetime | None, today: dt.date) -> Fact | None:
    """The fact that shows that a step was done, among what is newer than `since`, the time before; else None."""
    newer = subject if since is None else _newer(subject, since, series_in(shown))
    found = answer(shown, newer, today=today)
    facts = [fact for reason in found.because for fact in reason.facts]
    if not found.truth:
        return None
    return max(facts, key=lambda fact: (fact.at, fact.id)) if facts else None


def _newer(subject: Subject, since: dt.datetime, read: tuple[Series, ...]) -> Subject:
    """Without the facts that the former time rested on already; what a question says besides (a diagnosis, an age)
    stays."""
    dated = (Kind.OBSERVATION, Kind.ANSWER, Kind.DOCUMENT, Kind.VACCINATION, Kind.PROCEDURE, Kind.SENDING)
    kinds = {series.kind for series in read if series.kind in dated}
    kept = tuple(fact for fact in subject.facts if fact.kind not in kinds or fact.at > since)
    return Subject(birth_date=subject.birth_date, sex=subject.sex, facts=kept, parameters=subject.parameters)


def origin_of(
    step: Step, *, included_at: dt.datetime, dates: Mapping[str, str], states: Mapping[str, dt.datetime]
) -> dt.datetime | None:
    """When the step begins to count: inclusion, a date of the plan, its entering a state; None while that has not
    come."""
    depuis = step.quand.depuis
    if depuis == "inclusion":
        return included_at
    if depuis in dates:
        return clock.instant(dates[depuis])
    return states.get(depuis)
