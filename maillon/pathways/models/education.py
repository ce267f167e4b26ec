"""Therapeutic education (ETP): sessions of a programme, who runs them, who attended, what was signed and reported."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable
from maillon.pathways.models.plans import Goal, OfARecord, Plan
from maillon.pathways.models.protocols import ProtocolVersion
from maillon.pathways.models.teams import TeamMember
from maillon.pathways.states import REPORT, SESSION, AttendanceState, ReportState, SessionState


class EducationSession(models.Model):
    """classification: professional. A session of a programme (by its code: sessions outlive a version). `template`: of
    the protocol's `seances`, if any. `competencies`: the names of those that it works on. `warnings`: French lines that
    were true when it was prepared or held, and stay."""

    STATES: ClassVar[dict[str, StateTable]] = {"state": SESSION}

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="sessions")
    template = models.CharField(max_length=40, blank=True, db_default="")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12)  # individuelle | collective
    objective = models.CharField(max_length=500)
    competencies = models.JSONField(default=list)
    tools = models.CharField(max_length=1000, blank=True, db_default="")
    place = models.CharField(max_length=200, blank=True, db_default="")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    most = models.PositiveSmallIntegerField()  # participants, beyond which it is a warning
    state = models.CharField(max_length=8, choices=SessionState.choices, default=SessionState.PLANNED)
    warnings = models.JSONField(default=list)
    planned_at = models.DateTimeField(db_default=Now())
    planned_by = models.CharField(max_length=200)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True, db_default="")  # why it was cancelled

    class Meta:
        db_table = "pathways_education_session"
        indexes = [models.Index(fields=["structure", "code", "-at"], name="education_session_log")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=SessionState.PLANNED, settled_at__isnull=True)
                | (~Q(state=SessionState.PLANNED) & Q(settled_at__isnull=False)),
                name="education_session_settled_has_a_time",
            )
        ]


class Facilitator(models.Model):
    """classification: professional. Whoever runs or observes a session: a member of the team, or somebody from outside
    (a patient who intervenes, a member of an association), never a company (CSP L1161-1)."""

    session = models.ForeignKey(EducationSession, on_delete=models.PROTECT, related_name="facilitators")
    member = models.ForeignKey(TeamMember, on_delete=models.PROTECT, related_name="+", null=True)
    name = models.CharField(max_length=200)
    organization = models.CharField(max_length=200, blank=True, db_default="")
    is_observer = models.BooleanField(default=False)
    has_signed = models.BooleanField(default=False)  # the charter, on paper: of somebody from outside

    class Meta:
        db_table = "pathways_facilitator"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "member"], condition=Q(member__isnull=False), name="facilitator_once"
            )
        ]


class Attendance(OfARecord):
    """classification: health. A patient of the programme in a session: expected, there or not, and what was learned.
    `goal`: the competency of their contract that they work on."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    session = models.ForeignKey(EducationSession, on_delete=models.PROTECT, related_name="attendances")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="attendances")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=8, choices=AttendanceState.choices, default=AttendanceState.EXPECTED)
    learned = models.CharField(max_length=1000, blank=True, db_default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_attendance"
        constraints = [models.UniqueConstraint(fields=["session", "plan"], name="attendance_once")]
        indexes = [
            models.Index(fields=["patient"], name="attendance_patient"),
            models.Index(fields=["plan"], name="attendance_of_plan"),
        ]


class CharterSignature(models.Model):
    """classification: professional. A member of the team signed the charter of the programmes, at one of its versions.
    Never rewritten."""

    member = models.ForeignKey(TeamMember, on_delete=models.PROTECT, related_name="charters")
    version = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        db_table = "pathways_charter_signature"
        constraints = [models.UniqueConstraint(fields=["member", "version"], name="education_charter_signed_once")]


class LetterAgreement(models.Model):
    """classification: health. The patient accepts, or not, that their médecin traitant is told: the last word counts,
    and each is kept."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="agreements")
    agreed = models.BooleanField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_letter_agreement"


class ProgrammeReport(models.Model):
    """classification: professional. The yearly self-evaluation of a programme, or its four-yearly evaluation. `texts`:
    by part, as typed; `figures`: counts of nobody by name, kept word for word once it is closed."""

    STATES: ClassVar[dict[str, StateTable]] = {"state": REPORT}

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=11)  # annuel | quadriennal
    year = models.PositiveSmallIntegerField()  # the last that it tells
    state = models.CharField(max_length=9, choices=ReportState.choices, default=ReportState.DRAFT)
    texts = models.JSONField(default=dict)
    figures = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "pathways_programme_report"
        constraints = [
            models.UniqueConstraint(fields=["structure", "code", "kind", "year"], name="programme_report_once")
        ]
