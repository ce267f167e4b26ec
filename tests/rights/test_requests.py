"""What is asked about one's data, by when it is answered, and by whom it is followed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.rights import api as rights
from maillon.rights.models import Request
from tests.conftest import Cast
from tests.web import world

ASKED = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def key(actor: Actor, patient_id: PatientId) -> Access:
    return access_room.open_record(actor, patient_id, purpose=access_room.rule.usual_purpose(actor))


@pytest.fixture
def access(cast: Cast, patient_id: PatientId) -> Access:
    return key(cast.sylvie, patient_id)


def ask(access: Access, **changed: Any) -> UUID:
    given: dict[str, Any] = {
        "kind": "acces",
        "channel": "papier",
        "asked_by": "Le patient",
        "identity_check": "Carte d’identité présentée à l’accueil",
        "asked_at": ASKED,
    }
    return rights.requests.record(access, **(given | changed))


@pytest.mark.parametrize(
    ("kind", "is_old", "last_day"),
    [
        ("acces", False, dt.date(2026, 3, 10)),
        ("acces", True, dt.date(2026, 5, 2)),
        ("rectification", False, dt.date(2026, 4, 2)),
        ("portabilite", True, dt.date(2026, 4, 2)),
    ],
)
def test_the_law_gives_the_delay(kind: str, is_old: bool, last_day: dt.date) -> None:
    due = rights.requests.due(kind, ASKED, is_about_old_data=is_old)
    assert due.date() == last_day
    assert due.tzinfo is not None


def test_two_months_after_the_last_of_december_is_the_last_of_february() -> None:
    asked = dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)
    assert rights.requests.due("acces", asked, is_about_old_data=True).date() == dt.date(2027, 2, 28)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "autre"}, "E-DRT-01"),
        ({"channel": "pigeon"}, "E-DRT-01"),
        ({"asked_by": " "}, "E-DRT-02"),
        ({"identity_check": ""}, "E-DRT-03"),
        ({"asked_at": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)}, "E-DRT-07"),
    ],
)
def test_what_is_missing_is_said(access: Access, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(UserMessage) as refusal:
        ask(access, **changed)
    assert refusal.value.code == code
    assert not Request.objects.exists()


def test_a_record_is_not_given_before_forty_eight_hours(access: Access) -> None:
    with time_machine.travel(ASKED + dt.timedelta(hours=47), tick=False):
        uuid = ask(access)
        with pytest.raises(UserMessage, match="quarante-huit heures") as refusal:
            rights.requests.answer(access, uuid, outcome="acceptee")
        assert refusal.value.code == "E-DRT-06"
    with time_machine.travel(ASKED + dt.timedelta(hours=49), tick=False):
        rights.requests.answer(access, uuid, outcome="acceptee")
        (line,) = rights.requests.of_patient(access)
    assert (line.outcome_label, line.answered_by, line.is_late) == ("Acceptée", access.actor.label, False)


def test_forty_eight_hours_are_forty_eight_when_the_clocks_go_forward(access: Access) -> None:
    asked_at = dt.datetime(2026, 3, 28, 12, tzinfo=clock.PARIS)
    row = Request.objects.get(uuid=ask(access, asked_at=asked_at))
    assert row.not_before - row.asked_at == rights.requests.REFLECTION
    assert row.not_before.astimezone(clock.PARIS) == dt.datetime(2026, 3, 30, 13, tzinfo=clock.PARIS)


def test_what_was_pasted_with_a_nul_is_kept(access: Access) -> None:
    uuid = ask(access, note="Copie\0demandée", asked_by="Le\0patient", identity_check="Carte\0")
    rights.requests.answer(access, uuid, outcome="refusee", refusal_reason="Identité\0non établie")
    row = Request.objects.get(uuid=uuid)
    assert (row.note, row.refusal_reason) == ("Copie demandée", "Identité non établie")
    rights.exports.take_away(access, reason="autre", detail="Remise\0en main propre")


def test_a_refusal_says_why_and_an_answer_is_given_once(access: Access) -> None:
    uuid = ask(access, kind="opposition")
    with pytest.raises(UserMessage) as refusal:
        rights.requests.answer(access, uuid, outcome="refusee", refusal_reason="  ")
    assert refusal.value.code == "E-DRT-05"
    rights.requests.answer(access, uuid, outcome="refusee", refusal_reason="Obligation légale de conservation.")
    with pytest.raises(UserMessage) as refusal:
        rights.requests.answer(access, uuid, outcome="acceptee")
    assert refusal.value.code == "E-DRT-04"


def test_an_answer_after_the_day_is_late(access: Access) -> None:
    uuid = ask(access)
    with time_machine.travel(dt.datetime(2026, 3, 11, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))), tick=False):
        assert rights.requests.of_patient(access)[0].is_late
        rights.requests.answer(access, uuid, outcome="acceptee")
    assert rights.requests.of_patient(access)[0].is_late


def test_the_base_itself_refuses_a_refusal_without_reason(access: Access) -> None:
    uuid = ask(access)
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(uuid=uuid).update(outcome="refusee", answered_at=ASKED)


def test_the_deadlines_are_followed_by_the_secretary_of_the_structure(cast: Cast, access: Access) -> None:
    first = ask(access, kind="rectification")
    second = ask(access)
    assert [line.uuid for line in rights.requests.to_follow(cast.sylvie)] == [second, first]
    assert JournalEntry.objects.filter(patient_id=access.patient_id, action="list").count() == 1


def test_nobody_follows_what_is_not_theirs(cast: Cast, access: Access) -> None:
    ask(access)
    for nobody in (cast.claire, cast.paul):
        with pytest.raises(access_room.AccessDenied):
            rights.requests.to_follow(nobody)
    far_secretary = dataclasses.replace(cast.paul, is_administrator=True)
    assert rights.requests.to_follow(far_secretary) == []


def test_another_record_s_request_does_not_exist(cast: Cast, access: Access) -> None:
    uuid = ask(access)
    other = world.follow(world.register("avk"), cast)
    elsewhere = key(cast.sylvie, other.patient_id)
    with pytest.raises(access_room.AccessDenied):
        rights.requests.answer(elsewhere, uuid, outcome="acceptee")
    assert rights.requests.of_patient(elsewhere) == []
