"""The verb: send documents of one record. Everything is checked, composed, kept and promised in the caller's
transaction; nothing has left when it returns, and nothing can be forgotten any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.documents import api as documents_room
from maillon.exchange import rubbing
from maillon.exchange.models import Mailbox
from maillon.exchange.outgoing import boxes, checking, composing, lists, patient_way, transport
from maillon.exchange.outgoing import refusals as no
from maillon.exchange.outgoing.models import (
    PatientMailChoice,
    SentDocument,
    SentMail,
    SentRecipient,
)
from maillon.exchange.outgoing.models import Sending as SendingRow
from maillon.exchange.outgoing.shapes import Recipient, Sending
from maillon.kernel import clock
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

TEXT = (
    "Bonjour,\n\nVeuillez trouver ci-joint {what}, au format structuré (IHE_XDM.zip) et en PDF.\n\n"
    "Cordialement,\n{who}\n"
)


def send(
    access: Access,
    *,
    documents: Sequence[UUID],
    to: Iterable[Recipient],
    text: str = "",
    from_mailbox: str | None = None,
    wants_delivery: bool = True,
    wants_reading: bool = True,
    is_closing: bool = False,
    number: UUID | None = None,
) -> Sending:
    """To professionals together in one mail, to the patient in another. `text`: what the sender writes, else a plain
    sentence. `from_mailbox`: an address of `boxes.may_send_from`, else the first. `is_closing`: the patient cannot
    answer (X-MSS-MES: FIN). `number`: of the form; sent again to the same people, it is the same sending.

    Raises AccessDenied, E-ENV-01 to 24, E-ECR-…: nothing is then promised. What kept it from leaving, and whom it could
    not reach, is noticed (`rubbing`).
    """
    recipients = list(to)
    known = lists.numbered(access, number)
    if known is not None and _goes_to(known, recipients):
        return known
    number = number if known is None else None  # the page came back, and somebody else was ticked
    try:
        return _send(
            access, documents, recipients, text=text, from_mailbox=from_mailbox, wants_delivery=wants_delivery,
            wants_reading=wants_reading, is_closing=is_closing, number=number,
        )  # fmt: skip
    except IntegrityError:
        known = lists.numbered(access, number)  # by the other of two clicks
        if known is None:
            raise
        return known
    except UserMessage as refusal:
        _note_refusal(access, documents, refusal)
        raise


def _goes_to(known: Sending, asked: Sequence[Recipient]) -> bool:
    had = {"" if each.kind == "patient" else each.address for each in known.recipients}
    return had == {"" if each.kind == "patient" else each.address.strip().lower() for each in asked}


@transaction.atomic
def _send(
    access: Access, documents: Sequence[UUID], to: Sequence[Recipient], *, text: str, from_mailbox: str | None,
    wants_delivery: bool, wants_reading: bool, is_closing: bool, number: UUID | None,
) -> Sending:  # fmt: skip
    checking.refuse_a_key_that_only_reads(access)
    if len(text) > no.LONGEST_TEXT:
        raise no.TEXT_TOO_LONG
    chosen = checking.documents_to_send(access, documents)
    recipients = checking.recipients_to_send(access, to, chosen)
    mailbox = boxes.mailbox_for(access.actor, from_mailbox)
    pictures = [composing.rendered(each) for each in chosen]
    row = _write_sending(
        access, mailbox, pictures, text, wants_delivery=wants_delivery, wants_reading=wants_reading, number=number
    )
    for is_patient in (False, True):
        lot = [each for each in recipients if (each.kind == "patient") is is_patient]
        if lot:
            _promise(access, row, mailbox, pictures, lot, is_closing=is_closing and is_patient)
    _disclose(access, chosen, recipients)
    _note_sent(access, chosen, recipients)
    return lists.one(access, row.uuid)


def _note_sent(access: Access, chosen: Sequence[checking.ToSend], recipients: Sequence[Recipient]) -> None:
    reached = {each.national_id for each in recipients if each.national_id}
    for each in chosen:
        rubbing.note_unreachable(access, each.view, reached=reached)
    if any(each.kind == "patient" for each in recipients):
        rubbing.note_sent_to_space(access, [each.view.id for each in chosen])


def _note_refusal(access: Access, documents: Sequence[UUID], refusal: UserMessage) -> None:
    """In a transaction of its own: the refused sending is undone, what it taught is kept."""
    if refusal in (no.OTHER_PATIENT, no.SEVERAL_PATIENTS):
        rubbing.note_another_patient(access, checking.of_another_patient(access, documents))
    elif refusal in (no.NOT_QUALIFIED, no.PATIENT_DECLINED):
        why = patient_way.closed_because(access)
        for view in checking.readable(access, documents):
            rubbing.note_closed_to_patient(
                access, rubbing.about(view), structure_id=_structure(access), author=access.actor.professional_id,
                why=why,
            )  # fmt: skip


def _write_sending(
    access: Access, mailbox: Mailbox, pictures: Sequence[composing.Rendered], text: str, *, wants_delivery: bool,
    wants_reading: bool, number: UUID | None,
) -> SendingRow:  # fmt: skip
    views = [each.chosen.view for each in pictures]
    actor = access.actor
    title = views[0].title if len(views) == 1 else f"{len(views)} documents"
    row = SendingRow.objects.create(
        uuid=number or time_ordered_uuid(), patient_id=access.patient_id, mailbox=mailbox,
        structure_id=_structure(access), sender_id=actor.professional_id,
        sender_label=_signed(access, mailbox), title=title[:300],
        text=storable(text).strip() or _usual_text(len(views), _signed(access, mailbox)),
        document_count=len(views), wants_delivery=wants_delivery, wants_reading=wants_reading, created_at=clock.now(),
        is_replacement=any(each.chosen.document.version.replaces for each in pictures),
    )  # fmt: skip
    SentDocument.objects.bulk_create(
        SentDocument(
            sending=row, patient_id=access.patient_id, rank=rank, document_id=view.id, document_uuid=view.uuid,
            type_code=view.type_code, title=view.title, note=picture.note,
            type_bit=access_room.matrix.bit_of(view.type_code), confidentiality=view.confidentiality,
            author_professional_id=view.author_id,
        )
        for rank, (view, picture) in enumerate(zip(views, pictures, strict=True))
    )  # fmt: skip
    return row


def _structure(access: Access) -> StructureId:
    if access.actor.structure_id is None:
        raise no.NOT_FOR_SENDING
    return access.actor.structure_id


def _signed(access: Access, mailbox: Mailbox) -> str:
    """Who sends; and for whom, when the mailbox is another person's."""
    who = access.actor.label
    if mailbox.professional is not None and mailbox.professional.pk != access.actor.professional_id:
        return f"{who}, pour {mailbox.professional}"[:200]
    return who[:200]


def _usual_text(count: int, who: str) -> str:
    return TEXT.format(what="un document" if count == 1 else f"{count} documents", who=who)


def _promise(
    access: Access, row: SendingRow, mailbox: Mailbox, pictures: Sequence[composing.Rendered],
    lot: Sequence[Recipient], *, is_closing: bool,
) -> None:  # fmt: skip
    """One mail: its bytes on the shelf, its recipients, and the job that will carry it."""
    letter = composing.Letter(
        mail=uuid4(), sender=mailbox.address, sender_label=boxes.label(mailbox), source=mailbox.structure.uuid,
        text=row.text, wants_reading=row.wants_reading, is_closing=is_closing,
    )  # fmt: skip
    data = composing.compose(access, letter, pictures, to=[each.address for each in lot])
    if len(data) > (no.MOST_BYTES_TO_PATIENT if lot[0].kind == "patient" else no.MOST_BYTES):
        raise no.TOO_BIG
    now = clock.now()
    mail = SentMail.objects.create(
        uuid=letter.mail, sending=row, patient_id=access.patient_id, message_id=composing.message_id(letter),
        sha256=documents_room.keep_bytes(data), size=len(data), trying_since=now,
    )  # fmt: skip
    SentRecipient.objects.bulk_create(
        SentRecipient(
            mail=mail, sending=row, patient_id=access.patient_id, kind=each.kind, address=each.address, name=each.name,
            national_id=each.national_id, state_at=now,
        )
        for each in lot
    )  # fmt: skip
    transport.promise(mail.pk)


def _disclose(access: Access, chosen: Sequence[checking.ToSend], recipients: Sequence[Recipient]) -> None:
    """One line of the journal for each document that leaves; a restricted one is opened to the colleague it names."""
    people = [_colleague(each) for each in recipients]
    for each in chosen:
        access_room.open_record(
            access.actor, access.patient_id, purpose=access.purpose, action="send", resource_type="document",
            resource_id=str(each.view.uuid), type_code=each.view.type_code,
        )  # fmt: skip
        if each.view.confidentiality != "N":
            named = [person for person in people if person is not None]
            documents_room.visibility.marks.open_to_addressees(access, document_id=each.view.id, people=named)


def _colleague(recipient: Recipient) -> ProfessionalId | None:
    person = professionals.by_national_id(recipient.national_id) if recipient.kind == "professional" else None
    return person.id if person is not None else None


@transaction.atomic
def note_patient_choice(access: Access, *, wants_documents: bool) -> None:
    """The patient declines documents in Mon espace santé, or wants them again. Idempotent."""
    checking.refuse_a_key_that_only_reads(access)
    current = PatientMailChoice.objects.filter(patient_id=access.patient_id, lifted_at__isnull=True)
    if wants_documents:
        current.update(lifted_at=clock.now(), lifted_by=access.actor.label)
    elif not current.exists():
        PatientMailChoice.objects.create(
            patient_id=access.patient_id, since=clock.now(), noted_by=access.actor.label
        )


@transaction.atomic
def hand_over_on_paper(access: Access, document: UUID) -> None:
    """Mon espace santé does not take it, paper does: noted and counted. Idempotent. Raises AccessDenied, E-ENV-25."""
    checking.refuse_a_key_that_only_reads(access)
    why = patient_way.closed_because(access)
    if not why:
        raise no.PATIENT_SPACE_OPEN
    rubbing.note_paper(access, documents_room.read(access, document), why=why)


@transaction.atomic
def ask_for_address(access: Access, document: UUID) -> int:
    """Those whom the document names and whom no MSSanté address reaches: noticed, with a task. How many."""
    checking.refuse_a_key_that_only_reads(access)
    return rubbing.note_unreachable(access, documents_room.read(access, document))


def declines_documents(access: Access) -> bool:
    return PatientMailChoice.objects.filter(patient_id=access.patient_id, lifted_at__isnull=True).exists()
