"""Rows of the room: what was noticed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid


class Notice(models.Model):
    """classification: health. One thing that rubbed about one document, whom it is for, and how it ended.

    `fact` is a name of content/regles/constats.yaml. `subject` tells two apart about one document: an address, the
    number of a professional; never a patient. `detail` says in a few words what the fact alone does not.
    """

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=4)
    fact = models.CharField(max_length=40)
    severity = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=254, blank=True, db_default="")
    detail = models.CharField(max_length=200, blank=True, db_default="")
    # The document, as the access law sees it (access.matrix).
    document_id = models.BigIntegerField()
    document_uuid = models.UUIDField()
    type_bit = models.PositiveSmallIntegerField(db_default=0)
    confidentiality = models.CharField(max_length=1, db_default="N")
    author_professional_id = models.BigIntegerField(null=True)
    # For whom: a person, or whoever holds the role in the structure (a profession code, « referent »).
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+", db_index=False)
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role_code = models.CharField(max_length=10, blank=True, db_default="")
    noticed_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True, db_default="")
    outcome = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "noticed_notice"
        constraints = [
            models.UniqueConstraint(fields=["document_id", "fact", "subject"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="") | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="notice_settled_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-noticed_at"], name="notice_patient"),
            models.Index(
                fields=["structure", "role_code"], condition=Q(settled_at__isnull=True), name="notice_of_role"
            ),
        ]
