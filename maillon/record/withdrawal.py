"""What a withdrawn document takes back from the record."""

from __future__ import annotations

from maillon.kernel.key import Access
from maillon.record.models import Observation, Statement, TimelineEntry


def withdraw_document(access: Access, *, document_id: int) -> None:
    """Its facts no longer count; its line stays, marked withdrawn. In the caller's transaction."""
    of_document = {"patient_id": access.patient_id, "document_id": document_id}
    TimelineEntry.objects.filter(**of_document).update(status=TimelineEntry.Status.WITHDRAWN)
    Observation.objects.filter(**of_document).update(is_current=False)
    Statement.objects.filter(**of_document).update(is_current=False)
