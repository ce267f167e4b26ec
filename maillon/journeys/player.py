"""Playing a run: step after step, each with its stopwatch, what was expected and what was observed."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from uuid import UUID

from maillon.journeys import gestures, observing
from maillon.journeys.playing import Made, Playing, Step
from maillon.journeys.world import World
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios
from simulators.journeys.asking import Down, Refusal
from simulators.journeys.browser import PageError

runs = scenarios.runs
BROKEN, StepState = scenarios.states.BROKEN, scenarios.states.StepState
Told = Callable[[scenarios.report.StepReport], None]


def play(world: World, run: UUID, *, told: Told = lambda _: None, wait: Callable[[Step], None] | None = None) -> None:
    """To its end. A run that was interrupted goes on where it was: what is passed is not played again. The clock is put
    back, whatever happens."""
    report = runs.read(run)
    origin = report.origin or _origin(report.scenario)
    runs.set_origin(run, origin)
    playing = Playing(
        world=world, scenario=report.scenario, number=report.number, origin=origin,
        variant=report.scenario.variant(report.variant), person=world.subject(report.scenario, report.number),
    )  # fmt: skip
    try:
        for each in report.steps:
            if each.state == StepState.PASSED:
                _remember(playing, each)
                continue
            if wait is not None:
                wait(each.step)
            _play_step(playing, run, each.step)
            told(_fresh(run, each.step.code))
        runs.end(run, observed=_figures(playing, run))
    finally:
        clock.put_back()


def _origin(scenario: scenarios.definition.Scenario) -> dt.datetime:
    """J0, so that the last day has passed: nothing of a journey stands in the future once it has been played."""
    return clock.midnight(clock.today() - dt.timedelta(days=scenario.days + 2))


def _play_step(playing: Playing, run: UUID, step: Step) -> None:
    code = step.code
    lacking = [each for each in step.apres if _fresh(run, each).state in BROKEN]
    if lacking:
        runs.end_step(run, code, move="skip", reason=f"Non jouée\u202f: elle vient après {', '.join(lacking)}.")
        return
    runs.begin_step(run, code)
    clock.move_to(playing.moment(step.quand))
    started = time.monotonic()
    move, reason, seen = "fail", "", observing.Observed()
    try:
        done = gestures.do(playing, step)
        seen = observing.observe(playing, step, done)
        if step.lecture is not None and seen.holds:
            clock.move_to(playing.moment(step.quand) + dt.timedelta(minutes=step.lecture.apres.minutes))
            gestures.acknowledge(playing, step.lecture.par, code)
        move, reason = ("pass", "") if seen.holds else ("fail", observing.reason_of(seen))
    except Down as down:
        move, reason = "be_impossible", f"Le programme de cet acteur ({down}) ne répond pas."
    except UserMessage as refusal:
        move, reason = "be_impossible", f"{refusal.message} ({refusal.code})"
    except (PageError, Refusal) as refusal:
        reason = str(refusal)
    runs.end_step(
        run, code, move=move, seconds=time.monotonic() - started, reason=reason, checks=seen.checks,
        documents=seen.documents, messages=seen.messages, reentries=step.ressaisies,
    )  # fmt: skip


def _remember(playing: Playing, each: scenarios.report.StepReport) -> None:
    for document in each.documents:
        playing.made[each.step.code] = Made(
            id=document.id, type=document.type, title=document.title, uuid=document.uuid
        )


def _fresh(run: UUID, code: str) -> scenarios.report.StepReport:
    return next(each for each in runs.read(run).steps if each.step.code == code)


def _figures(playing: Playing, run: UUID) -> dict[str, object]:
    return {}
