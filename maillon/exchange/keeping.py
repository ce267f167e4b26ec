"""Keeping: the bytes, the row, and how far the mailbox is read, in one transaction. Only then is it acknowledged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from maillon.documents import api as documents
from maillon.formats.mime import read_headers
from maillon.formats.refusal import Refused
from maillon.kernel import clock, sql

TOO_BIG = "E-MSG-20"
TOO_BIG_MESSAGE = "Le message dépasse la taille admise\u202f: seul son en-tête a été gardé."
LONGEST_ID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one exchange with the operator brought. `headers`: messages too big to be taken whole, with their size."""

    mailbox_id: int
    uid_validity: int
    last_uid: int
    seen_uid: int
    messages: Mapping[int, bytes] = field(default_factory=dict)
    headers: Mapping[int, tuple[bytes, int]] = field(default_factory=dict)


@transaction.atomic
def keep(batch: Batch) -> int:
    """How many were new. A message already kept (same Message-ID, same bytes) is kept once."""
    new = sum(_keep_whole(batch.mailbox_id, raw) for raw in batch.messages.values())
    new += sum(_keep_header(batch.mailbox_id, header, size) for header, size in batch.headers.values())
    sql.rows(
        """UPDATE exchange_mailbox SET uid_validity = %s, last_uid = %s, seen_uid = %s, last_collected_at = %s,
                  last_error = '', failures = 0, retry_at = NULL WHERE id = %s""",
        (batch.uid_validity, batch.last_uid, batch.seen_uid, clock.now(), batch.mailbox_id),
    )
    return new


def message_id_of(raw: bytes) -> str:
    """The message's own, else one made from its bytes, so that a second delivery is recognised all the same."""
    try:
        found = next(iter(read_headers(raw).get("message-id", [])), "").replace("\0", "").strip()
    except Refused:
        found = ""
    if not found:
        return f"<{hashlib.sha256(raw).hexdigest()}@sans-identifiant.invalid>"
    if len(found) > LONGEST_ID:
        return f"<{hashlib.sha256(found.encode()).hexdigest()}@identifiant-trop-long.invalid>"
    return found


def _keep_whole(mailbox_id: int, raw: bytes) -> int:
    sha256 = documents.keep_bytes(raw)
    return len(sql.rows(_KEEP, (mailbox_id, message_id_of(raw), sha256, len(raw), clock.now())))


_KEEP = """
INSERT INTO exchange_message (uuid, mailbox_id, message_id, sha256, size, received_at)
VALUES (gen_random_uuid(), %s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT message_once DO NOTHING RETURNING id
"""


def _keep_header(mailbox_id: int, header: bytes, size: int) -> int:
    sha256 = documents.keep_bytes(header)
    moment = clock.now()
    values = (mailbox_id, message_id_of(header), sha256, size, moment, moment, TOO_BIG, TOO_BIG_MESSAGE)
    return len(sql.rows(_KEEP_REFUSED, values))


_KEEP_REFUSED = """
INSERT INTO exchange_message (uuid, mailbox_id, message_id, sha256, size, received_at, state, processed_at,
                              refusal_code, refusal)
VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, 'refused', %s, %s, %s)
ON CONFLICT ON CONSTRAINT message_once DO NOTHING RETURNING id
"""
