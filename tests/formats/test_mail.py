"""Received mails: what is shown, what is filed, who wrote, what other systems report."""

from __future__ import annotations

import contextlib
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.formats.document import PatientTraits
from maillon.formats.mail import contradicts, read_mail, shown_subject
from maillon.formats.mail_headers import decoded, safe_file_name, sender
from maillon.formats.mail_subject import subject_traits
from maillon.formats.refusal import Refused
from tests.formats.hostile.making import good_xdm, mail_of, multipart, pdf_of

SUBJECT = "XDM/1.0/DDM+CR d’examens biologiques PAT-TROIS Dominique 28/03/1979"


def _laboratory_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Laboratoire des Lilas <resultats@lilas.mssante.test>"
    mail["To"] = '"Tilleuls, accueil" <accueil@msp-tilleuls.mssante.test>'
    mail["Cc"] = "claire@msp-tilleuls.mssante.test"
    mail["Subject"] = SUBJECT
    mail["Message-ID"] = "<1@lilas.mssante.test>"
    mail["References"] = "<0@lilas.mssante.test> <00@lilas.mssante.test>"
    mail["Date"] = "Sun, 01 Mar 2026 10:00:00 +0100"
    mail["X-MSS-CODECDA"] = "11502-2, 11488-4"
    mail["X-MSS-INS"] = "O"
    mail["X-MSS-NIL"] = "990000016"
    mail["Disposition-Notification-To"] = "resultats@lilas.mssante.test"
    mail.set_content("Bonjour, ci-joint le résultat.\n")
    mail.add_alternative("<p>Bonjour</p>", subtype="html")
    mail.add_attachment(good_xdm(), maintype="application", subtype="zip", filename="IHE_XDM.zip")
    mail.add_attachment(pdf_of(), maintype="application", subtype="pdf", filename="20260301_résultat_PAT.pdf")
    return mail


def test_the_conventions_of_mssante_are_read() -> None:
    mail = read_mail(bytes(_laboratory_mail()))
    assert mail.message_id == "<1@lilas.mssante.test>"
    assert (mail.from_address, mail.from_label) == ("resultats@lilas.mssante.test", "Laboratoire des Lilas")
    assert mail.to == ("accueil@msp-tilleuls.mssante.test", "claire@msp-tilleuls.mssante.test")
    assert mail.subject == SUBJECT
    assert mail.date == "2026-03-01T10:00:00+01:00"
    assert mail.references == ("<0@lilas.mssante.test>", "<00@lilas.mssante.test>")
    assert mail.cda_codes == ("11502-2", "11488-4")
    assert (mail.ins_qualified, mail.nil, mail.mes) == ("O", "990000016", None)
    assert mail.disposition_notification_to == "resultats@lilas.mssante.test"
    assert mail.anomalies == ()
    assert not mail.is_report


def test_the_text_is_shown_and_the_files_are_whole() -> None:
    mail = read_mail(bytes(_laboratory_mail()))
    assert mail.body_text == "Bonjour, ci-joint le résultat."
    archive, copy = mail.attachments
    assert (archive.name, archive.media_type, archive.data) == ("IHE_XDM.zip", "application/zip", good_xdm())
    assert (copy.name, copy.media_type, copy.data) == ("20260301_résultat_PAT.pdf", "application/pdf", pdf_of())


def test_html_alone_is_shown_as_text_without_its_scripts() -> None:
    mail = read_mail(
        mail_of(
            b"<style>p{}</style><p>Bonjour<br>Madame &amp; Monsieur</p><script>alert(1)</script>",
            headers=b"Content-Type: text/html; charset=utf-8\r\n",
        )
    )
    assert mail.body_text == "Bonjour\nMadame & Monsieur"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"])
def test_the_text_comes_out_of_every_admitted_charset(charset: str, encoding: str) -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.test"
    mail.set_content("Prélèvement à jeun : 5,2 mmol/L\n", charset=charset, cte=encoding)
    assert read_mail(bytes(mail)).body_text == "Prélèvement à jeun : 5,2 mmol/L"


def test_a_forwarded_message_is_opened_one_level() -> None:
    forwarding = EmailMessage()
    forwarding["From"] = "claire@msp-tilleuls.mssante.test"
    forwarding["Subject"] = "Tr: résultat"
    forwarding.set_content("À classer.\n")
    forwarding.add_attachment(_laboratory_mail())
    mail = read_mail(bytes(forwarding))
    assert mail.from_address == "claire@msp-tilleuls.mssante.test"
    assert [(each.name, each.forwarded) for each in mail.attachments] == [
        ("IHE_XDM.zip", True),
        ("20260301_résultat_PAT.pdf", True),
    ]
    assert "À classer." in mail.body_text
    assert "Bonjour, ci-joint le résultat." in mail.body_text


@pytest.mark.parametrize(
    ("written", "address", "doubtful"),
    [
        ("alice@mssante.fr <bob@evil.example>", "bob@evil.example", True),
        ('"alice@mssante.fr" <bob@evil.example>', "bob@evil.example", True),
        ("=?utf-8?q?alice=40mssante=2Efr?= <bob@evil.example>", "bob@evil.example", True),
        ("=?utf-8?b?YWxpY2VAbXNzYW50ZS5mcg==?= <bob@evil.example>", "bob@evil.example", True),
        ("<alice@mssante.fr> <bob@evil.example>", "bob@evil.example", True),
        ("alice@mssante.fr (bob) <bob@evil.example>", "bob@evil.example", True),
        ("bob@evil.example (alice@mssante.fr)", "bob@evil.example", False),
        ("alice@mssante.fr, bob@evil.example", None, True),
        ('"alice@mssante.fr"@evil.example', None, True),
        ("Cabinet Dr. Martin <a@b.test>", "a@b.test", False),
        ('"Martin, Paul" <A@B.test>', "a@b.test", False),
        ("a@b.test <a@b.test>", "a@b.test", False),
        ("<a@b.test>", "a@b.test", False),
    ],
)
def test_the_sender_is_the_true_address_or_nobody(written: str, address: str | None, doubtful: bool) -> None:
    found = sender([written])
    assert (found.address, found.doubtful) == (address, doubtful)


def test_a_report_of_an_integration_error_is_understood() -> None:
    notification = (
        b"Content-Type: message/disposition-notification\r\n\r\nReporting-UA: Logiciel\r\n"
        b"Final-Recipient: rfc822; accueil@msp-tilleuls.mssante.test\r\n"
        b"Original-Message-ID: <1@lilas.mssante.test>\r\nDisposition: automatic-action/MDN-sent-automatically;"
        b" processed/Error: 901^Patient inconnu\r\n"
    )
    returned = b"Content-Type: message/rfc822\r\n\r\n" + bytes(_laboratory_mail())
    mail = read_mail(
        multipart(b"\r\nErreur", notification, returned, kind=b"report; report-type=disposition-notification")
    )
    report = mail.report
    assert report is not None
    assert (report.kind, report.disposition, report.automatic) == ("disposition", "processed", True)
    assert (report.error_code, report.error_label, report.failed) == ("901", "Patient inconnu", True)
    assert report.original_message_id == "<1@lilas.mssante.test>"
    assert report.original_subject == SUBJECT
    assert mail.attachments == ()  # our own document that comes back is never filed
    assert mail.body_text == "Erreur"


def test_a_receipt_without_error_is_no_failure() -> None:
    notification = (
        b"Content-Type: message/disposition-notification\r\n\r\nOriginal-Message-ID: <1@x>\r\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    report = read_mail(multipart(b"\r\nLu", notification, kind=b"report")).report
    assert report is not None
    assert (report.disposition, report.automatic, report.error_code, report.failed) == ("displayed", False, None, False)


def test_a_bounce_names_each_recipient_and_its_status() -> None:
    status = (
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.mssante.test\r\n\r\n"
        b"Final-Recipient: rfc822; 279035121518989@patient.mssante.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 boite fermee\r\n\r\nFinal-Recipient: rfc822; b@c.test\r\nAction: delayed\r\n"
        b"Status: 4.2.2\r\n"
    )
    original = b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <7@msp.test>\r\nSubject: x\r\n"
    report = read_mail(multipart(b"\r\nEchec", status, original, kind=b"report")).report
    assert report is not None
    assert report.original_message_id == "<7@msp.test>"
    assert [(each.action, each.status) for each in report.recipients] == [("failed", "5.1.1"), ("delayed", "4.2.2")]
    assert report.recipients[0].diagnostic == "550 boite fermee"
    assert report.failed


@pytest.mark.parametrize(
    ("subject", "label", "family", "given"),
    [
        (SUBJECT, "CR d’examens biologiques", "PAT-TROIS", "Dominique"),
        ("XDM/1.0/DDM+2 documents DE LA TOUR Jean Paul 28/03/1979", "2 documents", "DE LA TOUR", "Jean Paul"),
        ("XDM/1.0/DDM+Lettre PAT-TROIS DOMINIQUE 28/03/1979", "Lettre", "PAT-TROIS", "DOMINIQUE"),
        ("[Annule et remplace] XDM/1.0/DDM+Lettre DURAND Paul 28/03/1979", "Lettre", "DURAND", "Paul"),
    ],
)
def test_the_subject_names_the_patient(subject: str, label: str, family: str, given: str) -> None:
    traits = subject_traits(subject)
    assert traits is not None
    assert (traits.label, traits.family, traits.given, traits.birth_date) == (label, family, given, "1979-03-28")


def test_an_ordinary_subject_names_nobody() -> None:
    assert subject_traits("Réunion du 28/03/2026") is None


def test_the_subject_contradicts_another_patient_and_not_its_own() -> None:
    traits = subject_traits(SUBJECT)
    assert traits is not None
    same = PatientTraits(birth_family_name="PAT TROIS", birth_date="1979-03-28")
    assert not contradicts(traits, same)
    assert contradicts(traits, PatientTraits(birth_family_name="DURAND", birth_date="1979-03-28"))
    assert contradicts(traits, PatientTraits(birth_family_name="PAT-TROIS", birth_date="1979-03-29"))
    assert not contradicts(traits, PatientTraits(birth_family_name="ROBIN", used_family_name="PAT-TROIS"))


def test_a_replacement_says_so() -> None:
    mail = _laboratory_mail()
    mail.replace_header("Subject", "[Annule et remplace] " + SUBJECT)
    assert read_mail(bytes(mail)).replaces
    assert shown_subject(SUBJECT) == "CR d’examens biologiques PAT-TROIS Dominique 28/03/1979"


@pytest.mark.parametrize(
    ("written", "rebuilt"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\dossier\\cr.pdf", "cr.pdf"),
        ("rapport\u202efdp.exe", "rapportfdp.exe"),
        ("a\r\nb.pdf", "a  b.pdf"),
        ("...", "piece"),
        ("", "piece"),
        ('a<b>:"c".pdf', "a_b___c_.pdf"),
        ("x" * 300 + ".pdf", "x" * 110 + ".pdf"),
    ],
)
def test_file_names_are_rebuilt(written: str, rebuilt: str) -> None:
    assert safe_file_name(written, fallback="piece") == rebuilt


def test_encoded_words_are_joined_and_unknown_charsets_left_alone() -> None:
    assert decoded("=?utf-8?q?Pr=C3=A9l=C3=A8?= =?utf-8?b?dmVtZW50?= reçu") == "Prélèvement reçu"
    assert decoded("=?utf-7?q?+ADw-?=") == "=?utf-7?q?+ADw-?="


@settings(max_examples=300)
@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                b"From: a@b.test",
                b"\r\n",
                b"\n",
                b"\r\n\r\n",
                b"--x",
                b"--x--",
                b"Content-Type: multipart/mixed; boundary=x",
                b"Content-Type: message/rfc822",
                b"Content-Transfer-Encoding: base64",
                b"=?utf-8?b?=?=",
                b"<",
                b"(",
                b'"',
                b"\x00",
            ]
        ),
        max_size=25,
    ).map(b"".join)
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):  # any other exception fails
        read_mail(data)
