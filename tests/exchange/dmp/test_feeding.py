"""Feeding the national record, through both adapters, against the simulator."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from maillon.exchange import api as exchange
from maillon.kernel.message import UserMessage
from maillon.tasks.models import Task
from tests.exchange import national
from tests.exchange.dmp.conftest import Desk, work

pytestmark = pytest.mark.django_db


def test_a_document_is_fed_byte_for_byte_and_seen_there(desk: Desk, held: national.Held, way: str) -> None:
    document = national.written()
    desk.feed(document)
    assert desk.act(document.version.id or "").state == "attente"
    work()
    act = desk.act(document.version.id or "")
    assert (act.state, act.attempts, act.refusal) == ("fait", 1, "")
    data = held.rows("SELECT data FROM document WHERE unique_id = ?", document.version.id)[0][0]
    assert data == national.cda(document)
    entry = held.entry(document.version.id or "")
    assert (entry.type.code, entry.class_.code, entry.authors[0].id) == ("11488-4", "10", national.CLAIRE.id)
    assert entry.title == "Consultation"
    line = desk.entry(document.version.id or "")
    assert line.document is not None
    assert line.availability == "Approved"


def test_what_is_marked_here_goes_out_marked(desk: Desk, held: national.Held, way: str) -> None:
    document = national.written()
    filed = desk.file(document)
    from maillon.documents import api as documents

    documents.visibility.hide_from_patient(desk.key(), filed, reason="annonce à faire")
    exchange.feed_dmp(desk.key(), filed, told="oral", visibility=["MASQUE_PS", "AUTRE_CHOSE"])
    work()
    codes = [each.code for each in held.entry(document.version.id or "").confidentiality]
    assert codes == ["MASQUE_PS", "INVISIBLE_PATIENT"]


def test_a_second_demand_is_the_first(desk: Desk, held: national.Held, way: str) -> None:
    document = national.written()
    filed = desk.file(document)
    first = exchange.feed_dmp(desk.key(), filed, told="oral")
    assert exchange.feed_dmp(desk.key(), filed, told="papier") == first
    work()
    assert exchange.feed_dmp(desk.key(), filed, told="oral") == first
    work()
    assert held.count(document.version.id or "") == 1


def test_a_new_version_takes_the_place_of_the_old_one(desk: Desk, held: national.Held, way: str) -> None:
    """AC7.6: one current and one replaced, never two current."""
    old = national.written()
    desk.feed(old)
    work()
    new = national.written(replaces=old.version.id, number=2)
    new = replace(new, version=replace(new.version, set_id=old.version.set_id))
    desk.feed(new)
    work()
    assert desk.act(new.version.id or "").state == "fait"
    states = [held.entry(each.version.id or "").availability for each in (old, new)]
    assert states == ["Deprecated", "Approved"]


def test_a_version_that_never_left_does_not_leave_the_one_before_it_in_force(
    desk: Desk, held: national.Held, way: str
) -> None:
    one = national.written()
    desk.feed(one)
    work()
    two = national.written(replaces=one.version.id, number=2)
    three = national.written(replaces=two.version.id, number=3)
    for each in (two, three):  # before the worker's round
        desk.feed(replace(each, version=replace(each.version, set_id=one.version.set_id)))
    work()
    there = {unique_id: held.entry(unique_id).availability for (unique_id,) in held.rows(
        "SELECT unique_id FROM document"
    )}  # fmt: skip
    assert there == {one.version.id: "Deprecated", three.version.id: "Approved"}


@pytest.mark.parametrize(
    ("state", "because", "code"), [("FERME", "demande du patient", "DMPDossierFerme"), ("ABSENT", "", "DMPInexistant")]
)
def test_a_closed_or_absent_record_refuses_and_its_author_is_told(
    desk: Desk, held: national.Held, way: str, state: str, because: str, code: str
) -> None:
    if state == "ABSENT":
        held.rows("DELETE FROM record WHERE ins = ?", national.INS)
    else:
        held.set_state(state, because=because)
    document = national.written()
    try:
        desk.feed(document)
        work()
        act = desk.act(document.version.id or "")
        assert (act.state, act.refusal_code) == ("refuse", code)
        assert because in act.refusal
        task = Task.objects.get(title__startswith="Un acte dans le DMP a été refusé")
        assert task.professional_id == desk.cast.claire.professional_id
    finally:
        held.rows("INSERT OR IGNORE INTO record VALUES (?, ?, 'ACTIF', '', '')", national.INS, national.OID)
    held.set_state("ACTIF")
    desk.feed_again(document)
    work()
    assert desk.act(document.version.id or "").state == "fait"


def test_another_document_under_the_same_identifier_is_a_contradiction(
    desk: Desk, held: national.Held, way: str
) -> None:
    document = national.written()
    desk.feed(document)
    work()
    held.rows(
        "UPDATE document SET metadata = CAST(replace(CAST(metadata AS TEXT), ?, ?) AS BLOB)",
        held.entry(document.version.id or "").hash_sha1, "0" * 40,
    )  # fmt: skip
    from maillon.exchange.dmp.rows import DmpAct

    DmpAct.objects.all().update(state="refuse")
    desk.feed_again(document)
    work()
    assert desk.act(document.version.id or "").refusal_code == "DMPContradiction"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E-DMP-02", "unplugged"), ("E-DMP-04", "untold"), ("E-DMP-05", "secretary"),
        ("E-DMP-06", "unskilled"), ("E-DMP-07", "stranger"), ("E-DMP-08", "other_ins"), ("E-DMP-10", "odd_type"),
    ],
)  # fmt: skip
def test_what_would_be_wrong_is_refused_before_anything_is_promised(
    desk: Desk, held: national.Held, way: str, monkeypatch: pytest.MonkeyPatch, code: str, change: str
) -> None:
    from maillon.exchange.dmp.rows import DmpAct
    from maillon.professionals.models import Professional

    others = {
        "stranger": {"author": national.BIOLOGIST},
        "other_ins": {"patient": replace(national.TRAITS, ins="277076322082910")},
        "odd_type": {"type_code": "51851-4", "type_label": "Document administratif"},
    }.get(change, {})
    filed = desk.file(national.written(**others))
    actor = desk.cast.claire
    if change == "unplugged":
        monkeypatch.delenv("MAILLON_DMP_ADRESSE")
    elif change == "unskilled":
        Professional.objects.all().update(skill_codes=[])
    elif change == "secretary":
        actor = desk.cast.sylvie
    with pytest.raises(UserMessage) as refused:
        exchange.feed_dmp(desk.key(actor), filed, told="" if change == "untold" else "oral")
    assert refused.value.code == code
    assert not DmpAct.objects.exists()


def test_not_sending_is_said_for_one_document_and_remembered_for_none(
    desk: Desk, held: national.Held, way: str
) -> None:
    document, other = national.written(), national.written()
    filed = desk.file(document)
    with pytest.raises(UserMessage, match="E-DMP-11"):
        exchange.dmp.decline(desk.key(), filed, reason=" ")
    exchange.dmp.decline(desk.key(), filed, reason="brouillon de travail")
    assert desk.act(document.version.id or "").state == "non_envoye"
    desk.feed(other)
    work()
    assert (held.count(document.version.id or ""), held.count(other.version.id or "")) == (0, 1)
    exchange.feed_dmp(desk.key(), filed, told="oral")
    work()
    assert held.count(document.version.id or "") == 1


def test_nobody_outside_the_circle_feeds(desk: Desk, held: national.Held, way: str) -> None:
    from maillon.access.api import AccessDenied

    filed = desk.file(national.written())
    with pytest.raises(AccessDenied):
        exchange.feed_dmp(desk.key(desk.cast.paul), filed, told="oral")


def test_a_minor_s_secret_does_not_go(desk: Desk, held: national.Held, way: str) -> None:
    from maillon.access.models import DocumentMark
    from maillon.documents.models import Document
    from maillon.exchange.dmp.rows import DmpAct
    from maillon.kernel import clock

    filed = desk.file(national.written())
    DocumentMark.objects.create(
        patient_id=desk.patient, document_id=Document.objects.get(uuid=filed).pk, since=clock.now(),
        kind=DocumentMark.Kind.MINOR_SECRET, reason="opposition du mineur", set_by="essai",
    )  # fmt: skip
    with pytest.raises(UserMessage, match="E-ENV-09"):
        exchange.feed_dmp(desk.key(), filed, told="oral")
    other = desk.file(national.written())
    with pytest.raises(UserMessage, match="E-ENV-09"):
        exchange.feed_dmp(desk.key(), other, told="oral", visibility=["INVISIBLE_REPRESENTANTS_LEGAUX"])
    assert not DmpAct.objects.exists()


def test_a_worker_that_dies_after_the_deposit_finds_it_there(
    desk: Desk, held: national.Held, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the record's yes and our commit: the job is taken again, looks, and sends nothing twice."""
    from maillon.exchange.dmp import carrying_out

    deaths = iter([RuntimeError("killed")])

    def dying(*_: object) -> int:
        for death in deaths:
            raise death
        return 0

    monkeypatch.setattr(carrying_out.entries, "keep", dying)
    document = national.written()
    desk.feed(document)
    work()
    assert held.count(document.version.id or "") == 1
    assert desk.act(document.version.id or "").state == "attente"  # nothing of the dead worker was kept
    before = held.rows("SELECT count(*) FROM submission")
    with_due_jobs()
    assert desk.act(document.version.id or "").state == "fait"
    assert held.rows("SELECT count(*) FROM submission") == before


def with_due_jobs() -> None:
    from django.db import connection

    from maillon.kernel import clock, outbox

    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_job SET due_at = %s, leased_until = NULL", [clock.now()])
    outbox.run_due()


def test_what_may_be_there_is_never_called_refused(desk: Desk, held: national.Held, way: str) -> None:
    """The answer was lost, then the identity ceased to be qualified: nobody may ask, so nobody knows."""
    from maillon.exchange.dmp.rows import DmpAct
    from maillon.patients.models import Patient

    document = national.written()
    desk.feed(document)
    DmpAct.objects.update(state="indetermine")
    known = Patient.objects.values("identity_status", "ins", "ins_oid").get(pk=desk.patient)
    Patient.objects.filter(pk=desk.patient).update(identity_status="PROV", ins=None, ins_oid=None)
    work()
    act = DmpAct.objects.get()
    assert (act.state, act.last_error) == ("indetermine", "E-DMP-01")
    Patient.objects.filter(pk=desk.patient).update(**known)
    with_due_jobs()
    assert desk.act(document.version.id or "").state == "fait"


def test_after_a_quarter_of_an_hour_somebody_is_told(
    desk: Desk, held: national.Held, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime as dt

    from maillon.exchange.dmp.rows import DmpAct
    from maillon.kernel import clock

    desk.feed(national.written())
    address = os.environ["MAILLON_DMP_ADRESSE"]
    monkeypatch.setenv("MAILLON_DMP_ADRESSE", "https://127.0.0.1:9")
    work()
    assert not Task.objects.exists()
    DmpAct.objects.update(asked_at=clock.now() - dt.timedelta(minutes=16))
    with_due_jobs()
    with_due_jobs()
    task = Task.objects.get()  # once, however often it fails
    assert task.title.startswith("Un acte dans le DMP n’a pas encore abouti")
    monkeypatch.setenv("MAILLON_DMP_ADRESSE", address)
    with_due_jobs()
    assert DmpAct.objects.get().state == "fait"
