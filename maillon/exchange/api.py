"""The door of the room `exchange`."""

from __future__ import annotations

from maillon.exchange import arrivals, carrying, listening, psc, publishing, telling
from maillon.exchange.directory import api as directory
from maillon.exchange.dmp import verbs as dmp
from maillon.exchange.dmp.verbs import feed_dmp as feed_dmp
from maillon.exchange.insi import calling as insi
from maillon.exchange.lists import (
    ToSettle,
    count_to_settle,
    failed_notices,
    mailbox_status,
    original_of,
    refused,
    to_settle,
)
from maillon.exchange.outgoing import api as outgoing
from maillon.exchange.outgoing.api import Recipient, send
from maillon.exchange.outgoing.api import Sending as Sending
from maillon.exchange.processing import process_next
from maillon.exchange.registering import register_mailbox
from maillon.exchange.settling import discard, settle_new, settle_to
from maillon.exchange.worker import Worker

__all__ = [
    "Recipient",
    "ToSettle",
    "Worker",
    "arrivals",
    "carrying",
    "count_to_settle",
    "directory",
    "discard",
    "dmp",
    "failed_notices",
    "insi",
    "listening",
    "mailbox_status",
    "original_of",
    "outgoing",
    "process_next",
    "psc",
    "publishing",
    "refused",
    "register_mailbox",
    "send",
    "settle_new",
    "settle_to",
    "telling",
    "to_settle",
]
