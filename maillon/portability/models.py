"""Rows of the room: the installation's name, exports asked for and their archives, exports taken over and theirs, and
the journal of the installation that was left."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from maillon.kernel.states import StateTable
from maillon.portability.states import ARRIVAL, DEPARTURE, ArrivalState, DepartureState


class Installation(models.Model):
    """classification: technical. The name of this installation in its exports, drawn once."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        db_table = "portability_installation"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_one")]


class Departure(models.Model):
    """classification: professional. An export of several records: who asked, why, who else agreed, how far it is. It
    names no patient: its archives and the journal do."""

    class Kind(models.TextChoices):
        TARGETED = "CIBLE", "Les dossiers d’un professionnel"
        MASSIVE = "MASSIF", "Tous les dossiers"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=DepartureState.choices, default=DepartureState.ASKED)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+"
    )
    account_id = models.BigIntegerField(null=True)  # through which the law knows the professional
    asked_by_professional_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    motive = models.CharField(max_length=1000)
    number = models.PositiveIntegerField()  # of records, when it was asked
    decided_by_professional_id = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=200, blank=True, db_default="")
    decided_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    extracted_at = models.DateTimeField(null=True)  # extractTime: when the plan was made
    folder = models.CharField(max_length=500, blank=True, db_default="")
    ready_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=8, blank=True, db_default="")  # exportStatus
    trouble = models.CharField(max_length=300, blank=True, db_default="")  # why it does not go on, if so

    STATES: ClassVar[dict[str, StateTable]] = {"state": DEPARTURE}

    class Meta:
        db_table = "portability_departure"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by_professional_id__isnull=True)
                | ~Q(decided_by_professional_id=F("asked_by_professional_id")),
                name="departure_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state=DepartureState.ASKED) | Q(decided_at__isnull=False), name="departure_decided"
            ),
            models.CheckConstraint(
                condition=Q(kind="CIBLE", professional__isnull=False, account_id__isnull=False)
                | Q(kind="MASSIF", professional__isnull=True, account_id__isnull=True),
                name="departure_of_somebody_or_all",
            ),
        ]


class DepartureArchive(models.Model):
    """classification: identifying. One archive of an export. Planned first; written once its digest is known, in the
    transaction of its journal row: whatever has no digest is written again after a stop."""

    departure = models.ForeignKey(Departure, on_delete=models.PROTECT, related_name="archives")
    rank = models.PositiveIntegerField()
    code = models.CharField(max_length=12)
    kind = models.CharField(max_length=10)  # PATIENT | TRANSVERSE
    patient = models.ForeignKey("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")
    carries = models.CharField(max_length=10)  # dossier | annuaire | journal | messagerie
    first = models.BigIntegerField(null=True)  # rows after this one…
    last = models.BigIntegerField(null=True)  # … and up to this one
    size = models.BigIntegerField(null=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    counts = models.JSONField(default=dict)
    missing = models.JSONField(default=list)  # [{unique_id, why}]
    mentions = models.JSONField(default=dict)  # table of the directory → numbers of the rows that the archive names

    class Meta:
        db_table = "portability_departure_archive"
        constraints = [
            models.UniqueConstraint(fields=["departure", "code"], name="departure_archive_once"),
            models.UniqueConstraint(fields=["departure", "rank"], name="departure_archive_rank"),
            models.UniqueConstraint(
                fields=["departure", "patient"], condition=Q(patient__isnull=False), name="departure_patient_once"
            ),
        ]
        indexes = [
            models.Index(fields=["departure", "rank"], condition=Q(sha256__isnull=True), name="departure_to_write"),
        ]


class Arrival(models.Model):
    """classification: professional. An export that is being taken over, or was: from where, when, how far."""

    export_id = models.UUIDField(unique=True)
    instance = models.UUIDField()
    export_type = models.CharField(max_length=8)
    export_status = models.CharField(max_length=8)
    structure = models.CharField(max_length=200, blank=True, db_default="")
    software = models.CharField(max_length=100, blank=True, db_default="")
    extracted_at = models.DateTimeField()
    public_key = models.CharField(max_length=64, blank=True, db_default="")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        db_table = "portability_arrival"


class ArrivalArchive(models.Model):
    """classification: identifying. One archive taken over, or waiting to be settled with its reasons: its file is kept
    until then. `late`: references to records that had not arrived yet."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="archives")
    code = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=ArrivalState.choices)
    patient = models.ForeignKey("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")
    source_number = models.BigIntegerField(null=True)  # of the patient, in the installation that was left
    sha256 = models.BinaryField(max_length=32)
    refusal_code = models.CharField(max_length=20, blank=True, db_default="")
    reasons = models.JSONField(default=list)  # French sentences
    candidates = models.JSONField(default=list)  # patients who might be the same
    traits = models.JSONField(default=dict)  # as read, to be shown to whoever settles
    counts = models.JSONField(default=dict)
    late = models.JSONField(default=list)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True, db_default="")
    settled_reason = models.CharField(max_length=300, blank=True, db_default="")

    STATES: ClassVar[dict[str, StateTable]] = {"state": ARRIVAL}

    class Meta:
        db_table = "portability_arrival_archive"
        constraints = [models.UniqueConstraint(fields=["arrival", "code"], name="arrival_archive_once")]
        indexes = [models.Index(fields=["at"], condition=Q(state="a_regler"), name="arrival_to_settle")]


class FormerJournalEntry(models.Model):
    """classification: technical. A row of the journal of the installation that was left, as its chain sealed it: an
    annex, never mixed with our own journal."""

    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="+")
    entry_id = models.BigIntegerField()
    patient = models.ForeignKey("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")
    canonical = models.TextField()
    seq = models.BigIntegerField(null=True)  # of its link; none: not sealed yet when the export was made
    hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        db_table = "portability_former_journal"
        constraints = [models.UniqueConstraint(fields=["arrival", "entry_id"], name="former_entry_once")]
        indexes = [models.Index(fields=["arrival", "seq"], name="former_entry_seq")]


class FormerJournalHead(models.Model):
    """classification: technical. A signed head of that journal, as it was exported."""

    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    line = models.TextField()

    class Meta:
        db_table = "portability_former_head"
        constraints = [models.UniqueConstraint(fields=["arrival", "number"], name="former_head_once")]
