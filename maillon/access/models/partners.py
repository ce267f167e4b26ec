"""Partners: the software that may ask through the FHIR API, what it was let do, and its tokens."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class PartnerClient(models.Model):
    """classification: technical. A software of a partner, in the name of one structure, from a day, until a day.

    It proves its identity with a secret of which only the hash is kept, or by signing with the keys whose public halves
    are here. Revoked, it is refused at its next request.
    """

    client_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    profession_code = models.CharField(max_length=10)  # whose row of the matrix holds when it asks by itself
    secret_hash = models.BinaryField(max_length=32, null=True)
    keys = models.JSONField(default=list)  # JWK, public halves
    redirect_uris = ArrayField(models.CharField(max_length=300), default=list)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    reason = models.CharField(max_length=300)  # why it is let in: the contract, the agreement
    start = models.DateField()
    end = models.DateField(null=True)
    registered_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True, db_default="")
    revoke_reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "access_partner_client"
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="partner_dates"),
        ]


class PartnerToken(models.Model):
    """classification: technical. A code, an access token or a refresh token, by its hash. Those of a person hold as
    long as the session in which they were given; `grant_id` ties together all that came of one consent."""

    class Kind(models.TextChoices):
        CODE = "code", "Code d’autorisation"
        ACCESS = "access", "Jeton d’accès"
        REFRESH = "refresh", "Jeton de renouvellement"

    token_hash = models.BinaryField(max_length=32, unique=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    client = models.ForeignKey(PartnerClient, on_delete=models.CASCADE, related_name="tokens")
    grant_id = models.UUIDField()
    account_id = models.BigIntegerField(null=True)  # none when the software asks by itself
    session_id = models.BigIntegerField(null=True)
    record_id = models.BigIntegerField(null=True)  # the only patient whom it opens, when one was chosen
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    redirect_uri = models.CharField(max_length=300, blank=True, db_default="")
    challenge = models.CharField(max_length=128, blank=True, db_default="")  # PKCE, S256
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # a code and a refresh token are good once

    class Meta:
        db_table = "access_partner_token"
        indexes = [
            models.Index(fields=["grant_id"], name="partner_token_grant"),
            models.Index(fields=["ends_at"], name="partner_token_ends"),
        ]


class PartnerAssertion(models.Model):
    """classification: technical. A signed assertion that was accepted; its number is never accepted twice."""

    jti_hash = models.BinaryField(max_length=32, unique=True)
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "access_partner_assertion"
