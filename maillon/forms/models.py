"""Rows of the room: the definitions that were answered, and the responses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid


class DefinitionVersion(models.Model):
    """classification: technical. A questionnaire as it was on the screen of whoever answered, kept once for ever."""

    fingerprint = models.CharField(max_length=64, unique=True)  # SHA-256 of `body`
    code = models.CharField(max_length=30)
    version = models.CharField(max_length=40)
    body = models.TextField()  # YAML, as a file of content/questionnaires
    kept_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "forms_definition_version"


class Response(models.Model):
    """classification: health. Answers to one questionnaire about one patient: asked of them, being written, signed.

    `answers` holds every text as it was typed, by item; `set_aside` what another device had written when this one
    prevailed. Signed, it is never rewritten: a correction is another row that `replaces` this one.
    """

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    definition = models.ForeignKey(DefinitionVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    form_code = models.CharField(max_length=30)
    origin = models.CharField(max_length=200, blank=True, db_default="")  # plan:<uuid>/M2, opaque here
    answers = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(db_default=1)
    set_aside = models.JSONField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField(db_default=Now())
    signed_at = models.DateTimeField(null=True)
    author_label = models.CharField(max_length=200, blank=True, db_default="")
    # What was calculated, as it was shown, when it was signed; without a code, of whom (birth date and sex).
    calculated = models.JSONField(default=dict)
    summary = models.CharField(max_length=300, blank=True, db_default="")
    replaces = models.UUIDField(null=True)  # the signed response of which this is the next version
    replaced_at = models.DateTimeField(null=True)
    # Asked of the patient, who answers behind their door
    is_for_patient = models.BooleanField(db_default=False)
    asked_by = models.CharField(max_length=200, blank=True, db_default="")
    asked_by_professional_id = models.BigIntegerField(null=True)
    asked_in_structure_id = models.BigIntegerField(null=True)
    visitor_id = models.BigIntegerField(null=True)  # who answered, behind the door
    cancelled_at = models.DateTimeField(null=True)
    # For the access law (access.matrix)
    document_id = models.BigIntegerField(null=True)
    type_bit = models.PositiveSmallIntegerField(db_default=0)
    confidentiality = models.CharField(max_length=1, db_default="N")
    author_professional_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "forms_response"
        indexes = [
            models.Index(fields=["patient", "-signed_at"], name="response_patient"),
            models.Index(
                fields=["author_professional_id", "-saved_at"], condition=Q(signed_at__isnull=True),
                name="response_draft",
            ),
            models.Index(fields=["origin"], condition=~Q(origin=""), name="response_origin"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(signed_at__isnull=True), name="response_one_correction_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(is_for_patient=False, author_professional_id__isnull=False, visitor_id__isnull=True)
                | Q(is_for_patient=True, author_professional_id__isnull=True),
                name="response_has_one_author",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True) | ~Q(author_label=""), name="response_signed_by_somebody"
            ),
        ]
