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
from typing import Any

import pytest
from django.db import connection as django_connection

from maillon.demo.programs import Programs
from maillon.journeys import finding, gestures, observing, player, variants
from maillon.journeys.playing import Made, Playing
from maillon.journeys.world import World
from maillon.kernel import clock, outbox
from maillon.scenarios import api as scenarios
from simulators.journeys import cast
from simulators.journeys.browser import Page
from simulators.journeys.orders import Order
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
    assert runs.take_next() == run
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


# ------------------------------------------------------------------------------------------------ what proves a thing

TASK = '<form action="/dossier/{0}/tache/{0}" method="post"></form>'.format("0" * 36)
READINGS = '<section aria-labelledby="lectures"><ul><li>{}</li></ul></section>'
READ = READINGS.format("Lu le 15/10/2026 par Jeanne MOREL (adressé à la maison)")
OF_ANOTHER = READ.replace("MOREL", "BENALI").replace("la maison", "Jeanne MOREL")
CANCELLED = READ.replace("Lu le", "Annulé le")


class Post:
    """The browser of somebody, to whom every page of a document shows the same; nothing is in their day."""

    def __init__(self, shown: str) -> None:
        self.shown, self.sent = f'<meta charset="utf-8"><main>{shown}</main>', 0

    def open(self, path: str) -> Page:
        said = self.shown if path.startswith("/document/") else "<main></main>"
        return Page(address=f"http://localhost{path}", status=200, data=said.encode())

    def send(self, page: Page, action: str, values: object = None) -> Page:
        self.sent += 1
        return page


def _reading(
    shown: str, *, is_again: bool, monkeypatch: pytest.MonkeyPatch, name: str = "entorse_cheville",
    boxes: tuple[str, ...] = (),
) -> tuple[Playing, Post]:  # fmt: skip
    """`boxes`: the houses outside whose box holds what is looked for."""
    monkeypatch.setattr(gestures, "_LONGEST_WAIT", 0.0)
    monkeypatch.setattr(observing, "PATIENCE", 0.0)
    scenario = scenarios.library.scenario(name)
    territory = cast.with_outside(build_territory(until=UNTIL, patients=1))

    class Around:
        def browser(self, person: str) -> Post:
            return post

        def ask(self, who: str, order: Order) -> dict[str, Any]:
            return {"found": dict.fromkeys(order.wanted) if who in boxes else {}}

        professional = staticmethod(territory.professional)

    post = Post(shown)
    around: Any = Around()
    playing = Playing(
        world=around, scenario=scenario, number=1, variant=None, person=territory.patients[0], origin=clock.now(),
        made={"ENT-06": Made(id="A", type="18748-4", title="CR", uuid="0" * 36)}, is_again=is_again,
    )  # fmt: skip
    return playing, post


@pytest.mark.parametrize(("shown", "is_again", "is_read", "sent"), [
    ("", False, False, 0), ("", True, False, 0), (TASK, False, True, 1), (TASK, True, True, 1), (READ, True, True, 0),
    (READ, False, False, 0), (OF_ANOTHER, True, False, 0), (CANCELLED, True, False, 0),
])  # fmt: skip
def test_a_document_is_read_by_whom_it_waits_for_or_by_who_had_read_it_in_a_step_that_was_cut(
    shown: str, is_again: bool, is_read: bool, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing, post = _reading(shown, is_again=is_again, monkeypatch=monkeypatch)
    assert gestures.acknowledge(playing, "medecin", "ENT-06") is is_read
    assert post.sent == sent


def test_what_never_came_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    playing, _ = _reading(READ, is_again=True, monkeypatch=monkeypatch)
    playing.made["ENT-06"] = Made(id="A", type="18748-4", title="CR")
    assert not gestures.acknowledge(playing, "medecin", "ENT-06")


@pytest.mark.parametrize(("shown", "holds"), [("", False), (TASK, False), (READ, True), (OF_ANOTHER, False)])
def test_a_step_that_reads_holds_when_the_document_says_so(
    shown: str, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing, _ = _reading(shown, is_again=False, monkeypatch=monkeypatch)
    seen = observing.observe(playing, playing.scenario.step("ENT-07"), gestures.Done())
    assert [(each.what, each.holds) for each in seen.checks] == [("Lu, et plus dans la journée", holds)]


@pytest.mark.parametrize(("shown", "boxes", "reached"), [
    ("", (), []), (TASK, (), ["medecin"]), ("", ("hopital",), ["urgentiste"]),
    (TASK, ("hopital",), ["medecin", "urgentiste"]), (TASK, ("samu",), ["medecin"]),
])  # fmt: skip
def test_a_sending_counts_for_each_who_has_it_whatever_the_operator_said(
    shown: str, boxes: tuple[str, ...], reached: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CHU-07, from one outside to a physician here and another at the hospital."""
    playing, _ = _reading(shown, is_again=False, monkeypatch=monkeypatch, name="chute_domicile", boxes=boxes)
    made, seen = Made(id="A", type="18748-4", title="CR", uuid="0" * 36), observing.Observed()
    for _ in range(2):  # looked at again, each counts once
        count = observing._delivered(playing, playing.scenario.step("CHU-07"), made, seen)
        assert (count, sorted(seen.reached)) == (len(reached), reached)


@pytest.mark.parametrize(("said", "holds"), [
    ({"conforms": True}, True), ({"conforms": False}, False), ({"conforms": None}, False),
    ({"conforms": True, "kit_errors": 0}, True), ({"conforms": True, "kit_errors": 12}, False),
])  # fmt: skip
def test_a_document_that_does_not_conform_is_no_success(said: dict[str, Any], holds: bool) -> None:
    made = scenarios.report.Produced(type="11488-4", title="CR", level="structuré (N3)", **said)
    assert observing.Observed(checks=[observing.conformity(made)]).holds is holds


@pytest.mark.django_db(transaction=True)
def test_nothing_is_observed_only_once_what_was_promised_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAUSE", 0.01)
    outbox.enqueue("essai", {})
    outbox.enqueue("plus tard", {}, due_at=clock.now() + dt.timedelta(hours=1))
    assert outbox.due() == 1
    looks: list[int] = []

    def look() -> int:
        looks.append(outbox.due())
        return 0

    monkeypatch.setattr(observing, "PATIENCE", 0.1)
    observing._counted("Visibles au DMP, en vigueur", 0, look)
    assert looks[0] == 1, "what is still due at the end of patience is not waited for"
    with django_connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_job WHERE kind = 'essai'")
    begun = time.monotonic()
    observing._counted("Visibles au DMP, en vigueur", 0, look)
    assert looks[-1] == 0
    assert time.monotonic() - begun >= (finding.LOOKS - 1) * finding.PAUSE


def test_what_was_told_with_a_step_that_passed_is_not_told_again(world: World) -> None:
    run, constat = runs.ask("entorse_cheville", asked_by="essai"), {"code": "IR9", "fait": "non_lu", "document": "d"}
    assert runs.take_next() == run
    runs.begin_step(run, "ENT-01")
    runs.end_step(run, "ENT-01", move="pass", irritants=variants.irritants([constat]), done_at=clock.now())
    scenario = scenarios.library.scenario("entorse_cheville")
    playing = Playing(
        world=world, scenario=scenario, number=1, variant=None, person=world.subject(scenario, 1), origin=clock.now()
    )
    player._recall(playing, runs.read(run))
    assert playing.told == [constat]
