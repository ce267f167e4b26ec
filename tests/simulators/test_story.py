from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from maillon.formats.archive import open_archive
from maillon.formats.cda.read import read_cda
from maillon.formats.mail import read_mail
from maillon.formats.refusal import Refused
from maillon.formats.xdm import compare, read_xdm
from simulators.difficult import DifficultMessage, difficult_messages
from simulators.messages import messages
from simulators.outgoing import OutgoingDocument, address_book, render
from simulators.story import documents, of_patient
from simulators.territory import build_territory

UNTIL = date(2026, 11, 24)
TERRITORY = build_territory(until=UNTIL)
CONTACTS = address_book(TERRITORY)


@pytest.fixture(scope="module")
def told() -> list[OutgoingDocument]:
    return list(documents(TERRITORY, seed=1, until=UNTIL))


def test_two_years_are_told_in_order_and_always_the_same(told: list[OutgoingDocument]) -> None:
    assert 3000 <= len(told) <= 6000
    moments = [each.sent_at for each in told]
    assert moments == sorted(moments)
    assert UNTIL - timedelta(days=731) <= moments[0].date() <= moments[-1].date() < UNTIL + timedelta(days=1)
    assert [each.document for each in documents(TERRITORY, seed=1, until=UNTIL)] == [each.document for each in told]


def test_every_document_has_its_own_id_and_each_version_follows_the_one_before(told: list[OutgoingDocument]) -> None:
    ids = {each.document.version.id for each in told}
    assert len(ids) == len(told)
    replaced = [each.document.version for each in told if each.document.version.replaces]
    assert replaced
    assert {version.replaces for version in replaced} <= ids
    assert {version.number for version in replaced} == {2}


def test_nobody_outside_the_circle_receives_anything(told: list[OutgoingDocument]) -> None:
    outsider = TERRITORY.professional("etranger").mailbox
    assert all(outsider not in each.recipients for each in told)
    assert all(each.recipients for each in told)


def test_the_kinds_of_documents_of_the_journeys_are_all_there(told: list[OutgoingDocument]) -> None:
    kinds = Counter(each.document.type_code for each in told)
    assert {
        "11502-2",
        "11488-4",
        "18748-4",
        "15507-7",
        "34874-8",
        "11490-0",
        "60593-1",
        "PRESC-KINE",
        "CERT_DECL",
    } <= set(kinds)
    assert kinds["11502-2"] >= 1000


def test_a_matricule_travels_only_from_a_qualified_identity(told: list[OutgoingDocument]) -> None:
    bearers = {each.patient for each in told if each.document.patient.ins}
    assert bearers.isdisjoint({"sans-ins", "provisoire", "recuperee"})


def test_diabetes_is_told_by_a_trend_with_its_former_values() -> None:
    patient = TERRITORY.patient("diabete")
    measured = [
        result
        for each in of_patient(TERRITORY, patient, seed=1, until=UNTIL)
        for result in each.document.results
        if result.code == "4548-4"
    ]
    values = [float(result.value or 0) for result in measured]
    assert len(values) >= 6
    assert max(values) - min(values) > 0.8
    assert all(result.previous for result in measured[1:])
    assert {result.interpretation for result in measured} >= {"H"}


def test_what_is_sent_is_read_without_a_single_reservation(told: list[OutgoingDocument]) -> None:
    for each in told[::60]:
        read = read_cda(render(each.document, contacts=CONTACTS).cda)
        assert read.conformance.anomalies == ()
        assert read.results == each.document.results
        assert read.version == each.document.version


def test_messages_speak_of_one_patient_and_their_metadata_agree(told: list[OutgoingDocument]) -> None:
    sent = list(messages(TERRITORY, told[:40]))
    assert sum(len(each.documents) for each in sent) == 40
    for each in sent:
        mail = read_mail(each.data)
        archive = next(found.data for found in mail.attachments if found.name == "IHE_XDM.zip")
        for document in read_xdm(archive).documents:
            assert document.metadata is not None
            assert compare(document.metadata, document.data, read_cda(document.data)) == ()


def test_two_documents_of_one_moment_travel_together(told: list[OutgoingDocument]) -> None:
    stay = [each for each in told if each.story == "appendicectomie" and each.patient == "appendice"]
    assert max(len(each.documents) for each in messages(TERRITORY, stay)) == 2


DIFFICULT = {each.name: each for each in difficult_messages(TERRITORY, until=UNTIL)}


def archive_of(difficult: DifficultMessage) -> bytes | None:
    found = read_mail(difficult.message.data).attachments
    return next((each.data for each in found if each.name == "IHE_XDM.zip"), None)


def read_everything(archive: bytes) -> None:
    for document in read_xdm(archive).documents:
        read_cda(document.data)


@pytest.mark.parametrize("name", [name for name, each in DIFFICULT.items() if each.verdict == "refused"])
def test_what_must_be_refused_cannot_be_read(name: str) -> None:
    archive = archive_of(DIFFICULT[name])
    assert archive is not None
    with pytest.raises(Refused):
        read_everything(archive)


@pytest.mark.parametrize(
    "name", [name for name, each in DIFFICULT.items() if each.verdict in ("filed", "already_filed")]
)
def test_what_must_be_filed_reads_without_reservation(name: str) -> None:
    archive = archive_of(DIFFICULT[name])
    assert archive is not None
    assert open_archive(archive)
    package = read_xdm(archive)
    for document in package.documents:
        assert document.metadata is not None
        assert compare(document.metadata, document.data, read_cda(document.data)) == ()


def test_what_must_be_settled_shows_its_reason() -> None:
    wrong = read_xdm(archive_of(DIFFICULT["wrong_identity"]) or b"").documents[0]
    assert wrong.metadata is not None
    assert any(each.about_identity for each in compare(wrong.metadata, wrong.data, read_cda(wrong.data)))
    crowd = read_xdm(archive_of(DIFFICULT["two_patients"]) or b"").documents[0]
    assert read_cda(crowd.data).patients_named == 2
    contradicting = read_cda(read_xdm(archive_of(DIFFICULT["contradicting_traits"]) or b"").documents[0].data).patient
    known = TERRITORY.patient("coeur")
    assert contradicting.ins == known.ins
    assert contradicting.birth_family_name != known.birth_family_name
    stranger = read_cda(read_xdm(archive_of(DIFFICULT["unknown_patient"]) or b"").documents[0].data).patient
    assert stranger.ins not in {patient.ins for patient in TERRITORY.patients}
    assert archive_of(DIFFICULT["pdf_alone"]) is None


def test_a_second_delivery_is_the_same_message_and_a_correction_replaces() -> None:
    assert DIFFICULT["duplicate"].message.data == DIFFICULT["original"].message.data
    again = DIFFICULT["same_document_new_message"].message
    assert again.documents == DIFFICULT["original"].message.documents
    assert again.message_id != DIFFICULT["original"].message.message_id
    corrected = read_xdm(archive_of(DIFFICULT["corrected_version"]) or b"").documents[0]
    assert (read_cda(corrected.data).version.replaces,) == DIFFICULT["original"].message.documents
