"""Break-glass: a record opened against the rule, for one patient, four hours, loudly."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class BreakGlass(models.Model):
    """classification: health. One emergency opening of one record by one professional, what was said of it, and the
    review (CSP L1111-17)."""

    class Mode(models.TextChoices):
        BREAK_GLASS = "bris_de_glace", "Bris de glace"
        REGULATION = "regulation", "Régulation médicale (centre 15)"

    class Verdict(models.TextChoices):
        JUSTIFIED = "justifie", "Justifié"
        UNJUSTIFIED = "injustifie", "Injustifié"

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    structure = models.ForeignKey("professionals.Structure", null=True, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=15, choices=Mode.choices, db_default=Mode.BREAK_GLASS)
    reason_code = models.CharField(max_length=30)
    reason_text = models.CharField(max_length=1000)
    since = models.DateTimeField()
    until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    patient_told_at = models.DateTimeField(null=True)
    patient_told_by = models.CharField(max_length=30, blank=True, db_default="")  # the channel
    referent_told_at = models.DateTimeField(null=True)
    review_due_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.CharField(max_length=200, blank=True, db_default="")
    reviewed_by_professional_id = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices, blank=True, db_default="")
    review_comment = models.CharField(max_length=1000, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access_break_glass"
        indexes = [
            models.Index(fields=["patient", "professional", "until"], name="break_glass_current"),
            models.Index(fields=["professional", "-since"], name="break_glass_person"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="break_glass_dates"),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, verdict="") | (Q(reviewed_at__isnull=False) & ~Q(verdict="")),
                name="break_glass_reviewed_with_verdict",
            ),
        ]
