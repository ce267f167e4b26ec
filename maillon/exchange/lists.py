"""What people see of the room: documents to settle, mailboxes and their health, what was refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange.findings import NOT_FOLLOWED
from maillon.exchange.models import Mailbox, Message, OutgoingMail, ReceivedDocument
from maillon.exchange.outgoing import boxes
from maillon.exchange.outgoing.models import SentRecipient
from maillon.exchange.outgoing.states import SentState
from maillon.exchange.settling import UNKNOWN
from maillon.formats.document import LocalId, PatientTraits
from maillon.formats.mail import shown_subject
from maillon.kernel.key import Actor, PatientId, Purpose
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.terminology import api as terminology

LONGEST_LIST = 200
FOR_ADMINISTRATORS = UserMessage("E-MSG-06", "Cette liste est réservée aux administrateurs de l’installation.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSettle:
    uuid: UUID
    mailbox: str
    received_at: dt.datetime
    sender: str
    subject: str
    words: str  # of the sender, beside the documents
    name: str
    title: str
    media_type: str
    size: int
    type_label: str
    code: str
    reasons: tuple[str, ...]
    candidates: tuple[patients.PatientLine, ...]
    traits: PatientTraits | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatus:
    """`last_error` is empty while collecting goes well. `failed_notices`: answers that could not be sent.
    `leaving_since`: how long the oldest mail that waits to leave has been tried; None when none waits."""

    id: int
    address: str
    is_active: bool
    last_collected_at: dt.datetime | None
    last_error: str
    waiting: int
    to_settle: int
    refused: int
    failed_notices: int
    withheld_notices: int
    leaving_since: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedNotice:
    recipient: str
    subject: str
    created_at: dt.datetime
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A whole message (`is_message`) or one document of it. No subject: it names a patient."""

    uuid: UUID
    is_message: bool
    mailbox: str
    received_at: dt.datetime
    sender: str
    size: int
    code: str
    reason: str


@transaction.atomic
def to_settle(actor: Actor) -> list[ToSettle]:
    """Oldest first. Candidates are those whom the actor may open; each name shown is journalled."""
    rows = list(_of(actor).filter(state=ReceivedDocument.State.TO_SETTLE).order_by("created_at", "id")[:LONGEST_LIST])
    lines = _candidate_lines(actor, rows)
    access_room.journal.note_list(actor, list(lines), purpose=Purpose.ADMINISTRATIVE)
    return [_to_settle(row, lines) for row in rows]


def count_to_settle(actor: Actor) -> int:
    return _of(actor).filter(state=ReceivedDocument.State.TO_SETTLE).count()


def original_of(actor: Actor, uuid: UUID) -> bytes:
    """A document to settle, for a member of the structure; a refused document or message, for an administrator of the
    installation. Either is a document of health: the journal says who read it."""
    asked: dict[str, Any] = {
        "purpose": Purpose.ADMINISTRATIVE, "action": "read", "resource_type": "received", "resource_id": str(uuid)
    }  # fmt: skip
    refused = _refused_original(uuid) if access_room.rule.administers(actor) else None
    found = refused or _of(actor).filter(uuid=uuid).exclude(state=ReceivedDocument.State.REFUSED).first()
    if found is None:
        access_room.journal.note_refusal(actor, None, **asked)
        raise UNKNOWN
    access_room.journal.note(actor, ground="boite" if refused is None else "administrateur", **asked)
    return documents.bytes_of(bytes(found.sha256))


def _refused_original(uuid: UUID) -> ReceivedDocument | Message | None:
    return (
        ReceivedDocument.objects.filter(uuid=uuid, state=ReceivedDocument.State.REFUSED).first()
        or Message.objects.filter(uuid=uuid, state=Message.State.REFUSED).first()
    )


def mailbox_status(actor: Actor) -> list[MailboxStatus]:
    """Of the actor's structures; all of them for an administrator."""
    boxes = _boxes() if access_room.rule.administers(actor) else _boxes().filter(structure_id__in=_places(actor))
    return [_status(box) for box in boxes.order_by("address")]


def _shown(box: Mailbox) -> str:
    return "Interface FHIR" if box.transport == Mailbox.Transport.FHIR else box.address


def _boxes() -> QuerySet[Mailbox]:
    return Mailbox.objects.exclude(transport=Mailbox.Transport.FHIR)


def failed_notices(actor: Actor) -> list[FailedNotice]:
    failed = OutgoingMail.objects.filter(mailbox__structure_id__in=_places(actor), state=OutgoingMail.State.FAILED)
    return [
        FailedNotice(
            recipient=mail.recipient,
            subject=shown_subject(mail.answers.subject) if mail.answers else "",
            created_at=mail.created_at,
            error=mail.error,
        )
        for mail in failed.select_related("answers").order_by("-created_at")[:LONGEST_LIST]
    ]


def refused(actor: Actor) -> list[RefusedLine]:
    """Latest first. Raises E-MSG-06 for whoever is no administrator."""
    if not access_room.rule.administers(actor):
        raise FOR_ADMINISTRATORS
    messages = Message.objects.filter(state=Message.State.REFUSED).select_related("mailbox").order_by("-received_at")
    pieces = ReceivedDocument.objects.filter(state=ReceivedDocument.State.REFUSED).select_related("message__mailbox")
    lines = [_refused_message(each) for each in messages[:LONGEST_LIST]]
    lines += [_refused_document(each) for each in pieces.order_by("-created_at")[:LONGEST_LIST]]
    return sorted(lines, key=lambda line: line.received_at, reverse=True)[:LONGEST_LIST]


def _of(actor: Actor) -> QuerySet[ReceivedDocument]:
    theirs = ReceivedDocument.objects.filter(boxes.opened_to(actor, path="message__mailbox"))
    return theirs.select_related("message__mailbox")


def _places(actor: Actor) -> list[int]:
    return list(actor.structure_ids)


def _candidate_lines(actor: Actor, rows: Iterable[ReceivedDocument]) -> dict[PatientId, patients.PatientLine]:
    """A patient not yet followed is shown to be recognised: the document bears the same traits."""
    named = {PatientId(each) for row in rows if row.code == NOT_FOLLOWED.code for each in row.candidates}
    asked = {PatientId(each) for row in rows for each in row.candidates}
    visible = access_room.rule.visible_patients(actor).filter(pk__in=asked).values_list("pk", flat=True)
    return patients.lines(named | {PatientId(each) for each in visible})


def _to_settle(row: ReceivedDocument, lines: dict[PatientId, patients.PatientLine]) -> ToSettle:
    return ToSettle(
        uuid=row.uuid,
        mailbox=_shown(row.message.mailbox),
        received_at=row.message.received_at,
        sender=row.message.sender,
        subject=shown_subject(row.message.subject),
        words=row.message.words,
        name=row.name,
        title=row.title,
        media_type=row.media_type,
        size=row.size,
        type_label=terminology.document_type_label(row.type_code) or "",
        code=row.code,
        reasons=tuple(row.reasons),
        candidates=tuple(lines[each] for each in row.candidates if each in lines),
        traits=_traits(row.traits),
    )


_TRAITS = {field.name for field in dataclasses.fields(PatientTraits)}


def _traits(kept: dict[str, Any]) -> PatientTraits | None:
    if not kept:
        return None
    values = {name: value for name, value in kept.items() if name in _TRAITS}
    values["local_ids"] = tuple(LocalId(**each) for each in kept.get("local_ids", ()))
    for name in ("addresses", "telecoms"):
        values[name] = tuple(kept.get(name, ()))
    return PatientTraits(**values)


def _status(box: Mailbox) -> MailboxStatus:
    messages = box.messages.aggregate(
        waiting=Count("id", filter=Q(state=Message.State.KEPT)),
        refused=Count("id", filter=Q(state=Message.State.REFUSED)),
        withheld=Count("id", filter=Q(notification=Message.Notification.WITHHELD)),
    )
    pieces = ReceivedDocument.objects.filter(message__mailbox=box).aggregate(
        to_settle=Count("id", filter=Q(state=ReceivedDocument.State.TO_SETTLE)),
        refused=Count("id", filter=Q(state=ReceivedDocument.State.REFUSED)),
    )
    return MailboxStatus(
        id=box.pk,
        address=box.address,
        is_active=box.is_active,
        last_collected_at=box.last_collected_at,
        last_error=box.last_error,
        waiting=messages["waiting"],
        to_settle=pieces["to_settle"],
        refused=messages["refused"] + pieces["refused"],
        failed_notices=box.outgoing.filter(state=OutgoingMail.State.FAILED).count(),
        withheld_notices=messages["withheld"],
        leaving_since=_leaving_since(box),
    )


def _leaving_since(box: Mailbox) -> dt.datetime | None:
    notices = box.outgoing.filter(state=OutgoingMail.State.WAITING).aggregate(oldest=Min("created_at"))
    sent = SentRecipient.objects.filter(sending__mailbox=box, state=SentState.WAITING, closed_at__isnull=True)
    oldest = (notices["oldest"], sent.aggregate(oldest=Min("mail__trying_since"))["oldest"])
    return min((each for each in oldest if each is not None), default=None)


def _refused_message(message: Message) -> RefusedLine:
    return RefusedLine(
        uuid=message.uuid,
        is_message=True,
        mailbox=message.mailbox.address,
        received_at=message.received_at,
        sender=message.sender,
        size=message.size,
        code=message.refusal_code,
        reason=message.refusal,
    )


def _refused_document(received: ReceivedDocument) -> RefusedLine:
    return RefusedLine(
        uuid=received.uuid,
        is_message=False,
        mailbox=received.message.mailbox.address,
        received_at=received.message.received_at,
        sender=received.message.sender,
        size=received.size,
        code=received.code,
        reason=" ".join(received.reasons),
    )
