"""Delegated acts of a protocole de coopération, the calls and derogatory acts in them, what went wrong, and what the
structure tells the authority (CSP L4011-1 s., D4011-4)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable
from maillon.pathways.cooperation_states import (
    ACT,
    EVENT,
    ActState,
    CallOutcome,
    Decision,
    EventNature,
    EventState,
    LegalGround,
    Satisfaction,
    Severity,
    SuspensionMotive,
)
from maillon.pathways.models.plans import OfARecord, Plan
from maillon.pathways.models.protocols import ProtocolVersion


class DelegatedAct(OfARecord):
    """classification: health. What a delegate does for one patient in the place of a physician. `version`: that under
    which it was opened. `path`: the nodes of the tree, with what each was answered and on what. `response_uuid`: the
    examination, a response of the room of forms, its delegate's draft until it is signed."""

    STATES: ClassVar[dict[str, StateTable]] = {"state": ACT}

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="act")
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    delegate_name = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=ActState.choices, default=ActState.ELIGIBILITY)
    ground = models.CharField(max_length=12, choices=LegalGround.choices)
    opened_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    path = models.JSONField(default=list)
    response_uuid = models.UUIDField(null=True)
    decision = models.CharField(max_length=16, choices=Decision.choices, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True, db_default="")  # of the decision
    decided_at = models.DateTimeField(null=True)
    report_due_at = models.DateTimeField(null=True)  # the médecin traitant has the report by then
    reported_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)  # when that time had come
    alerted_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)  # to a delegating physician, by a suspension
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "pathways_delegated_act"
        indexes = [
            models.Index(fields=["patient", "-opened_at"], name="delegated_act_patient"),
            models.Index(fields=["structure", "agreed_at"], name="delegated_act_counted"),
            models.Index(
                fields=["report_due_at"], condition=Q(checked_at__isnull=True), name="delegated_act_to_report"
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=False)
                | Q(state__in=[ActState.ELIGIBILITY, ActState.CONSENT, ActState.NOT_OPENED, ActState.REFUSED]),
                name="delegated_act_agreed_to",
            ),
            models.CheckConstraint(
                condition=~Q(state=ActState.CLOSED) | Q(closed_at__isnull=False, reported_at__isnull=False),
                name="delegated_act_closed_once_reported",
            ),
        ]


class DelegatedCall(models.Model):
    """classification: health. A call to a delegating physician during an act. `node`: of the tree, for a call that the
    protocol makes compulsory, as long as the answers that led there stand; `motive`: what the node names it."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    act = models.ForeignKey(DelegatedAct, on_delete=models.PROTECT, related_name="calls")
    node = models.CharField(max_length=40, blank=True, db_default="")
    motive = models.CharField(max_length=40)
    physician = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=CallOutcome.choices)
    decision = models.CharField(max_length=500, blank=True, db_default="")
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_delegated_call"
        indexes = [models.Index(fields=["act", "at"], name="delegated_call_of_act")]


class DerogatoryAct(models.Model):
    """classification: health. An act of the list of the protocol, done by the delegate. `days`: of a sick note."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    act = models.ForeignKey(DelegatedAct, on_delete=models.PROTECT, related_name="derogatory")
    code = models.CharField(max_length=40)
    label = models.CharField(max_length=300)
    detail = models.CharField(max_length=500, blank=True, db_default="")
    days = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_derogatory_act"
        indexes = [models.Index(fields=["act", "at"], name="derogatory_act_of_act")]


class AdverseEvent(OfARecord):
    """classification: health. Something that went wrong in a delegated act, and what the team learnt of it. The nature
    is in words that name nobody: it alone leaves the record."""

    STATES: ClassVar[dict[str, StateTable]] = {"state": EVENT}

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    act = models.ForeignKey(DelegatedAct, on_delete=models.PROTECT, related_name="events")
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=EventState.choices, default=EventState.DECLARED)
    severity = models.CharField(max_length=3, choices=Severity.choices)
    nature = models.CharField(max_length=16, choices=EventNature.choices)
    happened_on = models.DateField()
    text = models.TextField()
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=200)
    causes = models.TextField(blank=True, db_default="")
    measures = models.TextField(blank=True, db_default="")
    analysed_at = models.DateTimeField(null=True)
    analysed_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "pathways_adverse_event"
        indexes = [
            models.Index(fields=["patient"], name="adverse_event_patient"),
            models.Index(fields=["structure", "declared_at"], name="adverse_event_counted"),
        ]


class Suspension(models.Model):
    """classification: professional. A protocol was suspended in a structure: no act is opened from then on. `reason` is
    for those who answer for the team, and may name somebody; `motive` is what everybody and the authority are told."""

    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="suspensions")
    motive = models.CharField(max_length=16, choices=SuspensionMotive.choices)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    handed_over = models.PositiveIntegerField(default=0)  # patients whose act ran
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True, db_default="")
    lifted_reason = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        db_table = "pathways_suspension"
        indexes = [models.Index(fields=["structure", "code", "-at"], name="suspension_latest")]


class AuthorityNotice(models.Model):
    """classification: professional. The draft of what the structure writes to the ARS. It names no patient: who writes
    one in it is refused (E-PRO-34)."""

    class Kind(models.TextChoices):
        SERIOUS_EVENT = "eig", "Événement indésirable grave"
        SUSPENSION = "suspension", "Suspension du protocole"

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "pathways_authority_notice"
        indexes = [models.Index(fields=["structure", "code", "-made_at"], name="authority_notice_latest")]


class DeclarationPiece(models.Model):
    """classification: professional. A piece of the file of declaration that somebody holds, and where it is kept."""

    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    kept = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "pathways_declaration_piece"
        constraints = [
            models.UniqueConstraint(fields=["structure", "code", "title"], name="declaration_piece_once")
        ]


class TeamOpinion(models.Model):
    """classification: professional. How satisfied a member of the team is with the protocol, one answer a year (CSP
    D4011-4). Only counts are shown."""

    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    professional = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(choices=Satisfaction.choices)
    at = models.DateTimeField()

    class Meta:
        db_table = "pathways_team_opinion"
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "code", "year", "professional"], name="team_opinion_once_a_year"
            )
        ]
