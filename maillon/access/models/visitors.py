"""The patient's door: who may knock, for whom, and how far they have come in."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Visitor(models.Model):
    """classification: identifying. A person who uses the patient's door: the patient, a parent, a carer. No account to
    remember: a contact and the birth date; then two factors (access.visitors says which)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.OneToOneField("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")  # oneself
    family_name = models.CharField(max_length=100)
    given_name = models.CharField(max_length=100)
    birth_date = models.DateField()
    email = models.EmailField(blank=True, db_default="")
    phone = models.CharField(max_length=30, blank=True, db_default="")
    former_email = models.EmailField(blank=True, db_default="")  # until it is told that it was changed
    former_phone = models.CharField(max_length=30, blank=True, db_default="")
    phrase = models.CharField(max_length=200, blank=True, db_default="")  # hash; for who has one contact only
    first_code = models.CharField(max_length=200, blank=True, db_default="")  # hash of the code given by hand, once
    failed_attempts = models.PositiveIntegerField(db_default=0)
    locked_until = models.DateTimeField(null=True)
    identity_proof = models.CharField(max_length=300, blank=True, db_default="")
    invited_by = models.CharField(max_length=200, blank=True, db_default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access_visitor"
        constraints = [  # a contact and a birth date name one person, or nobody
            models.UniqueConstraint(
                fields=["email", "birth_date"], condition=Q(is_active=True) & ~Q(email=""), name="visitor_email_once"
            ),
            models.UniqueConstraint(
                fields=["phone", "birth_date"], condition=Q(is_active=True) & ~Q(phone=""), name="visitor_phone_once"
            ),
        ]


class Delegation(models.Model):
    """classification: identifying. Somebody opens the patient's door for the patient: a parent of a minor, a guardian,
    a carer whom the patient named. In force from a day until a day, or until it is ended."""

    class Kind(models.TextChoices):
        PARENT = "parent", "Titulaire de l’autorité parentale"
        GUARDIAN = "tuteur", "Tuteur"
        CARER = "aidant", "Aidant désigné"

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    visitor = models.ForeignKey(Visitor, on_delete=models.PROTECT, related_name="delegations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    start = models.DateField()
    end = models.DateField(null=True)  # a minor's parent: the eve of the eighteenth birthday
    evidence = models.CharField(max_length=300, blank=True, db_default="")
    recorded_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "access_delegation"
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="delegation_dates"),
        ]


class VisitorSession(models.Model):
    """classification: technical. A browser behind the patient's door. With one factor proven it opens nothing yet."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="sessions")
    record_id = models.BigIntegerField(null=True)  # the patient on the screen
    factors = ArrayField(models.CharField(max_length=12), default=list)
    created_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    user_agent = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "access_visitor_session"


class DoorChallenge(models.Model):
    """classification: technical. A link or a code that was sent, to be answered once, soon. One is kept for whoever
    knocks: without `visitor`, nothing is sent and no answer is right."""

    class Channel(models.TextChoices):
        MAIL = "courriel", "par courriel"
        SMS = "sms", "par SMS"

    handle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(VisitorSession, null=True, on_delete=models.CASCADE, related_name="+")  # second factor
    channel = models.CharField(max_length=10, choices=Channel.choices)
    is_link = models.BooleanField()
    secret_hash = models.BinaryField(max_length=32)
    sealed = models.BinaryField()  # the link or the code, until it is sent
    contact_hash = models.BinaryField(max_length=32)
    address_hash = models.BinaryField(max_length=32)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_door_challenge"
        indexes = [
            models.Index(fields=["contact_hash", "created_at"], name="door_challenge_contact"),
            models.Index(fields=["address_hash", "created_at"], name="door_challenge_address"),
            models.Index(fields=["secret_hash"], name="door_challenge_secret"),
        ]
