"""Playing a run: step after step, each with its stopwatch, what was expected and what was observed."""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from uuid import UUID

from maillon.journeys import finding, gestures, letters, observing, screens, telling, variants
from maillon.journeys.playing import Made, Playing, Step
from maillon.journeys.world import World
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios
from simulators.journeys.asking import Down, Refusal
from simulators.journeys.browser import PageError

runs = scenarios.runs
TO_LEAVE = 8.0  # seconds, for what was sent before the clock is put back; a program that is stopped has fifteen
BROKEN, StepState = scenarios.states.BROKEN, scenarios.states.StepState


def play(world: World, run: UUID, *, wait: Callable[[Step], None] | None = None) -> None:
    """To its end. A run that was interrupted, or failed, goes on where it was: what is passed is not played again. The
    clock is put back, whatever happens. Raises UserMessage when nobody is left whom a run could be about."""
    report = runs.read(run)
    origin = report.origin or _origin(report.scenario)
    runs.set_origin(run, origin)
    variant = report.scenario.variant(report.variant)
    playing = Playing(
        world=world, scenario=report.scenario, number=report.number, origin=origin, variant=variant,
        person=world.subject(report.scenario, _drawn(run, variant)), keep=functools.partial(runs.keep, run),
    )  # fmt: skip
    _recall(playing, report)
    try:
        playing.camera = screens.camera() if report.with_pictures else None
        for each in report.steps:
            if each.state == StepState.PASSED:
                continue
            if wait is not None:
                wait(each.step)
            playing.is_again = each.is_begun
            _play_step(playing, run, each.step)
        runs.end(run, observed=figures(playing.own(runs.noticed(run))))
    finally:
        _put_back()
        if playing.camera is not None:
            playing.camera.close()
    telling.tell(playing, runs.read(run))


def _drawn(run: UUID, variant: scenarios.definition.Variant | None) -> int:
    try:
        return runs.draw_person(run, among=variants.pool(variant))
    except UserMessage as refusal:
        runs.interrupt(run, why=refusal.message)
        raise


def _put_back() -> None:
    """Once what was sent has left: true time would count as weeks of trying the seconds that it was given."""
    try:
        finding.until_nothing_is_due(patience=TO_LEAVE)
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
    started, playing.apart, playing.shots = time.monotonic(), 0.0, []
    move, reason, seen = "fail", "", observing.Observed()
    try:
        seen = _played(playing, run, step)
        move, reason = ("pass", "") if seen.holds else ("fail", observing.reason_of(seen))
    except Down as down:
        move, reason = "be_impossible", f"Le programme de cet acteur ({down}) ne répond pas."
    except UserMessage as refusal:
        move, reason = "be_impossible", f"{refusal.message} ({refusal.code})"
    except (PageError, Refusal) as refusal:
        reason = str(refusal)
    constats = playing.own(runs.noticed(run))
    new = [each for each in constats if each not in playing.told]
    playing.told += new
    runs.end_step(
        run, code, move=move, seconds=time.monotonic() - started - playing.apart, reason=reason, checks=seen.checks,
        documents=seen.documents, messages=seen.messages, irritants=variants.irritants(new),
        reentries=step.ressaisies + variants.is_on_paper(playing, step), done_at=playing.done_at.get(code),
    )  # fmt: skip
    if code in playing.made:
        runs.keep_made(run, code, asdict(playing.made[code]))
    for each in playing.shots:
        runs.keep_picture(run, code, seen_by=each.seen_by, shows=each.shows, size=each.size, data=each.data)


def _played(playing: Playing, run: UUID, written: Step) -> observing.Observed:
    """The gesture, what is seen of it, then who reads it, at their hour."""
    step = replace(
        written, attendu=variants.expected(playing, written), a=variants.recipients(playing, written)
    )
    variant = playing.variant
    _move(playing, playing.moment(variants.begins_at(playing, step)))
    lifted = _lift(playing, run, step)
    done = gestures.do(playing, step)
    playing.done_at[step.code] = playing.latest or clock.now()  # the seconds of a machine are not those of the journey
    seen = observing.observe(playing, step, done)
    seen.checks.extend((*lifted, *observing.in_time(playing, step)))
    screens.take(playing, step)
    if variants.reads_later(playing, step):
        assert variant is not None
        _move(playing, playing.moment(variant.quand or step.quand))
    elif step.lecture is not None and seen.holds and step.code in playing.made:
        _move(playing, playing.moment(step.quand) + dt.timedelta(minutes=step.lecture.apres.minutes))
        seen.checks.append(_read_by(playing, step, step.lecture))
    if variant is not None and variant.noticed_at == step.code and variant.constat:
        finding.eventually(lambda: _has_noticed(playing, run, variant.constat), patience=variants.PATIENCE)
        seen.checks.extend(variants.checks(playing, step, playing.own(runs.noticed(run))))
        screens.show(playing, variant.signale_a, "/journee", "La journée\u202f: ce que la plateforme a constaté")
    if variants.reads_later(playing, step) and step.lecture is not None:
        seen.checks.append(_read_by(playing, step, step.lecture))  # late, but read
    seen.checks.extend(letters.hand_over(playing, step))
    return seen


def _read_by(playing: Playing, step: Step, reading: scenarios.definition.Reading) -> scenarios.report.Check:
    is_read = gestures.acknowledge(playing, reading.par, step.code)
    role = playing.scenario.acteurs[reading.par].role
    return scenarios.report.Check(
        what=f"Lu par\u202f: {role}", expected="oui", observed="oui" if is_read else "non", holds=is_read
    )


def _has_noticed(playing: Playing, run: UUID, fact: str) -> bool:
    return any(each["fait"] == fact for each in playing.own(runs.noticed(run)))


def _move(playing: Playing, moment: dt.datetime) -> None:
    """Never back within a run: what was read later than the next step was to begin makes it begin later."""
    playing.latest = max(moment, playing.latest or moment)
    clock.move_to(playing.latest)


def _lift(playing: Playing, run: UUID, step: Step) -> list[scenarios.report.Check]:
    """The cause is mended before this step: the identity document is shown, and what waited leaves, once each."""
    variant = playing.variant
    if variant is None or variant.leve != step.code:
        return []
    before = playing.scenario.etapes[: [each.code for each in playing.scenario.etapes].index(step.code)]
    held = [each for each in before if variants.is_holding(playing, each) and "dmp" in each.a]
    gestures.identify(playing, replace(playing.scenario.step(variant.etape), code="", fait="identifier"))
    made = [playing.made[each.code] for each in held if each.code in playing.made]
    return [observing.in_national_record(playing, each) for each in made]


def _recall(playing: Playing, report: scenarios.report.Report) -> None:
    """What the steps that are passed made, at the hour of each, and what was told with them: what is played again is
    told again."""
    playing.recall(report.observed.get(runs.KEPT, {}))
    for code, made in report.observed.get(runs.MADE, {}).items():
        playing.made[code] = Made(**made)
    for each in report.steps:
        if each.state == StepState.PASSED:
            playing.done_at[each.step.code] = each.done_at or playing.moment(each.step.quand)
            playing.told += [
                {"code": one.code, "fait": one.fact, "document": one.document} for one in each.irritants
            ]  # fmt: skip


def _fresh(run: UUID, code: str) -> scenarios.report.StepReport:
    return next(each for each in runs.read(run).steps if each.step.code == code)


def figures(constats: list[dict[str, str]]) -> dict[str, object]:
    """Of what the platform noticed of this run. A document that waits for somebody whom nobody can stand in for is
    noticed twice, and is one document."""
    unread = {each["document"] for each in constats if each["fait"] in ("non_lu", "seul")}
    return {
        "non_lus_24h": len(unread), "sortie_a_temps": not any(each["fait"] == "sortie_tardive" for each in constats),
    }  # fmt: skip
