"""Rows of the room: confirmations of what a record says; versions of the charter, clauses, comments, signatures."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.charter.states import VERSION, VersionState
from maillon.kernel.states import StateTable


class Confirmation(models.Model):
    """classification: health. Somebody who keeps an item of a record up to date has confirmed it, that day."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.CharField(max_length=40)  # content/regles/responsabilites.yaml
    confirmed_at = models.DateTimeField()
    by = models.CharField(max_length=200)
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "charter_confirmation"
        indexes = [models.Index(fields=["patient", "item", "-confirmed_at"], name="confirmation_latest")]


class Version(models.Model):
    """classification: professional. One version of a structure's charter. `fingerprint`: SHA-256 of its text, set when
    it is proposed; from then on the text does not change."""

    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=VersionState.choices, default=VersionState.DRAFT)
    fingerprint = models.CharField(max_length=64, blank=True, db_default="")
    written_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.CharField(max_length=200, blank=True, db_default="")
    enforced_at = models.DateTimeField(null=True)
    enforced_by = models.CharField(max_length=200, blank=True, db_default="")
    replaced_at = models.DateTimeField(null=True)

    STATES: ClassVar[dict[str, StateTable]] = {"state": VERSION}

    class Meta:
        db_table = "charter_version"
        constraints = [
            models.UniqueConstraint(fields=["structure", "number"], name="charter_version_once"),
            models.UniqueConstraint(
                fields=["structure"], condition=Q(state=VersionState.IN_FORCE), name="charter_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["structure"],
                condition=Q(state__in=[VersionState.DRAFT, VersionState.PROPOSED]),
                name="charter_one_being_written",
            ),
            models.CheckConstraint(
                condition=Q(state=VersionState.DRAFT, fingerprint="")
                | (~Q(state=VersionState.DRAFT) & ~Q(fingerprint="")),
                name="charter_fingerprint_once_proposed",
            ),
        ]


class Clause(models.Model):
    """classification: professional. One clause of a version. `code` stays from a version to the next; `setting` is the
    setting of the house that enforces it (charter.enforcement)."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="clauses")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=40)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=4000)
    setting = models.CharField(max_length=40, blank=True, db_default="")

    class Meta:
        db_table = "charter_clause"
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="charter_clause_once")]


class Comment(models.Model):
    """classification: professional. What a member says of a version, or of one of its clauses. Never changed."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="comments")
    clause_code = models.CharField(max_length=40, blank=True, db_default="")
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    text = models.CharField(max_length=2000)

    class Meta:
        db_table = "charter_comment"


class Signature(models.Model):
    """classification: professional. A member has signed the text whose fingerprint this is."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="signatures")
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    profession = models.CharField(max_length=100)
    at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)

    class Meta:
        db_table = "charter_signature"
        constraints = [models.UniqueConstraint(fields=["version", "professional"], name="charter_signed_once")]
