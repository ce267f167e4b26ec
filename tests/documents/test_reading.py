from __future__ import annotations

import datetime as dt
import hashlib
from uuid import uuid4

import pytest
from django.db import connection

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.formats.cda.read import open_cda, read_cda
from maillon.kernel.key import Actor, PatientId
from maillon.record import api as record
from simulators.outgoing import OutgoingDocument, address_book, render
from simulators.people import Territory
from simulators.story import of_patient
from simulators.territory import build_territory
from tests.conftest import Cast
from tests.documents import making

UNTIL = dt.date(2026, 3, 31)


@pytest.fixture(scope="module")
def territory() -> Territory:
    return build_territory(until=UNTIL, patients=12)


@pytest.fixture(scope="module")
def story(territory: Territory) -> list[OutgoingDocument]:
    """Two years of the patient who has most to tell."""
    told = [list(of_patient(territory, each, seed=7, until=UNTIL)) for each in territory.patients]
    return max(told, key=len)


@pytest.fixture(scope="module")
def laboratory_report(territory: Territory, story: list[OutgoingDocument]) -> bytes:
    outgoing = next(each for each in story if each.document.type_code == "11502-2")
    return render(outgoing.document, contacts=address_book(territory)).cda


def test_a_laboratory_report_is_filed_with_all_that_it_says(
    cast: Cast, jeanne: PatientId, laboratory_report: bytes
) -> None:
    said = read_cda(laboratory_report)
    filed = making.file_cda(jeanne, laboratory_report, making.reader(cast.claire))
    access = making.key(jeanne, cast.claire)
    view = documents.read(access, filed.uuid)
    assert (view.type_code, view.class_code, view.level, view.media_type) == ("11502-2", "10", 3, "text/xml")
    assert (view.unique_id, view.version_number) == (said.version.id, said.version.number or 1)
    assert view.document == said
    assert view.anomalies == said.conformance.anomalies
    shown = {series.label for series in record.latest_results(access)}
    assert shown == {result.label for result in said.results}


def test_the_original_is_served_byte_for_byte(cast: Cast, jeanne: PatientId, laboratory_report: bytes) -> None:
    filed = making.file_cda(jeanne, laboratory_report)
    original = documents.original(making.key(jeanne, cast.claire), filed.uuid)
    assert original.data == laboratory_report
    assert (
        documents.read(making.key(jeanne, cast.claire), filed.uuid).sha256
        == hashlib.sha256(laboratory_report).hexdigest()
    )
    assert original.media_type == "text/xml"
    assert original.file_name.endswith(".xml")


def test_a_file_is_named_by_the_day_of_its_act_in_paris(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing(act_at="2026-07-02T00:30:00+02:00"))
    assert documents.original(making.key(jeanne, cast.claire), filed.uuid).file_name == "document-2026-07-02.txt"


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 100_000, bytes(range(256)) * 40, b"\0" * 3_000])
def test_bytes_are_kept_as_they_came_compressed_or_not(cast: Cast, data: bytes) -> None:
    sha256 = documents.keep_bytes(data)
    assert sha256 == hashlib.sha256(data).digest()
    assert documents.keep_bytes(data) == sha256
    assert documents.bytes_of(sha256) == data


@pytest.mark.parametrize("data", [b"small", b"long enough to be compressed " * 500])
@pytest.mark.parametrize("place", [0, -1])
def test_bytes_altered_in_the_base_are_detected(cast: Cast, data: bytes, place: int) -> None:
    sha256 = documents.keep_bytes(data)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM documents_blob WHERE sha256 = %s", [sha256])
        stored = bytearray(bytes(cursor.fetchone()[0]))
        stored[place] ^= 0xFF
        cursor.execute("UPDATE documents_blob SET data = %s WHERE sha256 = %s", [bytes(stored), sha256])
    with pytest.raises(documents.BytesMissing):
        documents.bytes_of(sha256)


def test_bytes_that_are_gone_are_missing_and_the_exception_carries_their_hash_only(cast: Cast) -> None:
    with pytest.raises(documents.BytesMissing) as caught:
        documents.bytes_of(b"\1" * 32)
    assert caught.value.args == ("01" * 32,)


def test_an_attachment_is_served_with_the_type_that_its_bytes_show(
    cast: Cast, jeanne: PatientId, laboratory_report: bytes
) -> None:
    filed = making.file_cda(jeanne, laboratory_report)
    attached = documents.attachment(making.key(jeanne, cast.claire), filed.uuid, 0)
    assert attached.media_type == "application/pdf"
    assert attached.data.startswith(b"%PDF")
    assert attached.data == read_cda(laboratory_report).attachments[0].data


@pytest.mark.parametrize("index", [1, -1, 10**6])
def test_an_attachment_that_does_not_exist_is_refused_like_one_that_is_forbidden(
    cast: Cast, jeanne: PatientId, laboratory_report: bytes, index: int
) -> None:
    filed = making.file_cda(jeanne, laboratory_report)
    with pytest.raises(access_room.AccessDenied):
        documents.attachment(making.key(jeanne, cast.claire), filed.uuid, index)


def test_a_file_that_is_no_cda_has_no_attachments(cast: Cast, jeanne: PatientId) -> None:
    loose = documents.from_loose_file(b"%PDF-1.7 rest", media_type="application/pdf", title="Scan", text="")
    filed = making.file(jeanne, loose)
    access = making.key(jeanne, cast.claire)
    with pytest.raises(access_room.AccessDenied):
        documents.attachment(access, filed.uuid, 0)
    view = documents.read(access, filed.uuid)
    assert (view.document, view.title, view.type_code) == (None, "Scan", "UNKNOWN")
    assert documents.original(access, filed.uuid).file_name.endswith(".pdf")


def test_a_cda_that_can_no_longer_be_read_is_still_served(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing(data=b"<broken", media_type="text/xml"))
    access = making.key(jeanne, cast.claire)
    assert documents.read(access, filed.uuid).document is None
    assert documents.original(access, filed.uuid).data == b"<broken"


def test_a_cda_without_identifier_is_known_by_its_bytes(cast: Cast, jeanne: PatientId) -> None:
    data = b'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Sans identifiant</title></ClinicalDocument>'
    filing = documents.from_cda(open_cda(data).for_filing(), data)
    assert filing.unique_id == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert making.file(jeanne, filing).outcome == "filed"
    assert making.file(jeanne, filing).outcome == "duplicate"


def test_every_document_of_a_story_is_filed_once(
    cast: Cast, jeanne: PatientId, territory: Territory, story: list[OutgoingDocument]
) -> None:
    """The richest story of the territory, then the whole of it again."""
    book = address_book(territory)
    letters = [render(each.document, contacts=book).cda for each in story[:12]]
    assert {making.file_cda(jeanne, each).outcome for each in letters} == {"filed"}
    assert {making.file_cda(jeanne, each).outcome for each in letters} == {"duplicate"}
    assert Document.objects.count() == len(letters)
    shown = record.timeline(making.key(jeanne, cast.claire), limit=100, with_replaced=True)
    assert [line.at for line in shown] == sorted((line.at for line in shown), reverse=True)
    assert {line.title for line in shown} == {each.document.title for each in story[:12]}


def refused(actor: Actor, patient: PatientId, uuid: object) -> None:
    access = making.key(patient, actor)
    for ask in (documents.read, documents.original, lambda key, one: documents.attachment(key, one, 0)):
        with pytest.raises(access_room.AccessDenied):
            ask(access, uuid)


def test_the_document_of_another_patient_does_not_exist(cast: Cast, jeanne: PatientId) -> None:
    other = making.file(making.patient(), making.filing())
    refused(cast.claire, jeanne, other.uuid)
    refused(cast.claire, jeanne, uuid4())


def test_an_author_reads_what_they_wrote_and_nothing_else(cast: Cast, jeanne: PatientId) -> None:
    mine = making.file(jeanne, making.filing(author_national_id=cast.paul.national_id))
    other = making.file(jeanne, making.filing())
    assert documents.read(making.key(jeanne, cast.paul), mine.uuid).uuid == mine.uuid
    refused(cast.paul, jeanne, other.uuid)


def test_an_author_does_not_see_the_versions_that_others_wrote(cast: Cast, jeanne: PatientId) -> None:
    mine = making.file(jeanne, making.filing(unique_id="v1", author_national_id=cast.paul.national_id))
    making.file(jeanne, making.filing(unique_id="v2", replaces="v1"))
    assert [line.uuid for line in documents.read(making.key(jeanne, cast.paul), mine.uuid).versions] == [mine.uuid]
    assert len(documents.read(making.key(jeanne, cast.claire), mine.uuid).versions) == 2


def test_versions_are_shown_in_order_with_their_state(cast: Cast, jeanne: PatientId) -> None:
    filed = [
        making.file(jeanne, making.filing(unique_id=f"v{number}", set_id="set", version_number=number))
        for number in (2, 1, 3)
    ]
    shown = documents.read(making.key(jeanne, cast.claire), filed[1].uuid).versions
    assert [(line.number, line.status_label, line.is_shown) for line in shown] == [
        (1, "Remplacé", True), (2, "Remplacé", False), (3, "En vigueur", False),
    ]  # fmt: skip


def test_a_document_leads_to_its_patient_for_whoever_may_open_the_record(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing())
    assert documents.patient_of(cast.claire, filed.uuid) == (making.uuid_of(jeanne), making.filing().type_code)
    told = []
    for actor, uuid in ((cast.paul, filed.uuid), (cast.paul, uuid4()), (cast.claire, uuid4())):
        with pytest.raises(access_room.AccessDenied) as caught:
            documents.patient_of(actor, uuid)
        told.append(str(caught.value))
    assert len(set(told)) == 1


@pytest.mark.parametrize("level", ["R", "V"])
def test_a_restricted_document_is_open_to_whom_its_author_sent_it(cast: Cast, jeanne: PatientId, level: str) -> None:
    filing = making.filing(confidentiality=level)
    filed = making.file(jeanne, filing, making.reader(cast.nadia))
    assert documents.read(making.key(jeanne, cast.nadia), filed.uuid).confidentiality == level
    with pytest.raises(access_room.AccessDenied):
        documents.read(making.key(jeanne, cast.karim), filed.uuid)
    making.file(jeanne, filing, making.reader(cast.karim))  # the same, received in another mailbox
    assert documents.read(making.key(jeanne, cast.karim), filed.uuid).confidentiality == level
