"""A patient's plan under a version of a protocol: its moves, steps, alerts, deviations, goals and text.

Each row carries what the access law asks of a document (type, confidentiality, author): a plan is read like the
document that it becomes (18776-5), an alert like the document that raised it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.pathways.models.protocols import ProtocolVersion
from maillon.pathways.states import StepState


class OfARecord(models.Model):
    """What the access law asks of a row (access.matrix)."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    document_id = models.BigIntegerField(null=True)
    type_bit = models.PositiveSmallIntegerField(db_default=0)
    confidentiality = models.CharField(max_length=1, db_default="N")
    author_professional_id = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class Plan(OfARecord):
    """classification: health. One patient under one version of a protocol.

    `parameters`: name → decimal text, chosen at inclusion. `dates`: name → ISO date. `criteria`: what each criterion
    was answered and on what, that day. `consent_*`: what the patient was told or agreed to; `refused_*`: what they
    refused.
    """

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="plans")
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=40)  # of the protocol's own states
    is_running = models.BooleanField(default=False)  # the state's genre is « actif »
    is_over = models.BooleanField(default=False)
    parameters = models.JSONField(default=dict)
    dates = models.JSONField(default=dict)
    criteria = models.JSONField(default=list)
    proposed_at = models.DateTimeField(db_default=Now())
    included_at = models.DateTimeField(null=True)
    included_by = models.CharField(max_length=200, blank=True, db_default="")
    consent = models.CharField(max_length=12, blank=True, db_default="")  # information | oral | ecrit
    consent_text = models.TextField(blank=True, db_default="")
    consent_at = models.DateTimeField(null=True)
    consent_by = models.CharField(max_length=200, blank=True, db_default="")
    consent_withdrawn_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_reason = models.CharField(max_length=500, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True, db_default="")
    looked_at = models.DateTimeField(null=True)  # when the sweep last looked at its steps and day alerts
    revision = models.PositiveIntegerField(db_default=1)  # of its text

    class Meta:
        db_table = "pathways_plan"
        indexes = [
            models.Index(fields=["patient"], condition=Q(is_over=False), name="plan_open"),
            models.Index(fields=["version"], condition=Q(is_over=False), name="plan_of_version"),
            models.Index(
                F("looked_at").asc(nulls_first=True), "id", condition=Q(is_running=True), name="plan_to_look_at"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(is_running=False) | Q(is_over=False), name="plan_runs_or_is_over"),
            models.CheckConstraint(
                condition=Q(is_running=False) | Q(included_at__isnull=False), name="plan_runs_once_included"
            ),
            models.UniqueConstraint(
                fields=["patient", "version"], condition=Q(is_over=False), name="plan_one_open_of_a_version"
            ),
        ]


class Move(models.Model):
    """classification: health. One move of a plan, from a state to another, or to another version. Never rewritten."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="moves")
    at = models.DateTimeField()
    source = models.CharField(max_length=40, blank=True, db_default="")
    target = models.CharField(max_length=40)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    by = models.CharField(max_length=200)
    professional = models.ForeignKey(
        "professionals.Professional", on_delete=models.PROTECT, related_name="+", null=True
    )

    class Meta:
        db_table = "pathways_move"


class PlanStep(models.Model):
    """classification: health. One occurrence of a step of a plan. `shared_with`: the occurrence of another plan that
    asks the same examination, whose task serves both. `evidence`: what showed that it was done, in French."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=40)
    rank = models.PositiveIntegerField()  # 1 for the first time, 2 for the next…
    origin_at = models.DateTimeField()  # from which its day was counted
    trigger = models.CharField(max_length=64, blank=True, db_default="")  # of a step asked « dès que »
    examination = models.CharField(max_length=300, blank=True, db_default="")
    role_code = models.CharField(max_length=10)
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    late_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=StepState.choices, default=StepState.AHEAD)
    shared_with = models.ForeignKey("self", on_delete=models.PROTECT, related_name="sharers", null=True)
    task_uuid = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=200, blank=True, db_default="")
    done_by_professional_id = models.BigIntegerField(null=True)
    document_id = models.BigIntegerField(null=True)  # that showed that it was done
    evidence = models.CharField(max_length=500, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True, db_default="")  # why it was left, or cancelled

    class Meta:
        db_table = "pathways_step"
        constraints = [
            models.UniqueConstraint(fields=["plan", "step", "rank"], name="plan_step_once"),
            models.UniqueConstraint(
                fields=["plan", "step", "trigger"], condition=~Q(trigger=""), name="plan_step_once_for_a_trigger"
            ),
            models.CheckConstraint(
                condition=Q(state=StepState.DONE, done_at__isnull=False)
                | (~Q(state=StepState.DONE) & Q(done_at__isnull=True)),
                name="plan_step_done_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["patient"], name="plan_step_patient"),
            models.Index(
                fields=["opens_at"], condition=Q(state=StepState.AHEAD), name="plan_step_to_ask"
            ),
            models.Index(fields=["task_uuid"], condition=Q(task_uuid__isnull=False), name="plan_step_task"),
        ]


class Alert(OfARecord):
    """classification: health. An alert of a protocol that was raised for a plan. Its uuid is drawn from what it saw, so
    that the same facts raise it once; the task that it asks has the same uuid."""

    uuid = models.UUIDField(unique=True, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="alerts")
    alert = models.CharField(max_length=40)
    level = models.CharField(max_length=6)  # orange | rouge
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    says = models.CharField(max_length=300)
    because = models.JSONField(default=list)  # French lines: what was found, what was asked
    table_row = models.SmallIntegerField(null=True)  # of the table that it shows, the line that applies
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, blank=True, db_default="")
    outcome = models.CharField(max_length=20, blank=True, db_default="")

    class Meta:
        db_table = "pathways_alert"
        indexes = [
            models.Index(fields=["patient", "-raised_at"], name="plan_alert_patient"),
            models.Index(fields=["plan", "alert", "-raised_at"], name="plan_alert_of_plan"),
        ]


class Deviation(models.Model):
    """classification: health. The team did otherwise than the protocol says, and why. Never blocked, always counted."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="deviations")
    step = models.CharField(max_length=40, blank=True, db_default="")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=200)
    professional = models.ForeignKey(
        "professionals.Professional", on_delete=models.PROTECT, related_name="+", null=True
    )

    class Meta:
        db_table = "pathways_deviation"


class Goal(models.Model):
    """classification: health. What is aimed at in a plan; those of the patient come first, in their words. One with a
    `family` is a competency of an educational contract: what to succeed in is its `criterion`."""

    class State(models.TextChoices):
        CURRENT = "en_cours", "En cours"
        REACHED = "atteint", "Atteint"
        PARTLY = "partiel", "Partiellement atteint"
        MISSED = "non", "Non atteint"
        DROPPED = "abandonne", "Abandonné"

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="goals")
    text = models.CharField(max_length=500)
    is_of_patient = models.BooleanField()
    family = models.CharField(max_length=10, blank=True, db_default="")  # autosoins | sécurité | adaptation
    criterion = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(max_length=9, choices=State.choices, default=State.CURRENT)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_goal"


class Paragraph(models.Model):
    """classification: health. The text that a team writes together in a plan, at one of its revisions. Append-only:
    every word that was saved can be found again."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    text = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    professional = models.ForeignKey(
        "professionals.Professional", on_delete=models.PROTECT, related_name="+", null=True
    )

    class Meta:
        db_table = "pathways_plan_text"
        constraints = [models.UniqueConstraint(fields=["plan", "revision"], name="plan_text_revision_once")]
