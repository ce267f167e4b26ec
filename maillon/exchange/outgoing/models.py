"""Rows of what is sent: the act, its documents, its mails, its recipients, and what is known of each."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from maillon.exchange.outgoing.states import SENT, SentState
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable


class Sending(models.Model):
    """classification: health. One act of sending: documents of one patient, from one mailbox, by one person."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    mailbox = models.ForeignKey("exchange.Mailbox", on_delete=models.PROTECT, related_name="+")
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey("professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+")
    sender_label = models.CharField(max_length=200)
    title = models.CharField(max_length=300)  # of the documents; never the patient's name
    text = models.TextField()
    document_count = models.PositiveSmallIntegerField()
    is_replacement = models.BooleanField(default=False)
    wants_delivery = models.BooleanField(default=True)
    wants_reading = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "exchange_sending"
        indexes = [
            models.Index(fields=["patient", "-created_at"], name="sending_of_patient"),
            models.Index(fields=["structure", "-created_at"], name="sending_of_structure"),
        ]


class SentDocument(models.Model):
    """classification: health. One document of a sending; read by the law on documents like the document itself."""

    sending = models.ForeignKey(Sending, on_delete=models.PROTECT, related_name="documents")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    rank = models.PositiveSmallIntegerField()
    document_id = models.BigIntegerField()
    document_uuid = models.UUIDField()
    type_code = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    note = models.CharField(max_length=300, blank=True, db_default="")  # what is odd in what was joined
    # Of the document, for the access law (access.matrix).
    type_bit = models.PositiveSmallIntegerField(db_default=0)
    confidentiality = models.CharField(max_length=1, db_default="N")
    author_professional_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "exchange_sent_document"
        constraints = [models.UniqueConstraint(fields=["sending", "document_id"], name="sent_document_once")]
        indexes = [models.Index(fields=["document_id"], name="sent_document_of")]


class SentMail(models.Model):
    """classification: health. One mail of a sending: to the professionals together, or to the patient alone.

    `begun_at`: an attempt is under way, or died. `trying_since`: when this period of trying began; a person who sends
    again begins another.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sending = models.ForeignKey(Sending, on_delete=models.PROTECT, related_name="mails")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    message_id = models.CharField(max_length=300, unique=True)
    sha256 = models.BinaryField(max_length=32)
    size = models.PositiveIntegerField()
    attempts = models.PositiveSmallIntegerField(db_default=0)
    begun_at = models.DateTimeField(null=True)
    asked_dsn = models.BooleanField(db_default=False)
    trying_since = models.DateTimeField()

    class Meta:
        db_table = "exchange_sent_mail"


class SentRecipient(models.Model):
    """classification: health. One recipient of a mail, and how far it is with them.

    `is_due`: the next attempt is for them as well. `was_cut`: an attempt ended without anybody knowing whether the
    operator took the mail.
    """

    class Kind(models.TextChoices):
        PROFESSIONAL = "professional", "Professionnel"
        ORGANIZATION = "organization", "Structure"
        PATIENT = "patient", "Patient (Mon espace santé)"

    STATES: ClassVar[dict[str, StateTable]] = {"state": SENT}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mail = models.ForeignKey(SentMail, on_delete=models.PROTECT, related_name="recipients")
    sending = models.ForeignKey(Sending, on_delete=models.PROTECT, related_name="recipients")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    national_id = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=SentState.choices, db_default=SentState.WAITING)
    is_due = models.BooleanField(db_default=True)
    was_cut = models.BooleanField(db_default=False)
    state_at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=300, blank=True, db_default="")  # French, fit for a screen
    asked_at = models.DateTimeField(null=True)  # somebody was asked to look after it
    closed_at = models.DateTimeField(null=True)  # somebody decided that nothing more is to be done
    closed_by = models.CharField(max_length=200, blank=True, db_default="")
    closed_reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "exchange_sent_recipient"
        constraints = [models.UniqueConstraint(fields=["sending", "address"], name="sent_recipient_once")]
        indexes = [
            models.Index(
                fields=["state_at"], condition=Q(state__in=["failed", "unknown"], closed_at__isnull=True),
                name="sent_to_look_after",
            ),
        ]  # fmt: skip


class SentEvent(models.Model):
    """classification: health. Evidence about one recipient, in the order in which it came; never rewritten."""

    recipient = models.ForeignKey(SentRecipient, on_delete=models.PROTECT, related_name="events")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    name = models.CharField(max_length=20)  # of the transition, or « note »
    text = models.CharField(max_length=300)
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    source = models.ForeignKey("exchange.Message", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "exchange_sent_event"


class PatientMailChoice(models.Model):
    """classification: health. The patient wants no document in their citizen mailbox, until they say otherwise."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    noted_by = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "exchange_patient_mail_choice"
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(lifted_at__isnull=True), name="patient_mail_choice_once"
            )
        ]


class MailboxDelegation(models.Model):
    """classification: professional. Somebody reads or sends from another's mailbox, from a day, until a day."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailbox = models.ForeignKey("exchange.Mailbox", on_delete=models.PROTECT, related_name="delegations")
    delegate = models.ForeignKey("professionals.Professional", on_delete=models.PROTECT, related_name="+")
    may_read = models.BooleanField(default=False)
    may_send = models.BooleanField(default=False)
    start = models.DateField()
    end = models.DateField(null=True)
    given_by = models.CharField(max_length=200)
    given_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "exchange_mailbox_delegation"
        constraints = [
            models.CheckConstraint(condition=Q(may_read=True) | Q(may_send=True), name="mailbox_delegation_opens"),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="mailbox_delegation_dates"
            ),
        ]
