"""A word by MSSanté that something waits in these pages. It says nothing of any patient."""

from __future__ import annotations

from maillon.exchange.models import Mailbox, OutgoingMail
from maillon.exchange.sending import SEND
from maillon.formats.mail import ReceivedMail
from maillon.formats.mail_write import Envelope, write_plain_message
from maillon.kernel import clock, outbox


def mailbox_of(structure_id: int) -> Mailbox | None:
    """The one from which a structure's notices leave."""
    return Mailbox.objects.filter(structure_id=structure_id, is_active=True).order_by("id").first()


def write_prompt(mailbox: Mailbox, recipient: str, *, name: str, subject: str, text: str) -> None:
    """Once for each name: the mail's own number says so."""
    number = f"{name}@{mailbox.address.rpartition('@')[2]}"
    envelope = Envelope(
        message_id=number, sender=mailbox.address, sender_label="Maillon", recipients=(recipient,), at=clock.now()
    )
    mail, is_new = OutgoingMail.objects.get_or_create(
        message_id=number,
        defaults={
            "mailbox": mailbox,
            "kind": "avis",
            "recipient": recipient,
            "data": write_plain_message(envelope, subject=subject, text=text).as_bytes(),
            "created_at": clock.now(),
        },
    )
    if is_new:
        outbox.enqueue(SEND, {"outgoing": mail.pk})


def is_ours(mail: ReceivedMail) -> bool:
    """A word that these pages sent, come back into one of their mailboxes: it is read in « Ma journée », and there is
    nothing in it to file."""
    number = (mail.message_id or "").strip("<>")
    return OutgoingMail.objects.filter(message_id=number, kind="avis").exists()
