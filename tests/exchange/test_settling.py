"""Settling: whose it is, a new patient, or set aside; by a member of the structure, with a reason, once."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from maillon.access import api as access_room
from maillon.access.models import DocumentMark, JournalEntry
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange.models import ReceivedDocument
from maillon.kernel.key import Access, Actor, PatientId, Purpose
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.patients.models import Patient
from tests.access.deciding import key, oneself
from tests.conftest import Cast
from tests.exchange.conftest import Desk
from tests.exchange.letters import DEFAULT, PDF, SECOND, cda, mail, report, xdm

pytestmark = pytest.mark.django_db

Known = Callable[..., PatientId]
REASON = "Nom d’usage confirmé au téléphone"


def _doubtful(desk: Desk) -> ReceivedDocument:
    return desk.receive(report(person=DEFAULT | {"family": "DUPOND"}))[-1]


def _uuid_of(patient: PatientId) -> uuid.UUID:
    return patients.lines([patient])[patient].uuid


def _reading(actor: Actor, patient: PatientId) -> AbstractContextManager[Access]:
    return access_room.reading(actor, patient, purpose=Purpose.CARE)


def test_the_list_gives_reasons_traits_and_candidates(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    received = _doubtful(desk)
    (line,) = exchange.to_settle(cast.sylvie)
    assert line.uuid == received.uuid
    assert line.reasons
    assert line.traits is not None
    assert line.traits.birth_family_name == "DUPOND"
    assert [each.id for each in line.candidates] == [patient]
    assert exchange.count_to_settle(cast.sylvie) == 1
    assert JournalEntry.objects.filter(patient_id=patient, action="list").exists()


def test_another_structure_sees_nothing_and_settles_nothing(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    received = _doubtful(desk)
    assert exchange.to_settle(cast.paul) == []
    assert exchange.mailbox_status(cast.paul) == []
    for attempt in (
        lambda: exchange.settle_to(cast.paul, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON),
        lambda: exchange.settle_new(cast.paul, received.uuid, reason=REASON),
        lambda: exchange.discard(cast.paul, received.uuid, reason=REASON),
        lambda: exchange.original_of(cast.paul, received.uuid),
        lambda: exchange.original_of(cast.sylvie, uuid.uuid4()),
    ):
        with pytest.raises(UserMessage) as refusal:
            attempt()
        assert refusal.value.code == "E-MSG-01"


def test_a_candidate_whom_the_reader_may_not_open_is_not_shown(desk: Desk, known: Known, cast: Cast) -> None:
    known(followed=False)
    _doubtful(desk)
    (line,) = exchange.to_settle(cast.sylvie)
    assert line.candidates == ()


def test_settling_files_for_the_patient_and_keeps_who_and_why(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    received = _doubtful(desk)
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    received.refresh_from_db()
    assert (received.state, received.settled_reason) == ("filed", REASON)
    assert received.settled_by_id == cast.sylvie.professional_id
    assert Document.objects.get(pk=received.document_id).patient_id == patient
    row = JournalEntry.objects.get(patient_id=patient, action="settle")
    assert (row.actor_professional_id, row.resource_id) == (cast.sylvie.professional_id, str(received.uuid))
    assert exchange.to_settle(cast.sylvie) == []


def test_settling_again_changes_nothing_and_another_person_is_told(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    received = _doubtful(desk)
    for _ in range(2):
        exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    assert Document.objects.count() == 1
    with pytest.raises(UserMessage) as refusal:
        exchange.discard(cast.claire, received.uuid, reason=REASON)
    assert refusal.value.code == "E-MSG-02"


@pytest.mark.parametrize("verb", ["settle_to", "settle_new", "discard"])
def test_a_decision_needs_its_reason(desk: Desk, known: Known, cast: Cast, verb: str) -> None:
    patient = known()
    received = _doubtful(desk)
    options = {"patient_uuid": _uuid_of(patient)} if verb == "settle_to" else {}
    with pytest.raises(UserMessage) as refusal:
        getattr(exchange, verb)(cast.sylvie, received.uuid, reason="  ", **options)
    assert refusal.value.code == "E-MSG-03"


def test_nobody_settles_into_a_record_that_is_closed_to_them(desk: Desk, known: Known, cast: Cast) -> None:
    known()
    stranger = known(SECOND, followed=False)
    received = _doubtful(desk)
    with pytest.raises(access_room.AccessDenied):
        exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(stranger), reason=REASON)
    received.refresh_from_db()
    assert received.state == "to_settle"


def test_a_known_patient_may_be_taken_into_care_by_the_document_that_names_them(
    desk: Desk, known: Known, cast: Cast
) -> None:
    patient = known(followed=False)
    (received,) = desk.receive(report())
    (line,) = exchange.to_settle(cast.sylvie)
    assert [each.id for each in line.candidates] == [patient]
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=line.candidates[0].uuid, reason="Nouveau patient")
    assert access_room.rule.visible_patients(cast.claire).filter(pk=patient).exists()
    received.refresh_from_db()
    assert received.state == "filed"


def test_a_new_patient_is_made_from_the_document(desk: Desk, known: Known, cast: Cast) -> None:
    known()
    received = _doubtful(desk)
    exchange.settle_new(cast.sylvie, received.uuid, reason="Homonyme vérifié")
    received.refresh_from_db()
    made = Patient.objects.get(birth_family_name="DUPOND")
    assert Document.objects.get(pk=received.document_id).patient_id == made.pk
    assert access_room.rule.visible_patients(cast.sylvie).filter(pk=made.pk).exists()


def test_what_its_producer_hid_is_hidden_when_a_person_settles_it(desk: Desk, known: Known, cast: Cast) -> None:
    """It waited for a person, and the announcement has not been made meanwhile."""
    patient, doubtful = known(), cda(person=DEFAULT | {"family": "DUPOND"})
    (received,) = desk.receive(xdm(doubtful, visibility=("INVISIBLE_PATIENT", "MASQUE_PS")))
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    document = Document.objects.get()
    marks = DocumentMark.objects.filter(document_id=document.pk).order_by("kind").values_list("kind", "reason")
    asked = "demandé par le producteur"
    assert list(marks) == [("invisible_patient", asked), ("masque_ps", asked)]
    with pytest.raises(access_room.AccessDenied):
        documents.read(key(oneself(patient), patient), document.uuid)


def test_a_file_without_identity_makes_no_patient_but_may_be_given_to_one(
    desk: Desk, known: Known, cast: Cast
) -> None:
    patient = known()
    (received,) = desk.receive(mail(("courrier.pdf", "application/pdf", PDF)))
    with pytest.raises(UserMessage) as refusal:
        exchange.settle_new(cast.sylvie, received.uuid, reason=REASON)
    assert refusal.value.code == "E-MSG-04"
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    document = Document.objects.get()
    assert (document.media_type, document.title) == ("application/pdf", "courrier.pdf")


def test_what_is_set_aside_is_kept(desk: Desk, cast: Cast) -> None:
    (received,) = desk.receive(mail(("pub.pdf", "application/pdf", PDF)))
    exchange.discard(cast.sylvie, received.uuid, reason="Publicité")
    exchange.discard(cast.sylvie, received.uuid, reason="Publicité")
    received.refresh_from_db()
    assert received.state == "discarded"
    assert exchange.original_of(cast.sylvie, received.uuid) == PDF


def test_an_identifier_already_filed_with_other_bytes_is_told(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    first, second = (mail(("a.xml", "text/xml", cda(value=value))) for value in ("4.2", "9.9"))
    received = desk.receive(first, second)[-1]
    with pytest.raises(UserMessage) as refusal:
        exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    assert refusal.value.code == "D-MSG-07"


def test_choosing_another_patient_after_the_fact_says_where_the_document_is(
    desk: Desk, known: Known, cast: Cast
) -> None:
    right, wrong = known(), known(SECOND)
    (received,) = desk.receive(mail(("consignes.pdf", "application/pdf", PDF)))
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(wrong), reason=REASON)
    with pytest.raises(UserMessage) as refusal:
        exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(right), reason=REASON)
    assert refusal.value.code == "E-MSG-08"
    assert Document.objects.get().patient_id == wrong


def test_making_a_patient_after_the_fact_says_where_the_document_is(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    received = _doubtful(desk)
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    with pytest.raises(UserMessage) as refusal:
        exchange.settle_new(cast.sylvie, received.uuid, reason="Homonyme vérifié")
    assert refusal.value.code == "E-MSG-08"


def test_making_the_same_patient_twice_makes_one(desk: Desk, known: Known, cast: Cast) -> None:
    known()
    received = _doubtful(desk)
    for _ in range(2):
        exchange.settle_new(cast.sylvie, received.uuid, reason="Homonyme vérifié")
    assert Patient.objects.filter(birth_family_name="DUPOND").count() == 1


@pytest.mark.parametrize(
    "made",
    [lambda number: mail(("consignes.pdf", "application/pdf", PDF), message_id=number),
     lambda number: mail(message_id=number, text="Bien reçu, RDV pris le 12.")],
    ids=["leaflet", "text"],
)  # fmt: skip
def test_the_same_bytes_are_filed_for_two_patients_and_once_for_each(
    desk: Desk, known: Known, cast: Cast, made: Callable[[str], bytes]
) -> None:
    people = [known(), known(SECOND)]
    arrivals = desk.receive(*map(made, ("<a@x>", "<b@x>", "<c@x>")))
    for received, patient in zip(arrivals, [*people, people[0]], strict=True):
        exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    assert sorted(Document.objects.values_list("patient_id", flat=True)) == sorted(people)
    assert [each.state for each in desk.documents()] == ["filed", "filed", "duplicate"]


def test_what_is_in_the_wrong_record_comes_back_to_be_settled(desk: Desk, known: Known, cast: Cast) -> None:
    right, wrong = known(), known(SECOND)
    (received,) = desk.receive(mail(("consignes.pdf", "application/pdf", PDF)))
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(wrong), reason=REASON)
    with _reading(cast.claire, wrong) as access:
        document = Document.objects.get().uuid
        with pytest.raises(UserMessage):
            exchange.arrivals.take_back(access, document, reason="")
        exchange.arrivals.take_back(access, document, reason="Rattaché par erreur")
    (line,) = exchange.to_settle(cast.sylvie)
    assert (line.uuid, line.code, line.candidates) == (received.uuid, "D-MSG-09", ())
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(right), reason=REASON)
    assert sorted(Document.objects.values_list("patient_id", "status")) == sorted(
        [(wrong, "withdrawn"), (right, "current")]
    )


def test_what_our_mailboxes_never_received_is_not_taken_back(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    desk.receive(report())
    ReceivedDocument.objects.all().delete()
    with _reading(cast.claire, patient) as access, pytest.raises(UserMessage) as refusal:
        exchange.arrivals.take_back(access, Document.objects.get().uuid, reason=REASON)
    assert refusal.value.code == "E-MSG-09"
    assert Document.objects.get().status == "current"


def test_a_withdrawn_document_that_is_sent_again_waits_for_a_person(desk: Desk, known: Known, cast: Cast) -> None:
    patient = known()
    desk.receive(report())
    with _reading(cast.claire, patient) as access:
        documents.withdraw(access, Document.objects.get().uuid, reason="erreur de dossier")
    received = desk.receive(report(message_id="<de-nouveau@bio-vallee.mssante.test>"))[-1]
    assert (received.state, received.code, received.candidates) == ("to_settle", "D-MSG-09", [patient])
    exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason=REASON)
    assert sorted(Document.objects.values_list("status", flat=True)) == ["current", "withdrawn"]


def test_a_document_withdrawn_from_one_record_is_filed_in_another(desk: Desk, known: Known, cast: Cast) -> None:
    right, wrong = known(), known(SECOND)
    first = desk.receive(mail(("ecg.pdf", "application/pdf", PDF), message_id="<a@x>"))[-1]
    exchange.settle_to(cast.sylvie, first.uuid, patient_uuid=_uuid_of(wrong), reason=REASON)
    with _reading(cast.claire, wrong) as access:
        documents.withdraw(access, Document.objects.get().uuid, reason="mauvais dossier")
    again = desk.receive(mail(("ecg.pdf", "application/pdf", PDF), message_id="<b@x>"))[-1]
    exchange.settle_to(cast.sylvie, again.uuid, patient_uuid=_uuid_of(right), reason=REASON)
    assert Document.objects.filter(patient_id=right, status="current").count() == 1


def test_only_an_administrator_sees_what_was_refused(desk: Desk, cast: Cast) -> None:
    """Of the whole installation: whoever repairs it is not of the structure that received it. Each reading is told."""
    desk.receive(mail(("a.html", "text/html", b"<html><script>x</script></html>")), b"\r\n\r\n")
    administrator = dataclasses.replace(cast.paul, is_administrator=True)
    lines = exchange.refused(administrator)
    assert {(line.is_message, line.code) for line in lines} == {(True, "E-FMT-01"), (False, "E-MSG-23")}
    for line in lines:
        assert exchange.original_of(administrator, line.uuid)
        row = JournalEntry.objects.get(resource_type="received", resource_id=str(line.uuid))
        assert (row.actor_professional_id, row.rule) == (cast.paul.professional_id, "administrateur")
    departed = dataclasses.replace(administrator, structure_ids=())
    for nobody in (cast.sylvie, departed):
        with pytest.raises(UserMessage) as refusal:
            exchange.refused(nobody)
        assert refusal.value.code == "E-MSG-06"
        with pytest.raises(UserMessage) as refusal:
            exchange.original_of(nobody, lines[0].uuid)
        assert refusal.value.code == "E-MSG-01"
