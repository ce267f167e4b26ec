"""Rows of the room: basins, structures in deployment, counts by month, visits, sessions, tickets. Never a patient."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable
from maillon.territory.states import STAGE, TICKET, VISIT, Stage, TicketState, VisitState

_STRUCTURE = "professionals.Structure"
_PROFESSIONAL = "professionals.Professional"


class Territory(models.Model):
    """classification: professional. The territory of this installation: its name, and the structure that steers it."""

    only = models.PositiveSmallIntegerField(default=1, unique=True)
    name = models.CharField(max_length=200)
    steered_by = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    named_by = models.CharField(max_length=200)

    class Meta:
        db_table = "territory_territory"
        constraints = [models.CheckConstraint(condition=Q(only=1), name="territory_only_one")]


class Basin(models.Model):
    """classification: professional. A bassin de santé: structures around a hospital, and who lives there."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=100, unique=True)
    population = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "territory_basin"


class Deployment(models.Model):
    """classification: professional. A structure in the deployment. `stage` is what its deposits say (territory.stages),
    kept here to be listed; `counted_here`: it uses Maillon, and nobody brings statements of it."""

    structure = models.OneToOneField(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    basin = models.ForeignKey(Basin, on_delete=models.PROTECT, related_name="deployments")
    is_eligible = models.BooleanField(default=True)
    counted_here = models.BooleanField(default=False)
    staff = models.PositiveSmallIntegerField(null=True)  # declared; those known here count for a structure of ours
    software = models.CharField(max_length=100, blank=True, db_default="")
    equipped_on = models.DateField(null=True)
    connected_on = models.DateField(null=True)
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.UNEQUIPPED)
    stage_since = models.DateField(null=True)
    first_fed_on = models.DateField(null=True)
    last_fed_on = models.DateField(null=True)
    regular_on = models.DateField(null=True)
    silent_days = models.PositiveSmallIntegerField(default=0, db_default=0)  # working days
    seen_on = models.DateField(null=True)

    STATES: ClassVar[dict[str, StateTable]] = {"stage": STAGE}

    class Meta:
        db_table = "territory_deployment"
        constraints = [
            models.CheckConstraint(
                condition=Q(connected_on__isnull=True)
                | Q(equipped_on__isnull=False, connected_on__gte=F("equipped_on")),
                name="territory_equipped_before_connected",
            ),
        ]  # fmt: skip


class StageMove(models.Model):
    """classification: professional. When a structure changed its stage, and why; never rewritten."""

    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="moves")
    day = models.DateField()
    before = models.CharField(max_length=20, choices=Stage.choices)
    after = models.CharField(max_length=20, choices=Stage.choices)
    reason = models.CharField(max_length=200)

    class Meta:
        db_table = "territory_stage_move"
        indexes = [models.Index(fields=["deployment", "day"], name="territory_moves")]


class Statement(models.Model):
    """classification: professional. What a structure's monthly statement says of one day: a fact, how many."""

    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    fact = models.CharField(max_length=40)
    document = models.CharField(max_length=20, blank=True, db_default="")
    profession = models.CharField(max_length=10, blank=True, db_default="")
    number = models.PositiveIntegerField()

    class Meta:
        db_table = "territory_statement"
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "day", "fact", "document", "profession"], name="territory_statement_once"
            )
        ]
        indexes = [models.Index(fields=["day", "fact"], name="territory_statement_day")]


class Month(models.Model):
    """classification: professional. A month that was counted. Final once it was counted after its last day.
    `public_groups`: who was published with whom, the first time (way to share out → code → group): another grouping of
    the same month would tell, by subtraction, what the first one held back."""

    first = models.DateField(primary_key=True)
    counted_at = models.DateTimeField()
    is_final = models.BooleanField(default=False)
    public_groups = models.JSONField(default=dict, db_default={})

    class Meta:
        db_table = "territory_month"


class MonthlyCount(models.Model):
    """classification: professional. How many of a fact, in a month, in a structure (or in a basin alone)."""

    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="counts")
    basin = models.ForeignKey(Basin, on_delete=models.PROTECT, related_name="+")
    structure = models.ForeignKey(_STRUCTURE, null=True, on_delete=models.PROTECT, related_name="+")
    fact = models.CharField(max_length=40)
    document = models.CharField(max_length=20, blank=True, db_default="")
    profession = models.CharField(max_length=10, blank=True, db_default="")
    number = models.PositiveIntegerField()

    class Meta:
        db_table = "territory_monthly_count"
        constraints = [
            models.UniqueConstraint(
                fields=["month", "basin", "structure", "fact", "document", "profession"], nulls_distinct=False,
                name="territory_count_once",
            )
        ]  # fmt: skip


class Visit(models.Model):
    """classification: professional. Somebody goes to see a structure. `silent_from`: the last document before the
    silence that asked for it; one visit for one silence."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="visits")
    state = models.CharField(max_length=12, choices=VisitState.choices, default=VisitState.TO_DO)
    reason = models.CharField(max_length=300)
    silent_from = models.DateField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    due_on = models.DateField()
    planned_on = models.DateField(null=True)
    visitor = models.CharField(max_length=200, blank=True, db_default="")
    report = models.CharField(max_length=2000, blank=True, db_default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True, db_default="")

    STATES: ClassVar[dict[str, StateTable]] = {"state": VISIT}

    class Meta:
        db_table = "territory_visit"
        constraints = [
            models.UniqueConstraint(
                fields=["deployment"], condition=Q(settled_at__isnull=True), name="territory_one_open_visit"
            ),
            models.UniqueConstraint(
                fields=["deployment", "silent_from"], condition=Q(silent_from__isnull=False),
                name="territory_one_visit_for_a_silence",
            ),
        ]  # fmt: skip


class Session(models.Model):
    """classification: professional. A training session. `ended_at`: attendance was noted, and it is counted."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    basin = models.ForeignKey(Basin, on_delete=models.PROTECT, related_name="+")
    module = models.CharField(max_length=30)
    place = models.CharField(max_length=200)
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    trainer = models.CharField(max_length=200)
    prepared_by = models.CharField(max_length=200)
    prepared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "territory_session"


class Attendance(models.Model):
    """classification: professional. Who was expected at a session, of which structure, and who came. The score of a
    session is kept apart (SessionScore): nobody's opinion bears a name."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendances")
    professional = models.ForeignKey(_PROFESSIONAL, on_delete=models.PROTECT, related_name="+")
    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    was_there = models.BooleanField(null=True)

    class Meta:
        db_table = "territory_attendance"
        constraints = [
            models.UniqueConstraint(fields=["session", "professional"], name="territory_attendance_once"),
        ]


class SessionScore(models.Model):
    """classification: professional. How many gave each mark, from 1 to 5, at the end of a session."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="scores")
    mark = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "territory_session_score"
        constraints = [
            models.UniqueConstraint(fields=["session", "mark"], name="territory_score_once"),
            models.CheckConstraint(condition=Q(mark__gte=1, mark__lte=5), name="territory_mark_of_five"),
        ]


class Ticket(models.Model):
    """classification: professional. What blocks a structure, with the cause that the reporter gave; never a word about
    a patient. `diagnostic`: the report of the diagnostic page."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=20)
    text = models.CharField(max_length=2000)
    diagnostic = models.CharField(max_length=4000, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=TicketState.choices, default=TicketState.OPEN)
    reporter = models.ForeignKey(_PROFESSIONAL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    resolution = models.CharField(max_length=2000, blank=True, db_default="")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=200, blank=True, db_default="")

    STATES: ClassVar[dict[str, StateTable]] = {"state": TICKET}

    class Meta:
        db_table = "territory_ticket"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ouvert", resolved_at__isnull=True) | Q(state="resolu", resolved_at__isnull=False),
                name="territory_ticket_resolved",
            ),
        ]
        indexes = [models.Index(fields=["opened_at"], name="territory_tickets")]


class Information(models.Model):
    """classification: professional. How many patients a structure informed on a day, and how: brochures are counted,
    nobody is named."""

    class Means(models.TextChoices):
        BROCHURE = "brochure", "Brochures remises"
        TALK = "entretien", "Entretiens d’information"
        MEETING = "reunion", "Réunion publique"

    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    campaign = models.CharField(max_length=100, blank=True, db_default="")
    means = models.CharField(max_length=10, choices=Means.choices)
    day = models.DateField()
    number = models.PositiveIntegerField()
    noted_by = models.CharField(max_length=200)
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "territory_information"
