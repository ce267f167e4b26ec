"""Rows of the room: professionals, structures, attachments with dates, MSSanté addresses."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

PROFESSIONS = {
    "G15_10": "Médecin",
    "G15_21": "Pharmacien",
    "G15_35": "Aide-soignant",
    "G15_40": "Chirurgien-dentiste",
    "G15_50": "Sage-femme",
    "G15_60": "Infirmier",
    "G15_70": "Masseur-kinésithérapeute",
    "G15_80": "Pédicure-podologue",
    "G15_91": "Orthophoniste",
    "G15_92": "Orthoptiste",
    "G15_94": "Ergothérapeute",
    "G15_95": "Diététicien",
    "G15_96": "Psychomotricien",
    "G15_98": "Manipulateur en électroradiologie",
    "93": "Psychologue",
    "41": "Assistant de service social",
    "330": "Coordonnateur de parcours",
    "331": "Secrétaire",
    "332": "Assistant médical",
}


class Structure(models.Model):
    """classification: professional. A place of care: MSP (SA52), hospital (SA01), laboratory (SA25)…"""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    finess = models.CharField(max_length=9, null=True, unique=True)  # noqa: DJ001
    siret = models.CharField(max_length=14, null=True, unique=True)  # noqa: DJ001
    name = models.CharField(max_length=200)
    type_code = models.CharField(max_length=10)  # JDV_J02
    address = models.CharField(max_length=300, blank=True)
    postal_code = models.CharField(max_length=5, blank=True)
    city = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)

    class Meta:
        db_table = "professionals_structure"

    def __str__(self) -> str:
        return self.name


class Professional(models.Model):
    """classification: professional. `national_id` is 8 + RPPS for those who have one; staff without RPPS have none."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    national_id = models.CharField(max_length=20, null=True, unique=True)  # noqa: DJ001
    family_name = models.CharField(max_length=100)
    given_name = models.CharField(max_length=100)
    title = models.CharField(max_length=10, blank=True)  # JDV_J246: DR, PR…
    profession_code = models.CharField(max_length=10)
    skill_codes = ArrayField(models.CharField(max_length=10), default=list)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "professionals_professional"

    def __str__(self) -> str:
        return f"{'Dr ' if self.title == 'DR' else ''}{self.given_name} {self.family_name}"

    @property
    def profession(self) -> str:
        return PROFESSIONS.get(self.profession_code, self.profession_code)


class Attachment(models.Model):
    """classification: professional. A professional works in a structure, from a day, until a day."""

    professional = models.ForeignKey(Professional, on_delete=models.PROTECT, related_name="attachments")
    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="attachments")
    start = models.DateField()
    end = models.DateField(null=True)
    function = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "professionals_attachment"
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="attachment_dates"),
            models.UniqueConstraint(
                fields=["professional", "structure"], condition=Q(end__isnull=True), name="attachment_open_once"
            ),
        ]


class MssAddress(models.Model):
    """classification: professional. An MSSanté address belongs to one professional or to one structure."""

    class Kind(models.TextChoices):
        PERSONAL = "PER", "Nominative"
        ORGANIZATION = "ORG", "Organisationnelle"
        OFFICE = "CAB", "Cabinet"
        APPLICATION = "APP", "Applicative"

    address = models.EmailField(unique=True)
    kind = models.CharField(max_length=3, choices=Kind.choices)
    professional = models.ForeignKey(Professional, null=True, on_delete=models.PROTECT, related_name="mss_addresses")
    structure = models.ForeignKey(Structure, null=True, on_delete=models.PROTECT, related_name="mss_addresses")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "professionals_mss_address"
        constraints = [
            models.CheckConstraint(
                condition=Q(professional__isnull=False) ^ Q(structure__isnull=False), name="mss_address_one_holder"
            ),
        ]
