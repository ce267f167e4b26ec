"""Who holds which role in a protocol of a structure: volunteers, trainings, declarations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable
from maillon.pathways.models.protocols import ProtocolVersion
from maillon.pathways.states import DECLARATION, DeclarationState


class TeamMember(models.Model):
    """classification: professional. A volunteer for a role of a protocol (by its code: a version that replaces another
    keeps its team)."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    profession_code = models.CharField(max_length=10)
    is_coordinator = models.BooleanField(default=False)
    engaged_on = models.DateField()  # the dated agreement of engagement
    habilitated_on = models.DateField(null=True)
    suspended_at = models.DateTimeField(null=True)
    suspended_reason = models.CharField(max_length=500, blank=True, db_default="")
    withdrawn_on = models.DateField(null=True)
    reachable_until = models.DateTimeField(null=True)  # of a delegating physician: « je suis joignable »
    phone = models.CharField(max_length=30, blank=True, db_default="")
    industry = models.CharField(max_length=200, blank=True, db_default="")  # a company of health products, if any

    class Meta:
        db_table = "pathways_team_member"
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "code", "role", "professional"], condition=Q(withdrawn_on__isnull=True),
                name="team_member_once",
            )
        ]  # fmt: skip


class Training(models.Model):
    """classification: professional. Hours of training, with who certified them."""

    member = models.ForeignKey(TeamMember, on_delete=models.PROTECT, related_name="trainings")
    on = models.DateField()
    hours = models.DecimalField(max_digits=5, decimal_places=2)
    title = models.CharField(max_length=200)
    trainer = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_training"
        constraints = [models.CheckConstraint(condition=Q(hours__gt=0), name="training_has_hours")]


class Declaration(models.Model):
    """classification: professional. A file sent to the authority for a protocol and a team. `team`: the uuids of those
    whom it names, with their roles and who coordinates; a team that differs asks for another."""

    STATES: ClassVar[dict[str, StateTable]] = {"state": DECLARATION}

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="declarations")
    state = models.CharField(max_length=12, choices=DeclarationState.choices, default=DeclarationState.FILED)
    filed_on = models.DateField()
    reference = models.CharField(max_length=100, blank=True, db_default="")
    team = models.JSONField(default=list)
    answered_on = models.DateField(null=True)
    answer = models.CharField(max_length=500, blank=True, db_default="")
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_declaration"
        indexes = [models.Index(fields=["structure", "code", "-filed_on"], name="declaration_latest")]
