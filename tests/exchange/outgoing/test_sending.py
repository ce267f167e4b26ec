"""What `send` writes, and what it refuses before anything leaves."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from uuid import uuid4

import pytest

from maillon.access import api as access_room
from maillon.access.models import DocumentMark, JournalEntry
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.exchange.outgoing.models import Sending, SentMail
from maillon.formats.cda.read import read_cda
from maillon.formats.mail import read_mail
from maillon.formats.xdm import read_xdm
from maillon.formats.xdm_compare import compare
from maillon.kernel.key import Purpose
from maillon.kernel.message import UserMessage
from maillon.kernel.models import Job
from maillon.patients import api as patients
from tests.conftest import Cast
from tests.exchange.letters import DEFAULT, cda
from tests.exchange.outgoing.conftest import KARIM, PAUL, Record, data_of

pytestmark = pytest.mark.django_db
SUBJECT = "XDM/1.0/DDM+CR d'examens biologiques DUPONT Marie 28/03/1979"


def test_a_sending_is_one_mail_kept_and_promised(record: Record) -> None:
    sending = record.send(record.file(), to=(PAUL, KARIM), text="Bonjour, voici le bilan.")
    mail = SentMail.objects.get()
    read = read_mail(data_of(mail))
    assert read.subject == SUBJECT
    assert read.to == (PAUL.address, KARIM.address)
    assert read.message_id == f"<{mail.message_id}>"
    assert (read.cda_codes, read.ins_qualified) == (("11502-2",), "N")
    assert read.disposition_notification_to == "accueil@msp-tilleuls.mssante.test"
    assert read.body_text.strip() == "Bonjour, voici le bilan."
    assert [each.name for each in read.attachments][0] == "IHE_XDM.zip"
    assert [each.media_type for each in read.attachments][1:] == ["application/pdf"]
    assert [(each.name, each.state) for each in sending.recipients] == [
        ("Dr Paul Étranger", "waiting"), ("Dr Karim Benali", "waiting"),
    ]  # fmt: skip
    assert Job.objects.filter(kind="exchange.outgoing.submit").count() == 1


def test_the_archive_says_what_the_header_says_and_holds_the_same_bytes(record: Record) -> None:
    uuid = record.file()
    record.send(uuid)
    attached = read_mail(data_of(SentMail.objects.get())).attachments
    package = read_xdm(attached[0].data)
    (found,) = package.documents
    with record.reading() as access:
        original = documents.original(access, uuid).data
    assert found.data == original
    assert found.metadata is not None
    assert compare(found.metadata, found.data, read_cda(original)) == ()
    names = zipfile.ZipFile(io.BytesIO(attached[0].data)).namelist()
    assert names[:2] == ["INDEX.HTM", "README.TXT"]


def test_the_pdf_beside_is_a_pdf_a_1(record: Record) -> None:
    record.send(record.file())
    pdf = read_mail(data_of(SentMail.objects.get())).attachments[1]
    assert b"pdfaid:part" in pdf.data
    assert pdf.name.startswith("20260302")
    assert "DUPONT_Marie" in pdf.name


def test_each_document_that_leaves_is_a_line_of_the_journal(record: Record, cast: Cast) -> None:
    uuid = record.file()
    record.send(uuid)
    lines = JournalEntry.objects.filter(action="send", decision="allow")
    assert [(each.resource_id, each.actor_professional_id) for each in lines] == [
        (str(uuid), cast.claire.professional_id)
    ]


def test_a_qualified_identity_is_said_and_opens_the_patients_mailbox(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    sending = record.send(record.file(), to=(PAUL, exchange.outgoing.THE_PATIENT), is_closing=True)
    professional, patient = SentMail.objects.order_by("id")
    assert professional.message_id != patient.message_id
    read = read_mail(data_of(patient))
    assert read.to == (f"{DEFAULT['ins']}@patient.mssante.test",)
    assert (read.ins_qualified, read.mes) == ("O", "FIN")
    assert read_mail(data_of(professional)).mes is None
    assert [each.kind for each in sending.recipients] == ["professional", "patient"]


def test_a_new_version_annuls_and_replaces(record: Record) -> None:
    record.file("1.2.250.1.999.7.1")
    second = cda("1.2.250.1.999.7.2").replace(
        b'<setId root="1.2.250.1.999.7.2.0"/><versionNumber value="1"/>',
        b'<setId root="1.2.250.1.999.7.1.0"/><versionNumber value="2"/>',
    ).replace(
        b"<documentationOf>",
        b'<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.7.1"/></parentDocument>'
        b"</relatedDocument><documentationOf>",
    )  # fmt: skip
    sending = record.send(record.file(data=second))
    mail = read_mail(data_of(SentMail.objects.get()))
    assert sending.is_replacement
    assert mail.replaces
    assert mail.subject.startswith("[Annule et remplace]XDM/1.0/DDM+")
    metadata = zipfile.ZipFile(io.BytesIO(mail.attachments[0].data)).read("IHE_XDM/SUBSET01/METADATA.XML")
    assert b"urn:ihe:iti:2007:AssociationType:RPLC" in metadata


def test_two_documents_are_one_message_about_one_person(record: Record) -> None:
    first, second = record.file("1.2.250.1.999.7.1"), record.file("1.2.250.1.999.7.2")
    record.send(first, second)
    read = read_mail(data_of(SentMail.objects.get()))
    assert read.subject == "XDM/1.0/DDM+2 documents DUPONT Marie 28/03/1979"
    assert len(read_xdm(read.attachments[0].data).documents) == 2
    assert len({each.name for each in read.attachments}) == 3


def _refused(record: Record, *uuids: object, code: str, **options: object) -> None:
    with pytest.raises(UserMessage) as refused:
        record.send(*uuids, **options)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert not Sending.objects.exists()
    assert not Job.objects.filter(kind="exchange.outgoing.submit").exists()


def test_nothing_to_send_and_nobody_to_send_to(record: Record) -> None:
    _refused(record, code="E-ENV-01")
    _refused(record, record.file(), to=(), code="E-ENV-02")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("paul@exemple.fr", "E-ENV-04"), ("paul@mssante.fr.exemple.net", "E-ENV-04"), ("paul", "E-ENV-22"),
        ("paul@x.mssante.test\nBcc: y@z.fr", "E-ENV-22"), ("<paul@x.mssante.test>", "E-ENV-22"), ("", "E-ENV-22"),
        ("279035121518989@patient.mssante.fr", "E-ENV-24"),
    ],
)  # fmt: skip
def test_an_address_outside_the_trusted_space_is_refused(record: Record, address: str, code: str) -> None:
    _refused(record, record.file(), to=(replace(PAUL, address=address),), code=code)


def test_the_patients_mailbox_needs_a_qualified_identity(record: Record) -> None:
    _refused(record, record.file(), to=(exchange.outgoing.THE_PATIENT,), code="E-ENV-10")


def test_a_patient_who_declines_gets_nothing_and_may_change_their_mind(record: Record) -> None:
    record.qualify()
    with record.reading() as access:
        exchange.outgoing.note_patient_choice(access, wants_documents=False)
        exchange.outgoing.note_patient_choice(access, wants_documents=False)
    uuid = record.file()
    _refused(record, uuid, to=(exchange.outgoing.THE_PATIENT,), code="E-ENV-11")
    with record.reading() as access:
        exchange.outgoing.note_patient_choice(access, wants_documents=True)
    assert record.send(uuid, to=(exchange.outgoing.THE_PATIENT,)).recipients[0].kind == "patient"


def _mark(record: Record, uuid: object, kind: str) -> None:
    from maillon.documents.models import Document
    from maillon.kernel import clock

    DocumentMark.objects.create(
        patient_id=record.patient, document_id=Document.objects.get(uuid=uuid).pk, kind=kind, since=clock.now(),
        set_by="essai",
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "code"), [("invisible_patient", "E-ENV-07"), ("secret_mineur", "E-ENV-08")])
def test_what_is_hidden_from_the_patient_does_not_go_to_them(record: Record, kind: str, code: str) -> None:
    record.qualify()
    uuid = record.file()
    marked = DocumentMark.Kind
    _mark(record, uuid, marked.HIDDEN_FROM_PATIENT if kind == "invisible_patient" else marked.MINOR_SECRET)
    _refused(record, uuid, to=(exchange.outgoing.THE_PATIENT,), code=code)
    record.send(uuid)
    archive = read_mail(data_of(SentMail.objects.get())).attachments[0].data
    metadata = zipfile.ZipFile(io.BytesIO(archive)).read("IHE_XDM/SUBSET01/METADATA.XML").decode()
    assert ("INVISIBLE_PATIENT" in metadata) is (kind == "invisible_patient")
    assert ("INVISIBLE_REPRESENTANTS_LEGAUX" in metadata) is (kind == "secret_mineur")


def test_a_masked_document_is_not_sent_to_professionals_even_by_its_author(record: Record, cast: Cast) -> None:
    by_claire = cda().replace(b'extension="899000009999"', b'extension="899000000011"')
    uuid = record.file(data=by_claire)
    _mark(record, uuid, DocumentMark.Kind.MASKED)
    _refused(record, uuid, code="E-ENV-06")


def test_the_patient_of_the_document_must_be_the_patient_of_the_record(record: Record) -> None:
    uuid = record.file()
    patients.Patient.objects.filter(pk=record.patient).update(birth_family_name="DURAND")
    _refused(record, uuid, code="E-ENV-13")
    patients.Patient.objects.filter(pk=record.patient).update(birth_family_name="DUPONT", birth_date="1979-03-29")
    _refused(record, uuid, code="E-ENV-13")
    patients.Patient.objects.filter(pk=record.patient).update(birth_date="1979-03-28")
    assert record.send(uuid).recipients[0].state == "waiting"


def test_a_document_of_another_record_is_not_there(record: Record, known: object) -> None:
    record.file()
    with pytest.raises(access_room.AccessDenied):
        record.send(uuid4())
    assert not Sending.objects.exists()


def test_an_opposition_to_the_recipient_is_kept(record: Record, cast: Cast) -> None:
    uuid = record.file()
    assert cast.paul.professional_id is not None
    with record.reading() as access:
        access_room.consents.oppose_person(access, professional_id=cast.paul.professional_id, channel="oral")
    _refused(record, uuid, code="E-ENV-17")
    assert record.send(uuid, to=(KARIM,)).recipients[0].name == "Dr Karim Benali"


def test_a_restricted_document_is_sent_by_its_author_to_a_person(record: Record, cast: Cast) -> None:
    restricted = cda().replace(b'confidentialityCode code="N"', b'confidentialityCode code="R"')
    by_claire = restricted.replace(b'extension="899000009999"', b'extension="899000000011"')
    uuid = record.file(data=by_claire)
    office = exchange.Recipient(address="secretariat@ch-vallee.mssante.test", kind="organization", name="CH")
    _refused(record, uuid, to=(office,), code="E-ENV-18")
    assert record.send(uuid).recipients[0].state == "waiting"


def test_a_loose_file_is_not_described_to_anybody(record: Record) -> None:
    from maillon.exchange import api as room
    from tests.exchange.letters import PDF, arrived, mail

    (received,) = record.desk.receive(arrived(mail(("a.pdf", "application/pdf", PDF))))
    with record.reading() as access:
        uuid = access.patient_uuid
    room.settle_to(record.claire, received.uuid, patient_uuid=uuid, reason="Traits vérifiés")
    received.refresh_from_db()
    _refused(record, received.document.uuid, code="E-ENV-03")


def test_a_replaced_document_is_not_sent(record: Record) -> None:
    from maillon.documents.models import Document

    uuid = record.file()
    Document.objects.update(status="replaced")
    _refused(record, uuid, code="E-ENV-05")


def test_only_a_mailbox_that_is_open_to_the_sender(record: Record, cast: Cast) -> None:
    uuid = record.file()
    _refused(record, uuid, from_mailbox="autre@ch-vallee.mssante.test", code="E-ENV-15")
    record.desk.mailbox.is_active = False
    record.desk.mailbox.save()
    _refused(record, uuid, code="E-ENV-16")


def test_whoever_only_controls_does_not_send(record: Record) -> None:
    uuid = record.file()
    with (
        access_room.reading(record.claire, record.patient, purpose=Purpose.QUALITY) as access,
        pytest.raises(UserMessage) as refused,
    ):
        exchange.send(access, documents=[uuid], to=[PAUL])
    assert refused.value.code == "E-ENV-19"


def test_too_long_and_too_many(record: Record) -> None:
    uuid = record.file()
    _refused(record, uuid, text="x" * 20_001, code="E-ENV-20")
    crowd = tuple(replace(PAUL, address=f"a{number}@x.mssante.test") for number in range(31))
    _refused(record, uuid, to=crowd, code="E-ENV-21")


def test_somebody_else_sees_nothing_of_it(record: Record, cast: Cast, known: object) -> None:
    sending = record.send(record.file())
    assert exchange.outgoing.of_actor(cast.paul) == []
    with pytest.raises(access_room.AccessDenied):
        exchange.outgoing.patient_of(cast.paul, sending.uuid)
    assert [each.uuid for each in exchange.outgoing.of_actor(cast.karim)] == [sending.uuid]


def test_a_sending_with_one_hidden_document_leaves_no_trace(record: Record, cast: Cast) -> None:
    first, second = record.file("1.2.250.1.999.7.1"), record.file("1.2.250.1.999.7.2")
    sending = record.send(first, second)
    _mark(record, second, DocumentMark.Kind.MASKED)
    assert exchange.outgoing.of_actor(cast.karim) == []
    with record.reading(cast.karim) as access:
        assert exchange.outgoing.of_record(access) == []
        with pytest.raises(UserMessage):
            exchange.outgoing.one(access, sending.uuid)


