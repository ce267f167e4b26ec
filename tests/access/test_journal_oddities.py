"""The weekly list of odd accesses: what each rule finds, what it leaves alone, what the referent does with it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.journal import oddities
from maillon.access.models import CareTeamMembership, JournalEntry, OddAccess
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from tests.conftest import Cast
from tests.documents import making

MONDAY = dt.date(2026, 3, 23)
NOON = dt.datetime(2026, 3, 25, 12, 0, tzinfo=clock.PARIS)


@pytest.fixture
def referent(cast: Cast) -> Actor:
    return dataclasses.replace(cast.karim, is_referent=True)


def opened(actor: Actor, patient: PatientId, at: dt.datetime = NOON, *, rule: str = "x", action: str = "read") -> None:
    JournalEntry.objects.create(
        at=at, actor_kind="professional", actor_professional_id=actor.professional_id,
        actor_structure_id=actor.structure_id, actor_label=actor.label, patient_id=patient, action=action,
        resource_type="record", purpose="soin", decision="allow", rule=rule,
    )  # fmt: skip


def noted() -> list[tuple[str, int, int | None, int]]:
    oddities.note_week(MONDAY)
    return list(OddAccess.objects.order_by("id").values_list("rule", "professional_id", "patient_id", "times"))


def test_an_ordinary_week_has_nothing_odd(cast: Cast, jeanne: PatientId) -> None:
    opened(cast.nadia, jeanne)
    assert noted() == []


@pytest.mark.parametrize("family", ["MOREL", "Morel"])
def test_the_same_name(cast: Cast, family: str) -> None:
    patient = making.patient(family=family)
    opened(cast.claire, patient)
    opened(cast.claire, patient)
    opened(cast.karim, patient)
    assert noted() == [("meme_nom", cast.claire.professional_id, patient, 2)]


def test_a_colleague(cast: Cast) -> None:
    patient = making.patient(family="LEFEVRE", given="NADIA")
    opened(cast.claire, patient)
    assert noted() == [("collegue", cast.claire.professional_id, patient, 1)]


def test_a_former_patient(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.tilleuls_id, start=dt.date(2025, 1, 1))
    CareTeamMembership.objects.filter(patient_id=jeanne).update(ended_at=NOON - dt.timedelta(days=30))
    opened(cast.nadia, jeanne, rule="auteur")
    assert noted() == [("ancien_patient", cast.nadia.professional_id, jeanne, 1)]


def test_an_opening_by_glass_alone(cast: Cast, jeanne: PatientId) -> None:
    opened(cast.nadia, jeanne, rule="bris_de_glace")
    assert noted() == [("sans_lien", cast.nadia.professional_id, jeanne, 1)]


@pytest.mark.parametrize(("hour", "is_odd"), [(21, False), (22, True), (23, True), (5, True), (6, False)])
def test_the_night(cast: Cast, jeanne: PatientId, hour: int, is_odd: bool) -> None:
    opened(cast.nadia, jeanne, NOON.replace(hour=hour, minute=30))
    assert noted() == ([("nuit", cast.nadia.professional_id, None, 1)] if is_odd else [])


@pytest.mark.parametrize(("number", "is_odd"), [(60, False), (61, True)])
def test_more_than_sixty_in_an_hour(cast: Cast, number: int, is_odd: bool) -> None:
    for rank in range(number):
        opened(cast.nadia, PatientId(1000 + rank))
        opened(cast.nadia, PatientId(1000 + rank))
    assert noted() == ([("volume", cast.nadia.professional_id, None, 61)] if is_odd else [])


def test_a_name_in_a_list_and_another_week_are_left_alone(cast: Cast) -> None:
    patient = making.patient(family="MOREL")
    opened(cast.claire, patient, action="list")
    opened(cast.claire, patient, NOON + dt.timedelta(days=7))
    opened(cast.claire, patient, dt.datetime(2026, 3, 22, 23, 59, tzinfo=clock.PARIS))
    assert noted() == []


def test_a_week_is_noted_once(cast: Cast) -> None:
    opened(cast.claire, making.patient(family="MOREL"))
    opened(cast.claire, making.patient(family="DURAND"), NOON.replace(hour=23))
    assert oddities.note_week(MONDAY) == 2
    assert oddities.note_week(MONDAY) == 0


def test_the_last_week_is_the_one_that_is_over() -> None:
    for moment, monday in (("2026-03-30T00:30:00+02:00", MONDAY), ("2026-03-29T23:00:00+02:00", dt.date(2026, 3, 16))):
        with time_machine.travel(dt.datetime.fromisoformat(moment), tick=False):
            assert oddities.last_monday() == monday


def test_the_referent_says_seen_or_to_explain(cast: Cast, referent: Actor) -> None:
    opened(cast.claire, making.patient(family="MOREL"))
    oddities.note_week(MONDAY)
    (line,) = access_room.journal.odd_accesses(referent)
    assert (line.label, line.person, line.state) == ("Même nom de famille", "Dr Claire Morel", "a_voir")
    assert line.patient is not None
    assert access_room.journal.waiting(referent) == 1
    for state, comment, code in (("autre", "", "E-JOU-01"), ("a_expliquer", "  ", "E-JOU-02")):
        with pytest.raises(UserMessage) as refused:
            access_room.journal.settle(referent, line.id, state=state, comment=comment)
        assert refused.value.code == code
    access_room.journal.settle(referent, line.id, state="a_expliquer", comment="Demander à Claire")
    (line,) = access_room.journal.odd_accesses(referent)
    assert (line.state, line.comment, line.settled_by) == ("a_expliquer", "Demander à Claire", referent.label)
    assert access_room.journal.waiting(referent) == 0


def test_another_house_sees_nothing_and_settles_nothing(cast: Cast) -> None:
    opened(cast.claire, making.patient(family="MOREL"))
    oddities.note_week(MONDAY)
    other = dataclasses.replace(cast.paul, is_referent=True)
    assert access_room.journal.odd_accesses(other) == []
    for actor in (other, cast.claire):
        with pytest.raises(access_room.AccessDenied):
            access_room.journal.settle(actor, OddAccess.objects.get().pk, state="vu", comment="")
