"""Rows of the room: the lists in which documents were published, and the traces that partners claim."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now


class PublishedList(models.Model):
    """classification: health. A submission set or a folder, as it was published; its documents are those of
    `documents`, shown to whoever may read them."""

    class Kind(models.TextChoices):
        SUBMISSION_SET = "submissionset", "Lot de soumission"
        FOLDER = "folder", "Classeur"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=13, choices=Kind.choices)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    client_id = models.BigIntegerField()  # access.PartnerClient
    unique_id = models.CharField(max_length=200)
    source_id = models.CharField(max_length=200, blank=True, db_default="")
    title = models.CharField(max_length=300, blank=True, db_default="")
    designation = models.JSONField(default=dict)  # CodeableConcept
    source = models.CharField(max_length=200, blank=True, db_default="")  # who published, as displayed
    at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "fhir_api_list"
        constraints = [models.UniqueConstraint(fields=["client_id", "unique_id"], name="published_list_once")]
        indexes = [models.Index(fields=["patient", "-at"], name="published_list_patient")]


class ListEntry(models.Model):
    """classification: health. A document of a published list."""

    list = models.ForeignKey(PublishedList, on_delete=models.CASCADE, related_name="entries")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    document_id = models.BigIntegerField()
    rank = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "fhir_api_list_entry"
        constraints = [models.UniqueConstraint(fields=["list", "document_id"], name="list_entry_once")]


class ClaimedTrace(models.Model):
    """classification: health. An AuditEvent that a partner's software sent (ITI-20): what it claims to have done on its
    side. Kept apart: it is no line of our journal."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client_id = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    body = models.JSONField()
    recorded = models.DateTimeField()  # as it claims
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "fhir_api_claimed_trace"
        constraints = [models.UniqueConstraint(fields=["client_id", "sha256"], name="claimed_trace_once")]
