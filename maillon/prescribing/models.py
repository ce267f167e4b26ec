"""Rows of the room: the aid turned on by a structure, what was answered to its cards, cards given to software, and the
specialities of the public base."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid


class Activation(models.Model):
    """classification: professional. A structure turned the aid on, from an instant to another; off without a row."""

    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=Now())
    started_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "prescribing_activation"
        constraints = [
            models.UniqueConstraint(
                fields=["structure"], condition=Q(ended_at__isnull=True), name="activation_once_at_a_time"
            ),
        ]


class ShownCard(models.Model):
    """classification: health. A card that was given to a partner's software, so that its answer (CDS Hooks feedback)
    finds the record that it is about."""

    uuid = models.UUIDField(unique=True)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    client_id = models.BigIntegerField()
    professional_id = models.BigIntegerField(null=True)
    hook = models.CharField(max_length=30)
    key = models.CharField(max_length=300)
    indicator = models.CharField(max_length=8)
    code = models.CharField(max_length=20, blank=True, db_default="")
    summary = models.CharField(max_length=140)
    knowledge = models.CharField(max_length=60)  # its version
    shown_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "prescribing_shown_card"
        indexes = [models.Index(fields=["patient", "client_id"], name="shown_card_of_patient")]


class Answer(models.Model):
    """classification: health. What somebody answered to a card: its reason, and when. Never rewritten; the latest
    counts. `occasion` is the draft, or the card given to a software."""

    class Outcome(models.TextChoices):
        OVERRIDDEN = "overridden", "Passé outre, avec un motif"
        ACCEPTED = "accepted", "Suivi"

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    professional_id = models.BigIntegerField(null=True)
    client_id = models.BigIntegerField(null=True)
    occasion = models.UUIDField()
    key = models.CharField(max_length=300)
    indicator = models.CharField(max_length=8)
    code = models.CharField(max_length=20, blank=True, db_default="")
    summary = models.CharField(max_length=140)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=40, blank=True, db_default="")
    comment = models.CharField(max_length=500, blank=True, db_default="")
    knowledge = models.CharField(max_length=60)
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "prescribing_answer"
        indexes = [models.Index(fields=["patient", "occasion"], name="answer_of_occasion")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="overridden") | ~Q(reason="", comment=""), name="answer_overrides_for_a_reason"
            ),
        ]


class Product(models.Model):
    """classification: technical. A speciality of the public base of medicines: what it is called, what it holds."""

    cis = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=400)
    words = models.CharField(max_length=400)  # folded, up to the first figure: by what a line names it
    form = models.CharField(max_length=300, blank=True)
    routes = models.CharField(max_length=300, blank=True)
    is_marketed = models.BooleanField()
    substances = ArrayField(models.CharField(max_length=300), default=list)
    cips = ArrayField(models.CharField(max_length=13), default=list)

    class Meta:
        db_table = "prescribing_product"
        indexes = [
            models.Index(fields=["words"], name="product_words"),
            GinIndex(fields=["cips"], name="product_cips"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductRelease(models.Model):
    """classification: technical. Which files the specialities come from."""

    imported_at = models.DateTimeField(db_default=Now())
    dated = models.DateField()
    products = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        db_table = "prescribing_product_release"
