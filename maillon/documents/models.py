"""Rows of the room: bytes by content, documents, their content for search."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid


class Blob(models.Model):
    """classification: health. Bytes kept once by their SHA-256, compressed when that pays (`encoding` deflate)."""

    sha256 = models.BinaryField(max_length=32, primary_key=True)
    size = models.PositiveIntegerField()
    encoding = models.CharField(max_length=7)  # raw | deflate
    data = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "documents_blob"


class Document(models.Model):
    """classification: health. One immutable version of a document, with its XDS metadata."""

    class Status(models.TextChoices):
        CURRENT = "current", "En vigueur"
        REPLACED = "replaced", "Remplacé"
        WITHDRAWN = "withdrawn", "Retiré"

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    sha256 = models.BinaryField(max_length=32)
    size = models.PositiveIntegerField()
    media_type = models.CharField(max_length=100)
    unique_id = models.CharField(max_length=200)
    set_id = models.CharField(max_length=200, blank=True, db_default="")
    version_number = models.PositiveIntegerField(db_default=1)
    replaces_unique_id = models.CharField(max_length=200, blank=True, db_default="")
    status = models.CharField(max_length=9, choices=Status.choices, db_default=Status.CURRENT)
    type_code = models.CharField(max_length=40)
    type_system = models.CharField(max_length=64, blank=True, db_default="")
    class_code = models.CharField(max_length=4, blank=True, db_default="")
    format_code = models.CharField(max_length=100, blank=True, db_default="")
    title = models.CharField(max_length=300)
    written_at = models.DateTimeField()  # creationTime
    act_at = models.DateTimeField()  # serviceStartTime, else creationTime
    ended_at = models.DateTimeField(null=True)  # of a stay: when the patient left
    confidentiality = models.CharField(max_length=1, db_default="N")
    type_bit = models.PositiveSmallIntegerField(db_default=0)  # what the access law reads, see access.matrix
    language = models.CharField(max_length=10, blank=True, db_default="")
    author = models.CharField(max_length=200, blank=True, db_default="")
    author_national_id = models.CharField(max_length=40, blank=True, db_default="")
    author_professional_id = models.BigIntegerField(null=True)
    author_profession_code = models.CharField(max_length=20, blank=True, db_default="")
    organization = models.CharField(max_length=200, blank=True, db_default="")
    organization_id = models.CharField(max_length=60, blank=True, db_default="")
    level = models.PositiveSmallIntegerField(db_default=1)
    abnormal_count = models.PositiveSmallIntegerField(db_default=0)
    anomalies = models.JSONField(default=list)  # [{code, message}]
    source = models.CharField(max_length=20, db_default="mssante")
    received_at = models.DateTimeField(db_default=Now())
    withdrawn_reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "documents_document"
        constraints = [
            # What was withdrawn bars nothing: the same document may be filed again, at its right place.
            models.UniqueConstraint(
                fields=["unique_id"], condition=~models.Q(status="withdrawn"), name="document_once"
            )
        ]
        indexes = [
            models.Index(fields=["patient", "-act_at"], name="document_patient"),
            models.Index(fields=["author_professional_id"], name="document_author"),
            models.Index(
                fields=["replaces_unique_id"], condition=~models.Q(replaces_unique_id=""), name="document_replaces"
            ),
            models.Index(fields=["set_id"], condition=~models.Q(set_id=""), name="document_set"),
        ]


class Content(models.Model):
    """classification: health. The words of a document, for search. `search` is filled by the worker just after
    filing."""

    # Without a constraint to check: its only writer takes the id from the row that the same statement inserts.
    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, primary_key=True, related_name="content", db_constraint=False
    )
    body = models.TextField()
    search = SearchVectorField(null=True)

    class Meta:
        db_table = "documents_content"
        indexes = [
            GinIndex(fields=["search"], name="content_search"),
            models.Index(fields=["document"], condition=models.Q(search__isnull=True), name="content_to_index"),
        ]


class Fragment(models.Model):
    """classification: health. What never changes of a document as FHIR serves it, written at its first reading
    (formats.fhir.document_sheet); and whether somebody archived it, which hides nothing from anybody."""

    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, primary_key=True, related_name="fragment", db_constraint=False
    )
    edition = models.PositiveSmallIntegerField(db_default=0)  # of the shape; another one is written again
    body = models.BinaryField(null=True)
    is_archived = models.BooleanField(db_default=False)

    class Meta:
        db_table = "documents_fragment"
