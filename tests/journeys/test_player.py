"""A step whose actor is missing, or whose program outside is down, is told as such: never as a success, and the run
comes to its end."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maillon.demo.programs import Programs
from maillon.journeys import observing, player
from maillon.journeys.playing import Playing
from maillon.journeys.world import World
from maillon.kernel import clock
from maillon.scenarios import api as scenarios
from simulators.journeys import cast
from simulators.territory import build_territory

pytestmark = pytest.mark.django_db
UNTIL = dt.date(2026, 11, 28)
NOBODY = 9  # a port of this machine where no pages answer
runs, StepState = scenarios.runs, scenarios.states.StepState


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("MAILLON_DEMO", "1")
    monkeypatch.setenv("MAILLON_DONNEES", str(tmp_path))
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    (tmp_path / "telephone").mkdir()
    (tmp_path / "telephone" / "totp.json").write_text("[]")
    (tmp_path / "parcours").mkdir()
    programs = Programs(tmp_path / "journaux")
    yield World(
        site=f"http://127.0.0.1:{NOBODY}", folder=tmp_path, programs=programs, until=UNTIL,
        territory=cast.with_outside(build_territory(until=UNTIL, patients=1)),
    )  # fmt: skip
    programs.stop()


def _play(world: World, name: str) -> tuple[scenarios.report.StepReport, ...]:
    run = runs.ask(name, asked_by="essai")
    runs.begin(run)
    player.play(world, run)
    return runs.read(run).steps


def _operator(world: World) -> None:
    """The lines of those outside: to an operator that nobody keeps."""
    line = {"host": "127.0.0.1", "imap_port": NOBODY, "smtp_port": NOBODY, "ca_file": "", "accounts": ""}
    said = {"until": UNTIL.isoformat(), "operator": line, "dmp": {"address": "", "authority": "", "structure": ""}}
    (world.outside / "monde.json").write_text(json.dumps(said))


def _kill(world: World, who: str) -> None:
    os.kill(json.loads((world.outside / f"{who}.json").read_text())["pid"], signal.SIGKILL)
    while not world.programs.has_ended(who):
        time.sleep(0.01)


def test_a_program_outside_that_died_is_told_and_what_comes_after_is_not_played(world: World) -> None:
    _operator(world)
    world.start_outside("patient")
    _kill(world, "patient")
    first, *others = _play(world, "entorse_cheville")
    assert (first.state, first.reason) == (
        StepState.IMPOSSIBLE, "Le programme de cet acteur (patient) ne répond pas.",
    )  # fmt: skip
    assert {each.state for each in others} == {StepState.NOT_PLAYED}
    assert clock.now() <= clock.wall() + dt.timedelta(seconds=1)  # put back


def test_the_death_of_one_is_not_told_of_another(world: World) -> None:
    _operator(world)
    world.start_outside("patient")
    _kill(world, "patient")
    world.start_outside("imagerie")
    assert json.loads((world.outside / "imagerie.json").read_text())["port"]


def test_an_actor_without_an_account_is_told_with_their_name(world: World) -> None:
    first, *_ = report = _play(world, "appendicectomie")
    assert first.state == StepState.IMPOSSIBLE
    assert "n’a pas de compte dans cette démonstration" in first.reason
    assert StepState.PASSED not in {each.state for each in report}


@pytest.mark.parametrize(("variant", "minutes", "holds"), [
    ("", 220, [True]), ("", 24 * 60 + 1, [False]), ("IR4", 24 * 60 + 1, [False]), ("IR11", 24 * 60 + 1, []),
])  # fmt: skip
def test_what_is_done_after_its_delay_is_not_a_success(
    world: World, variant: str, minutes: int, holds: list[bool]
) -> None:
    scenario = scenarios.library.scenario("entorse_cheville")
    step, at = scenario.step("ENT-06"), dt.datetime(2026, 10, 15, 9, tzinfo=dt.UTC)
    playing = Playing(
        world=world, scenario=scenario, number=1, variant=scenario.variant(variant), origin=at,
        person=world.subject(scenario, 1), done_at={"ENT-05": at, "ENT-06": at + dt.timedelta(minutes=minutes)},
    )  # fmt: skip
    checks = list(observing.in_time(playing, step))
    assert [each.holds for each in checks] == holds
    assert all((each.what, each.expected) == ("Délai depuis ENT-05", "au plus 24 h") for each in checks)
