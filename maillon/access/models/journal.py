"""The journal: one row per disclosure or refusal."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class JournalEntry(models.Model):
    """classification: technical. One disclosure or refusal: who, which patient, what, why. Never changed, never
    deleted."""

    at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=14)  # professional | patient | representative | machine
    actor_professional_id = models.BigIntegerField(null=True)
    actor_structure_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    patient_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=20)
    resource_type = models.CharField(max_length=30)
    resource_id = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=30)
    decision = models.CharField(max_length=10)  # allow | deny
    rule = models.CharField(max_length=40)
    actor_profession_code = models.CharField(max_length=10, blank=True, db_default="")
    session_id = models.BigIntegerField(null=True)
    assurance = models.PositiveSmallIntegerField(db_default=0)  # factors proven at sign-in: 0 (machine), 1, 2
    on_behalf_of_id = models.BigIntegerField(null=True)  # the professional replaced, the patient represented
    type_code = models.CharField(max_length=40, blank=True, db_default="")  # of the document

    class Meta:
        db_table = "access_journal"
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="journal_patient"),
            models.Index(fields=["actor_professional_id", "-at"], name="journal_actor"),
        ]
