"""Rows about the national record: what was promised to it, what it was seen to hold, how it is open to each of us."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.exchange.dmp.states import ACT, OPEN, ActKind, ActState
from maillon.kernel.states import StateTable


class DmpEntry(models.Model):
    """classification: health. A document as the national record describes it; `document` once it is also ours."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey("documents.Document", null=True, on_delete=models.PROTECT, related_name="+")
    unique_id = models.CharField(max_length=200)
    entry_uuid = models.CharField(max_length=60)
    repository = models.CharField(max_length=100, blank=True, db_default="")
    uri = models.CharField(max_length=500, blank=True, db_default="")
    title = models.CharField(max_length=300)
    type_code = models.CharField(max_length=40)
    type_bit = models.PositiveSmallIntegerField(db_default=0)  # what the access law reads, see access.matrix
    class_code = models.CharField(max_length=40, blank=True, db_default="")
    confidentiality = models.CharField(max_length=1, db_default="N")
    visibility = models.JSONField(default=list)  # MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX
    availability = models.CharField(max_length=12)  # Approved, Deprecated, Archived, Deleted
    author = models.CharField(max_length=200, blank=True, db_default="")
    author_professional_id = models.BigIntegerField(null=True)
    organization = models.CharField(max_length=200, blank=True, db_default="")
    organization_id = models.CharField(max_length=60, blank=True, db_default="")
    written_at = models.DateTimeField(null=True)
    act_at = models.DateTimeField(null=True)
    media_type = models.CharField(max_length=100, blank=True, db_default="")
    sha1 = models.CharField(max_length=40, blank=True, db_default="")
    size = models.BigIntegerField(null=True)
    first_seen_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "exchange_dmp_entry"
        constraints = [models.UniqueConstraint(fields=["patient", "unique_id"], name="dmp_entry_once")]
        indexes = [models.Index(fields=["patient", "-act_at"], name="dmp_entry_patient")]


class DmpAct(models.Model):
    """classification: health. One act promised to the national record by one professional, and what became of it.

    `told`: how the patient was informed and did not object. A deposit that its author chose not to make is kept as such
    (`non_envoye`): it is said for one document, and never becomes a habit.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey("documents.Document", null=True, on_delete=models.PROTECT, related_name="+")
    unique_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=ActKind.choices)
    state = models.CharField(max_length=12, choices=ActState.choices, default=ActState.WAITING)
    visibility = models.JSONField(default=list)
    told = models.CharField(max_length=20, blank=True, db_default="")
    reason = models.CharField(max_length=300, blank=True, db_default="")
    type_bit = models.PositiveSmallIntegerField(db_default=0)
    confidentiality = models.CharField(max_length=1, db_default="N")
    author_professional_id = models.BigIntegerField(null=True)
    asked_by = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(db_default=0)
    tried_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=100, blank=True, db_default="")  # the kind of failure: no patient data
    settled_at = models.DateTimeField(null=True)
    refusal_code = models.CharField(max_length=60, blank=True, db_default="")
    refusal = models.CharField(max_length=300, blank=True, db_default="")

    STATES: ClassVar[dict[str, StateTable]] = {"state": ACT}

    class Meta:
        db_table = "exchange_dmp_act"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "unique_id"], condition=Q(state__in=OPEN), name="dmp_act_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["patient", "unique_id"], name="dmp_act_document")]


class DmpOpening(models.Model):
    """classification: health. How the record of one patient stands for one professional: TD0.2, the patient's consent
    to consultation, and until when it was read."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    existence = models.CharField(max_length=12, blank=True, db_default="")
    authorisation = models.CharField(max_length=12, blank=True, db_default="")
    closed_because = models.CharField(max_length=200, blank=True, db_default="")
    checked_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    consented_at = models.DateTimeField(null=True)
    consent_channel = models.CharField(max_length=20, blank=True, db_default="")
    consent_proof = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "exchange_dmp_opening"
        constraints = [models.UniqueConstraint(fields=["patient", "professional"], name="dmp_opening_once")]
