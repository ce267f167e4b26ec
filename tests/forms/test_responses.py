"""Responses: whose they are, what two devices do to each other, what a signature does to the record."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from maillon.access import api as access_room
from maillon.forms import api as forms
from maillon.forms.models import DefinitionVersion, Response
from maillon.kernel import events
from maillon.kernel.key import Access, Purpose
from maillon.kernel.message import UserMessage
from maillon.record import api as record
from maillon.record.models import Observation, TimelineEntry
from tests.conftest import Cast
from tests.web import world

Key = Callable[..., Access]
GOOD = {
    "vitaux": ["stables"], "marche": ["seul"], "nausees": ["minimes"], "douleur": ["minime"], "saignement": ["modere"],
    "accompagnant": ["oui"], "nuit": ["oui"], "consignes": ["oui"], "medicaments": ["oui"], "numeros": ["oui"],
    "miction": ["sans_objet"],
}  # fmt: skip


def filled(access: Access, code: str = "PADSS", answers: dict[str, list[str]] | None = None) -> UUID:
    uuid = forms.begin(access, code)
    forms.save(access, uuid, GOOD if answers is None else answers, revision=forms.read(access, uuid).revision)
    return uuid


def test_what_is_signed_enters_the_record_by_item(cast: Cast, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[events.Event] = []
    monkeypatch.setattr(events, "announce", told.append)
    access = key(cast.nadia)
    uuid = forms.sign(access, filled(access))
    line = next(each for each in record.timeline(access) if each.response_uuid == uuid)
    assert line.title.startswith("Aptitude à la rue (PADSS) — Score PADSS 9")
    assert (line.author, line.profession_code, line.document_uuid) == (cast.nadia.label, "G15_60", None)
    (total,) = record.series(access, system=record.FORM_SYSTEM, code="PADSS/total")
    assert total.latest.value == Decimal(9)
    (pain,) = record.series(access, system=record.FORM_SYSTEM, code="PADSS/douleur")
    assert (pain.latest.value_text, pain.latest.value) == ("minime", Decimal(2))
    assert [(each.form_code, each.response_uuid) for each in told] == [("PADSS", uuid)]  # type: ignore[attr-defined]


def test_items_are_not_mixed_with_the_results_of_the_laboratory(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    before = {(each.system, each.code) for each in record.latest_results(access)}
    forms.sign(access, filled(access))
    assert {(each.system, each.code) for each in record.latest_results(access)} == before


def test_a_draft_is_its_author_s_alone(cast: Cast, key: Key) -> None:
    uuid = filled(key(cast.nadia))
    claire = key(cast.claire)
    assert forms.drafts(claire) == forms.signed(claire) == []
    assert [each.uuid for each in forms.drafts(key(cast.nadia))] == [uuid]
    for act in (
        lambda: forms.read(claire, uuid),
        lambda: forms.save(claire, uuid, {}, revision=1),
        lambda: forms.sign(claire, uuid),
        lambda: forms.take_back(claire, uuid),
        lambda: forms.correct(claire, uuid),
    ):
        with pytest.raises(access_room.AccessDenied):
            act()
    forms.throw_away(claire, uuid)
    assert Response.objects.filter(uuid=uuid).exists()
    forms.throw_away(key(cast.nadia), uuid)
    forms.throw_away(key(cast.nadia), uuid)
    assert not Response.objects.filter(uuid=uuid).exists()


def test_a_draft_is_of_one_record(cast: Cast, key: Key) -> None:
    uuid = filled(key(cast.nadia))
    other = world.follow(world.register("homonyme-grenoble"), cast)
    with pytest.raises(access_room.AccessDenied):
        forms.read(key(cast.nadia, other), uuid)


def test_what_is_signed_is_read_by_the_team_and_by_nobody_else(cast: Cast, key: Key) -> None:
    uuid = forms.sign(key(cast.nadia), filled(key(cast.nadia)))
    view = forms.read(key(cast.claire), uuid)
    assert view.sheet.lines["total"].shown == "9"
    assert view.author == cast.nadia.label
    with pytest.raises(access_room.AccessDenied):
        key(cast.paul)


def test_a_role_that_the_matrix_closes_sees_neither_the_answers_nor_their_number(cast: Cast, key: Key) -> None:
    uuid = forms.sign(key(cast.nadia), filled(key(cast.nadia)))
    sylvie = key(cast.sylvie)
    assert forms.signed(sylvie) == []
    assert all(each.response_uuid is None for each in record.timeline(sylvie))
    with pytest.raises(access_room.AccessDenied):
        forms.read(sylvie, uuid)
    with pytest.raises(UserMessage) as refusal:
        forms.begin(sylvie, "PADSS")
    assert refusal.value.code == "E-QST-01"


def test_begun_twice_is_one_draft_and_another_origin_is_another(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    first = forms.begin(access, "PADSS", origin="plan:1/M2")
    assert forms.begin(access, "PADSS", origin="plan:1/M2") == first
    assert forms.begin(access, "PADSS") != first
    with pytest.raises(access_room.AccessDenied):
        forms.begin(access, "ABSENT")


def test_a_signature_that_lacks_something_changes_nothing(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    uuid = filled(access, answers={"vitaux": ["stables"], "marche": ["au plafond"]})
    before = Observation.objects.count(), TimelineEntry.objects.count()
    with pytest.raises(forms.NotReady):
        forms.sign(access, uuid)
    assert (Observation.objects.count(), TimelineEntry.objects.count()) == before
    faults = {each.field: each.code for each in forms.read(access, uuid).sheet.faults}
    assert faults["nausees"] == "E-QST-10"
    assert faults["marche"] == "E-QST-15"
    assert forms.read(access, uuid).sheet.lines["marche"].typed == ("au plafond",), "what was typed stays"
    forms.save(access, uuid, GOOD, revision=2)
    assert forms.sign(access, uuid) == uuid


def test_signed_twice_is_one_response(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    uuid = filled(access)
    assert forms.sign(access, uuid) == forms.sign(access, uuid) == uuid
    assert TimelineEntry.objects.filter(response_uuid=uuid).count() == 1
    for act in (lambda: forms.save(access, uuid, {}, revision=1), lambda: forms.take_back(access, uuid)):
        with pytest.raises(UserMessage) as refusal:
            act()
        assert refusal.value.code == "E-QST-02"


def test_two_devices_lose_no_word(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    uuid = forms.begin(access, "PADSS")
    first = forms.save(access, uuid, {"vitaux": ["stables"]}, revision=1)
    second = forms.save(access, uuid, {"vitaux": ["moyens"]}, revision=1)
    assert (first.is_conflict, second.is_conflict) == (False, True)
    view = forms.read(access, uuid)
    assert view.set_aside is not None
    assert view.set_aside.lines["vitaux"].typed == ("stables",)
    forms.take_back(access, uuid)
    assert forms.read(access, uuid).sheet.lines["vitaux"].typed == ("stables",)
    forms.take_back(access, uuid)
    assert forms.read(access, uuid).sheet.lines["vitaux"].typed == ("moyens",)


def test_saving_the_same_again_changes_nothing(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    uuid = filled(access)
    revision = forms.read(access, uuid).revision
    assert forms.save(access, uuid, GOOD, revision=0).revision == revision


def test_a_correction_replaces_and_both_stay(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    first = forms.sign(access, filled(access))
    draft = forms.correct(access, first)
    assert forms.correct(access, first) == draft
    forms.save(access, draft, GOOD | {"saignement": ["minime"]}, revision=1)
    second = forms.sign(access, draft)
    former, present = forms.read(access, first), forms.read(access, second)
    assert former.replaced_at is not None
    assert (former.sheet.lines["total"].shown, present.sheet.lines["total"].shown) == ("9", "10")
    (total,) = record.series(access, system=record.FORM_SYSTEM, code="PADSS/total")
    assert [point.value for point in total.points] == [Decimal(10)]
    assert [each.response_uuid for each in record.timeline(access) if each.response_uuid] == [second]
    with pytest.raises(UserMessage) as refusal:
        forms.correct(access, first)
    assert refusal.value.code == "E-QST-03"
    with pytest.raises(access_room.AccessDenied):
        forms.correct(key(cast.claire), second)


def test_what_is_signed_is_never_rewritten(cast: Cast, key: Key) -> None:
    access = key(cast.nadia)
    row = Response.objects.get(uuid=forms.sign(access, filled(access)))
    attempts: list[Callable[[], object]] = [
        lambda: Response.objects.filter(pk=row.pk).update(answers={}),
        lambda: Response.objects.filter(pk=row.pk).update(signed_at=None),
        lambda: Response.objects.filter(pk=row.pk).delete(),
        lambda: DefinitionVersion.objects.filter(pk=row.definition_id).update(body=""),
        lambda: DefinitionVersion.objects.filter(pk=row.definition_id).delete(),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_a_response_keeps_the_definition_that_was_on_the_screen(
    cast: Cast, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    access = key(cast.nadia)
    uuid = filled(access)
    now = forms.definition("PADSS")
    assert now is not None
    changed = dataclasses.replace(now, version="2", titre="Un autre titre")
    monkeypatch.setattr("maillon.forms.responses.definition", lambda code: changed)
    forms.sign(access, uuid)
    assert forms.read(access, uuid).asked == now
    later = forms.begin(access, "PADSS")
    assert forms.read(access, later).asked == changed
    assert DefinitionVersion.objects.filter(code="PADSS").count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["begin", "ask"])
def test_two_clicks_at_once_begin_and_ask_one(cast: Cast, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = world.follow(world.register("diabete"), cast, treating=cast.karim).patient_id
    told: list[int] = []
    monkeypatch.setattr(access_room.visitors, "to_tell", lambda access: [1])
    monkeypatch.setattr(access_room.visitors, "tell_visitor", lambda visitor, **said: told.append(visitor))

    def click(access: Access) -> None:
        if verb == "begin":
            forms.begin(access, "CHUTE")
        else:
            forms.asked_of_patients.ask(access, next(each.code for each in forms.asked_of_patients.askable(access)))

    def other() -> None:
        try:
            with access_room.reading(cast.claire, patient, purpose=Purpose.CARE) as access:
                click(access)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with access_room.reading(cast.claire, patient, purpose=Purpose.CARE) as access:
        click(access)
        thread.start()
        time.sleep(0.5)  # the other click has begun, and this one is not written yet
    thread.join()
    assert Response.objects.count() == 1
    assert told == ([] if verb == "begin" else [1])


def test_what_was_signed_is_read_as_it_was_signed_when_the_identity_is_corrected(cast: Cast, key: Key) -> None:
    """A birth date that was provisional: the age decided of a point of the score."""
    from maillon.patients.models import Patient

    access = key(cast.claire)
    Patient.objects.filter(pk=access.patient_id).update(birth_date=dt.date(2015, 5, 1))
    no = ("perforation", "grossesse", "immunodepression", "peritonite", "sepsis", "asa_instable", "seul")
    answers = {"imc": ["24"], "leucocytes": ["13,2"], "crp": ["22"], "diametre": ["9"]} | {code: ["non"] for code in no}
    uuid = forms.sign(access, filled(access, "SAT", answers))
    before = {code: (line.stands, line.shown, line.band) for code, line in forms.read(access, uuid).sheet.lines.items()}
    assert before["ecarte"][1] == "Oui"
    Patient.objects.filter(pk=access.patient_id).update(birth_date=dt.date(1957, 5, 1))
    after = {code: (line.stands, line.shown, line.band) for code, line in forms.read(access, uuid).sheet.lines.items()}
    assert after == before
