"""What was sent of a document, and what became of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from maillon.access.models import JournalEntry
from maillon.documents.api import keep_bytes
from maillon.documents.models import Document
from maillon.exchange.outgoing.models import (
    MailboxDelegation,
    SentDocument,
    SentEvent,
    SentMail,
    SentRecipient,
)
from maillon.exchange.outgoing.models import Sending as SendingRow
from maillon.kernel import clock

if TYPE_CHECKING:
    from tests.seep.worlds import Person, World

LETTER = b"Subject: Envoi\r\n\r\nBonjour\r\n"

def send(
    world: World, document_id: int, *, sender: Person, place: str = "tilleuls", state: str = "failed",
    others: tuple[int, ...] = (),
) -> SendingRow:  # fmt: skip
    """One sending of a document, or of several of one record, to somebody outside."""
    rows = list(Document.objects.filter(pk__in=(document_id, *others)).order_by("pk"))
    patient = rows[0].patient_id
    common: dict[str, Any] = {"patient_id": patient}
    sending = SendingRow.objects.create(
        **common, mailbox_id=world.mailboxes[place], structure_id=world.structures[place],
        sender_id=sender.professional_id, sender_label=sender.actor.label, title=rows[0].title, text="Bonjour",
        document_count=len(rows), created_at=clock.now(),
    )  # fmt: skip
    for rank, row in enumerate(rows):
        SentDocument.objects.create(
            **common, sending=sending, rank=rank, document_id=row.pk, document_uuid=row.uuid, type_code=row.type_code,
            title=row.title, type_bit=row.type_bit, confidentiality=row.confidentiality,
            author_professional_id=row.author_professional_id,
        )  # fmt: skip
    mail = SentMail.objects.create(
        **common, sending=sending, message_id=f"{uuid.uuid4()}@essai", sha256=keep_bytes(LETTER), size=len(LETTER),
        trying_since=clock.now(),
    )  # fmt: skip
    recipient = SentRecipient.objects.create(
        **common, sending=sending, mail=mail, kind="professional", address="hector@trois-vallees.mssante.test",
        name="Dr Hector Blin", state=state, is_due=False, reason="L’adresse n’existe pas, ou plus.",
        state_at=clock.now(),
    )  # fmt: skip
    SentEvent.objects.create(
        **common, recipient=recipient, at=clock.now(), name="bounce", text="Revenu", before="accepted", after=state
    )
    JournalEntry.objects.create(
        **common, actor_kind="machine", actor_label="Suivi des envois", action="update", resource_type="sending",
        resource_id=str(recipient.uuid), purpose="reception", decision="allow", at=clock.now(), rule="machine",
    )  # fmt: skip
    return sending


def deliver(world: World) -> None:
    """Claire sent a letter and a result; Karim reads in her place for a while."""
    claire = world.people["claire"]
    for name in ("followed/letter", "followed/biology", "second/letter"):
        send(world, world.documents[name].id, sender=claire)
    today = clock.today()
    MailboxDelegation.objects.create(
        mailbox_id=world.mailboxes["tilleuls"], delegate_id=world.people["karim"].professional_id, may_read=True,
        start=today, given_by="Dr Claire Morel", given_at=clock.now(),
    )  # fmt: skip
