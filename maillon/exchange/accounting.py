"""What became of messages that somebody says to have sent us: nothing accepted may be without an answer here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maillon.kernel import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One copy of a message in one mailbox. `documents` are the states of what it carried; « rendering » is the PDF
    of a
    document that came beside it."""

    message_id: str
    address: str
    state: str
    documents: tuple[str, ...]


def fates(message_ids: Iterable[str]) -> list[Fate]:
    """Only ids and states: no patient is named."""
    found = sql.rows(_FATES, (list(message_ids),))
    return [Fate(message_id=row[0], address=row[1], state=row[2], documents=tuple(row[3])) for row in found]


_FATES = """
SELECT m.message_id, b.address, m.state,
       ARRAY(SELECT CASE WHEN d.state = 'duplicate' AND jsonb_array_length(d.reasons) > 0 THEN 'rendering' ELSE
       d.state END
               FROM exchange_received_document d WHERE d.message_id = m.id ORDER BY d.rank)
  FROM exchange_message m JOIN exchange_mailbox b ON b.id = m.mailbox_id
 WHERE m.message_id = ANY(%s)
"""
