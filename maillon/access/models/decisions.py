"""What the patient wished, and what was decided of one document: the consent register."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Wish(models.Model):
    """classification: health. One line of the consent register: information given, opposition, consent, refusal of
    emergency access; in force from `since` until `until` or its withdrawal. Never changed but by its withdrawal."""

    class Kind(models.TextChoices):
        INFORMED = "information", "Information donnée"  # CSP L1110-4 IV
        OPPOSED_ALL = "opposition_tous", "Opposition à tout partage"
        OPPOSED_PERSON = "opposition_personne", "Opposition à une personne"
        EMERGENCY_REFUSED = "refus_urgence", "Refus exprès de l’accès en urgence"  # CSP L1111-17
        CONSENT = "consentement", "Consentement hors de l’équipe"  # CSP L1110-4 III, D1110-3-1

    class Channel(models.TextChoices):
        ORAL = "oral", "de vive voix"
        PAPER = "papier", "sur papier"
        PHONE = "telephone", "par téléphone"
        MAIL = "courriel", "par courriel"
        SMS = "sms", "par SMS"
        PORTAL = "espace_patient", "depuis l’espace patient"

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+"
    )
    structure = models.ForeignKey("professionals.Structure", null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    channel = models.CharField(max_length=20, choices=Channel.choices)
    text_version = models.CharField(max_length=40, blank=True, db_default="")  # of the text that the person was given
    proof = models.CharField(max_length=300, blank=True, db_default="")
    recorded_by = models.CharField(max_length=200)
    recorded_by_professional_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_channel = models.CharField(max_length=20, choices=Channel.choices, blank=True, db_default="")
    withdrawn_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "access_wish"
        indexes = [
            models.Index(fields=["patient", "kind"], name="wish_patient"),
            # Everybody is informed and few are opposed: the law asks who is, of every patient at once.
            models.Index(
                fields=["kind", "professional"], include=["patient"], name="wish_opposed",
                condition=Q(kind__in=["opposition_tous", "opposition_personne"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="opposition_personne", professional__isnull=False)
                | Q(kind="consentement", professional__isnull=False)
                | Q(kind="consentement", structure__isnull=False)
                | Q(kind__in=["information", "opposition_tous", "refus_urgence"], professional__isnull=True),
                name="wish_about_somebody",
            ),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="wish_dates"),
        ]


class DocumentMark(models.Model):
    """classification: health. What was decided of one document: masked by the patient, hidden from the patient until
    the announcement, hidden from a minor's parents, opened to one named professional."""

    class Kind(models.TextChoices):
        MASKED = "masque_ps", "Masqué aux professionnels"  # MASQUE_PS
        HIDDEN_FROM_PATIENT = "invisible_patient", "Invisible au patient"  # INVISIBLE_PATIENT, CSP R1111-53
        MINOR_SECRET = "invisible_representants", "Invisible aux représentants légaux"  # CSP L1111-5, R1111-6
        NAMED = "accord_nominatif", "Ouvert à un professionnel nommé"

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    document_id = models.BigIntegerField()
    kind = models.CharField(max_length=25, choices=Kind.choices)
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # hidden from the patient: one month later, visible by itself
    reason = models.CharField(max_length=300, blank=True, db_default="")
    # How the patient said it, when somebody else than the author of the document writes it down.
    channel = models.CharField(max_length=20, choices=Wish.Channel.choices, blank=True, db_default="")
    proof = models.CharField(max_length=300, blank=True, db_default="")
    set_by = models.CharField(max_length=200)
    set_by_professional_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    invited_at = models.DateTimeField(null=True)  # at two weeks, the patient is told to consult
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True, db_default="")
    lift_reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "access_document_mark"
        indexes = [models.Index(fields=["patient", "kind"], name="mark_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="accord_nominatif") ^ Q(professional__isnull=True), name="mark_names_somebody"
            ),
        ]
