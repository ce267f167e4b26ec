"""The patient's door: who may knock, and for whom."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Visitor(models.Model):
    """classification: identifying. A person who uses the patient's door: the patient, a parent, a carer. No password:
    a link or a code, the birth date, a second factor."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.OneToOneField("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")  # oneself
    family_name = models.CharField(max_length=100)
    given_name = models.CharField(max_length=100)
    birth_date = models.DateField()
    email = models.EmailField(blank=True, db_default="")
    phone = models.CharField(max_length=30, blank=True, db_default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access_visitor"


class Delegation(models.Model):
    """classification: identifying. Somebody opens the patient's door for the patient: a parent of a minor, a guardian,
    a carer whom the patient named. In force from a day until a day, or until it is ended."""

    class Kind(models.TextChoices):
        PARENT = "parent", "Titulaire de l’autorité parentale"
        GUARDIAN = "tuteur", "Tuteur"
        CARER = "aidant", "Aidant désigné"

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    visitor = models.ForeignKey(Visitor, on_delete=models.PROTECT, related_name="delegations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    start = models.DateField()
    end = models.DateField(null=True)  # a minor's parent: the eve of the eighteenth birthday
    evidence = models.CharField(max_length=300, blank=True, db_default="")
    recorded_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "access_delegation"
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="delegation_dates"),
        ]
