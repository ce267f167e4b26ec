"""Answering a message: the integration notice (MDN, RFC 8098) that its sender asked for, once all in it is settled.

Sent alone only to the sender that the operator's envelope proves (Return-Path): anybody can write any address in
Disposition-Notification-To. Never for a notice, a bounce, or an automatic reply.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from maillon.documents import api as documents
from maillon.exchange.sending import SEND
from maillon.formats.mail import MailReport, ReceivedMail
from maillon.formats.mail_headers import addresses, decoded, sender
from maillon.formats.mail_write import write_notice
from maillon.formats.mime import read_headers
from maillon.formats.refusal import Refused
from maillon.kernel import clock, outbox, sql

LARGEST_RETURNED: Final = 1024 * 1024
# The volet « LPS ← courriel MSS » has a code for what is wrong with the patient, and 906 for the rest.
_INTEGRATION_CODES: Final = {
    "D-MSG-04": "902", "D-MSG-05": "902",
    "D-XDM-10": "904", "D-XDM-11": "904",
    "E-IDV-01": "905", "E-IDV-02": "904", "E-IDV-03": "905", "E-IDV-04": "904",
    "E-IDV-05": "902", "E-IDV-06": "902", "E-IDV-07": "905", "E-IDV-08": "903", "E-IDV-09": "902", "E-IDV-10": "902",
}  # fmt: skip
OTHER_ERROR: Final = "906"


@dataclass(frozen=True, slots=True)
class AnswerAddress:
    """`notification` is a Message.Notification."""

    notification: str
    address: str

    @property
    def is_due(self) -> bool:
        return self.notification == "due"


NOBODY: Final = AnswerAddress("", "")


def answer_address(mail: ReceivedMail, raw: bytes) -> AnswerAddress:
    asked = mail.disposition_notification_to
    if asked is None or mail.is_report:
        return NOBODY
    return _answer_address(asked, mail.from_address, read_headers(raw))


def from_header(raw: bytes) -> tuple[str, str, AnswerAddress]:
    """Sender, subject and whom to answer, of a message whose body is not read."""
    try:
        headers = read_headers(raw)
    except Refused:
        return "", "", NOBODY
    author = sender(headers.get("from", [])).address
    asked = addresses(headers.get("disposition-notification-to", [""])[0])
    is_report = "multipart/report" in headers.get("content-type", [""])[0].lower()
    notify_to = NOBODY
    if len(asked) == 1 and asked[0].address and not asked[0].doubtful and not is_report:
        notify_to = _answer_address(asked[0].address, author, headers)
    return author or "", decoded(headers.get("subject", [""])[0]), notify_to


def _answer_address(asked: str, author: str | None, headers: dict[str, list[str]]) -> AnswerAddress:
    envelope = headers.get("return-path", [None])[0]
    if (envelope is not None and envelope.strip() == "<>") or _says_automatic(headers):
        return NOBODY
    proven = envelope.strip().strip("<>") if envelope is not None else author
    if proven is None or proven.lower() != asked.lower():
        return AnswerAddress("withheld", asked[:254])
    return AnswerAddress("due", asked[:254])


def envelope_of(raw: bytes) -> str | None:
    """The sender that the operator's envelope proves; empty for a report, None when the operator does not say."""
    found = read_headers(raw).get("return-path", [None])[0]
    return found.strip().strip("<>").strip() if found is not None else None


def is_automatic(raw: bytes) -> bool:
    """Absence replies and the like (RFC 3834): there is nothing to answer, nor to file."""
    return _says_automatic(read_headers(raw))


def _says_automatic(headers: dict[str, list[str]]) -> bool:
    said = headers.get("auto-submitted", ["no"])[0].partition(";")[0].strip().lower()
    return said not in ("no", "auto-generated")  # a laboratory's system generates its messages, and wants its notices


def note_report(report: MailReport) -> None:
    """A bounce of a mail of ours makes it failed, visibly. A notice about it changes nothing: it had arrived."""
    if report.kind == "delivery" and report.failed and report.original_message_id:
        sql.rows(
            """UPDATE exchange_outgoing_mail SET state = 'failed', error = %s WHERE message_id = %s""",
            ("L’opérateur du destinataire a rendu le message.", report.original_message_id.strip().strip("<>")),
        )


def queue_when_settled(message_id: int) -> None:
    """Write the notice and promise its sending, in the current transaction. Idempotent; waits for « à régler »."""
    found = sql.row(_DUE, (message_id,))
    if found is None:
        return
    sha256, uuid, recipient, mailbox_id, address, is_refused, codes = found
    raw = documents.bytes_of(sha256)
    identifier = f"mdn-{uuid}@{address.rpartition('@')[2]}"
    error = OTHER_ERROR if is_refused else _error_code(codes)
    data = _notice(raw, address=address, identifier=identifier, error=error, is_refused=is_refused)
    if data is None:
        sql.rows("UPDATE exchange_message SET notification = '' WHERE id = %s", (message_id,))
        return
    queued = sql.row(_QUEUE, (mailbox_id, identifier, message_id, recipient, data, clock.now()))
    sql.rows("UPDATE exchange_message SET notification = 'queued' WHERE id = %s", (message_id,))
    if queued is not None:
        outbox.enqueue(SEND, {"outgoing": queued[0]})


_DUE = """
SELECT m.sha256, m.uuid, m.notify_to, b.id, b.address, m.state = 'refused',
       ARRAY(SELECT d.code FROM exchange_received_document d
              WHERE d.message_id = m.id AND d.state IN ('refused', 'discarded') ORDER BY d.rank)
  FROM exchange_message m JOIN exchange_mailbox b ON b.id = m.mailbox_id
 WHERE m.id = %s AND m.notification = 'due'
   AND NOT EXISTS (SELECT 1 FROM exchange_received_document d WHERE d.message_id = m.id AND d.state = 'to_settle')
"""
_QUEUE = """
INSERT INTO exchange_outgoing_mail (mailbox_id, message_id, kind, answers_id, recipient, data, created_at)
VALUES (%s, %s, 'mdn', %s, %s, %s, %s) ON CONFLICT (message_id) DO NOTHING RETURNING id
"""


def _error_code(codes: Iterable[str]) -> str | None:
    """One notice per message: the first error speaks for it."""
    return next((_INTEGRATION_CODES.get(code, OTHER_ERROR) for code in codes), None)


def _notice(raw: bytes, *, address: str, identifier: str, error: str | None, is_refused: bool) -> bytes | None:
    """The sender needs the whole message only to correct it: a success, an unread refusal or a large message returns
    its
    header alone (RFC 8098 §3)."""
    is_to_correct = error is not None and not is_refused and len(raw) <= LARGEST_RETURNED
    original = raw if is_to_correct else _header_block(raw)
    notice = write_notice(original, sender=address, at=clock.now(), message_id=identifier, error_code=error)
    return notice.as_bytes() if notice is not None else None


def _header_block(raw: bytes) -> bytes:
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return (raw[: min(ends)] if ends else raw[:LARGEST_RETURNED]) + b"\r\n\r\n"
