"""Rows of the room: messages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class PatientMessage(models.Model):
    """classification: health. One message between a visitor of the patient's door and the care team."""

    uuid = models.UUIDField(unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    visitor_id = models.BigIntegerField()  # whose exchange with the team it is
    is_from_team = models.BooleanField()
    author_label = models.CharField(max_length=200)
    text = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)  # by the other side
    read_by = models.CharField(max_length=200, blank=True, db_default="")
    # For the access law (access.matrix): a message is read like what the patient deposits.
    document_id = models.BigIntegerField(null=True)
    type_bit = models.PositiveSmallIntegerField(db_default=0)
    confidentiality = models.CharField(max_length=1, db_default="N")
    author_professional_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "conversations_message"
        indexes = [models.Index(fields=["patient", "at"], name="message_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_from_team=False, author_professional_id__isnull=True)
                | Q(is_from_team=True, author_professional_id__isnull=False),
                name="message_has_one_author",
            ),
        ]
