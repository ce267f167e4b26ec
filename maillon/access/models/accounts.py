"""Accounts of professionals, their factors, their sessions."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
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
    failed_attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    USERNAME_FIELD = "identifier"
    objects = BaseUserManager()

    class Meta:
        db_table = "access_account"


class Session(models.Model):
    """classification: technical. A signed-in browser. Only the hash of the token is kept."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "access_session"
