"""Versions of a structure's protocols, who signed them, what was said of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable
from maillon.pathways.states import SETTLED, VERSION, VersionState

_SETTLED = sorted(SETTLED)


class ProtocolVersion(models.Model):
    """classification: professional. One version of a structure's protocol: `text` is its YAML, as it was written.

    From the day it is in force, code, number, text and structure never change again: a trigger refuses it (E-PPSPR-08).
    `fingerprint`: SHA-256 of the text, set when it goes to the signatures; what is signed is that.
    """

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    nature = models.CharField(max_length=20)  # pathways.definition.Nature
    title = models.CharField(max_length=300)
    theme = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=VersionState.choices, default=VersionState.IDEA)
    text = models.TextField()
    fingerprint = models.CharField(max_length=64, blank=True, db_default="")
    revision = models.PositiveIntegerField(db_default=1)  # of the text while it is written: two editors, no lost word
    copied_from = models.CharField(max_length=40, blank=True, db_default="")  # of the library, when it is a copy
    pilot = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+", null=True)
    written_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())  # of the state
    enforced_at = models.DateTimeField(null=True)
    enforced_by = models.CharField(max_length=200, blank=True, db_default="")
    revise_on = models.DateField(null=True)  # date_révision: shown « à réviser » from then on
    replaced_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=500, blank=True, db_default="")  # of a suspension, a withdrawal

    STATES: ClassVar[dict[str, StateTable]] = {"state": VERSION}

    class Meta:
        db_table = "pathways_protocol_version"
        constraints = [
            models.UniqueConstraint(fields=["structure", "code", "number"], name="protocol_version_once"),
            # E-PPSPR-04 and -09: one version in force of a code, one protocol in force on a theme.
            models.UniqueConstraint(
                fields=["structure", "code"],
                condition=Q(state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED]),
                name="protocol_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["structure", "theme"],
                condition=Q(state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED]),
                name="protocol_one_theme_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_SETTLED, fingerprint="") | Q(state=VersionState.WITHDRAWN),
                name="protocol_fingerprint_once_settled",
            ),
        ]


class ProtocolSignature(models.Model):
    """classification: professional. A member approved the text whose fingerprint this is, or said why not."""

    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="signatures")
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    profession_code = models.CharField(max_length=10)
    at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)
    is_approval = models.BooleanField()
    reason = models.CharField(max_length=2000, blank=True, db_default="")

    class Meta:
        db_table = "pathways_protocol_signature"
        constraints = [
            models.UniqueConstraint(fields=["version", "professional", "fingerprint"], name="protocol_signed_once"),
            models.CheckConstraint(
                condition=Q(is_approval=True) | ~Q(reason=""), name="protocol_refusal_has_a_reason"
            ),
        ]


class ProtocolComment(models.Model):
    """classification: professional. What somebody says of a version, or of one of its parts (`place`: « etapes/M2 »). A
    blocking one is answered before the signatures."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="comments")
    place = models.CharField(max_length=100, blank=True, db_default="")
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    text = models.CharField(max_length=2000)
    is_blocking = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, blank=True, db_default="")
    answer = models.CharField(max_length=2000, blank=True, db_default="")

    class Meta:
        db_table = "pathways_protocol_comment"
