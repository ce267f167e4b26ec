"""Withdrawing a document (it no longer counts, it is never destroyed), and taking over a history as read."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.documents.models import Document
from maillon.documents.noticing import LATE_LETTER
from maillon.documents.viewing import visible
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.noticed import api as noticed
from maillon.record import api as record
from maillon.tasks import api as tasks


@transaction.atomic
def withdraw(access: Access, uuid: UUID, *, reason: str) -> None:
    """Idempotent: the first reason stays. Raises E-DOC-03 without a reason, AccessDenied for what one may not see."""
    if not reason.strip():
        raise UserMessage("E-DOC-03", "Indiquez pourquoi ce document est retiré.")
    row = visible(access).select_for_update(of=("self",)).filter(uuid=uuid).first()
    if row is None or access.scope != "whole":
        raise access_room.AccessDenied
    if row.status == Document.Status.WITHDRAWN:
        return
    row.status = Document.Status.WITHDRAWN
    row.withdrawn_reason = storable(reason.strip())[:300]
    row.save(update_fields=["status", "withdrawn_reason"])
    record.withdraw_document(access, document_id=row.pk)
    tasks.cancel_reading(access, document_id=row.pk, comment="Document retiré")


def close_history(*, before: dt.datetime) -> int:
    """Close the « à lire » tasks of documents whose act is older, and what was noticed of their delay: a take-over
    is not a day's work. Returns how many tasks."""
    former = list(Document.objects.filter(act_at__lt=before).values_list("pk", flat=True))
    noticed.settle_history(LATE_LETTER, former)
    return tasks.close_history(former)
