"""The outbox: work that was promised in the transaction of the fact that made it necessary."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Job(models.Model):
    """A promised piece of work. A done job is deleted; a job that fails is tried again, later and later."""

    kind = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001 (null: no key, not an empty one)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(db_default=0)
    leased_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, db_default="")

    class Meta:
        db_table = "kernel_job"
        indexes = [models.Index(fields=["due_at"], name="kernel_job_due")]


class PeriodicRun(models.Model):
    """When each periodic work was last begun, so that one worker among several does it."""

    name = models.CharField(max_length=100, primary_key=True)
    begun_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_periodic_run"
