"""Rows of the room: tasks, and the levels to which they climb when nobody answers."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid


class Task(models.Model):
    """classification: health. Something a person or a role of a structure has to do about a patient.

    An alert is a task with a level: it says why it was raised, and whoever takes it in hand acknowledges it.
    """

    class Kind(models.TextChoices):
        READ = "a_lire", "À lire"
        DO = "a_faire", "À faire"
        ALERT = "alerte", "Alerte"

    class Level(models.TextChoices):
        ORANGE = "orange", "Orange"
        RED = "rouge", "Rouge"

    class Outcome(models.TextChoices):
        DONE = "fait", "Fait"
        READ = "lu", "Lu"
        SKIPPED = "sans_suite", "Sans suite"
        CANCELLED = "annule", "Annulé"

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    level = models.CharField(max_length=10, choices=Level.choices, blank=True, db_default="")
    title = models.CharField(max_length=300)
    reason = models.CharField(max_length=500, blank=True, db_default="")  # of an alert: the facts that raised it
    origin = models.CharField(max_length=200, blank=True, db_default="")  # the asker's own word, never read here
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
    # The window: nothing to do before `opens_at`, expected at `due_at`, late after `late_at` (NULL: after `due_at`).
    opens_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    late_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)  # when it last climbed
    # Who took it in hand, or to whom it was entrusted and by whom: `taken_at` is empty until they say yes.
    taken_by = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True)
    delegated_by = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    snoozed_until = models.DateTimeField(null=True)
    snoozed_by = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    snooze_reason = models.CharField(max_length=300, blank=True, db_default="")
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
                fields=["document_id", "kind", "professional", "structure", "role_code", "origin"],
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
            models.CheckConstraint(
                condition=(Q(kind="alerte") & ~Q(level="") & ~Q(reason="")) | (~Q(kind="alerte") & Q(level="")),
                name="task_alert_says_its_level_and_why",
            ),
            models.CheckConstraint(
                condition=(Q(opens_at__isnull=True) | Q(opens_at__lte=F("due_at")))
                & (Q(late_at__isnull=True) | Q(late_at__gte=F("due_at"))),
                name="task_window",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snooze_reason=""), name="task_snoozed_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["professional", "due_at"], condition=Q(done_at__isnull=True), name="task_of_person"),
            models.Index(
                fields=["structure", "role_code", "due_at"], condition=Q(done_at__isnull=True), name="task_of_role"
            ),
            models.Index(
                fields=["taken_by", "due_at"],
                condition=Q(done_at__isnull=True, taken_by__isnull=False),
                name="task_taken_by",
            ),
            models.Index(
                fields=["delegated_by", "due_at"],
                condition=Q(done_at__isnull=True, delegated_by__isnull=False),
                name="task_delegated_by",
            ),
            models.Index(
                fields=["structure", "due_at"],
                condition=Q(done_at__isnull=True, escalated_at__isnull=False),
                name="task_climbed",
            ),
            models.Index(fields=["patient"], name="task_patient"),
            models.Index(fields=["done_by", "done_at"], condition=Q(done_at__isnull=False), name="task_done_by"),
        ]


class Escalation(models.Model):
    """classification: professional. One level of a task's chain: from `at` on, without an answer, it is also somebody
    else's. Whom it reached is written when it climbs: a person, or a profession of the task's structure."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="escalations", db_index=False)
    rank = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    target = models.CharField(max_length=20)  # a profession code, « remplacant », « coordination »
    climbed_at = models.DateTimeField(null=True)
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role_code = models.CharField(max_length=10, blank=True, db_default="")

    class Meta:
        db_table = "tasks_escalation"
        constraints = [models.UniqueConstraint(fields=["task", "rank"], name="escalation_rank")]
        indexes = [models.Index(fields=["at"], condition=Q(climbed_at__isnull=True), name="escalation_to_climb")]
