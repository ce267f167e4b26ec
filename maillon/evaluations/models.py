"""Rows of the room: grids that were used, campaigns with what comes of them, evaluations of products."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from maillon.evaluations.states import (
    ACTION,
    CAMPAIGN,
    EVALUATION,
    ActionState,
    CampaignState,
    Decision,
    EvaluationState,
    Verdict,
)
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable

_STRUCTURE = "professionals.Structure"
_PROFESSIONAL = "professionals.Professional"


class Referential(models.Model):
    """classification: professional. A grid word for word, as it was when it was first used; of the house, or brought
    by a structure. Never changed: a corrected text is another row."""

    structure = models.ForeignKey(_STRUCTURE, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    nature = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    text = models.TextField()
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the text
    brought_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "evaluations_referential"
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "code", "version", "fingerprint"], nulls_distinct=False,
                name="evaluations_referential_once",
            ),
        ]  # fmt: skip


class Campaign(models.Model):
    """classification: professional. A structure looks at itself with a grid. `answered` and `invited` are counted at
    closing. `feedback` is what was told to all members at the end."""

    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    referential = models.ForeignKey(Referential, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=CampaignState.choices, default=CampaignState.PREPARED)
    quorum = models.PositiveSmallIntegerField(default=60)  # percent of those invited
    until = models.DateField(null=True)  # the day that is announced to members
    prepared_by = models.CharField(max_length=200)
    prepared_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    invited = models.PositiveSmallIntegerField(default=0)
    answered = models.PositiveSmallIntegerField(default=0)
    planned_at = models.DateTimeField(null=True)
    evaluated_at = models.DateTimeField(null=True)
    feedback = models.CharField(max_length=4000, blank=True, db_default="")

    STATES: ClassVar[dict[str, StateTable]] = {"state": CAMPAIGN}

    class Meta:
        db_table = "evaluations_campaign"
        constraints = [
            models.UniqueConstraint(fields=["structure", "number"], name="evaluations_campaign_once"),
            models.UniqueConstraint(
                fields=["structure", "referential"],
                condition=Q(state__in=[CampaignState.PREPARED, CampaignState.OPEN]), name="evaluations_one_at_a_time",
            ),
            models.CheckConstraint(condition=Q(quorum__gte=50, quorum__lte=100), name="evaluations_quorum_is_a_part"),
        ]  # fmt: skip


class Participant(models.Model):
    """classification: professional. Who is asked, with the profession held when the campaign opened."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="participants")
    professional = models.ForeignKey(_PROFESSIONAL, on_delete=models.PROTECT, related_name="+")
    profession_code = models.CharField(max_length=10)
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "evaluations_participant"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "professional"], name="evaluations_participant_once")
        ]


class Answer(models.Model):
    """classification: professional. What one member says of one dimension, for themself alone. Closing counts these
    rows and deletes them: from then on nothing says who answered what. `level` null: « je ne sais pas »."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="answers")
    dimension = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField(null=True)
    comment = models.CharField(max_length=1000, blank=True, db_default="")

    class Meta:
        db_table = "evaluations_answer"
        constraints = [models.UniqueConstraint(fields=["participant", "dimension"], name="evaluations_answer_once")]


class Tally(models.Model):
    """classification: professional. How many of a group gave a level to a dimension. Groups share out those who
    answered; none has fewer than three people (evaluations.groups)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tallies")
    dimension = models.CharField(max_length=40)
    group = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "evaluations_tally"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "dimension", "group", "level"], name="evaluations_tally_once")
        ]


class Remark(models.Model):
    """classification: professional. What somebody wrote about a dimension, without a name nor an hour, in an order
    that says nothing (that of the words)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="remarks")
    dimension = models.CharField(max_length=40)
    text = models.CharField(max_length=1000)

    class Meta:
        db_table = "evaluations_remark"


class Consensus(models.Model):
    """classification: professional. The level that the team gives to a dimension, by more than half of those
    present."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="consensus")
    dimension = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    votes = models.PositiveSmallIntegerField()
    present = models.PositiveSmallIntegerField()
    dissent = models.CharField(max_length=1000, blank=True, db_default="")
    proof = models.CharField(max_length=1000, blank=True, db_default="")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "evaluations_consensus"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "dimension"], name="evaluations_consensus_once"),
            models.CheckConstraint(
                condition=Q(votes__lte=F("present"), present__gt=0) & Q(present__lt=F("votes") * 2),
                name="evaluations_consensus_majority",
            ),
        ]


class Action(models.Model):
    """classification: professional. A concrete improvement, with who answers for it and until when."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="actions")
    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    dimension = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    owner = models.ForeignKey(_PROFESSIONAL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    means = models.CharField(max_length=1000, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=ActionState.choices, default=ActionState.TO_DO)
    result = models.CharField(max_length=1000, blank=True, db_default="")
    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    STATES: ClassVar[dict[str, StateTable]] = {"state": ACTION}

    class Meta:
        db_table = "evaluations_action"
        indexes = [
            models.Index(fields=["owner", "due_on"], condition=Q(settled_at__isnull=True), name="evaluations_action_of")
        ]


class Evaluation(models.Model):
    """classification: professional. A version of a product, looked at with the 101 criteria or, for a medical device,
    with the sheet of digital devices."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    referential = models.ForeignKey(Referential, on_delete=models.PROTECT, related_name="+")
    product = models.CharField(max_length=200)
    version = models.CharField(max_length=60)
    editor = models.CharField(max_length=200)
    purpose = models.CharField(max_length=1000)
    use = models.CharField(max_length=40)
    public = models.CharField(max_length=40)
    risk = models.CharField(max_length=10)
    device_class = models.CharField(max_length=4, blank=True, db_default="")  # (UE) 2017/745: I, IIa, IIb, III
    state = models.CharField(max_length=10, choices=EvaluationState.choices, default=EvaluationState.DRAFT)
    evaluator = models.ForeignKey(_PROFESSIONAL, on_delete=models.PROTECT, related_name="+")
    evaluated_by = models.CharField(max_length=200)
    begun_at = models.DateTimeField()
    decision = models.CharField(max_length=12, choices=Decision.choices, blank=True, db_default="")
    reason = models.CharField(max_length=2000, blank=True, db_default="")
    concluded_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)

    STATES: ClassVar[dict[str, StateTable]] = {"state": EVALUATION}

    class Meta:
        db_table = "evaluations_evaluation"
        constraints = [
            models.CheckConstraint(condition=~Q(version=""), name="evaluations_has_a_version"),
            models.CheckConstraint(
                condition=Q(state=EvaluationState.DRAFT, decision="", expires_on__isnull=True)
                | (~Q(state=EvaluationState.DRAFT) & ~Q(decision="") & Q(expires_on__gt=F("concluded_on"))),
                name="evaluations_concluded_with_decision",
            ),
        ]


class Judgement(models.Model):
    """classification: professional. What is said of one criterion of a product: a verdict, or the text of a sheet."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="judgements")
    criterion = models.CharField(max_length=40)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, db_default="")
    text = models.CharField(max_length=4000, blank=True, db_default="")  # of a sheet; elsewhere the evidence

    class Meta:
        db_table = "evaluations_judgement"
        constraints = [models.UniqueConstraint(fields=["evaluation", "criterion"], name="evaluations_judgement_once")]
