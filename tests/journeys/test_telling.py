"""What a run could not do goes to whoever triages, once, and without the person whom the run was about."""

from __future__ import annotations

import pytest

from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.journeys import player, telling
from maillon.kernel.key import Actor
from maillon.scenarios import api as scenarios
from tests.charter.conftest import agnes as agnes  # noqa: PLC0414 (a fixture)
from tests.conftest import Cast
from tests.scenarios import played

pytestmark = pytest.mark.django_db
runs = scenarios.runs


def test_each_step_that_failed_is_an_irritant_once(cast: Cast, agnes: Actor) -> None:
    run = played.stand(failing="ENT-06")
    for _ in range(2):
        telling.tell_there(cast.tilleuls_id, runs.read(run))
    (line,) = irritants.lines.to_triage(agnes)
    assert (line.code, line.source, line.times) == (irritants.UNKNOWN, "parcours", 1)
    assert "ENT-06" in line.text
    assert "attendu 1, observé 0" in line.text


def test_the_step_of_a_variant_bears_its_code_and_a_second_run_joins_the_first(cast: Cast, agnes: Actor) -> None:
    for _ in range(2):
        telling.tell_there(cast.tilleuls_id, runs.read(played.stand(failing="ENT-06", variant="IR5")))
    (line,) = irritants.lines.to_triage(agnes)
    assert (line.code, line.times) == ("IR5", 2)


def test_a_reason_that_names_the_person_is_left_out(cast: Cast) -> None:
    run = runs.ask("entorse_cheville", asked_by="essai")
    assert runs.take_next() == run
    runs.begin_step(run, "ENT-01")
    runs.end_step(run, "ENT-01", move="be_impossible", reason="Rien n’est venu pour 277076322082910.")
    telling.tell_there(cast.tilleuls_id, runs.read(run))
    assert Irritant.objects.get().text.endswith("cette étape n’a pas abouti.")


def test_a_document_that_nobody_reads_nor_can_be_asked_for_is_counted_once() -> None:
    """A machine notices both that it is not read and that its reader is alone (tasks.noticing)."""
    constats = [{"code": code, "fait": fact, "document": "d1"} for code, fact in (("IR7", "seul"), ("IR11", "non_lu"))]
    assert player.figures(constats) == {"non_lus_24h": 1, "sortie_a_temps": True}
    constats.append({"code": "IR8", "fait": "sortie_tardive", "document": "d2"})
    assert player.figures(constats) == {"non_lus_24h": 1, "sortie_a_temps": False}


def test_a_run_that_succeeds_tells_nothing(cast: Cast) -> None:
    telling.tell_there(cast.tilleuls_id, runs.read(played.stand(failing="")))
    assert not Irritant.objects.exists()
