"""The yearly review of who may enter."""

from __future__ import annotations

from django.db import models


class HabilitationReview(models.Model):
    """classification: professional. The digital referent looked at one account of the structure and kept it or closed
    it. One row per review; never rewritten."""

    class Verdict(models.TextChoices):
        KEPT = "maintenue", "Maintenue"
        CLOSED = "retiree", "Retirée"

    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="habilitation_reviews")
    at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reviewed_by = models.CharField(max_length=200)
    reviewed_by_professional_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "access_habilitation_review"
        indexes = [models.Index(fields=["account", "-at"], name="habilitation_review_of")]
