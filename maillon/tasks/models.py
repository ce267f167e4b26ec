"""Rows of the room: tasks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid


class Task(models.Model):
    """classification: health. Something a person or a role of a structure has to do about a patient."""

    class Kind(models.TextChoices):
        READ = "a_lire", "À lire"
        DO = "a_faire", "À faire"

    class Outcome(models.TextChoices):
        DONE = "fait", "Fait"
        READ = "lu", "Lu"
        SKIPPED = "sans_suite", "Sans suite"
        CANCELLED = "annule", "Annulé"

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=300)
    document_id = models.BigIntegerField(null=True)
    document_uuid = models.UUIDField(null=True)
    # Of the document, for the access law (access.matrix).
    type_bit = models.PositiveSmallIntegerField(db_default=0)
    confidentiality = models.CharField(max_length=1, db_default="N")
    author_professional_id = models.BigIntegerField(null=True)
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    structure = models.ForeignKey(
        "professionals.Structure", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role_code = models.CharField(
        max_length=10, blank=True, db_default=""
    )  # profession code, for a role of the structure
    is_urgent = models.BooleanField(db_default=False)
    abnormal_count = models.PositiveSmallIntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    escalate_at = models.DateTimeField(null=True)
    escalate_to_role = models.CharField(max_length=10, blank=True, db_default="")
    escalated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, db_default="")
    comment = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        db_table = "tasks_task"
        constraints = [
            models.UniqueConstraint(  # also the index by which the tasks of a document are found
                fields=["document_id", "kind", "professional", "structure", "role_code"],
                nulls_distinct=False,
                condition=Q(document_id__isnull=False),
                name="task_once_per_document",
            ),
            models.CheckConstraint(
                condition=Q(professional__isnull=False) | Q(structure__isnull=False), name="task_has_an_addressee"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="task_done_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["professional", "due_at"], condition=Q(done_at__isnull=True), name="task_of_person"),
            models.Index(
                fields=["structure", "role_code", "due_at"], condition=Q(done_at__isnull=True), name="task_of_role"
            ),
            models.Index(
                fields=["escalate_at"],
                condition=Q(done_at__isnull=True, escalated_at__isnull=True),
                name="task_to_escalate",
            ),
            models.Index(fields=["patient"], name="task_patient"),
            models.Index(fields=["done_by", "done_at"], condition=Q(done_at__isnull=False), name="task_done_by"),
        ]
