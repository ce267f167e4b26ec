"""What becomes of a kept message: filed, left to a person, refused; each document accounted for once."""

from __future__ import annotations

import base64
from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError

from maillon.access import api as access_room
from maillon.access.models import DocumentMark, JournalEntry
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange import processing, prompting
from maillon.exchange.models import Mailbox, OutgoingMail
from maillon.exchange.outgoing.sending import TEXT
from maillon.formats.cda.read import read_cda
from maillon.formats.pdf_write import write_pdf
from maillon.kernel.key import PatientId, Purpose
from maillon.patients import api as patients
from maillon.patients.models import Patient
from maillon.tasks.models import Task
from tests.access.deciding import key, oneself
from tests.conftest import Cast
from tests.exchange.conftest import Desk
from tests.exchange.letters import DEFAULT, PDF, SECOND, archive, arrived, cda, labelled, mail, report, xdm

pytestmark = pytest.mark.django_db

Known = Callable[..., PatientId]


def test_a_report_about_a_followed_patient_is_filed_with_its_task_and_its_journal_row(desk: Desk, known: Known) -> None:
    patient = known()
    (received,) = desk.receive(arrived(xdm(cda())))
    assert (received.state, received.code, received.name) == ("filed", "", "DOC0001.XML")
    document = Document.objects.get(pk=received.document_id)
    assert document.patient_id == patient
    assert documents.bytes_of(bytes(document.sha256)) == cda()
    assert Task.objects.filter(document_id=document.pk).count() == 1
    row = JournalEntry.objects.get(patient_id=patient, action="file")
    assert (row.actor_label, row.purpose, row.resource_id) == ("réception MSSanté", "reception", str(received.uuid))
    assert desk.messages()[0].state == "done"


@pytest.mark.parametrize("deliver", [report, lambda: xdm(cda())], ids=["loose", "xdm"])
def test_a_second_delivery_files_nothing(desk: Desk, known: Known, deliver: Callable[[], bytes]) -> None:
    known()
    message = deliver()
    desk.receive(arrived(message))
    again = desk.receive(arrived(message), arrived(message, envelope="autre@bio-vallee.mssante.test"))
    assert [each.state for each in again] == ["filed", "duplicate"]
    assert (Document.objects.count(), Task.objects.count()) == (1, 1)


def test_the_same_document_in_two_messages_is_filed_once(desk: Desk, known: Known) -> None:
    known()
    states = [each.state for each in desk.receive(report(message_id="<a@b>"), report(message_id="<c@d>"))]
    assert states == ["filed", "duplicate"]
    assert Document.objects.count() == 1


def test_an_unknown_patient_is_created_and_followed_by_the_structure(desk: Desk, cast: Cast) -> None:
    (received,) = desk.receive(xdm(cda()))
    assert received.state == "filed"
    patient = Patient.objects.get()
    assert (patient.birth_family_name, patient.identity_status, patient.ins) == ("DUPONT", "PROV", None)
    assert access_room.rule.visible_patients(cast.sylvie).filter(pk=patient.pk).exists()
    assert not access_room.rule.visible_patients(cast.paul).filter(pk=patient.pk).exists()


def test_two_reports_of_one_unknown_patient_make_one_patient(desk: Desk) -> None:
    received = desk.receive(xdm(cda("1.2.3.1"), cda("1.2.3.2")), report("1.2.3.3"))
    assert [each.state for each in received] == ["filed"] * 3
    assert Patient.objects.count() == 1


def test_a_patient_followed_elsewhere_waits_for_a_person_and_leaves_no_filing_in_the_journal(
    desk: Desk, known: Known
) -> None:
    patient = known(followed=False)
    (received,) = desk.receive(report())
    assert (received.state, received.code, received.candidates) == ("to_settle", "D-MSG-04", [patient])
    assert received.reasons == ["Ce patient n’est pas encore suivi par votre structure."]
    assert not JournalEntry.objects.filter(action="file").exists()


def test_a_matricule_whose_traits_disagree_waits_for_a_person(desk: Desk, known: Known) -> None:
    patient = known()
    (received,) = desk.receive(report(person=DEFAULT | {"family": "DURAND", "birth": "19500101"}))
    assert received.state == "to_settle"
    assert received.candidates == [patient]
    assert received.traits["birth_family_name"] == "DURAND"
    assert Document.objects.count() == 0


WITH_INS = SECOND | {"ins": "151027511400188"}


def test_metadata_that_name_another_patient_than_the_document_are_never_filed(desk: Desk, known: Known) -> None:
    known()
    known(SECOND)
    other = _archive_with_metadata_of(cda(person=WITH_INS), document=cda())
    (received,) = desk.receive(mail(("IHE_XDM.zip", "application/zip", other)))
    assert received.state == "to_settle"
    assert received.code.startswith("D-XDM-1")


def _archive_with_metadata_of(told: bytes, *, document: bytes) -> bytes:
    """Hash and size are those of the document: only the patient is another."""
    import hashlib
    import io
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(archive(told)))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("METADATA.XML"):
                # SHA-1 is what the standard prescribes for metadata.
                old, new = hashlib.sha1(told).hexdigest(), hashlib.sha1(document).hexdigest()
                data = data.replace(old.encode(), new.encode())
                data = data.replace(f">{len(told)}<".encode(), f">{len(document)}<".encode())
            target.writestr(name, document if name.endswith("DOC0001.XML") else data)
    return made.getvalue()


def test_a_subject_that_names_somebody_else_sends_to_a_person(desk: Desk, known: Known) -> None:
    known()
    (received,) = desk.receive(xdm(cda(), subject="XDM/1.0/DDM+CR MARTIN Luc 04/02/1951"))
    assert (received.state, received.code) == ("to_settle", "D-MSG-03")


def test_two_patients_in_one_message_are_both_left_to_a_person(desk: Desk, known: Known) -> None:
    known()
    known(SECOND)
    message = mail(("a.xml", "text/xml", cda("1.2.3.1")), ("b.xml", "text/xml", cda("1.2.3.2", person=SECOND)))
    received = desk.receive(message)
    assert [(each.state, each.code) for each in received] == [("to_settle", "D-MSG-01")] * 2


def test_two_patients_in_one_document_are_left_to_a_person(desk: Desk, known: Known) -> None:
    known()
    (received,) = desk.receive(mail(("a.xml", "text/xml", cda(second_patient=True))))
    assert (received.state, received.code) == ("to_settle", "D-MSG-02")


def _page(data: bytes) -> bytes:
    return write_pdf(read_cda(data))


RENDERING = ["Présentation PDF d’un document du même message."]


def test_a_pdf_beside_its_cda_is_not_a_second_document(desk: Desk, known: Known) -> None:
    known()
    attached = ("IHE_XDM.zip", "application/zip", archive(cda())), ("rendu.pdf", "application/pdf", _page(cda()))
    filed, rendering = desk.receive(mail(*attached))
    assert (filed.state, rendering.state) == ("filed", "duplicate")
    assert rendering.document_id == filed.document_id
    assert rendering.reasons == RENDERING


def test_the_body_of_a_cda_is_not_a_second_document(desk: Desk, known: Known) -> None:
    known()
    made = cda()
    body = made[: made.index(b"<structuredBody>")] + (
        b'<nonXMLBody><text mediaType="application/pdf" representation="B64">' + base64.b64encode(PDF)
        + b"</text></nonXMLBody></component></ClinicalDocument>"
    )  # fmt: skip
    received = desk.receive(mail(("a.xml", "text/xml", body), ("a.pdf", "application/pdf", PDF)))
    assert [each.state for each in received] == ["filed", "duplicate"]


OTHER_PATIENT = cda("1.2.250.1.999.7.2", person=SECOND)
OTHER_DOCUMENT = (
    cda("1.2.250.1.999.7.3")
    .replace(b"Compte rendu de biologie", "Électrocardiogramme".encode())
    .replace(b"Biochimie", b"Trace")
    .replace(b"Potassium", b"Rythme sinusal, axe normal, sans trouble de la repolarisation")
    .replace(b"mmol/L", b"par minute")
)


@pytest.mark.parametrize("shown", [b"", OTHER_PATIENT, OTHER_DOCUMENT], ids=["nothing", "patient", "document"])
def test_another_pdf_beside_a_cda_waits_for_a_person(desk: Desk, known: Known, shown: bytes) -> None:
    patient, page = known(), _page(shown) if shown else PDF
    attached = ("IHE_XDM.zip", "application/zip", archive(cda())), ("ECG.pdf", "application/pdf", page)
    filed, other = desk.receive(arrived(mail(*attached)))
    assert (filed.state, other.state, other.code) == ("filed", "to_settle", "D-MSG-05")
    assert other.candidates == [patient]


def test_one_pdf_at_most_shows_a_cda(desk: Desk, known: Known) -> None:
    known()
    page = _page(cda())
    message = mail(
        ("a.xml", "text/xml", cda()), ("a.pdf", "application/pdf", page), ("b.pdf", "application/pdf", page + b"\n")
    )
    assert [each.state for each in desk.receive(message)] == ["filed", "duplicate", "to_settle"]


def test_a_pdf_alone_and_a_text_alone_wait_for_a_person(desk: Desk) -> None:
    received = desk.receive(
        mail(("courrier.pdf", "application/pdf", PDF), subject="Courrier"), mail(subject="Question", text="Bonjour")
    )
    assert [(each.state, each.code, each.media_type) for each in received] == [
        ("to_settle", "D-MSG-05", "application/pdf"),
        ("to_settle", "D-MSG-06", "text/plain"),
    ]
    assert [each.kind for each in desk.messages()] == ["documents", "text"]


def test_notices_and_absence_replies_hold_no_document(desk: Desk) -> None:
    from maillon.formats.mail_write import write_notice
    from maillon.kernel import clock

    asked = arrived(report(notify="resultats@bio-vallee.mssante.test"))
    notice = write_notice(asked, sender="x@y.mssante.test", at=clock.now(), message_id="m@y")
    assert notice is not None
    absent = mail(subject="Absence", text="Je suis absent.", headers={"Auto-Submitted": "auto-replied"})
    assert desk.receive(notice.as_bytes(), absent) == []
    assert [(each.state, each.kind) for each in desk.messages()] == [("done", "mdn"), ("done", "auto")]


def test_our_own_word_that_comes_back_waits_for_nobody(desk: Desk) -> None:
    mailbox = Mailbox.objects.get()
    prompting.write_prompt(
        mailbox, mailbox.address, name="alerte-1", subject="Une alerte rouge attend votre réponse", text="Bonjour,"
    )
    assert desk.receive(bytes(OutgoingMail.objects.get().data)) == []
    assert [(each.state, each.kind) for each in desk.messages()] == [("done", "auto")]


BOMB = b"<!DOCTYPE x [<!ENTITY a 'aa'>]><ClinicalDocument xmlns='urn:hl7-org:v3'>&a;</ClinicalDocument>"
REFUSED = {
    "doctype": (mail(("a.xml", "text/xml", BOMB)), "E-FMT-06"),
    "not a cda": (mail(("a.xml", "text/xml", b"<facture/>")), "E-CDA-01"),
    "truncated archive": (mail(("IHE_XDM.zip", "application/zip", archive(cda())[:700])), "E-FMT-20"),
    "html": (mail(("a.html", "text/html", b"<html><script>alert(1)</script></html>")), "E-MSG-23"),
    "program": (mail(("a.exe", "application/octet-stream", b"MZ\x90\x00" + bytes(80))), "E-MSG-23"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_or_unreadable_document_is_refused_and_kept_aside(desk: Desk, name: str) -> None:
    message, code = REFUSED[name]
    (received,) = desk.receive(message)
    assert (received.state, received.code) == ("refused", code)
    assert received.reasons[0].endswith(".")
    assert len(documents.bytes_of(bytes(received.sha256))) == received.size


def test_a_wrong_hash_is_refused(desk: Desk, known: Known) -> None:
    known()
    damaged = _archive_with_metadata_of(cda(), document=cda(value="9.9"))
    import hashlib

    damaged = _rewrite_hash(damaged, hashlib.sha1(cda(value="9.9")).hexdigest(), "0" * 40)
    (received,) = desk.receive(mail(("IHE_XDM.zip", "application/zip", damaged)))
    assert (received.state, received.code) == ("refused", "E-FMT-41")


def _rewrite_hash(packed: bytes, old: str, new: str) -> bytes:
    import io
    import zipfile

    source, made = zipfile.ZipFile(io.BytesIO(packed)), io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old.encode(), new.encode()))
    return made.getvalue()


@pytest.mark.parametrize(
    ("message", "code"),
    [(b"\r\n\r\n", "E-FMT-01"), (b"From: a@b.fr\r\nX: \x00\r\n\r\n", "E-FMT-53"), (b"\x00\xff" * 40, "E-FMT-53")],
)
def test_an_unreadable_message_is_refused_as_a_whole(desk: Desk, message: bytes, code: str) -> None:
    assert desk.receive(message) == []
    (kept,) = desk.messages()
    assert (kept.state, kept.refusal_code) == ("refused", code)


def test_one_bad_document_does_not_hold_back_the_good_one(desk: Desk, known: Known) -> None:
    known()
    message = mail(("a.xml", "text/xml", cda()), ("b.html", "text/html", b"<html><script>x</script></html>"))
    assert [each.state for each in desk.receive(message)] == ["filed", "refused"]


def test_the_same_identifier_with_other_bytes_waits_for_a_person(desk: Desk, known: Known) -> None:
    known()
    first, second = mail(("a.xml", "text/xml", cda())), mail(("a.xml", "text/xml", cda(value="9.9")))
    received = desk.receive(first, second)
    assert [(each.state, each.code) for each in received] == [("filed", ""), ("to_settle", "D-MSG-07")]


class TestReaders:
    def test_a_recipient_of_ours_reads(self, desk: Desk, known: Known, cast: Cast) -> None:
        known()
        made = cda(recipients=(str(cast.karim.national_id), "899000008888"))
        desk.receive(mail(("a.xml", "text/xml", made)))
        assert [task.professional_id for task in Task.objects.all()] == [cast.karim.professional_id]

    def test_else_the_person_of_the_mailbox(self, desk: Desk, known: Known, cast: Cast) -> None:
        known()
        desk.mailbox.professional_id = cast.nadia.professional_id
        desk.mailbox.save()
        desk.receive(report())
        assert [task.professional_id for task in Task.objects.all()] == [cast.nadia.professional_id]

    def test_else_the_treating_physician(self, desk: Desk, known: Known, cast: Cast) -> None:
        from maillon.kernel.key import Purpose

        access = access_room.open_record(
            access_room.machine("essai"), known(), purpose=Purpose.ADMINISTRATIVE, action="update"
        )
        access_room.team.add_member(
            access, professional_id=cast.claire.professional_id, basis=access_room.Basis.TREATING, evidence="essai"
        )
        desk.receive(report())
        assert [task.professional_id for task in Task.objects.all()] == [cast.claire.professional_id]

    def test_else_the_physicians_of_the_structure(self, desk: Desk, known: Known, cast: Cast) -> None:
        known()
        desk.receive(report())
        (task,) = Task.objects.all()
        assert (task.professional_id, task.structure_id, task.role_code) == (None, cast.tilleuls_id, "G15_10")


class TestDeadlyMessages:
    def test_a_message_that_kills_its_reader_is_refused_at_the_third_attempt(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.keep(report())
        desk.mailbox.messages.update(attempts=2)
        monkeypatch.setattr("maillon.exchange.probing.read_mail", _die)
        assert exchange.process_next()
        (kept,) = desk.messages()
        assert (kept.state, kept.refusal_code) == ("refused", "E-MSG-21")

    def test_a_message_that_was_only_unlucky_is_processed_at_the_third_attempt(self, desk: Desk, known: Known) -> None:
        known()
        desk.keep(report())
        desk.mailbox.messages.update(attempts=2)
        exchange.process_next()
        assert [each.state for each in desk.documents()] == ["filed"]

    def test_a_message_whose_processing_fails_is_refused_at_the_third_attempt(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(processing, "findings", fail)
        desk.keep(report())
        states = []
        for _ in range(3):
            exchange.process_next()
            states.append(desk.messages()[0].state)
        assert states == ["kept", "kept", "refused"]
        assert desk.messages()[0].refusal_code == "E-MSG-22"
        assert not exchange.process_next()

    def test_a_message_that_is_too_much_for_the_database_does_not_stop_the_line(
        self, desk: Desk, known: Known, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known()
        monkeypatch.setattr(processing, "decide", _fails_with(psycopg.errors.ProgramLimitExceeded()))
        desk.keep(report())
        for _ in range(3):
            assert exchange.process_next()
        assert [(each.state, each.refusal_code) for each in desk.messages()] == [("refused", "E-MSG-22")]

    @pytest.mark.parametrize("trouble", [psycopg.errors.AdminShutdown(), psycopg.errors.DiskFull(), None])
    def test_a_trouble_of_the_database_refuses_no_message(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, trouble: Exception | None
    ) -> None:
        monkeypatch.setattr(processing, "decide", _fails_with(trouble))
        desk.keep(report())
        for _ in range(4):
            with pytest.raises(OperationalError):
                exchange.process_next()
        assert [each.state for each in desk.messages()] == ["kept"]


def _fails_with(cause: Exception | None) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OperationalError from cause

    return fail


def _die(_: bytes) -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


# ------------------------------------------------------------------------------------------------ who may see it


def marks_of(document_id: int | None) -> set[str]:
    return set(DocumentMark.objects.filter(document_id=document_id).values_list("kind", flat=True))


HIDDEN_BY = {
    "metadata": lambda: xdm(cda(), visibility=("INVISIBLE_PATIENT",)),
    "header": lambda: mail(("document.xml", "text/xml", labelled(cda(), "INVISIBLE_PATIENT"))),
}


@pytest.mark.parametrize("message", HIDDEN_BY.values(), ids=HIDDEN_BY.keys())
def test_what_its_producer_hid_until_the_announcement_is_hidden_from_the_first_instant(
    desk: Desk, known: Known, message: Callable[[], bytes]
) -> None:
    """CSP R1111-53: the patient hears it from somebody before they read it."""
    patient = known()
    (received,) = desk.receive(arrived(message()))
    document = Document.objects.get(pk=received.document_id)
    assert (received.state, document.confidentiality, marks_of(document.pk)) == ("filed", "N", {"invisible_patient"})
    with pytest.raises(access_room.AccessDenied):
        documents.read(key(oneself(patient), patient), document.uuid)


def test_the_three_codes_hold_for_a_patient_who_is_created_as_well(desk: Desk) -> None:
    codes = ("MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX")
    (received,) = desk.receive(xdm(cda(), visibility=codes))
    assert marks_of(received.document_id) == {"masque_ps", "invisible_patient", "invisible_representants"}
    mark = DocumentMark.objects.get(kind="invisible_patient")
    assert (mark.reason, mark.set_by) == ("demandé par le producteur", "réception MSSanté")
    assert mark.until is not None


@pytest.mark.parametrize(("code", "level"), [("R", "R"), ("V", "V"), ("MASQUE_PS", "N"), ("INCONNU", "V")])
def test_the_level_of_a_header_is_one_of_three_and_an_unknown_one_is_the_strictest(
    desk: Desk, known: Known, code: str, level: str
) -> None:
    known()
    (received,) = desk.receive(mail(("document.xml", "text/xml", labelled(cda(), code))))
    document = Document.objects.get(pk=received.document_id)
    assert document.confidentiality == level
    assert ("C-10" in [each["code"] for each in document.anomalies]) is (code == "INCONNU")


@pytest.mark.parametrize(("said", "level", "noted"), [("R", "R", set()), ("INCONNU", "V", {"D-XDM-26"})])
def test_metadata_may_restrict_what_the_header_leaves_open(
    desk: Desk, known: Known, said: str, level: str, noted: set[str]
) -> None:
    known()
    (received,) = desk.receive(xdm(cda(), visibility=(said,)))
    document = Document.objects.get(pk=received.document_id)
    assert (document.confidentiality, marks_of(document.pk)) == (level, set())
    assert {each["code"] for each in document.anomalies if each["code"].startswith("D-XDM-2")} == noted


class TestSendersWord:
    URGENT = "URGENT : potassium à 6,8, rappelez-moi au 06 00 00 00 00."

    def test_it_is_kept_beside_the_documents_and_shown_to_whoever_reads_or_settles_them(
        self, desk: Desk, known: Known, cast: Cast
    ) -> None:
        patient = known()
        filed, waiting = desk.receive(
            mail(("a.xml", "text/xml", cda()), ("b.pdf", "application/pdf", PDF), text=f"{self.URGENT}\n-- \nLabo")
        )
        with access_room.reading(cast.claire, patient, purpose=Purpose.CARE) as access:
            view = documents.read(access, Document.objects.get(pk=filed.document_id).uuid)
            assert [each.text for each in exchange.arrivals.came_with(access, view)] == [self.URGENT]
        assert exchange.arrivals.came_with_any([view.uuid]) == {view.uuid}
        (line,) = exchange.to_settle(cast.sylvie)
        assert (line.uuid, line.words) == (waiting.uuid, self.URGENT)

    @pytest.mark.parametrize(
        "text",
        ["", TEXT.format(what="2 documents", who="Dr Claire Morel"), "-- \nLaboratoire Bio-Vallée\n04 00 00 00 00",
         "Bonjour,\n\nVeuillez trouver ci-joint un document.\n",
         "Bonjour,\nVeuillez trouver ci-joint le compte rendu de votre patiente.\nCordialement,\nResultats"],
    )  # fmt: skip
    def test_courtesies_and_signatures_say_nothing(self, desk: Desk, known: Known, text: str) -> None:
        known()
        (filed,) = desk.receive(mail(("a.xml", "text/xml", cda()), text=text))
        assert filed.message.words == ""
        assert exchange.arrivals.came_with_any([Document.objects.get().uuid]) == set()

    def test_it_is_not_shown_beside_one_patient_when_it_came_with_another(
        self, desk: Desk, known: Known, cast: Cast
    ) -> None:
        people = [known(), known(SECOND)]
        both = cda(), cda("1.2.250.1.999.7.2", person=SECOND)
        message = mail(*((f"{rank}.xml", "text/xml", each) for rank, each in enumerate(both)), text=self.URGENT)
        for received, patient in zip(desk.receive(message), people, strict=True):
            whose = patients.lines([patient])[patient].uuid
            exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=whose, reason="Vérifié")
        uuids = list(Document.objects.values_list("uuid", flat=True))
        assert len(uuids) == 2
        assert exchange.arrivals.came_with_any(uuids) == set()
