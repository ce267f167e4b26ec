"""Sending an accepted notice: delivered to the operator, or reported as failed. Never silence.

A process that dies between the operator's 250 and our commit sends again: same Message-ID, so that it is recognised.
"""

from __future__ import annotations

import datetime as dt

from maillon.exchange import smtp
from maillon.exchange.collecting import account_of
from maillon.exchange.models import OutgoingMail
from maillon.kernel import clock, outbox, sealing

SEND = "exchange.send"
GIVE_UP_AFTER = dt.timedelta(minutes=15)
LONGEST_WAIT = dt.timedelta(minutes=2)


@outbox.handles(SEND)
def send(payload: outbox.Payload) -> None:
    """Runs in the outbox's transaction: the mail's state and the end of the job are one."""
    waiting = OutgoingMail.objects.select_for_update(of=("self",)).select_related("mailbox")
    mail = waiting.filter(pk=payload["outgoing"], state=OutgoingMail.State.WAITING).first()
    if mail is None:
        return
    try:
        fate, why = _submitted(mail), "NotTaken"
    except (*smtp.FAILURES, smtp.Interrupted, sealing.SealBroken) as error:
        fate, why = smtp.Fate.NOT_NOW, type(error).__name__
    if fate is smtp.Fate.REFUSED:
        _fail(mail, "L’opérateur a refusé ce message.")
    elif fate is smtp.Fate.TAKEN:
        OutgoingMail.objects.filter(pk=mail.pk).update(
            state=OutgoingMail.State.SENT, sent_at=clock.now(), attempts=mail.attempts + 1, error=""
        )
    else:
        _try_later(mail, why)


def _submitted(mail: OutgoingMail) -> smtp.Fate:
    """RFC 8098 §3: a notice has no envelope sender, so that it cannot bounce back for ever."""
    outcome = smtp.submit(
        account_of(mail.mailbox), smtp.Mail(sender="", recipients=[mail.recipient], data=bytes(mail.data))
    )
    return outcome.fates[mail.recipient]


def _try_later(mail: OutgoingMail, why: str) -> None:
    """Sooner, then later; after a quarter of an hour it is a failure that somebody must see."""
    if clock.now() - mail.created_at > GIVE_UP_AFTER:
        _fail(mail, "L’opérateur n’a pas pu prendre ce message.")
        return
    wait = min(dt.timedelta(seconds=2 ** min(mail.attempts + 1, 10)), LONGEST_WAIT)
    OutgoingMail.objects.filter(pk=mail.pk).update(attempts=mail.attempts + 1, error=why[:300])
    outbox.enqueue(SEND, {"outgoing": mail.pk}, due_at=clock.now() + wait)


def _fail(mail: OutgoingMail, reason: str) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=OutgoingMail.State.FAILED, attempts=mail.attempts + 1, error=reason
    )
