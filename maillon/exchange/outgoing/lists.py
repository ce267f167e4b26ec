"""Sendings as people read them: those of a record, those of a person and their structure, those to look after.

What one may not read leaves no trace: a sending is shown to whoever may read every document that it carried.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Prefetch, Q, QuerySet

from maillon.access import api as access_room
from maillon.exchange.outgoing import following
from maillon.exchange.outgoing import refusals as no
from maillon.exchange.outgoing.models import Sending as SendingRow
from maillon.exchange.outgoing.models import SentDocument, SentEvent, SentRecipient
from maillon.exchange.outgoing.shapes import (
    Sending,
    SentDocumentLine,
    SentEventLine,
    SentRecipientLine,
)
from maillon.exchange.outgoing.states import NEEDS_SOMEBODY, SentState, may
from maillon.kernel.key import Access, Actor, PatientId
from maillon.terminology import api as terminology

LONGEST_LIST: Final = 100
_NEEDING: Final = Q(recipients__state__in=NEEDS_SOMEBODY, recipients__closed_at__isnull=True, recipients__is_due=False)
TO_DO: Final = {
    "failed": "Renvoyez-le si l’adresse est bonne\u202f; sinon cherchez-en une autre dans l’annuaire et faites un "
    "nouvel envoi, ou transmettez le document autrement.",
    "held_back": "Rien ne part tant que c’est vrai. Si cela a changé, renvoyez-le\u202f: tout est vérifié de nouveau. "
    "Sinon, notez que plus rien n’est à faire.",
    "unknown": "Demandez au destinataire s’il l’a reçu. S’il ne l’a pas, renvoyez-le\u202f: un double serait reconnu "
    "par son identifiant.",
    "trying": "Rien à faire\u202f: un nouvel essai part tout seul, et vous serez prévenu s’il échoue.",
}


def one(access: Access, uuid: UUID) -> Sending:
    """With its events. Raises E-ENV-31, alike for absent and forbidden."""
    row = _of_record(access).filter(uuid=uuid).first()
    if row is None:
        raise no.UNKNOWN_SENDING
    return _shown(row, with_events=True)


def numbered(access: Access, number: UUID | None) -> Sending | None:
    """What a form of this number has sent already."""
    row = _of_record(access).filter(uuid=number).first() if number is not None else None
    return _shown(row, with_events=True) if row is not None else None


def of_record(access: Access) -> list[Sending]:
    """Latest first."""
    return [_shown(row) for row in _of_record(access).order_by("-created_at", "-id")[:LONGEST_LIST]]


def of_document(access: Access, document: UUID) -> list[Sending]:
    """To whom this document went, latest first."""
    found = _of_record(access).filter(documents__document_uuid=document)
    return [_shown(row) for row in found.order_by("-created_at", "-id")[:LONGEST_LIST]]


@transaction.atomic
def of_actor(actor: Actor, *, only_mine: bool = False, only_to_look_after: bool = False) -> list[Sending]:
    """Of the actor and of their structures, latest first; each patient's name shown is journalled."""
    rows = _of_actor(actor)
    if only_mine:
        rows = rows.filter(sender_id=actor.professional_id)
    if only_to_look_after:
        rows = rows.filter(pk__in=SendingRow.objects.filter(_NEEDING).values("pk"))
    found = [_shown(row) for row in rows.order_by("-created_at", "-id")[:LONGEST_LIST]]
    named = dict.fromkeys(each.patient_id for each in found)
    access_room.journal.note_list(actor, list(named), purpose=access_room.rule.usual_purpose(actor))
    return found


def to_look_after(actor: Actor) -> list[Sending]:
    """Failed or unknown, and nobody has decided what to do."""
    return of_actor(actor, only_to_look_after=True)


def count_to_look_after(actor: Actor) -> int:
    return _of_actor(actor).filter(pk__in=SendingRow.objects.filter(_NEEDING).values("pk")).count()


def patient_of(actor: Actor, uuid: UUID) -> UUID:
    """Whose record to open for a sending's address. Raises AccessDenied, alike for absent and forbidden."""
    row = _visible(SendingRow.objects.all(), SentDocument.objects.filter(access_room.rule.VisibleTo(actor)))
    row = row.filter(patient_id__in=access_room.rule.visible_patients(actor).values("id"))
    found = row.filter(uuid=uuid).values_list("patient__uuid", flat=True).first()
    if found is None:
        access_room.journal.note_refusal(
            actor, None, purpose=access_room.rule.usual_purpose(actor), action="read", resource_type="sending",
            resource_id=str(uuid),
        )  # fmt: skip
        raise access_room.AccessDenied
    return found


def _of_record(access: Access) -> QuerySet[SendingRow]:
    documents = SentDocument.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    return _visible(SendingRow.objects.filter(patient_id=access.patient_id), documents)


def _of_actor(actor: Actor) -> QuerySet[SendingRow]:
    theirs = Q(sender_id=actor.professional_id or 0) | Q(structure_id__in=actor.structure_ids)
    patients = access_room.rule.visible_patients(actor).values("id")
    rows = SendingRow.objects.filter(theirs, patient_id__in=patients)
    return _visible(rows, SentDocument.objects.filter(access_room.rule.VisibleTo(actor)))


def _visible(rows: QuerySet[SendingRow], documents: QuerySet[SentDocument]) -> QuerySet[SendingRow]:
    """Whose every document is among those visible: their number is on the row, so that a hidden one is missed."""
    whole = (
        documents.order_by().values("sending_id", "sending__document_count").annotate(seen=Count("id"))
        .filter(seen=F("sending__document_count")).values("sending_id")
    )  # fmt: skip
    return rows.filter(pk__in=whole).select_related("patient", "mailbox").prefetch_related(
        "documents", Prefetch("recipients", SentRecipient.objects.order_by("id"))
    )  # fmt: skip


def _shown(row: SendingRow, *, with_events: bool = False) -> Sending:
    events: dict[int, list[SentEvent]] = {}
    if with_events:
        for event in SentEvent.objects.filter(recipient__sending=row).order_by("at", "id"):
            events.setdefault(event.recipient_id, []).append(event)
    return Sending(
        uuid=row.uuid,
        patient_id=PatientId(row.patient_id),
        patient_uuid=row.patient.uuid,
        title=row.title,
        text=row.text,
        sender=row.sender_label,
        mailbox=row.mailbox.address,
        created_at=row.created_at,
        is_replacement=row.is_replacement,
        documents=tuple(_document(each) for each in sorted(row.documents.all(), key=lambda each: each.rank)),
        recipients=tuple(_recipient(each, events.get(each.pk, [])) for each in row.recipients.all()),
    )


def _document(row: SentDocument) -> SentDocumentLine:
    return SentDocumentLine(
        uuid=row.document_uuid, title=row.title, note=row.note,
        type_label=terminology.document_type_label(row.type_code) or row.type_code,
    )  # fmt: skip


def _recipient(row: SentRecipient, events: list[SentEvent]) -> SentRecipientLine:
    needs = row.state in NEEDS_SOMEBODY and row.closed_at is None and not row.is_due
    trouble = "held_back" if following.is_held_back(row) else row.state
    to_do = TO_DO.get(trouble, "") if needs else TO_DO["trying"] if row.is_due else ""
    return SentRecipientLine(
        uuid=row.uuid,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        address=row.address,
        state=row.state,
        state_label=SentState(row.state).label,
        state_at=row.state_at,
        reason=row.reason,
        to_do=to_do if row.closed_at is None else "",
        needs_somebody=needs,
        may_retry=needs and may("retry", row.state),
        closed=f"{row.closed_by}\u202f: {row.closed_reason}" if row.closed_at is not None else "",
        events=tuple(
            SentEventLine(at=each.at, text=each.text, after=SentState(each.after).label) for each in events
        ),
    )  # fmt: skip
