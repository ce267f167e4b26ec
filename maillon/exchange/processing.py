"""Processing a kept message: one transaction, from its bytes to what became of each document in it.

The beginning of each attempt is counted apart. From the third on, the message is first read in a child process with
little memory and time: one that kills its reader is refused, one that was only unlucky is processed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from dataclasses import dataclass
from uuid import UUID, uuid4

import orjson
from django.db import InterfaceError, OperationalError, transaction

from maillon.documents import api as documents
from maillon.exchange import notices, prompting, rubbing
from maillon.exchange.deciding import Decision, decide
from maillon.exchange.filing import NotFiled, file_alone, file_for_new_patient
from maillon.exchange.findings import Doubt, findings
from maillon.exchange.outgoing import receipts
from maillon.exchange.outgoing.models import SentMail
from maillon.exchange.probing import survives
from maillon.exchange.readers import Place
from maillon.exchange.words import said_beside
from maillon.formats.mail import ReceivedMail, read_mail
from maillon.formats.refusal import Refused
from maillon.kernel import clock, sql
from maillon.kernel.key import PatientId, ProfessionalId, StructureId

log = logging.getLogger(__name__)

ATTEMPTS_BEFORE_PROBE = 3
DEADLY = Refused("E-MSG-21", "La lecture de ce message épuise la mémoire ou le temps accordés\u202f: il n’est pas lu.")
FAILING = Refused("E-MSG-22", "Ce message n’a pas pu être traité, malgré plusieurs essais.")
_TOO_MUCH = "54"  # SQLSTATE class « program limit exceeded »
RENDERING_REASON = "Présentation PDF d’un document du même message."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message locked for processing."""

    id: int
    sha256: bytes
    received_at: dt.datetime
    message_id: str
    mailbox_id: int
    address: str
    place: Place


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of one document; a row of exchange_received_document."""

    uuid: UUID
    decision: Decision
    state: str
    code: str = ""
    reasons: tuple[str, ...] = ()
    candidates: tuple[PatientId, ...] = ()
    document_id: int | None = None


def process_next() -> bool:
    """Process one kept message. False when none is left, or when others are at work on all of them."""
    begun = _begin()
    if begun is None:
        return False
    message_id, attempts = begun
    try:
        _process(message_id, attempts)
    except Exception as error:  # noqa: BLE001 (whatever a message does, the worker lives and the message stays)
        if _is_of_the_database(error):
            raise  # the worker reconnects and comes back
        log.warning("message %s: %s at attempt %s", message_id, type(error).__name__, attempts)
        if attempts >= ATTEMPTS_BEFORE_PROBE:
            _refuse_by_id(message_id, FAILING)
    return True


def _is_of_the_database(error: Exception) -> bool:
    """Not the message's: a connection that is lost, a server that stops, a full disk, two filings that cross. A message
    may be too much for PostgreSQL all by itself, which also calls that operational."""
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError | InterfaceError) and not (state or "").startswith(_TOO_MUCH)


@transaction.atomic
def _begin() -> tuple[int, int] | None:
    """Count an attempt. Its loss in a crash of the database would cost nothing, so nobody waits for the disk."""
    found = sql.row(
        """UPDATE exchange_message SET attempts = LEAST(attempts + 1, 30000)
            WHERE id = (SELECT id FROM exchange_message WHERE state = 'kept' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id, attempts, set_config('synchronous_commit', 'off', true)"""
    )
    return (found[0], found[1]) if found else None


def _process(message_id: int, attempts: int) -> None:
    """First as if all will be filed. When something is not, all is undone, journal rows included, and done again with a
    savepoint around each document: the rare case pays, not every report."""
    try:
        _process_whole(message_id, attempts, careful=False)
    except NotFiled:
        _process_whole(message_id, attempts, careful=True)


@transaction.atomic
def _process_whole(message_id: int, attempts: int, *, careful: bool) -> None:
    kept = _lock(message_id)
    if kept is None:
        return
    raw = documents.bytes_of(kept.sha256)
    if attempts >= ATTEMPTS_BEFORE_PROBE and not survives(raw):
        _refuse(kept, raw, DEADLY)
        return
    try:
        mail = read_mail(raw)
    except Refused as refused:
        _refuse(kept, raw, refused)
        return
    arrival = receipts.Arrival(id=kept.id, mailbox_id=kept.mailbox_id, mail=mail, envelope=notices.envelope_of(raw))
    if mail.report is not None:
        notices.note_report(mail.report)
        receipts.note_report(arrival)
        _finish(kept, mail, kind="mdn" if mail.report.kind == "disposition" else "dsn")
    elif notices.is_automatic(raw) and not mail.attachments:
        receipts.note_automatic(arrival)
        _finish(kept, mail, kind="auto")
    elif prompting.is_ours(mail) and not mail.attachments:
        _finish(kept, mail, kind="auto")
    elif receipts.note_plain(arrival) and not _brings_documents(mail):
        _finish(kept, mail, kind="dsn" if arrival.envelope == "" else "mdn")
    else:
        _process_documents(kept, mail, raw, careful=careful)


def _brings_documents(mail: ReceivedMail) -> bool:
    """Other than ours come back: an answer may bring a result, whatever its subject or its envelope says."""
    brought = {_sha256(each.data) for each in mail.attachments if not each.forwarded}
    if not brought:
        return False
    answered = [each.strip("<>") for each in (mail.in_reply_to, *mail.references) if each]
    sent = SentMail.objects.filter(message_id__in=answered).values_list("sha256", flat=True)
    ours = [read_mail(documents.bytes_of(bytes(each))) for each in sent]
    return not brought <= {_sha256(each.data) for one in ours for each in one.attachments}


def _process_documents(kept: Kept, mail: ReceivedMail, raw: bytes, *, careful: bool) -> None:
    outcomes = [_settle_alone(each, kept, careful=careful) for each in decide(findings(mail), mail.subject_traits)]
    _point_renderings(outcomes)
    write_outcomes(kept, outcomes)
    notify_to = notices.answer_address(mail, raw)
    if mail.attachments:
        _finish(kept, mail, kind="documents", words=said_beside(mail), notify_to=notify_to)
    else:
        _finish(kept, mail, kind="text", notify_to=notify_to)
    if notify_to.is_due:
        notices.queue_when_settled(kept.id)


def _settle_alone(decision: Decision, kept: Kept, *, careful: bool) -> Outcome:
    """File what is certain; leave the rest to a person or to the administrator."""
    outcome = Outcome(uuid=uuid4(), decision=decision, state="to_settle", candidates=decision.candidates)
    finding = decision.finding
    if finding.refused is not None:
        outcome.state, outcome.code, outcome.reasons = "refused", finding.refused.code, (finding.refused.message,)
    elif finding.is_rendering:
        outcome.state, outcome.reasons = "duplicate", (RENDERING_REASON,)
    elif decision.is_certain and careful:
        _file_or_leave(outcome, kept)
    elif decision.is_certain:
        _file(outcome, kept)
    else:
        leave_to_settle(outcome, decision.doubts)
    return outcome


def _file_or_leave(outcome: Outcome, kept: Kept) -> None:
    try:
        with transaction.atomic():
            _file(outcome, kept)
    except NotFiled as why:
        outcome.candidates = why.candidates or outcome.candidates
        leave_to_settle(outcome, why.doubts)


def _file(outcome: Outcome, kept: Kept) -> None:
    """Raises NotFiled."""
    finding, patient_id, resource_id = outcome.decision.finding, outcome.decision.patient_id, str(outcome.uuid)
    if patient_id is not None:
        filed = file_alone(finding, patient_id, kept.place, received_at=kept.received_at, resource_id=resource_id)
    else:
        filed = file_for_new_patient(finding, kept.place, received_at=kept.received_at, resource_id=resource_id)
    outcome.state, outcome.document_id = filed.outcome, filed.id


def leave_to_settle(outcome: Outcome, doubts: tuple[Doubt, ...]) -> None:
    outcome.state = "to_settle"
    outcome.code = doubts[0].code
    outcome.reasons = tuple(dict.fromkeys(doubt.message for doubt in doubts))


def _point_renderings(outcomes: list[Outcome]) -> None:
    """A rendering points to the document that it shows, when that can be told: one CDA, one PDF."""
    filed = [each for each in outcomes if each.decision.finding.cda is not None]
    renderings = [each for each in outcomes if each.decision.finding.is_rendering]
    if len(filed) == 1 and len(renderings) == 1:
        renderings[0].document_id = filed[0].document_id


def write_outcomes(kept: Kept, outcomes: list[Outcome]) -> None:
    """Bytes of what is not filed are kept as well: to be settled, or looked at by the administrator."""
    for outcome in outcomes:
        if outcome.state != "filed":
            documents.keep_bytes(outcome.decision.finding.data)
    rows = [_row(rank, outcome) for rank, outcome in enumerate(outcomes)]
    if rows:
        sql.rows(_INSERT, {"message": kept.id, "now": clock.now(), "rows": orjson.dumps(rows).decode()})
    for outcome in outcomes:
        _tell_rubbing(kept, outcome)


def _tell_rubbing(kept: Kept, outcome: Outcome) -> None:
    if outcome.state == "to_settle":
        rubbing.tell_unfiled(kept.place.structure_id, outcome.uuid, outcome.code)
    elif outcome.state == "duplicate" and outcome.document_id is not None and not outcome.decision.finding.is_rendering:
        rubbing.note_twice(
            kept.place.structure_id, outcome.document_id, message_id=kept.message_id, mailbox_id=kept.mailbox_id
        )


def _row(rank: int, outcome: Outcome) -> dict[str, object]:
    finding = outcome.decision.finding
    to_settle = outcome.state == "to_settle"
    return {
        "uuid": str(outcome.uuid),
        "rank": rank,
        "name": finding.name[:255],
        "media_type": finding.media_type[:100],
        "sha256": _sha256(finding.data),
        "size": len(finding.data),
        "state": outcome.state,
        "code": outcome.code[:20],
        "reasons": outcome.reasons,
        "candidates": outcome.candidates if to_settle else (),
        "traits": finding.traits if to_settle and finding.traits else {},
        "type_code": finding.type_code[:40],
        "title": finding.title[:300] if to_settle else "",
        "document": outcome.document_id,
    }


_INSERT = """
INSERT INTO exchange_received_document (uuid, message_id, rank, name, media_type, sha256, size, state, code, reasons,
       candidates, traits, type_code, title, document_id, settled_reason, created_at)
SELECT x.uuid, %(message)s, x.rank, x.name, x.media_type, decode(x.sha256, 'hex'), x.size, x.state, x.code, x.reasons,
       x.candidates, x.traits, x.type_code, x.title, x.document, '', %(now)s
  FROM json_to_recordset(%(rows)s::json) AS x(uuid uuid, rank int, name text, media_type text, sha256 text, size int,
       state text, code text, reasons jsonb, candidates jsonb, traits jsonb, type_code text, title text,
       document bigint)
"""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _lock(message_id: int) -> Kept | None:
    found = sql.row(
        """SELECT m.id, m.sha256, m.received_at, m.message_id, b.id, b.address, b.structure_id, b.professional_id
             FROM exchange_message m JOIN exchange_mailbox b ON b.id = m.mailbox_id
            WHERE m.id = %s AND m.state = 'kept' FOR UPDATE OF m SKIP LOCKED""",
        (message_id,),
    )
    if found is None:
        return None
    pk, sha256, received_at, identifier, mailbox_id, address, structure, professional = found
    person = ProfessionalId(professional) if professional is not None else None
    return Kept(
        id=pk,
        sha256=bytes(sha256),
        received_at=received_at,
        message_id=identifier,
        mailbox_id=mailbox_id,
        address=address,
        place=Place(structure_id=StructureId(structure), professional_id=person),
    )


def _finish(
    kept: Kept, mail: ReceivedMail, *, kind: str, words: str = "", notify_to: notices.AnswerAddress = notices.NOBODY
) -> None:
    sql.rows(
        """UPDATE exchange_message SET state = 'done', processed_at = %s, sender = %s, subject = %s, kind = %s,
                  words = %s, notification = %s, notify_to = %s WHERE id = %s""",
        (
            clock.now(), (mail.from_address or "")[:254], mail.subject[:500], kind, words,
            notify_to.notification, notify_to.address, kept.id,
        ),
    )  # fmt: skip


def _refuse(kept: Kept, raw: bytes, refused: Refused) -> None:
    """The whole message, unread. Its sender is told when its header at least can be read."""
    sender, subject, notify_to = notices.from_header(raw)
    sql.rows(
        """UPDATE exchange_message SET state = 'refused', processed_at = %s, refusal_code = %s, refusal = %s,
                  sender = %s, subject = %s, notification = %s, notify_to = %s WHERE id = %s""",
        (
            clock.now(), refused.code, refused.message[:500], sender[:254], subject[:500],
            notify_to.notification, notify_to.address, kept.id,
        ),
    )  # fmt: skip
    if notify_to.is_due:
        notices.queue_when_settled(kept.id)


@transaction.atomic
def _refuse_by_id(message_id: int, refused: Refused) -> None:
    kept = _lock(message_id)
    if kept is not None:
        _refuse(kept, documents.bytes_of(kept.sha256), refused)
