"""Collecting a mailbox: what is new at the operator's comes into our base, then is marked read there. Never deleted.

One collector per mailbox at a time (advisory lock). Whatever stops it, the next run goes on where the last committed
batch ended; marks that were not made are made then.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import F, Q

from maillon.exchange.imap import FAILURES, Account, Inbox, explain, open_inbox
from maillon.exchange.keeping import Batch, keep
from maillon.exchange.models import Mailbox
from maillon.formats.mail import MAX_BYTES
from maillon.kernel import clock, sealing, sql

log = logging.getLogger(__name__)

BATCH_MESSAGES = 50
BATCH_BYTES = 16 * 1024 * 1024
LONGEST_WAIT = dt.timedelta(minutes=5)
LOCK_CLASS = 4_660_001  # first key of this room's advisory locks on mailboxes


def due_mailboxes() -> list[Mailbox]:
    ready = Q(retry_at__isnull=True) | Q(retry_at__lte=clock.wall())
    return list(Mailbox.objects.filter(ready, is_active=True).order_by("id"))


def collect(mailbox: Mailbox) -> int:
    """How many messages were newly kept. A failure of the operator is written on the mailbox's row, never raised."""
    with _alone(mailbox.pk) as is_ours:
        if not is_ours:
            return 0
        mailbox.refresh_from_db()
        try:
            with open_inbox(account_of(mailbox)) as inbox:
                return _collect(mailbox, inbox)
        except (*FAILURES, sealing.SealBroken) as error:
            _note_failure(mailbox, error)
            return 0


def account_of(mailbox: Mailbox) -> Account:
    return Account(
        address=mailbox.address,
        host=mailbox.imap_host,
        imap_port=mailbox.imap_port,
        smtp_port=mailbox.smtp_port,
        username=mailbox.username,
        password=sealing.unseal(bytes(mailbox.sealed_password)),
        starttls=mailbox.transport == Mailbox.Transport.STARTTLS,
        ca_file=mailbox.ca_file,
    )


def _collect(mailbox: Mailbox, inbox: Inbox) -> int:
    last, seen = mailbox.last_uid, mailbox.seen_uid
    if mailbox.uid_validity != inbox.uid_validity:
        last = seen = 0  # the operator numbers anew: all is read again, and recognised
    new = 0
    for sizes in _batches(inbox.sizes_after(last), eased=mailbox.failures):
        batch = _fetched(mailbox, inbox, sizes, seen)
        new += keep(batch)
        seen = _mark(inbox, seen=seen, last=batch.last_uid)
        last = batch.last_uid
    if seen < last:  # a former run kept them and was stopped before the mark
        seen = _mark(inbox, seen=seen, last=last)
    keep(Batch(mailbox_id=mailbox.pk, uid_validity=inbox.uid_validity, last_uid=last, seen_uid=seen))
    return new


def _mark(inbox: Inbox, *, seen: int, last: int) -> int:
    inbox.mark_seen(seen + 1, last)
    return last


def _batches(sizes: dict[int, int], *, eased: int) -> Iterator[dict[int, int]]:
    """A message larger than a batch makes one by itself. `eased`: how many times running the line has just fallen;
    each halves the batches, down to one message, so that a line that never carries a whole batch empties the box
    nevertheless."""
    most, weightiest = max(BATCH_MESSAGES >> eased, 1), BATCH_BYTES >> eased
    batch: dict[int, int] = {}
    weight = 0
    for uid, size in sizes.items():
        taken = min(size, MAX_BYTES)
        if batch and (len(batch) >= most or weight + taken > weightiest):
            yield batch
            batch, weight = {}, 0
        batch[uid] = size
        weight += taken
    if batch:
        yield batch


def _fetched(mailbox: Mailbox, inbox: Inbox, sizes: dict[int, int], seen: int) -> Batch:
    too_big = [uid for uid, size in sizes.items() if size > MAX_BYTES]
    headers = inbox.headers(too_big)
    return Batch(
        mailbox_id=mailbox.pk,
        uid_validity=inbox.uid_validity,
        last_uid=max(sizes),
        seen_uid=seen,
        messages=inbox.whole([uid for uid in sizes if uid not in too_big]),
        headers={uid: (header, sizes[uid]) for uid, header in headers.items()},
    )


@contextmanager
def _alone(mailbox_id: int) -> Iterator[bool]:
    """A lock of the database session: a collector that dies leaves nothing behind."""
    found = sql.row("SELECT pg_try_advisory_lock(%s::int, %s::int)", (LOCK_CLASS, mailbox_id))
    is_ours = bool(found and found[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            sql.rows("SELECT pg_advisory_unlock(%s::int, %s::int)", (LOCK_CLASS, mailbox_id))


def _note_failure(mailbox: Mailbox, error: BaseException) -> None:
    log.warning("mailbox %s: %s", mailbox.pk, type(error).__name__)
    wait = min(dt.timedelta(seconds=2 ** min(mailbox.failures, 12)), LONGEST_WAIT)
    broken = isinstance(error, sealing.SealBroken)
    message = "Le mot de passe de cette boîte est à saisir de nouveau." if broken else explain(error)
    Mailbox.objects.filter(pk=mailbox.pk).update(
        failures=F("failures") + 1, retry_at=clock.wall() + wait, last_error=message
    )
