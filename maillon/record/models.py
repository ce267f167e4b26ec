"""Rows of the room: timeline entries, observations, statements, last visits."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class TimelineEntry(models.Model):
    """classification: health. One line of the patient's story; carries all that the line shows."""

    class Status(models.TextChoices):
        CURRENT = "current", "En vigueur"
        REPLACED = "replaced", "Remplacé"
        WITHDRAWN = "withdrawn", "Retiré"

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    document_id = models.BigIntegerField(null=True, unique=True)
    document_uuid = models.UUIDField(null=True)
    response_uuid = models.UUIDField(null=True, unique=True)  # of answers to a questionnaire: no document tells them
    at = models.DateTimeField()  # when the act took place
    received_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=2)  # XDS class code: 10 report, 11 synthesis, 31 imaging, 42 prescription…
    type_code = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    author = models.CharField(max_length=200, blank=True)
    author_professional_id = models.BigIntegerField(null=True)
    author_profession_code = models.CharField(max_length=10, blank=True)
    organization = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, db_default=Status.CURRENT)
    confidentiality = models.CharField(max_length=1, db_default="N")
    type_bit = models.PositiveSmallIntegerField(db_default=0)  # what the access law reads, see access.matrix
    abnormal_count = models.PositiveSmallIntegerField(db_default=0)
    level = models.PositiveSmallIntegerField(db_default=1)

    class Meta:
        db_table = "record_timeline"
        indexes = [
            models.Index(
                fields=["patient", "-at", "-id"],
                include=[
                    "document_uuid",
                    "received_at",
                    "kind",
                    "type_code",
                    "title",
                    "author",
                    "author_professional_id",
                    "author_profession_code",
                    "organization",
                    "status",
                    "confidentiality",
                    "type_bit",
                    "document_id",
                    "abnormal_count",
                    "level",
                    "response_uuid",
                ],
                name="timeline_covering",
            ),
            models.Index(fields=["author_professional_id", "patient"], name="timeline_author"),
        ]


class Observation(models.Model):
    """classification: health. One measured or observed thing. `value` for numbers, `value_text` for the rest and for
    `< 1,0`."""

    # Without a constraint to check for each of the twenty rows of a report: the statement that writes them writes the
    # document and the timeline entry of the same patient, whose constraints are checked; no patient is ever deleted.
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    document_id = models.BigIntegerField(null=True)
    response_uuid = models.UUIDField(null=True)  # of the answers to a questionnaire that it comes from
    author_professional_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    code = models.CharField(max_length=60)  # local codes too; empty when the source gave none
    system = models.CharField(max_length=64)
    label = models.CharField(max_length=300)
    value = models.DecimalField(max_digits=20, decimal_places=8, null=True)
    unit = models.CharField(max_length=40, blank=True, db_default="")
    value_text = models.CharField(max_length=1000, blank=True, db_default="")
    low = models.DecimalField(max_digits=20, decimal_places=8, null=True)
    high = models.DecimalField(max_digits=20, decimal_places=8, null=True)
    range_text = models.CharField(max_length=300, blank=True, db_default="")
    interpretation = models.CharField(max_length=10, blank=True, db_default="")
    is_abnormal = models.BooleanField(db_default=False)
    status = models.CharField(max_length=20, blank=True, db_default="")
    specimen = models.CharField(max_length=200, blank=True, db_default="")
    group = models.CharField(max_length=300, blank=True, db_default="")
    germ = models.CharField(max_length=200, blank=True, db_default="")  # of the isolate that it is about
    is_current = models.BooleanField(db_default=True)  # false once its document is replaced or withdrawn
    confidentiality = models.CharField(max_length=1, db_default="N")
    type_bit = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        db_table = "record_observation"
        indexes = [
            models.Index(fields=["patient", "system", "code", "-at"], name="observation_series"),
            models.Index(fields=["document_id"], name="observation_document"),
            models.Index(
                fields=["response_uuid"], condition=models.Q(response_uuid__isnull=False), name="observation_response"
            ),
        ]


class Statement(models.Model):
    """classification: health. A problem, allergy, medication, vaccination, procedure, device or planned act, as a
    document said it."""

    class Kind(models.TextChoices):
        PROBLEM = "problem", "Problème"
        ALLERGY = "allergy", "Allergie"
        MEDICATION = "medication", "Traitement"
        VACCINATION = "vaccination", "Vaccination"
        PROCEDURE = "procedure", "Acte"
        DEVICE = "device", "Dispositif médical"
        PLAN = "plan", "Acte prévu"

    # Without a constraint to check, as for Observation.
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    document_id = models.BigIntegerField(null=True)
    author_professional_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()  # when it was stated
    kind = models.CharField(max_length=12, choices=Kind.choices)
    code = models.CharField(max_length=60, blank=True, db_default="")
    system = models.CharField(max_length=64, blank=True, db_default="")
    label = models.CharField(max_length=500)
    negated = models.BooleanField(db_default=False)
    absent = models.BooleanField(db_default=False)
    status = models.CharField(max_length=20, blank=True, db_default="")
    start = models.CharField(max_length=32, blank=True, db_default="")
    end = models.CharField(max_length=32, blank=True, db_default="")
    details = models.JSONField(default=dict)
    is_current = models.BooleanField(db_default=True)
    confidentiality = models.CharField(max_length=1, db_default="N")
    type_bit = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        db_table = "record_statement"
        indexes = [
            models.Index(fields=["patient", "kind", "-at"], name="statement_patient"),
            models.Index(fields=["document_id"], name="statement_document"),
        ]


class LastVisit(models.Model):
    """classification: technical. When a professional last opened a record, for « depuis ma dernière visite »."""

    professional_id = models.BigIntegerField()
    patient = models.ForeignKey("patients.Patient", on_delete=models.CASCADE, related_name="+")
    previous_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "record_last_visit"
        constraints = [models.UniqueConstraint(fields=["professional_id", "patient"], name="last_visit_once")]
