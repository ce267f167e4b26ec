"""Accounts of professionals, their factors, their sessions, and what the sign-in door saw."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Account(AbstractBaseUser):
    """classification: professional. How a person signs in. One account, one professional; no administrator rights on
    care data."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    identifier = models.CharField(max_length=254, unique=True)
    professional = models.OneToOneField("professionals.Professional", on_delete=models.PROTECT, related_name="account")
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT)  # situation d'exercice
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False)
    is_referent = models.BooleanField(default=False, db_default=False)  # référent numérique
    failed_attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    attempts_day = models.DateField(null=True)
    attempts_today = models.PositiveSmallIntegerField(default=0, db_default=0)  # failures; CNIL: at most 25 a day
    totp_secret = models.BinaryField(null=True)  # sealed
    totp_confirmed_at = models.DateTimeField(null=True)
    totp_last_step = models.BigIntegerField(null=True)  # a code is good once (RFC 6238 §5.2)

    USERNAME_FIELD = "identifier"
    objects = BaseUserManager()

    class Meta:
        db_table = "access_account"


class RecoveryCode(models.Model):
    """classification: technical. A code to be used once, when the telephone is lost. Only its hash is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_recovery_code"
        constraints = [models.UniqueConstraint(fields=["account", "code_hash"], name="recovery_code_once")]


class Passkey(models.Model):
    """classification: technical. A passkey's public half."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_passkey"


class Session(models.Model):
    """classification: technical. A signed-in browser. Only the hash of the token is kept."""

    class Method(models.TextChoices):
        PASSWORD = "mot_de_passe", "Mot de passe"
        CODE = "code", "Mot de passe et code"
        PASSKEY = "cle", "Clé d’accès"
        PSC = "psc", "Pro Santé Connect"

    token_hash = models.BinaryField(max_length=32, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    user_agent = models.CharField(max_length=200, blank=True)
    method = models.CharField(max_length=12, choices=Method.choices, db_default=Method.PASSWORD)
    assurance = models.PositiveSmallIntegerField(db_default=1)  # how many factors were proven
    structure = models.ForeignKey("professionals.Structure", null=True, on_delete=models.PROTECT)  # chosen situation
    situations = ArrayField(models.BigIntegerField(), default=list, db_default=[])  # those one may choose from
    is_regulation = models.BooleanField(db_default=False)
    is_shared_post = models.BooleanField(db_default=False)
    proven_at = models.DateTimeField(db_default=Now())  # when a factor was proven last: entering, lifting the lock
    locked_at = models.DateTimeField(null=True)
    failed_unlocks = models.PositiveSmallIntegerField(db_default=0)
    held = models.BinaryField(null=True)  # sealed: a form that was sent while the session was locked
    provider_subject = models.CharField(max_length=255, blank=True, db_default="")
    provider_session = models.CharField(max_length=255, blank=True, db_default="")
    provider_token = models.BinaryField(null=True)  # sealed: the id_token, asked for by the provider's sign-out

    class Meta:
        db_table = "access_session"
        indexes = [models.Index(fields=["provider_session"], name="session_of_provider")]


class Challenge(models.Model):
    """classification: technical. What was drawn for one browser, to be answered once within ten minutes: the state of a
    sign-in at Pro Santé Connect, the challenge of a passkey."""

    kind = models.CharField(max_length=20)
    key_hash = models.BinaryField(max_length=32, unique=True)
    browser_hash = models.BinaryField(max_length=32)
    drawn = models.JSONField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "access_challenge"


class ProviderLogout(models.Model):
    """classification: technical. A back-channel logout that was obeyed; its number is never obeyed twice."""

    jti_hash = models.BinaryField(max_length=32, unique=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access_provider_logout"


class SignInEvent(models.Model):
    """classification: technical. The security journal of the door: what was tried, what came of it, why. No secret, no
    address in clear."""

    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=20)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, blank=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    source_hash = models.BinaryField(max_length=32, null=True)  # keyed hash of the address

    class Meta:
        db_table = "access_sign_in_event"
        indexes = [models.Index(fields=["account", "-at"], name="sign_in_event_of")]
