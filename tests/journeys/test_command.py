"""`maillon parcours`: what is refused is refused before anything starts; whoever plays, the run is followed to its end,
and one that nobody plays any more is never waited for."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from maillon.commands import parcours
from maillon.demo import base
from maillon.demo.programs import ProgramDied, Programs
from maillon.journeys import player, runner
from maillon.kernel import sql
from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios
from maillon.scenarios.states import RunState, StepState

runs = scenarios.runs
NAME = "entorse_cheville"


def _options(*typed: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parcours.add(parser.add_subparsers(), "parcours")
    return parser.parse_args(["parcours", *typed])


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Programs, "start", lambda *_: pytest.fail("it started"))
    monkeypatch.setattr("maillon.commands.base.migrate", lambda: pytest.fail("it migrated"))
    monkeypatch.setattr("maillon.demo.environment.prepare", lambda: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setenv("MAILLON_ADRESSE", "http://localhost:9")


# ------------------------------------------------------------------------------------------------ what is typed


def test_the_list_asks_nothing_of_the_base(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("maillon.kernel.database.ensure_started", lambda: pytest.fail("it started the base"))
    options = _options()
    assert options.run(options) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in scenarios.library.names())


@pytest.mark.parametrize("typed", [
    ["--variante", "IR4"], ["--reprendre"], ["--pas-a-pas"], ["--images"], ["--rapport", "r.pdf"],
])  # fmt: skip
def test_an_option_without_the_name_of_a_journey_is_refused(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = _options(*typed)
    assert options.run(options) == 2
    said = capsys.readouterr()
    assert (said.out, "Nommez le parcours" in said.err) == ("", True)


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "said"), [
    ([NAME, "--variante", "IR99"], "n’est pas une variante de ce parcours"),
    (["inconnu"], "Parcours connus"),
    ([NAME, "--rapport", "rapport.doc"], "Le rapport s’écrit en"),
    ([NAME, "--rapport", "nulle-part/rapport.pdf"], "ne peut pas s’écrire dans « nulle-part/rapport.pdf »"),
    ([NAME, "--rapport", "dossier.pdf"], "ne peut pas s’écrire dans « dossier.pdf »"),
])  # fmt: skip
def test_what_cannot_be_played_or_reported_is_refused_before_anything_starts(
    typed: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dossier.pdf").mkdir()
    options = _options(*typed)
    assert options.run(options) == 2
    assert said in capsys.readouterr().err
    assert not runs.latest()


def test_trying_where_a_report_goes_leaves_nothing_there_and_spoils_nothing(tmp_path: Path) -> None:
    new, former = tmp_path / "neuf.json", tmp_path / "ancien.html"
    former.write_text("hier")
    parcours._try_to_write([new, former])
    assert not new.exists()
    assert former.read_text() == "hier"


@pytest.mark.usefixtures("nothing_starts", "cast")
def test_the_base_of_an_installation_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for typed in ([NAME], ["--debout"], ["--joueur"]):
        options = _options(*typed)
        assert options.run(options) == 2
        assert "n’est pas celle d’une démonstration" in capsys.readouterr().err


def test_an_installation_that_says_it_is_real_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAILLON_INS", "reel")
    monkeypatch.setattr("maillon.commands.set_up.set_up", lambda: pytest.fail("it asked the base"))
    options = _options(NAME)
    assert options.run(options) == 2
    assert "MAILLON_INS=reel" in capsys.readouterr().err


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.django_db
def test_nothing_to_take_up_again_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("maillon.commands.base.migrate", lambda: None)
    runs.ask(NAME, asked_by="essai", variant="IR4")
    options = _options(NAME, "--reprendre")
    try:
        assert options.run(options) == 2
    finally:
        sql.rows("SELECT pg_advisory_unlock_all()")  # as the end of the process does
    assert "Rien à reprendre" in capsys.readouterr().err
    assert [each.number for each in runs.latest()] == [1], "and no other was begun"


# ------------------------------------------------------------------------------------------------ following a run


@pytest.fixture
def asked(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> UUID:
    monkeypatch.setattr(parcours, "PAUSE", 0.02)
    monkeypatch.setattr(runner, "PAUSE", 0.02)
    return runs.ask(NAME, asked_by="essai", step_by_step=True)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileIO]:
    """Where somebody types."""
    read, write = os.pipe()
    with os.fdopen(read) as line, FileIO(write, "w") as typed:
        monkeypatch.setattr(sys, "stdin", line)
        yield typed


def _play_beside(monkeypatch: pytest.MonkeyPatch, *, steps: int) -> threading.Thread:
    """A player in the place of the demonstration's own: it waits before each step and passes it, and dies after
    `steps`."""

    def play(_: object, run: UUID, wait: object) -> None:
        for each in runs.read(run).steps[:steps]:
            wait(each.step)  # type: ignore[operator]
            runs.begin_step(run, each.step.code)
            runs.end_step(run, each.step.code, move="pass")
        if steps >= len(runs.read(run).steps):
            runs.end(run, observed={})

    def serve() -> None:
        try:
            base.hold(base.PLAYER)
            run = runs.take_next()
            assert run is not None
            runner.play_one(None, run)  # type: ignore[arg-type]
        finally:
            connection.close()

    monkeypatch.setattr(player, "play", play)
    found = threading.Thread(target=serve)
    found.start()
    while not base.is_held(base.PLAYER):
        time.sleep(0.01)
    return found


def _follow(run: UUID, told: set[str] | None = None) -> None:
    parcours._follow(Programs(Path("journaux")), run, by_steps=True, told=told or set())


def test_enter_or_the_page_lets_each_step_be_played(
    asked: UUID, keyboard: FileIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first steps from the page, the others at the keyboard, one of them in double."""
    steps = len(runs.read(asked).steps)
    playing = _play_beside(monkeypatch, steps=steps)

    def on_the_page() -> None:
        try:
            while runs.read(asked).passed < 2:
                runs.go_on(asked)
                time.sleep(0.02)
            keyboard.write(b"\n" * (steps - 2) + b"\n")
        finally:
            connection.close()

    page = threading.Thread(target=on_the_page)
    page.start()
    _follow(asked)
    page.join()
    playing.join()
    shown = capsys.readouterr().out
    assert runs.state_of(asked) == RunState.SUCCEEDED
    assert shown.count("✓") == steps
    assert "ENT-18" in shown


def test_a_closed_entry_interrupts_the_run_and_the_player_lives(
    asked: UUID, keyboard: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing = _play_beside(monkeypatch, steps=1)
    keyboard.close()
    with pytest.raises(UserMessage, match="E-PAR-27"):
        _follow(asked)
    playing.join()
    assert runs.state_of(asked) == RunState.INTERRUPTED
    assert runs.read(asked).steps[0].state == StepState.TO_COME
    runs.resume(asked)
    assert runs.state_of(asked) == RunState.ASKED


@pytest.mark.parametrize(("typed", "state"), [(["--pas-a-pas"], RunState.INTERRUPTED), ([], RunState.WAITING)])
def test_who_leaves_the_keyboard_leaves_no_step_that_waits_for_them(
    asked: UUID, keyboard: FileIO, monkeypatch: pytest.MonkeyPatch, typed: list[str], state: str
) -> None:
    """Of a run that the demonstration plays by itself, they only stop looking."""
    def leaves(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    playing = _play_beside(monkeypatch, steps=1)
    monkeypatch.setattr("maillon.journeys.official.kit", lambda: None)
    monkeypatch.setattr(parcours, "_ask", lambda *_: asked)
    monkeypatch.setattr(parcours, "_follow", leaves)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    while runs.state_of(asked) != RunState.WAITING:
        time.sleep(0.01)
    with pytest.raises(KeyboardInterrupt):
        parcours._play(_options(NAME, *typed), Programs(Path("journaux")))
    assert runs.state_of(asked) == state
    runs.go_on(asked)
    playing.join()


def test_a_player_that_dies_is_not_waited_for(
    asked: UUID, monkeypatch: pytest.MonkeyPatch, keyboard: FileIO
) -> None:
    playing = _play_beside(monkeypatch, steps=1)
    keyboard.write(b"\n")
    with pytest.raises(UserMessage, match="E-PAR-26"):
        _follow(asked)
    playing.join()
    report = runs.read(asked)
    assert (report.state, report.passed) == (RunState.INTERRUPTED, 1)
    assert "relancez une démonstration" in report.failure


def test_nobody_plays_where_a_player_died_long_ago(asked: UUID) -> None:
    with pytest.raises(UserMessage, match="E-PAR-26"):
        _follow(asked)


def test_of_a_demonstration_of_ours_the_program_that_died_is_named(asked: UUID, tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    programs.start("joueur", "maillon.cli", "rien")
    while not programs.has_ended("joueur"):
        time.sleep(0.02)
    with pytest.raises(ProgramDied, match="joueur"):
        parcours._follow(programs, asked, by_steps=False, told=set())
    assert runs.state_of(asked) == RunState.INTERRUPTED


def test_what_was_passed_before_the_interruption_is_not_told_again(
    asked: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs.take_next() == asked
    first, second = (each.step.code for each in runs.read(asked).steps[:2])
    for code in (first, second):
        runs.begin_step(asked, code)
        runs.end_step(asked, code, move="pass" if code == first else "fail", reason="Absent.")
    runs.interrupt(asked, why="Arrêté.")
    told = parcours._passed(runs.read(asked))
    _follow(asked, told)
    shown = capsys.readouterr().out
    assert (first in shown, second in shown) == (False, True)


def test_the_player_leaves_a_run_that_somebody_interrupted_while_it_waited(asked: UUID) -> None:
    assert runs.take_next() == asked
    leaves = threading.Timer(0.2, lambda: (runs.interrupt(asked, why="Arrêté."), connection.close()))
    leaves.start()
    with pytest.raises(runner.Left):
        runner.wait_for_go(asked)
    leaves.join()


def test_an_exception_of_the_player_interrupts_the_run(asked: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    def play(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(player, "play", play)
    assert runs.take_next() == asked
    runner.play_one(None, asked)  # type: ignore[arg-type]
    assert (runs.state_of(asked), runs.read(asked).failure) == (
        RunState.INTERRUPTED, "Le joueur s’est arrêté\u202f: RuntimeError.",
    )  # fmt: skip
