"""What a person decides about a sending that failed or is unknown: send again, or nothing more is to be done."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from maillon.exchange import rubbing
from maillon.exchange.outgoing import following, lists, transport
from maillon.exchange.outgoing import refusals as no
from maillon.exchange.outgoing.checking import refuse_a_key_that_only_reads
from maillon.exchange.outgoing.models import SentMail, SentRecipient
from maillon.exchange.outgoing.shapes import Sending
from maillon.exchange.outgoing.states import NEEDS_SOMEBODY
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.text import storable


@transaction.atomic
def retry(access: Access, uuid: UUID, *, recipient: UUID | None = None) -> Sending:
    """The same bytes and the same Message-ID, to whom it did not reach (or to that one). Raises E-ENV-31, 32, and
    whatever would keep it from being sent today."""
    rows = _to_decide(access, uuid, recipient)
    for why in transport.held_back(access, rows).values():
        raise why
    for row in rows:
        following.nobody_is_needed(row, because=f"Renvoyé par {access.actor.label}")
        following.move(row, "retry", f"Renvoyé par {access.actor.label}.")
    of_patient = next((row for row in rows if row.kind == SentRecipient.Kind.PATIENT), None)
    if of_patient is not None:
        documents = of_patient.sending.documents.values_list("document_id", flat=True)
        rubbing.note_sent_to_space(access, list(documents))
    now = clock.now()
    for mail_id in dict.fromkeys(row.mail_id for row in rows):
        SentMail.objects.filter(pk=mail_id).update(trying_since=now, attempts=0)
        transport.promise(mail_id)
    return lists.one(access, uuid)


@transaction.atomic
def give_up(access: Access, uuid: UUID, *, reason: str, recipient: UUID | None = None) -> Sending:
    """Delivered otherwise, wrong address…: the state stays what is known, and nobody is asked any more. Raises E-ENV-31
    to 33."""
    said = storable(reason).strip()[:300]
    if not said:
        raise no.NO_REASON
    for row in _to_decide(access, uuid, recipient):
        following.nobody_is_needed(row, because=f"Sans suite, par {access.actor.label}")
        row.closed_at, row.closed_by, row.closed_reason = clock.now(), access.actor.label[:200], said
        row.is_due = False
        row.save(update_fields=["closed_at", "closed_by", "closed_reason", "is_due"])
        following.note(row, f"Sans suite, par {access.actor.label}\u202f: {said}")
    return lists.one(access, uuid)


def _to_decide(access: Access, uuid: UUID, recipient: UUID | None) -> list[SentRecipient]:
    """Mails first, then recipients: the order of whoever carries them."""
    refuse_a_key_that_only_reads(access)
    lists.one(access, uuid)  # visible, or refused
    mails = SentMail.objects.select_for_update().filter(sending__uuid=uuid).order_by("id")
    rows = SentRecipient.objects.select_for_update(of=("self",)).select_related("sending").filter(
        mail_id__in=[each.pk for each in mails], state__in=NEEDS_SOMEBODY, closed_at__isnull=True, is_due=False
    )  # fmt: skip
    found = [row for row in rows.order_by("id") if recipient in (None, row.uuid)]
    if not found:
        raise no.NOTHING_TO_RETRY
    return found
