"""Absence: what is mine follows whoever replaces me, from day to day, and comes back by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.tasks import api as tasks
from maillon.tasks.api import Escalation
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, HOUR, absent, again, alert, ended, to_do

cover = tasks.cover
MORNING = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _in_the_morning() -> Iterator[None]:
    with time_machine.travel(MORNING, tick=False):
        yield


def day_of(actor: Actor, *, after: int = 0) -> tasks.Day:
    with time_machine.travel(MORNING + after * DAY, tick=False):
        return tasks.my_day(again(actor))


def _id(actor: Actor) -> Any:
    return actor.professional_id


@pytest.fixture
def claires(cast: Cast) -> PatientId:
    """Somebody whom Claire follows by herself: nobody else opens the record."""
    patient = making.patient()
    making.link(patient, cast.claire, "medecin_traitant")
    access = making.key(patient, cast.claire)
    to_do(access, cast)
    alert(access, cast, title="Poids en hausse")
    making.file(patient, making.filing(title="Biologie", type_code="11502-2"), making.reader(cast.claire))
    return patient


def test_tasks_results_and_alerts_follow_whoever_replaces_and_come_back_by_themselves(
    cast: Cast, claires: PatientId
) -> None:
    """Paul, from another structure, from the first to the last day; nothing is moved."""
    absent(cast.claire, cast.paul, days=3)
    for after in (0, 3):
        his = day_of(cast.paul, after=after)
        assert [line.title for line in his.waiting] == ["Poids en hausse", "Biologie", "Rappeler le patient"]
        assert {line.in_place_of for line in his.waiting} == {"Dr Claire Morel"}, "he sees whose they are"
        assert all(line.is_mine for line in his.waiting)
        hers = day_of(cast.claire, after=after)
        assert len(hers.waiting) == 3
        assert {line.in_place_of for line in hers.waiting} == {""}
    assert day_of(cast.paul, after=4).waiting == ()
    assert len(day_of(cast.claire, after=4).waiting) == 3


def test_before_its_first_day_and_once_ended_an_absence_gives_nothing(cast: Cast, claires: PatientId) -> None:
    row = absent(cast.claire, cast.paul, starts=1)
    assert day_of(cast.paul).waiting == ()
    assert len(day_of(cast.paul, after=1).waiting) == 3
    with time_machine.travel(MORNING + DAY - HOUR, tick=False):
        ended(row)
    assert day_of(cast.paul, after=1).waiting == ()


def test_whoever_replaces_takes_what_is_asked_of_the_role_for_those_patients(cast: Cast, claires: PatientId) -> None:
    """A task of the structure's physicians, about a patient of Claire's: Paul stands in for her there too."""
    to_do(making.key(claires, cast.claire), cast, title="Pour un médecin", role_code="G15_10")
    assert day_of(cast.paul).waiting == ()
    absent(cast.claire, cast.paul)
    assert "Pour un médecin" in [line.title for line in day_of(cast.paul).to_do]


def test_whoever_replaces_answers_in_their_place_and_it_is_said(cast: Cast, claires: PatientId) -> None:
    row = absent(cast.claire, cast.paul)
    paul = again(cast.paul)
    with time_machine.travel(MORNING + HOUR, tick=False):
        (line,) = tasks.my_day(paul).to_do
        tasks.acknowledge(making.key(claires, paul), line.uuid, outcome="fait", comment="Patient rappelé")
    with time_machine.travel(MORNING + 4 * DAY, tick=False):
        claire = again(cast.claire)
        found = cover.of(claire)
        assert found.ended is not None
        assert found.ended.id == row.pk
        (done,) = cover.done_meanwhile(claire, found.ended)
        assert (done.title, done.done_by, done.comment) == (
            "Rappeler le patient",
            "Dr Paul Étranger",
            "Patient rappelé",
        )
        assert [line.title for line in tasks.my_day(claire).waiting] == ["Poids en hausse", "Biologie"]
    with time_machine.travel(MORNING + 30 * DAY, tick=False):
        assert cover.of(again(cast.claire)).ended is None


def test_what_she_did_herself_or_before_is_not_in_the_summary(cast: Cast, claires: PatientId) -> None:
    absent(cast.claire, cast.paul)
    first, second = tasks.my_day(cast.claire).waiting[:2]
    tasks.acknowledge(making.key(claires, cast.claire), first.uuid, outcome="fait")
    with time_machine.travel(MORNING + 4 * DAY, tick=False):
        tasks.acknowledge(making.key(claires, cast.claire), second.uuid, outcome="fait")
        claire = again(cast.claire)
        ended = cover.of(claire).ended
        assert ended is not None
        assert cover.done_meanwhile(claire, ended) == []


def test_nobody_replaces_is_told_before_and_during(cast: Cast, claires: PatientId) -> None:
    for starts in (0, 14):
        row = absent(cast.claire, None, starts=starts)
        assert cover.of(again(cast.claire)).is_uncovered
        ended(row)
    absent(cast.claire, None, starts=15)
    assert cover.of(again(cast.claire)).mine is None, "it is not time yet"
    absent(cast.claire, cast.karim)
    found = cover.of(again(cast.claire))
    assert found.mine is not None
    assert not found.is_uncovered


def test_an_absence_called_off_before_it_began_was_none(cast: Cast) -> None:
    ended(absent(cast.claire, cast.paul, starts=1))
    with time_machine.travel(MORNING + 2 * DAY, tick=False):
        assert cover.of(again(cast.claire)).ended is None


def test_the_record_says_that_the_owner_is_away_and_who_stands_in(cast: Cast, claires: PatientId) -> None:
    making.link(claires, cast.tilleuls_id, "equipe_structure")
    key = making.key(claires, cast.nadia)
    assert {line.owner_away for line in tasks.alerts(key)} == {""}
    row = absent(cast.claire, cast.paul)
    assert {line.owner_away for line in tasks.alerts(key)} == {"absent, remplacé par Dr Paul Étranger"}
    ended(row)
    absent(cast.claire, None)
    assert {line.owner_away for line in tasks.alerts(key)} == {"absent, sans remplaçant"}


def test_the_sheet_holds_what_is_open_and_what_opens_until_the_last_day(cast: Cast, claires: PatientId) -> None:
    access = making.key(claires, cast.claire)
    for days in (2, 9):
        opens = MORNING + days * DAY
        to_do(access, cast, title=f"Dans {days} jours", opens_at=opens, due_at=opens + DAY)
    tasks.handling.snooze(access, alert(access, cast, level="orange"), until=MORNING + DAY, reason="Attendre demain")
    sheet = cover.handed_over(cast.claire, _id(cast.claire), until=clock.today() + 5 * DAY)
    assert {line.title for line in sheet} == {
        "Poids en hausse", "Biologie", "Rappeler le patient", "Dans 2 jours", "INR à 6,4",
    }  # fmt: skip
    assert cover.handed_over(cast.paul, _id(cast.claire), until=clock.today()) == [], "he follows none of them"


def test_an_absence_is_read_by_the_absent_and_by_whoever_replaces(cast: Cast) -> None:
    row = absent(cast.claire, cast.karim)
    assert cover.absence(again(cast.claire), row.pk) is not None
    assert cover.absence(again(cast.karim), row.pk) is not None
    assert cover.absence(again(cast.nadia), row.pk) is None
    assert [each.replaced for each in cover.of(again(cast.karim)).held] == ["Dr Claire Morel"]


def test_an_absent_physician_without_substitute_is_not_a_hole_for_an_alert(cast: Cast, jeanne: PatientId) -> None:
    absent(cast.claire, None)
    chain = (Escalation(2 * HOUR, "remplacant"),)
    alert(making.key(jeanne, cast.claire), cast, escalations=chain)
    with time_machine.travel(MORNING + 2 * HOUR, tick=False):
        assert tasks.escalate_due() == 1
        assert [line.is_climbed for line in tasks.my_day(again(cast.karim)).alerts] == [True]


def test_the_sheet_leaves_out_nobody_however_long_it_is(cast: Cast, claires: PatientId) -> None:
    """It said « 300 tâches ouvertes », and the patients of the others were not on it."""
    soon = clock.now() + DAY
    Task.objects.bulk_create(
        Task(patient_id=claires, kind="a_faire", title=f"Tâche {number}", due_at=soon, created_at=clock.now(),
             professional_id=cast.claire.professional_id, structure_id=cast.tilleuls_id)
        for number in range(301)
    )  # fmt: skip
    me = cast.claire.professional_id
    assert me is not None
    found = tasks.cover.handed_over(cast.claire, me, until=clock.today() + 7 * DAY)
    assert len([each for each in found if each.title.startswith("Tâche ")]) == 301
