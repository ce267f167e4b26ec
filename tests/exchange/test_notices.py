"""Answering: who is told, with which code, when, and what happens when the answer cannot leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine

from maillon.exchange import api as exchange
from maillon.exchange.models import OutgoingMail
from maillon.formats.mail import MailReport, read_mail
from maillon.kernel import clock, outbox
from maillon.kernel.models import Job
from tests.conftest import Cast
from tests.exchange.conftest import Desk
from tests.exchange.letters import DEFAULT, LABORATORY, PDF, arrived, cda, mail, report, xdm
from tests.mailservers.account import Endpoint

pytestmark = pytest.mark.django_db

Known = Callable[..., object]


def _answer() -> MailReport:
    said = read_mail(bytes(OutgoingMail.objects.get().data)).report
    assert said is not None
    return said


def test_whoever_asked_is_told_that_the_document_is_filed(desk: Desk, known: Known) -> None:
    known()
    desk.receive(arrived(xdm(cda(), notify=LABORATORY, message_id="<m1@bio>")))
    said = _answer()
    assert (said.disposition, said.failed, said.original_message_id) == ("processed", False, "<m1@bio>")
    assert OutgoingMail.objects.get().recipient == LABORATORY
    assert desk.messages()[0].notification == "queued"
    assert Job.objects.filter(kind="exchange.send").count() == 1


def test_nobody_is_told_who_did_not_ask(desk: Desk, known: Known) -> None:
    known()
    desk.receive(arrived(report()))
    assert not OutgoingMail.objects.exists()


def test_a_refused_document_is_answered_with_an_official_code(desk: Desk) -> None:
    desk.receive(arrived(mail(("a.html", "text/html", b"<html><script>x</script></html>"), notify=LABORATORY)))
    said = _answer()
    assert (said.error_code, said.failed) == ("906", True)


def test_a_refused_message_is_answered_without_returning_it(desk: Desk) -> None:
    hostile = b"From: a@b.fr\r\nDisposition-Notification-To: " + LABORATORY.encode() + b"\r\nMessage-ID: <h@b>\r\n"
    nested = b"".join(
        f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n".encode() for depth in range(60)
    )
    desk.receive(arrived(hostile + nested))
    (kept,) = desk.messages()
    assert (kept.state, kept.notification) == ("refused", "queued")
    data = bytes(OutgoingMail.objects.get().data)
    assert b"Error: 906^" in data
    assert b"--b5" not in data


@pytest.mark.parametrize(
    ("asked", "envelope", "headers", "notification"),
    [
        (LABORATORY, "autre@bio-vallee.mssante.test", {}, "withheld"),
        ("victime@ch.mssante.test", LABORATORY, {}, "withheld"),
        (LABORATORY, "", {}, ""),
        (LABORATORY, LABORATORY, {"Auto-Submitted": "auto-replied"}, ""),
        (LABORATORY, LABORATORY, {"Auto-Submitted": "auto-generated"}, "queued"),
    ],
)
def test_only_the_proven_sender_is_answered(
    desk: Desk, known: Known, asked: str, envelope: str, headers: dict[str, str], notification: str
) -> None:
    known()
    desk.receive(arrived(report(notify=asked, headers=headers), envelope=envelope))
    assert desk.messages()[0].notification == notification
    assert OutgoingMail.objects.exists() == (notification == "queued")


def test_a_notice_is_never_answered(desk: Desk) -> None:
    raw = (
        b"From: x@y.mssante.test\r\nDisposition-Notification-To: x@y.mssante.test\r\n"
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
        b"--b\r\n\r\nlu\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Disposition: automatic-action/MDN-sent-automatically; processed\r\n--b--\r\n"
    )
    desk.receive(arrived(raw, envelope="x@y.mssante.test"))
    assert (desk.messages()[0].kind, OutgoingMail.objects.count()) == ("mdn", 0)


def test_what_is_to_settle_is_answered_only_once_settled(desk: Desk, cast: Cast) -> None:
    message = mail(("a.pdf", "application/pdf", PDF), notify=LABORATORY)
    (received,) = desk.receive(arrived(message))
    assert desk.messages()[0].notification == "due"
    assert not OutgoingMail.objects.exists()
    exchange.discard(cast.sylvie, received.uuid, reason="Publicité")
    assert _answer().error_code == "902"


def test_a_matricule_of_somebody_else_is_answered_904(desk: Desk, known: Known, cast: Cast) -> None:
    known()
    (received,) = desk.receive(arrived(report(person=DEFAULT | {"family": "DURAND"}, notify=LABORATORY)))
    exchange.discard(cast.sylvie, received.uuid, reason="Erreur du laboratoire")
    assert _answer().error_code == "904"


def test_the_answer_leaves_over_tls_and_is_sent_once(post: Desk, laboratory: Endpoint, known: Known) -> None:
    known()
    before = set(laboratory.messages())
    post.receive(arrived(report(notify=LABORATORY)))
    outbox.run_due()
    outbox.run_due()
    sent = OutgoingMail.objects.get()
    assert (sent.state, sent.attempts) == ("sent", 1)
    arrivals = [raw for uid, (_, raw) in laboratory.messages().items() if uid not in before]
    assert len(arrivals) == 1
    assert arrivals[0].startswith(b"Return-Path: <>\r\n")
    assert f"Message-ID: <{sent.message_id}>".encode() in arrivals[0]


def test_an_answer_that_cannot_leave_is_tried_again_then_reported(desk: Desk, known: Known, cast: Cast) -> None:
    known()
    begun = clock.now()
    desk.receive(arrived(report(notify=LABORATORY)))
    for minute in range(20):
        with time_machine.travel(begun + dt.timedelta(minutes=minute, seconds=1), tick=False):
            outbox.run_due()
    mail_sent = OutgoingMail.objects.get()
    assert mail_sent.state == "failed"
    assert mail_sent.attempts > 3
    assert not Job.objects.filter(kind="exchange.send").exists()
    (line,) = exchange.failed_notices(cast.sylvie)
    assert (line.recipient, line.error) == (LABORATORY, "L’opérateur n’a pas pu prendre ce message.")
    assert exchange.mailbox_status(cast.sylvie)[0].failed_notices == 1
    assert exchange.failed_notices(cast.paul) == []


def test_a_definite_refusal_is_reported_at_once(post: Desk, known: Known) -> None:
    known()
    gone = "parti@bio-vallee.mssante.test"
    post.receive(arrived(report(sender=gone, notify=gone), envelope=gone))
    outbox.run_due()
    refused = OutgoingMail.objects.get()
    assert (refused.state, refused.error) == ("failed", "L’opérateur a refusé ce message.")


def test_a_bounce_of_an_answer_makes_it_failed(desk: Desk, known: Known) -> None:
    known()
    desk.receive(arrived(report(notify=LABORATORY)))
    OutgoingMail.objects.update(state="sent")
    bounce = (
        b"From: mailer-daemon@op.test\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\n\r\nnon remis\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; op\r\n\r\n"
        b"Final-Recipient: rfc822; " + LABORATORY.encode() + b"\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <"
        + OutgoingMail.objects.get().message_id.encode() + b">\r\n\r\n--b--\r\n"
    )  # fmt: skip
    desk.receive(arrived(bounce, envelope=""))
    assert OutgoingMail.objects.get().state == "failed"
    assert desk.messages()[-1].kind == "dsn"
