"""More than fifty records leave only with a motive and a second person (E-ACC-09)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor
from maillon.kernel.message import UserMessage
from maillon.rights import api as rights
from maillon.rights import bulk
from maillon.rights.models import LargeExport
from tests.conftest import Cast

MOTIVE = "Départ du Dr Morel pour un autre cabinet, reprise de sa patientèle."
MANY = [uuid.uuid4() for _ in range(51)]


@pytest.fixture
def referent(cast: Cast) -> Actor:
    return dataclasses.replace(cast.karim, is_referent=True)


def test_a_few_records_need_nobody_else(cast: Cast, followed: Access) -> None:
    ((patient, copy),) = rights.export_many(cast.claire, [followed.patient_uuid])
    assert patient == followed.patient_uuid
    assert copy.startswith(b"PK")
    assert JournalEntry.objects.filter(action="export", decision="allow").count() == 1


def test_fifty_one_records_are_refused_alone(cast: Cast) -> None:
    with pytest.raises(UserMessage) as refusal:
        rights.export_many(cast.claire, MANY)
    assert refusal.value.code == "E-ACC-09"
    assert not JournalEntry.objects.filter(action="export").exists()


@pytest.mark.parametrize("motive", ["", "trop court"])
def test_a_motive_is_asked_for(cast: Cast, motive: str) -> None:
    with pytest.raises(UserMessage) as refusal:
        rights.ask_large_export(cast.claire, MANY, motive=motive)
    assert refusal.value.code == "E-ACC-09"


def test_nobody_agrees_with_oneself(cast: Cast) -> None:
    referent = dataclasses.replace(cast.claire, is_referent=True)
    asked = rights.ask_large_export(referent, MANY, motive=MOTIVE)
    assert rights.waiting_exports(referent) == []
    with pytest.raises(UserMessage, match="une autre personne"):
        rights.agree_to_export(referent, asked)


def test_a_colleague_without_a_charge_does_not_agree(cast: Cast) -> None:
    asked = rights.ask_large_export(cast.claire, MANY, motive=MOTIVE)
    with pytest.raises(access_room.AccessDenied):
        rights.agree_to_export(cast.karim, asked)


def test_an_agreement_is_for_that_set_and_once(
    cast: Cast, referent: Actor, followed: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_ALONE", 0)
    selection = [followed.patient_uuid]
    asked = rights.ask_large_export(cast.claire, selection, motive=MOTIVE)
    assert [each.motive for each in rights.waiting_exports(referent)] == [MOTIVE]
    rights.agree_to_export(referent, asked)
    with pytest.raises(UserMessage):
        rights.export_many(cast.claire, [*selection, uuid.uuid4()], agreed=asked)
    with pytest.raises(UserMessage):
        rights.export_many(cast.karim, selection, agreed=asked)
    assert len(list(rights.export_many(cast.claire, selection, agreed=asked))) == 1
    with pytest.raises(UserMessage):
        rights.export_many(cast.claire, selection, agreed=asked)
    row = LargeExport.objects.get()
    assert (row.asked_by, row.validated_by) == ("Dr Claire Morel", "Dr Karim Benali")


def test_an_agreement_lasts_a_day(cast: Cast, referent: Actor) -> None:
    asked = rights.ask_large_export(cast.claire, MANY, motive=MOTIVE)
    rights.agree_to_export(referent, asked)
    with (
        time_machine.travel(clock.now() + dt.timedelta(hours=25), tick=False),
        pytest.raises(UserMessage),
    ):
        rights.export_many(cast.claire, MANY, agreed=asked)


def test_a_record_that_is_not_one_s_own_does_not_leave(cast: Cast, followed: Access) -> None:
    with pytest.raises(access_room.AccessDenied):
        list(rights.export_many(cast.paul, [followed.patient_uuid]))
