"""What devices of telemonitoring sent."""

from __future__ import annotations

from django.db import models

from maillon.pathways.models.plans import OfARecord, Plan


class DeviceReport(OfARecord):
    """classification: health. One transmission of a device for a plan. Its uuid is drawn from the sender's identifier:
    a second delivery adds nothing. `level`: of an alert; empty for a measure."""

    uuid = models.UUIDField(unique=True, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reports")
    device = models.CharField(max_length=200)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    code = models.CharField(max_length=60, blank=True, db_default="")
    level = models.CharField(max_length=6, blank=True, db_default="")
    says = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "pathways_device_report"
        indexes = [
            models.Index(fields=["plan", "-at"], name="device_report_of_plan"),
            models.Index(fields=["patient"], name="device_report_patient"),
        ]
