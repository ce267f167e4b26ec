"""Rows of the room: drafts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid


class Draft(models.Model):
    """classification: health. What one professional is writing about a patient, and what they signed it into.

    `content` is what the editor holds (writing.content.Content); `set_aside` is what another device had written when
    this one prevailed. Once signed, the content stays: a correction begins from it.
    """

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    professional = models.ForeignKey(
        "professionals.Professional", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    letter = models.CharField(max_length=40)  # name of the file of content/courriers
    content = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(db_default=1)
    set_aside = models.JSONField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    corrects = models.UUIDField(null=True)  # the signed document of which this will be the next version
    created_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField(db_default=Now())
    signed_at = models.DateTimeField(null=True)
    document_uuid = models.UUIDField(null=True, unique=True)

    class Meta:
        db_table = "writing_draft"
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, document_uuid__isnull=True)
                | Q(signed_at__isnull=False, document_uuid__isnull=False),
                name="draft_signed_into_a_document",
            ),
            models.UniqueConstraint(
                fields=["corrects"], condition=Q(signed_at__isnull=True), name="draft_one_correction_at_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["professional", "-saved_at"], condition=Q(signed_at__isnull=True), name="draft_of_person"
            ),
            models.Index(fields=["patient", "professional"], name="draft_of_patient"),
        ]
