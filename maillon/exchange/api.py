"""The door of the room `exchange`."""

from __future__ import annotations

from maillon.exchange import carrying, psc, publishing, telling
from maillon.exchange.accounting import Fate, fates
from maillon.exchange.collecting import collect, due_mailboxes
from maillon.exchange.lists import (
    FailedNotice,
    MailboxStatus,
    RefusedLine,
    ToSettle,
    count_to_settle,
    failed_notices,
    mailbox_status,
    original_of,
    refused,
    to_settle,
)
from maillon.exchange.processing import process_next
from maillon.exchange.registering import register_mailbox
from maillon.exchange.settling import discard, settle_new, settle_to
from maillon.exchange.telling import LETTER_TITLE
from maillon.exchange.worker import Worker

__all__ = [
    "LETTER_TITLE",
    "FailedNotice",
    "Fate",
    "MailboxStatus",
    "RefusedLine",
    "ToSettle",
    "Worker",
    "carrying",
    "collect",
    "count_to_settle",
    "discard",
    "due_mailboxes",
    "failed_notices",
    "fates",
    "mailbox_status",
    "original_of",
    "process_next",
    "psc",
    "publishing",
    "refused",
    "register_mailbox",
    "settle_new",
    "settle_to",
    "telling",
    "to_settle",
]
