"""Days, territories and the simulated run beside each other; the report on A4."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine

from maillon.fielddays import api as fielddays
from maillon.formats.pdf import text_of_pdf
from maillon.formats.pdf_pages import page_count
from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from maillon.scenarios import api as scenarios
from tests.conftest import Cast
from tests.evaluations.conftest import refusal
from tests.fielddays.making import JOURNEY, opened, play, rubs, said

comparing, preparing = fielddays.comparing, fielddays.preparing


@pytest.fixture
def elsewhere(cast: Cast) -> Actor:
    """Paul leads at the Cabinet du Port."""
    return dataclasses.replace(cast.paul, is_referent=True, assurance=2)


def test_two_days_and_a_run_have_the_same_rows(cast: Cast, agnes: Actor) -> None:
    play(agnes, opened(agnes, cast))
    last = opened(agnes, cast, held_on=clock.today() + dt.timedelta(days=9), territory="CPTS de la Côte")
    fielddays.playing.say(fielddays.playing.seat_of(cast.claire, last), "ENT-04", said())
    run = scenarios.runs.ask(JOURNEY, asked_by="essai")
    assert scenarios.runs.take_next() == run
    for each in scenarios.runs.read(run).steps:
        scenarios.runs.begin_step(run, each.step.code)
        noticed = [scenarios.report.Noticed(code="IR1", said="x")] if each.rank == 3 else []
        scenarios.runs.end_step(run, each.step.code, move="pass", seconds=0.5, irritants=noticed)
    scenarios.runs.end(run, observed={})
    seen = comparing.compare(agnes, JOURNEY)
    assert [each.title for each in seen.columns] == ["CPTS de la Côte", "CPTS du Val", "Simulation"]
    assert [(each.done, each.rubbed, each.not_done) for each in seen.columns] == [(1, 0, 0), (17, 1, 1), (18, 1, 0)]
    assert len(seen.rows) == 18
    assert dict(seen.codes).keys() == {"IR1", "IR4"}
    assert [each.codes["IR4"] for each in seen.columns] == [0, 1, 0]
    assert seen.columns[1].minutes_lost == 10
    assert [each.outcome for each in (seen.columns[1].cells["ENT-03"], seen.columns[2].cells["ENT-03"])] == [
        "frotte", "frotte",
    ]  # fmt: skip


def test_one_chooses_what_is_compared(cast: Cast, agnes: Actor) -> None:
    first, second = opened(agnes, cast), opened(agnes, cast, territory="CPTS de la Côte")
    seen = comparing.compare(agnes, JOURNEY, [f"j-{second}", "j-absent", "m-99"])
    assert [each.title for each in seen.columns] == ["CPTS de la Côte"]
    assert [key for key, _ in seen.offered] == [f"j-{second}", f"j-{first}"]
    assert comparing.compare(agnes, "entorse_cheville", []).columns


def test_more_than_a_page_holds_is_refused(cast: Cast, agnes: Actor) -> None:
    keys = [f"j-{opened(agnes, cast)}" for _ in range(comparing.MOST + 1)]
    assert refusal(comparing.compare, agnes, JOURNEY, keys) == "E-JDT-07"
    assert len(comparing.compare(agnes, JOURNEY, keys[1:]).columns) == comparing.MOST


def test_another_territory_sees_what_is_shared_and_no_name(cast: Cast, agnes: Actor, elsewhere: Actor) -> None:
    uuid = opened(agnes, cast)
    play(agnes, uuid)
    assert comparing.compare(elsewhere, JOURNEY).columns == ()
    assert refusal(preparing.share, agnes, uuid, is_shared=True) == "E-JDT-02"
    preparing.close_day(agnes, uuid, decisions="Écrire au laboratoire.")
    assert comparing.compare(elsewhere, JOURNEY).columns == ()
    preparing.share(agnes, uuid, is_shared=True)
    seen = comparing.compare(elsewhere, JOURNEY)
    assert [each.title for each in seen.columns] == ["CPTS du Val"]
    written = str(dataclasses.asdict(seen))
    for word in ("Claire", "Nadia", "Invité", "Salle des fêtes", "La radio arrive", "laboratoire."):
        assert word not in written.replace("compte rendu du laboratoire.", ""), word
    (line,) = fielddays.reading.days(elsewhere)
    assert not line.is_ours
    preparing.share(agnes, uuid, is_shared=False)
    assert comparing.compare(elsewhere, JOURNEY).columns == ()
    preparing.share(agnes, uuid, is_shared=True)
    preparing.reopen(agnes, uuid)
    assert comparing.compare(elsewhere, JOURNEY).columns == (), "what is opened again is not over"


def test_the_report_says_the_steps_the_irritants_and_the_decisions(cast: Cast, agnes: Actor) -> None:
    uuid = opened(agnes, cast)
    play(agnes, uuid)
    assert "EN COURS" in text_of_pdf(fielddays.paper.report(agnes, uuid)).upper()
    found = Irritant.objects.get()
    owner = ProfessionalId(cast.karim.professional_id or 0)
    decided = irritants.FollowUp(code="IR4", owner=owner, due_on=clock.today(), action="Écrire à l’éditeur.")
    irritants.triage.triage(agnes, found.uuid, decided)
    preparing.close_day(agnes, uuid, decisions="Former le secrétariat, coordinatrice, avant le 15/04.")
    pdf = fielddays.paper.report(agnes, uuid)
    text = " ".join(text_of_pdf(pdf).split())
    for part in ("Entorse de cheville", "CPTS du Val", "17 étapes faites sur 18, dont 1 où ça frotte", "Ça frotte",
                 "Pas fait", "La radio arrive en PDF.", "Écrire à l’éditeur.", "Former le secrétariat"):  # fmt: skip
        assert part in text, part
    assert page_count(pdf) <= 2


def test_the_report_counts_in_french(cast: Cast, agnes: Actor) -> None:
    uuid = opened(agnes, cast)
    seat = fielddays.playing.seat_of_facilitator(agnes, uuid)
    fielddays.playing.say(seat, "ENT-01", said())
    fielddays.playing.say(seat, "ENT-02", rubs(minutes=1))
    fielddays.playing.say(seat, "ENT-03", said("pas_fait"))
    text = " ".join(text_of_pdf(fielddays.paper.report(agnes, uuid)).split())
    for part in ("1 étape pas faite, 15 sans réponse", "1 minute perdue, 1 irritant"):
        assert part in text, part
    assert "1 irritants" not in text


def test_the_report_has_the_minutes_of_its_day(cast: Cast, agnes: Actor) -> None:
    """Triage joins to one what was met elsewhere: that was not lost here."""
    uuid = opened(agnes, cast)
    fielddays.playing.say(fielddays.playing.seat_of(cast.claire, uuid), "ENT-04", rubs(minutes=13))
    found = Irritant.objects.get()
    elsewhere = irritants.Report(code="IR4", text="Ailleurs aussi.", severity=1, minutes_lost=120)
    irritants.triage.join(agnes, irritants.reporting.report(cast.claire, elsewhere), to=found.uuid)
    text = " ".join(text_of_pdf(fielddays.paper.report(agnes, uuid)).split())
    assert "13 minutes perdues, 1 irritant" in text
    assert "133" not in text


def test_what_triage_names_better_counts_under_its_name(cast: Cast, agnes: Actor) -> None:
    uuid = opened(agnes, cast)
    seat = fielddays.playing.seat_of(cast.claire, uuid)
    fielddays.playing.say(seat, "ENT-04", rubs(code="AUTRE"))
    assert comparing.compare(agnes, JOURNEY).codes == (("AUTRE", "Autre chose"),)
    Irritant.objects.update(code="IR9")
    assert [code for code, _ in comparing.compare(agnes, JOURNEY).codes] == ["IR9"]


def test_the_days_that_it_was_closed_are_not_its_length(cast: Cast, agnes: Actor) -> None:
    with time_machine.travel(dt.datetime(2026, 3, 2, 9, tzinfo=clock.PARIS), tick=False) as hands:
        uuid = opened(agnes, cast)
        hands.shift(3600)
        preparing.close_day(agnes, uuid, decisions="")
        hands.shift(3 * 86400)
        preparing.reopen(agnes, uuid)
        hands.shift(60)
        preparing.close_day(agnes, uuid, decisions="")
        assert fielddays.reading.show(agnes, uuid).seconds == 3660


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (0, "0 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (3600, "1 h 00")]
)
def test_a_duration_is_said_as_people_say_it(seconds: float | None, text: str) -> None:
    assert fielddays.paper.duration(seconds).replace("\u202f", " ") == text
