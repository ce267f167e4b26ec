"""Rows of the SMS: to whom, in which words, how far."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from maillon.exchange.texting.states import TEXT, TextState
from maillon.kernel.states import StateTable


class TextMessage(models.Model):
    """classification: health. One SMS to a patient. `words`: which of our texts; the text itself is not kept, nor
    anything about health in it. `uuid`: of what asked for it, so that it is sent once; the provider's reference."""

    class Words(models.TextChoices):
        CALL_BACK = "rappeler", "Demande de rappeler l’équipe"

    uuid = models.UUIDField(unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=12, choices=Words.choices)
    to = models.CharField(max_length=30)
    state = models.CharField(max_length=9, choices=TextState.choices, default=TextState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=200, blank=True, db_default="")  # why it was not delivered

    STATES: ClassVar[dict[str, StateTable]] = {"state": TEXT}

    class Meta:
        db_table = "exchange_text_message"
        indexes = [
            models.Index(fields=["patient", "-asked_at"], name="text_message_patient"),
            models.Index(fields=["asked_at"], condition=Q(settled_at__isnull=True), name="text_message_open"),
        ]
