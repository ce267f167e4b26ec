"""Rows of the room: accounts, sessions, care-team memberships, the journal."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Account(AbstractBaseUser):
    """classification: professional. How a person signs in. One account, one professional; no administrator rights on
    care data."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    identifier = models.CharField(max_length=254, unique=True)
    professional = models.OneToOneField("professionals.Professional", on_delete=models.PROTECT, related_name="account")
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT)  # situation d'exercice
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False)
    failed_attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    USERNAME_FIELD = "identifier"
    objects = BaseUserManager()

    class Meta:
        db_table = "access_account"


class Session(models.Model):
    """classification: technical. A signed-in browser. Only the hash of the token is kept."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "access_session"


class CareTeamMembership(models.Model):
    """classification: professional. Why a professional, or a whole structure, belongs to a patient's care team, and
    when.

    Basis follows CSP art. L1110-12 (1° same structure, 2° recognised by the patient, 3° organised set) and L162-5-3 CSS
    for the declared médecin traitant.
    """

    class Basis(models.TextChoices):
        STRUCTURE = "equipe_structure", "équipe de soins de la structure"
        PATIENT = "equipe_patient", "désigné par le patient"
        ORGANIZED = "equipe_organisee", "équipe organisée"
        TREATING = "medecin_traitant", "médecin traitant déclaré"
        CONSENT = "consentement", "consentement du patient"
        AUTHOR = "auteur", "auteur d’un document"  # opens what was written, not the record

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+"
    )
    structure = models.ForeignKey("professionals.Structure", null=True, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=20, choices=Basis.choices)
    start = models.DateField()
    end = models.DateField(null=True)
    evidence = models.CharField(max_length=300, blank=True)
    recorded_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access_care_team_membership"
        constraints = [
            models.CheckConstraint(
                condition=Q(professional__isnull=False) ^ Q(structure__isnull=False), name="care_team_one_member"
            ),
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="care_team_dates"),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(basis="medecin_traitant", end__isnull=True),
                name="one_treating_physician",
            ),
        ]
        indexes = [
            models.Index(fields=["patient"], name="care_team_patient"),
            models.Index(fields=["professional", "patient"], name="care_team_professional"),
            models.Index(fields=["structure", "patient"], name="care_team_structure"),
        ]


class JournalEntry(models.Model):
    """classification: technical. One disclosure or refusal: who, which patient, what, why. Never changed, never
    deleted."""

    at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=12)  # professional | machine
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

    class Meta:
        db_table = "access_journal"
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="journal_patient"),
            models.Index(fields=["actor_professional_id", "-at"], name="journal_actor"),
        ]
