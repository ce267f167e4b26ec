"""The journal: one row per disclosure or refusal; its chain; the heads that witness it; what looked odd."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class JournalEntry(models.Model):
    """classification: technical. One disclosure or refusal: who, which patient, what, why. Never changed, never
    deleted."""

    at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=14)  # professional | patient | representative | partner | machine
    actor_professional_id = models.BigIntegerField(null=True)
    actor_structure_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    patient_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=20)
    resource_type = models.CharField(max_length=30)
    resource_id = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=30)
    decision = models.CharField(max_length=10)  # allow | deny
    rule = models.CharField(max_length=40)
    actor_profession_code = models.CharField(max_length=10, blank=True, db_default="")
    session_id = models.BigIntegerField(null=True)
    assurance = models.PositiveSmallIntegerField(db_default=0)  # factors proven at sign-in: 0 (machine), 1, 2
    on_behalf_of_id = models.BigIntegerField(null=True)  # the professional replaced, the patient represented
    type_code = models.CharField(max_length=40, blank=True, db_default="")  # of the document

    class Meta:
        db_table = "access_journal"
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="journal_patient"),
            models.Index(fields=["actor_professional_id", "-at"], name="journal_actor"),
            BrinIndex(fields=["at"], name="journal_at"),  # a week of everybody; next to nothing at each row
        ]


class JournalLink(models.Model):
    """classification: technical. The nth sealed row of the journal: hash = SHA-256(previous hash, the row). Never
    changed, never deleted (triggers), never missing (a gap is a finding)."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "access_journal_link"


class JournalHead(models.Model):
    """classification: technical. The end of the chain at one minute, signed; the same line is exported to another
    place."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    seq = models.BigIntegerField()  # how many rows are sealed
    hash = models.BinaryField(max_length=32)  # of the link `seq`
    last_entry_id = models.BigIntegerField()
    line = models.TextField()  # as signed and exported

    class Meta:
        db_table = "access_journal_head"


class OddAccess(models.Model):
    """classification: health. An access of the week that looked odd, and what the referent makes of it."""

    class State(models.TextChoices):
        NEW = "a_voir", "À voir"
        SEEN = "vu", "Vu"
        TO_EXPLAIN = "a_expliquer", "À expliquer"

    structure_id = models.BigIntegerField()
    week = models.DateField()  # its Monday
    rule = models.CharField(max_length=30)
    professional_id = models.BigIntegerField()
    patient_id = models.BigIntegerField(null=True)  # none for what is about many records
    first_at = models.DateTimeField()
    times = models.PositiveIntegerField()  # rows of the journal, or records opened
    state = models.CharField(max_length=12, choices=State.choices, db_default=State.NEW)
    comment = models.CharField(max_length=500, blank=True, db_default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "access_odd_access"
        constraints = [
            models.UniqueConstraint(
                fields=["structure_id", "week", "rule", "professional_id", "patient_id"],
                name="odd_access_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state="a_voir", settled_at__isnull=True)
                | (~Q(state="a_voir") & Q(settled_at__isnull=False)),
                name="odd_access_settled",
            ),
        ]
