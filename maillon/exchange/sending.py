"""Sending an accepted mail: delivered to the operator, or reported as failed. Never silence.

A process that dies between the operator's 250 and our commit sends again: same Message-ID, so that it is recognised.
"""

from __future__ import annotations

import datetime as dt
import re
import smtplib
import time
from collections.abc import Iterable

from maillon.exchange.collecting import account_of
from maillon.exchange.imap import Account
from maillon.exchange.models import OutgoingMail
from maillon.kernel import clock, outbox, sealing

SEND = "exchange.send"
SECONDS = 30
GIVE_UP_AFTER = dt.timedelta(minutes=15)
LONGEST_WAIT = dt.timedelta(minutes=2)
IDLE_SECONDS = 10.0  # operators cut idle sessions; ours ends before
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Rejected(Exception):
    """The operator said a definite no (5xx)."""


@outbox.handles(SEND)
def send(payload: outbox.Payload) -> None:
    """Runs in the outbox's transaction: the mail's state and the end of the job are one."""
    waiting = OutgoingMail.objects.select_for_update(of=("self",)).select_related("mailbox")
    mail = waiting.filter(pk=payload["outgoing"], state=OutgoingMail.State.WAITING).first()
    if mail is None:
        return
    try:
        _submit(account_of(mail.mailbox), mail)
    except Rejected:
        _fail(mail, "L’opérateur a refusé ce message.")
    except (smtplib.SMTPException, OSError, sealing.SealBroken) as error:
        _try_later(mail, error)
    else:
        OutgoingMail.objects.filter(pk=mail.pk).update(
            state=OutgoingMail.State.SENT, sent_at=clock.now(), attempts=mail.attempts + 1, error=""
        )


def _submit(account: Account, mail: OutgoingMail) -> None:
    data = _LINE_END.sub(b"\r\n", bytes(mail.data))  # one line end only: no second message can hide in the first
    options = ["BODY=8BITMIME"] if any(byte > 127 for byte in data) else []
    try:
        # RFC 8098 §3: a notice has no envelope sender, so that it cannot bounce back for ever.
        _line(account).sendmail("", [mail.recipient], data, mail_options=options)
    except smtplib.SMTPRecipientsRefused as error:
        _raise_if_definite(code for code, _ in error.recipients.values())
        raise
    except smtplib.SMTPResponseException as error:
        _raise_if_definite([error.smtp_code])
        raise
    except (smtplib.SMTPException, OSError):
        _hang_up(account)
        raise


_lines: dict[Account, tuple[smtplib.SMTP, float]] = {}


def _line(account: Account) -> smtplib.SMTP:
    """A session with the operator, kept for the next notices of the round: the handshake costs more than a notice."""
    known = _lines.get(account)
    if known is not None and time.monotonic() - known[1] < IDLE_SECONDS and _still_answers(known[0]):
        connection = known[0]
    else:
        _hang_up(account)
        connection = _connected(account)
        connection.login(account.username, account.password)
    _lines[account] = (connection, time.monotonic())
    return connection


def _still_answers(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _hang_up(account: Account) -> None:
    known = _lines.pop(account, None)
    if known is not None:
        known[0].close()


def _raise_if_definite(codes: Iterable[int]) -> None:
    if all(code >= 500 for code in codes):
        raise Rejected


def _connected(account: Account) -> smtplib.SMTP:
    if not account.starttls:
        return smtplib.SMTP_SSL(account.host, account.smtp_port, timeout=SECONDS, context=account.tls())
    connection = smtplib.SMTP(account.host, account.smtp_port, timeout=SECONDS)
    connection.starttls(context=account.tls())
    return connection


def _try_later(mail: OutgoingMail, error: Exception) -> None:
    """Sooner, then later; after a quarter of an hour it is a failure that somebody must see."""
    if clock.now() - mail.created_at > GIVE_UP_AFTER:
        _fail(mail, "L’opérateur n’a pas pu prendre ce message.")
        return
    wait = min(dt.timedelta(seconds=2 ** min(mail.attempts + 1, 10)), LONGEST_WAIT)
    OutgoingMail.objects.filter(pk=mail.pk).update(attempts=mail.attempts + 1, error=type(error).__name__[:300])
    outbox.enqueue(SEND, {"outgoing": mail.pk}, due_at=clock.now() + wait)


def _fail(mail: OutgoingMail, reason: str) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=OutgoingMail.State.FAILED, attempts=mail.attempts + 1, error=reason
    )
