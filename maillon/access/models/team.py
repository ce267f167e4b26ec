"""The care circle: who belongs to it, since when, on what ground, until when; who replaces whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class CareTeamMembership(models.Model):
    """classification: professional. Why a professional, or a whole structure, belongs to a patient's care team, and
    when.

    Basis follows CSP art. L1110-12 (1° same structure, 2° recognised by the patient, 3° organised set) and L162-5-3 CSS
    for the declared médecin traitant.
    """

    class Basis(models.TextChoices):
        STRUCTURE = "equipe_structure", "équipe de soins de la structure"
        PATIENT = "equipe_patient", "désigné par le patient"
        ORGANIZED = "equipe_organisee", "équipe organisée"
        TREATING = "medecin_traitant", "médecin traitant déclaré"
        CONSENT = "consentement", "consentement du patient"
        VISIT = "rendez_vous", "rendez-vous (90 jours avant et après)"
        MANDATE = "mandat", "mandat de coordination (DAC, coordonnateur)"
        AUTHOR = "auteur", "auteur d’un document"  # opens what was written, not the record

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+"
    )
    structure = models.ForeignKey("professionals.Structure", null=True, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=20, choices=Basis.choices)
    start = models.DateField()
    end = models.DateField(null=True)
    evidence = models.CharField(max_length=300, blank=True)
    recorded_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    # Set once, when the link is ended: what was written at its beginning is never rewritten.
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, db_default="")
    end_reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "access_care_team_membership"
        constraints = [
            models.CheckConstraint(
                condition=Q(professional__isnull=False) ^ Q(structure__isnull=False), name="care_team_one_member"
            ),
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="care_team_dates"),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(basis="medecin_traitant", end__isnull=True, ended_at__isnull=True),
                name="one_treating_physician",
            ),
        ]
        indexes = [
            models.Index(fields=["patient"], name="care_team_patient"),
            models.Index(fields=["professional", "patient"], name="care_team_professional"),
            models.Index(fields=["structure", "patient"], name="care_team_structure"),
        ]


class Replacement(models.Model):
    """classification: professional. From a day to a day, a professional is absent; whoever replaces them holds their
    links (CSP R4127-65), nobody does when nobody replaces."""

    replaced = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    replacing = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+"
    )
    start = models.DateField()
    end = models.DateField()
    reason = models.CharField(max_length=300)
    recorded_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "access_replacement"
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="replacement_dates"),
            models.CheckConstraint(condition=~Q(replaced=F("replacing")), name="replacement_of_another"),
        ]
