"""A run is stored as it is played: what is interrupted goes on, what is broken is never a success."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios
from maillon.scenarios.report import Check, Produced
from maillon.scenarios.states import RunState, StepState
from tests.scenarios import played

pytestmark = pytest.mark.django_db
runs = scenarios.runs
NAME = "entorse_cheville"


def _asked() -> UUID:
    return runs.ask(NAME, asked_by="essai")


def test_a_journey_is_read_once_for_each_text_that_it_has_had() -> None:
    """A page that shows the last fifty runs, or asks every four seconds, reads what they played fifty times."""
    text = scenarios.library.text_of(NAME)
    assert scenarios.library.read(text, NAME) is scenarios.library.read(text, NAME)
    changed = text.replace("titre: ", "titre: Autre ", 1)
    assert scenarios.library.read(changed, NAME).titre.startswith("Autre")


def test_a_run_is_taken_once() -> None:
    asked = _asked()
    assert runs.take_next() == asked
    assert runs.take_next() is None
    assert runs.state_of(asked) == RunState.PLAYING


def test_a_run_succeeds_only_when_every_step_did() -> None:
    run = _asked()
    assert runs.take_next() == run
    codes = [each.step.code for each in runs.read(run).steps]
    for code in codes[:-1]:
        runs.begin_step(run, code)
        runs.end_step(run, code, move="pass", seconds=0.5)
    runs.begin_step(run, codes[-1])
    runs.end_step(run, codes[-1], move="be_impossible", reason="Le programme « imagerie » ne répond pas.")
    runs.end(run, observed={})
    report = runs.read(run)
    assert (report.state, report.passed, len(report.broken)) == (RunState.FAILED, len(codes) - 1, 1)


def test_what_a_step_showed_is_read_as_it_was_written() -> None:
    run = _asked()
    assert runs.take_next() == run
    code = runs.read(run).steps[0].step.code
    check = Check(what="Documents", expected="1", observed="1", holds=True)
    made = Produced(type="11488-4", title="Compte rendu", conforms=True, ins_qualified=True, seen_by=("medecin",))
    runs.begin_step(run, code)
    runs.end_step(run, code, move="pass", seconds=1.25, checks=[check], documents=[made], reentries=1)
    step = runs.read(run).steps[0]
    assert (step.state, step.seconds, step.checks, step.documents) == (StepState.PASSED, 1.25, (check,), (made,))
    figures = {each.code: each for each in runs.read(run).figures}
    assert (figures["ins"].value, figures["conformite"].value) == ("100\u00a0%", "100\u00a0%")
    assert figures["ressaisies"].value == "1"
    assert figures["ressaisies"].is_alarming


def test_a_letter_of_discharge_is_on_time_once_it_has_left() -> None:
    def said(run: UUID) -> tuple[str, bool]:
        figure = next(each for each in runs.read(run).figures if each.code == "lettre_de_sortie")
        return figure.value, figure.is_alarming

    run = runs.ask("appendicectomie", asked_by="essai")
    assert runs.take_next() == run
    assert said(run) == ("—", False), "its step is to come"
    runs.end(run, observed={"sortie_a_temps": True})
    assert said(run) == ("0/1", True), "nobody found it late, because it never left"
    assert said(played.stand("appendicectomie", failing="")) == ("1/1", False)
    assert said(played.stand("appendicectomie", failing="", sent_on_time=False)) == ("0/1", True)


def test_what_a_player_that_is_gone_left_can_be_taken_up_again() -> None:
    """Whatever it was doing: a killed player says nothing, and what waited before a step would wait for ever."""
    playing, waiting, ended, asked = (_asked() for _ in range(4))
    for run in (playing, waiting, ended):
        assert runs.take_next() == run
    runs.pause(waiting)
    runs.end(ended, observed={})
    code = runs.read(playing).steps[0].step.code
    runs.begin_step(playing, code)
    assert runs.interrupt_the_abandoned() == 3
    assert {runs.state_of(each) for each in (playing, waiting, asked)} == {RunState.INTERRUPTED}
    assert runs.state_of(ended) == RunState.FAILED
    assert runs.read(playing).steps[0].state == StepState.TO_COME
    runs.interrupt(ended, why="Trop tard.")
    assert runs.state_of(ended) == RunState.FAILED


def test_only_the_last_run_of_a_journey_is_taken_up_again() -> None:
    assert runs.last_unfinished(NAME) is None
    run = _asked()
    assert runs.last_unfinished(NAME) is None, "somebody will play it"
    runs.interrupt(run, why="Arrêté.")
    found = runs.last_unfinished(NAME)
    assert found is not None
    assert found.uuid == run
    assert runs.last_unfinished(NAME, variant="IR4") is None
    later = _asked()
    assert runs.take_next() == later
    assert runs.last_unfinished(NAME) is None


def test_what_was_broken_is_to_come_when_the_run_is_taken_up_again() -> None:
    run = _asked()
    assert runs.take_next() == run
    passed, failed, skipped = (each.step.code for each in runs.read(run).steps[:3])
    for code, move in ((passed, "pass"), (failed, "fail"), (skipped, "be_impossible")):
        runs.begin_step(run, code)
        runs.end_step(run, code, move=move, seconds=1, reason="" if move == "pass" else "Absent.")
    runs.interrupt(run, why="Arrêté.")
    runs.resume(run, is_step_by_step=True)
    report = runs.read(run)
    assert report.is_step_by_step
    assert [(each.state, each.reason) for each in report.steps[:3]] == [
        (StepState.PASSED, ""), (StepState.TO_COME, ""), (StepState.TO_COME, ""),
    ]  # fmt: skip


def test_a_run_goes_on_once_whoever_says_so_first() -> None:
    run = _asked()
    assert runs.take_next() == run
    runs.pause(run)
    runs.go_on(run)
    runs.go_on(run)
    assert runs.state_of(run) == RunState.PLAYING


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(UserMessage, match="E-PAR-02"):
        runs.ask(NAME, asked_by="essai", variant="IR99")


def test_what_succeeded_is_not_begun_again() -> None:
    run = _asked()
    assert runs.take_next() == run
    for each in runs.read(run).steps:
        runs.begin_step(run, each.step.code)
        runs.end_step(run, each.step.code, move="pass")
    runs.end(run, observed={})
    assert runs.take_next() is None


def test_what_was_interrupted_is_asked_for_again_and_what_ended_is_not() -> None:
    run = _asked()
    assert runs.take_next() == run
    with pytest.raises(UserMessage, match="E-PAR-11"):
        runs.resume(run)
    runs.interrupt(run, why="Le programme qui jouait ne répond plus.")
    runs.resume(run)
    assert (runs.state_of(run), runs.read(run).failure) == (RunState.ASKED, "")
    assert runs.take_next() == run


def test_a_step_that_was_being_played_is_to_come_again_and_what_was_made_before_it_is_known() -> None:
    run = _asked()
    assert runs.take_next() == run
    first, second = (each.step.code for each in runs.read(run).steps[:2])
    runs.begin_step(run, first)
    runs.end_step(run, first, move="pass")
    runs.keep_made(run, first, {"id": "DF1F51FF", "type": "74465-6", "title": "Questionnaire", "uuid": ""})
    runs.begin_step(run, second)
    runs.interrupt(run, why="Arrêté.")
    report = runs.read(run)
    assert [each.state for each in report.steps[:2]] == [StepState.PASSED, StepState.TO_COME]
    assert report.observed[runs.MADE][first]["id"] == "DF1F51FF"


def test_what_failed_is_taken_up_again() -> None:
    run = played.stand()
    assert runs.state_of(run) == RunState.FAILED
    found = runs.last_unfinished(NAME)
    assert found is not None
    assert [each.step.code for each in found.steps if each.is_begun and each.state != StepState.PASSED] == ["ENT-06"]
    runs.resume(run)
    assert runs.take_next() == run


def test_what_a_face_shows_no_more_is_kept_beside_what_was_noticed() -> None:
    run = _asked()
    assert runs.take_next() == run
    runs.keep(run, {"documents": ["a"], "a_regler": []})
    runs.keep(run, {"documents": ["a", "b"], "a_regler": ["secretaire"]})
    assert runs.read(run).observed[runs.KEPT] == {"documents": ["a", "b"], "a_regler": ["secretaire"]}


def test_a_milestone_is_counted_in_the_calendar_as_it_was_played() -> None:
    """IR8: a report of imaging that is written on the next day was not there after six hours."""
    run = _asked()
    assert runs.take_next() == run
    begun = dt.datetime(2026, 10, 15, 7, tzinfo=dt.UTC)
    for code, minutes in (("ENT-01", 0), ("ENT-04", 125), ("ENT-06", 24 * 60 + 30)):
        runs.begin_step(run, code)
        runs.end_step(run, code, move="pass", done_at=begun + dt.timedelta(minutes=minutes))
    figures = {each.code: each.value for each in runs.read(run).figures}
    assert figures["premier_contact"] == "2\u00a0h 5\u00a0min"
    assert figures["imagerie"] == "1\u00a0j 30\u00a0min"


def test_each_run_is_about_somebody_whom_no_other_was_about() -> None:
    """Of the same sex and age: another journey is about other people. A run that goes on is about the same."""
    first, second, other = _asked(), _asked(), runs.ask("appendicectomie", asked_by="essai")
    assert [runs.draw_person(each, among=range(1, 90)) for each in (first, second, other)] == [1, 2, 1]
    assert runs.draw_person(first, among=range(1, 90)) == 1
    closed = runs.ask(NAME, asked_by="essai", variant="IR2")
    assert runs.draw_person(closed, among=range(90, 92)) == 90


def test_a_run_is_refused_when_nobody_is_left() -> None:
    for _ in range(3):
        runs.draw_person(_asked(), among=range(90, 93))
    with pytest.raises(UserMessage, match="E-PAR-16"):
        runs.draw_person(_asked(), among=range(90, 93))


def test_a_picture_is_kept_with_its_step_until_the_step_is_played_again() -> None:
    run = _asked()
    assert runs.take_next() == run
    code = runs.read(run).steps[0].step.code
    runs.begin_step(run, code)
    for shows in ("Ce qui arrive", "La journée"):
        runs.keep_picture(run, code, seen_by="Secrétaire", shows=shows, size=(390, 844), data=b"RIFF")
    first, second = runs.read(run).steps[0].pictures
    assert (first.rank, second.rank, first.is_of_a_phone) == (1, 2, True)
    assert first.said == "Écran de\u202f: Secrétaire. Ce qui arrive."
    assert runs.picture(1, code, 2) == b"RIFF"
    with pytest.raises(UserMessage, match="E-PAR-14"):
        runs.picture(1, code, 3)
    runs.end_step(run, code, move="fail")
    runs.begin_step(run, code)
    assert runs.read(run).pictures == ()


def test_a_journey_is_illustrated_by_its_last_run_that_succeeded_as_it_is_written() -> None:
    assert runs.illustrated(NAME) is None
    played.stand(failing="", with_pictures=True)
    played.stand(failing="ENT-06", with_pictures=True)
    played.stand(failing="", variant="IR4", with_pictures=True)
    played.stand(failing="")
    found = runs.illustrated(NAME)
    assert found is not None
    assert (found.number, len(found.pictures)) == (1, len(found.documents))
