"""Rows of the room: a day, who plays which part of the journey, its steps, all that was said of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from maillon.fielddays.states import DAY, DayState, Outcome
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable

_STRUCTURE = "professionals.Structure"
_PROFESSIONAL = "professionals.Professional"


class FieldDay(models.Model):
    """classification: professional. `text` is the journey word for word, as it was prepared. `decisions`: one a
    line."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    scenario = models.CharField(max_length=60)
    text = models.TextField()
    held_on = models.DateField()
    place = models.CharField(max_length=200)
    territory = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=DayState.choices, default=DayState.PREPARED)
    prepared_by = models.CharField(max_length=200)
    prepared_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    idle_seconds = models.PositiveIntegerField(default=0, db_default=0)  # closed, between two openings
    closed_by = models.CharField(max_length=200, blank=True, db_default="")
    decisions = models.CharField(max_length=4000, blank=True, db_default="")
    shared_at = models.DateTimeField(null=True)  # other structures compare theirs with it, without a name

    STATES: ClassVar[dict[str, StateTable]] = {"state": DAY}

    class Meta:
        db_table = "fielddays_day"
        constraints = [
            models.CheckConstraint(
                condition=Q(shared_at__isnull=True) | Q(state=DayState.CLOSED), name="fielddays_shared_once_closed"
            )
        ]
        indexes = [models.Index(fields=["structure", "-held_on"], name="fielddays_of_structure")]


class Part(models.Model):
    """classification: professional. Who plays an actor of the journey: a professional, or a guest who comes in by a
    code. The code opens nothing but the steps of this part: to be said while the day is open, to be read once it is
    closed."""

    day = models.ForeignKey(FieldDay, on_delete=models.PROTECT, related_name="parts")
    actor = models.CharField(max_length=40)
    professional = models.ForeignKey(_PROFESSIONAL, null=True, on_delete=models.PROTECT, related_name="+")
    guest = models.CharField(max_length=120, blank=True, db_default="")  # « Pharmacie du Centre »
    code = models.CharField(max_length=12, null=True, unique=True)  # noqa: DJ001 (a professional has none)

    class Meta:
        db_table = "fielddays_part"
        constraints = [
            models.UniqueConstraint(fields=["day", "actor"], name="fielddays_part_once"),
            models.CheckConstraint(
                condition=Q(professional__isnull=True) | Q(guest=""), name="fielddays_one_or_the_other"
            ),
        ]


class DayStep(models.Model):
    """classification: professional. A step of the journey on that day, as it was last said."""

    day = models.ForeignKey(FieldDay, on_delete=models.PROTECT, related_name="steps")
    rank = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    started_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.TO_COME)
    note = models.CharField(max_length=1000, blank=True, db_default="")
    said_at = models.DateTimeField(null=True)
    said_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "fielddays_step"
        constraints = [
            models.UniqueConstraint(fields=["day", "code"], name="fielddays_step_once"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.TO_COME, said_at__isnull=True)
                | (~Q(outcome=Outcome.TO_COME) & Q(said_at__isnull=False)),
                name="fielddays_said_at_an_instant",
            ),
        ]
        ordering = ["rank"]


class Saying(models.Model):
    """classification: professional. One thing that was said of a step; never changed. `number` is drawn by the phone:
    sent again, it is known. `irritant` is what it became for triage."""

    step = models.ForeignKey(DayStep, on_delete=models.PROTECT, related_name="sayings")
    number = models.UUIDField(unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    note = models.CharField(max_length=1000, blank=True, db_default="")
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by = models.CharField(max_length=200)
    is_in_place = models.BooleanField(default=False)  # noted by the facilitator
    irritant = models.UUIDField(null=True)
    irritant_kind = models.CharField(max_length=10, blank=True, db_default="")
    minutes_lost = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "fielddays_saying"
