"""Rows of the room: what patients asked about their data, and the large exports that two people decided."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Request(models.Model):
    """classification: identifying. What a person asked about their data, by when it must be answered, what was
    answered (RGPD art. 12 and 15 to 21; CSP L1111-7, R1111-1). Changed once, by its answer."""

    class Kind(models.TextChoices):
        ACCESS = "acces", "Accès au dossier"
        CORRECTION = "rectification", "Rectification"
        RESTRICTION = "limitation", "Limitation du traitement"
        OBJECTION = "opposition", "Opposition"
        PORTABILITY = "portabilite", "Portabilité"

    class Channel(models.TextChoices):
        ORAL = "oral", "de vive voix"
        PAPER = "papier", "par lettre"
        MAIL = "courriel", "par courriel"
        PORTAL = "espace_patient", "depuis l’espace patient"

    class Outcome(models.TextChoices):
        GRANTED = "acceptee", "Acceptée"
        PARTLY = "partielle", "Acceptée en partie"
        REFUSED = "refusee", "Refusée"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    asked_at = models.DateTimeField()
    channel = models.CharField(max_length=20, choices=Channel.choices)
    asked_by = models.CharField(max_length=200)  # the patient, a representative, an heir
    identity_check = models.CharField(max_length=300)
    is_about_old_data = models.BooleanField(db_default=False)  # over five years: two months instead of eight days
    not_before = models.DateTimeField()
    due_at = models.DateTimeField()
    note = models.CharField(max_length=1000, blank=True, db_default="")
    recorded_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, blank=True, db_default="")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, db_default="")
    refusal_reason = models.CharField(max_length=1000, blank=True, db_default="")

    class Meta:
        db_table = "rights_request"
        indexes = [
            models.Index(fields=["patient", "-asked_at"], name="request_patient"),
            models.Index(fields=["due_at"], condition=Q(answered_at__isnull=True), name="request_open"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(due_at__gt=F("asked_at")), name="request_dates"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, outcome="") | (Q(answered_at__isnull=False) & ~Q(outcome="")),
                name="request_answered_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "acceptee"]) | ~Q(refusal_reason=""), name="request_refused_with_reason"
            ),
        ]


class Export(models.Model):
    """classification: identifying. A professional took away the copy of one record: who, why, which bytes."""

    class Reason(models.TextChoices):
        REQUEST = "demande", "Demande du patient ou de qui le représente"
        HANDOVER = "relais", "Relais à un autre professionnel ou changement de praticien"
        EXPERT = "expertise", "Expertise ou réquisition judiciaire"
        OTHER = "autre", "Autre motif"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    detail = models.CharField(max_length=500)
    sha256 = models.BinaryField(max_length=32)
    size = models.PositiveBigIntegerField()

    class Meta:
        db_table = "rights_export"


class LargeExport(models.Model):
    """classification: professional. More than fifty records at once: who asked, why, and who else agreed. It names no
    patient: the journal has one row for each."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by_professional_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    motive = models.CharField(max_length=1000)
    number = models.PositiveIntegerField()
    selection = models.BinaryField(max_length=32)  # fingerprint of the set of records that was agreed on
    validated_by_professional_id = models.BigIntegerField(null=True)
    validated_by = models.CharField(max_length=200, blank=True, db_default="")
    validated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rights_large_export"
        constraints = [
            models.CheckConstraint(
                condition=Q(validated_by_professional_id__isnull=True)
                | ~Q(validated_by_professional_id=F("asked_by_professional_id")),
                name="large_export_two_people",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(validated_at__isnull=False), name="large_export_validated"
            ),
        ]
