"""The small door of the sub-package, given further by `exchange.api`."""

from __future__ import annotations

from maillon.exchange import reaching
from maillon.exchange.outgoing import boxes
from maillon.exchange.outgoing.deciding import give_up, retry
from maillon.exchange.outgoing.following import TASK_TITLES
from maillon.exchange.outgoing.lists import (
    count_to_look_after,
    of_actor,
    of_document,
    of_record,
    one,
    patient_of,
    to_look_after,
)
from maillon.exchange.outgoing.patient_way import closed_because
from maillon.exchange.outgoing.sending import (
    ask_for_address,
    declines_documents,
    hand_over_on_paper,
    note_patient_choice,
    send,
)
from maillon.exchange.outgoing.shapes import (
    THE_PATIENT,
    Recipient,
    Sending,
    SendingMailbox,
    SentRecipientLine,
)
from maillon.exchange.rubbing import address_of, unreachable
from maillon.exchange.texting import verbs as texting

__all__ = [
    "TASK_TITLES",
    "THE_PATIENT",
    "Recipient",
    "Sending",
    "SendingMailbox",
    "SentRecipientLine",
    "address_of",
    "ask_for_address",
    "boxes",
    "closed_because",
    "count_to_look_after",
    "declines_documents",
    "give_up",
    "hand_over_on_paper",
    "note_patient_choice",
    "of_actor",
    "of_document",
    "of_record",
    "one",
    "patient_of",
    "reaching",
    "retry",
    "send",
    "texting",
    "to_look_after",
    "unreachable",
]
