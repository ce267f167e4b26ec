"""Rows of the room: runs of a journey, what each step showed. No trait of anybody: the person played is of the INS test
range, and is named here by a number that the run drew."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable
from maillon.scenarios.states import RUN, STEP, RunState, StepState


class Run(models.Model):
    """classification: technical. One playing of a journey. `text` is the scenario word for word, as it was played.
    `origin` is the instant of J0 00:00; `person` the rank of whom it is about, among those of their sex and age;
    `observed` holds the figures of the whole run once it has ended."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    number = models.PositiveIntegerField(unique=True)
    scenario = models.CharField(max_length=60)
    text = models.TextField()
    variant = models.CharField(max_length=4, blank=True, db_default="")
    is_step_by_step = models.BooleanField(default=False)
    with_pictures = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.ASKED)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    origin = models.DateTimeField(null=True)
    person = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(max_length=500, blank=True, db_default="")
    observed = models.JSONField(default=dict)

    STATES: ClassVar[dict[str, StateTable]] = {"state": RUN}

    class Meta:
        db_table = "scenarios_run"
        indexes = [models.Index(fields=["state"], name="scenarios_run_state")]


class RunStep(models.Model):
    """classification: technical. One step of a run: stopwatch, expected against observed, documents, messages, who
    could see what. `checks`, `documents`, `messages` have the shapes of `scenarios.report`."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    rank = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.TO_COME)
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)  # in the calendar that was played
    seconds = models.FloatField(null=True)  # of real time
    reason = models.CharField(max_length=500, blank=True, db_default="")
    checks = models.JSONField(default=list)
    documents = models.JSONField(default=list)
    messages = models.JSONField(default=list)
    irritants = models.JSONField(default=list)
    reentries = models.PositiveSmallIntegerField(default=0)

    STATES: ClassVar[dict[str, StateTable]] = {"state": STEP}

    class Meta:
        db_table = "scenarios_step"
        constraints = [
            models.UniqueConstraint(fields=["run", "rank"], name="scenarios_step_once"),
            models.UniqueConstraint(fields=["run", "code"], name="scenarios_step_code_once"),
            models.CheckConstraint(
                condition=Q(seconds=None) | Q(seconds__gte=0), name="scenarios_step_seconds_go_forward"
            ),
        ]  # fmt: skip
        ordering = [F("rank").asc()]


class StepPicture(models.Model):
    """classification: technical. A screen as somebody of the cast saw it once a step was done. It shows a record, so it
    is only taken where a run is played: on a demonstration, whose patients are of the INS test range."""

    step = models.ForeignKey(RunStep, on_delete=models.CASCADE, related_name="pictures")
    rank = models.PositiveSmallIntegerField()
    seen_by = models.CharField(max_length=100)  # the role
    shows = models.CharField(max_length=200)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    data = models.BinaryField()  # WebP

    class Meta:
        db_table = "scenarios_picture"
        constraints = [models.UniqueConstraint(fields=["step", "rank"], name="scenarios_picture_once")]
        ordering = [F("rank").asc()]
