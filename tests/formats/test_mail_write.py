from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from maillon.formats.document import ClinicalDocument, Version
from maillon.formats.mail import read_mail
from maillon.formats.mail_write import (
    INTEGRATION_ERRORS,
    Envelope,
    SentDocument,
    subject_of,
    write_message,
    write_notice,
)
from maillon.formats.refusal import Refused
from tests.formats.cda.written import PDF, TRAITS, letter, report

AT = datetime(2026, 5, 4, 14, 31, tzinfo=ZoneInfo("Europe/Paris"))
ENVELOPE = Envelope(
    message_id="abc@bio-vallee.mssante.test",
    sender="resultats@bio-vallee.mssante.test",
    sender_label="Laboratoire Bio-Vallée",
    recipients=("claire.morel@msp-tilleuls.mssante.test",),
    at=AT,
    product_number="NIL-1",
    notify="resultats@bio-vallee.mssante.test",
    ins_qualified=True,
)


def message(*documents: ClinicalDocument, envelope: Envelope = ENVELOPE) -> bytes:
    sent = [SentDocument(document=each, pdf=PDF) for each in documents]
    return write_message(envelope, sent, xdm=b"PK\x03\x04archive", text="Bonjour,\nÀ bientôt.\n").as_bytes()


def test_a_message_follows_the_conventions_of_mssante() -> None:
    found = read_mail(message(report()))
    assert found.subject == "XDM/1.0/DDM+CR d'examens biologiques PAT-TROIS DOMINIQUE 28/03/1979"
    assert (found.cda_codes, found.ins_qualified, found.nil) == (("11502-2",), "O", "NIL-1")
    assert found.disposition_notification_to == ENVELOPE.notify
    assert (found.from_address, found.from_label) == (ENVELOPE.sender, "Laboratoire Bio-Vallée")
    assert found.body_text.startswith("Bonjour,")
    assert [each.name for each in found.attachments] == [
        "IHE_XDM.zip",
        "20260504_CR d'examens biologiques_PAT-TROIS_DOMINIQUE_LAB-1-.pdf",
    ]
    assert found.anomalies == ()


def test_the_label_of_the_subject_is_cut_at_forty_and_the_name_has_no_accent() -> None:
    document = letter(type_label="x" * 60, patient=replace(TRAITS, birth_family_name="Lefèvre-Œuvré"))
    assert subject_of([document]) == f"XDM/1.0/DDM+{'x' * 40} LEFEVRE-OEUVRE DOMINIQUE 28/03/1979"


def test_several_documents_are_counted_and_each_has_its_pdf() -> None:
    found = read_mail(message(report(), report(), letter()))
    assert found.subject.startswith("XDM/1.0/DDM+3 documents ")
    assert found.cda_codes == ("11502-2", "11488-4")
    names = [each.name for each in found.attachments]
    assert len(names) == len(set(names)) == 4


def test_a_replacement_says_so_in_its_subject() -> None:
    document = report(version=Version(id="1.2.3^2", set_id="1.2.3", number=2, replaces="1.2.3^1"))
    found = read_mail(message(document))
    assert found.subject.startswith("[Annule et remplace]")
    assert found.replaces


def test_a_name_cannot_open_another_header() -> None:
    patient = replace(TRAITS, first_birth_given_name="X\r\nBcc: tous@ailleurs.test")
    raw = message(letter(patient=patient))
    assert b"\r\nBcc:" not in raw.partition(b"\r\n\r\n")[0]


def test_headers_are_ascii_on_the_wire_and_the_bytes_always_the_same() -> None:
    raw = message(report())
    raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert raw == message(report())


def test_a_message_without_a_document_is_refused() -> None:
    with pytest.raises(Refused):
        message()


@pytest.mark.parametrize("code", [None, *INTEGRATION_ERRORS])
def test_a_notice_tells_what_became_of_the_message(code: str | None) -> None:
    original = message(report())
    notice = write_notice(original, sender=ENVELOPE.recipients[0], at=AT, message_id="n@x.test", error_code=code)
    assert notice is not None
    raw = notice.as_bytes()
    found = read_mail(raw)
    assert found.report is not None
    assert found.report.original_message_id == "<abc@bio-vallee.mssante.test>"
    assert (found.report.disposition, found.report.automatic) == ("processed", True)
    assert found.report.error_code == code
    assert found.subject.startswith(f"[KO Intégration système !][{code}] " if code else "XDM/1.0/DDM+")
    assert (b"processed/error" in raw) is (code is not None)
    assert notice["To"] == ENVELOPE.notify


def test_the_original_goes_back_byte_for_byte() -> None:
    original = message(report())
    notice = write_notice(original, sender=ENVELOPE.recipients[0], at=AT, message_id="n@x.test", error_code="906")
    assert notice is not None
    assert original.rstrip() in notice.as_bytes()


def test_nobody_answers_a_message_that_asks_for_nothing_nor_a_notice() -> None:
    silent = message(report(), envelope=replace(ENVELOPE, notify=None))
    assert write_notice(silent, sender="a@b.test", at=AT, message_id="n@x.test") is None
    notice = write_notice(message(report()), sender="a@b.test", at=AT, message_id="n@x.test")
    assert notice is not None
    looping = b"Disposition-Notification-To: c@d.test\r\n" + notice.as_bytes()
    assert write_notice(looping, sender="a@b.test", at=AT, message_id="m@x.test") is None
    bounced = b"Return-Path: <>\r\n" + message(report())
    assert write_notice(bounced, sender="a@b.test", at=AT, message_id="m@x.test") is None


def test_an_unknown_error_code_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="999"):
        write_notice(message(report()), sender="a@b.test", at=AT, message_id="n@x.test", error_code="999")
