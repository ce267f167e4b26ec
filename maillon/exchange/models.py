"""Rows of the room: mailboxes, messages as received, the documents found in them, mails to send."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Mailbox(models.Model):
    """classification: professional. An MSSanté mailbox that we collect. The password is kept sealed (kernel.sealing)."""

    address = models.EmailField(unique=True)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    professional = models.ForeignKey("professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+")
    imap_host = models.CharField(max_length=200)
    imap_port = models.PositiveIntegerField(default=993)
    smtp_host = models.CharField(max_length=200)
    smtp_port = models.PositiveIntegerField(default=465)
    username = models.CharField(max_length=200)
    sealed_password = models.BinaryField()
    ca_file = models.CharField(max_length=500, blank=True)
    is_active = models.BooleanField(default=True)
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    last_collected_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "exchange_mailbox"


class Message(models.Model):
    """classification: health. A message as it arrived, byte for byte; its state says how far we are with it."""

    class State(models.TextChoices):
        KEPT = "kept", "Reçu"
        DONE = "done", "Traité"
        REFUSED = "refused", "Refusé"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="messages")
    message_id = models.CharField(max_length=300)
    sha256 = models.BinaryField(max_length=32)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, db_default=State.KEPT)
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)
    sender = models.CharField(max_length=254, blank=True, db_default="")
    subject = models.CharField(max_length=500, blank=True, db_default="")
    kind = models.CharField(max_length=12, blank=True, db_default="")  # documents | text | mdn | dsn
    refusal_code = models.CharField(max_length=20, blank=True, db_default="")
    refusal = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        db_table = "exchange_message"
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "message_id", "sha256"], name="message_once"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="kept"), name="message_to_process")]


class ReceivedDocument(models.Model):
    """classification: health. One document found in a message: filed, already known, to settle by a person, or refused."""

    class State(models.TextChoices):
        FILED = "filed", "Classé"
        DUPLICATE = "duplicate", "Déjà classé"
        TO_SETTLE = "to_settle", "À régler"
        REFUSED = "refused", "Refusé"
        DISCARDED = "discarded", "Écarté"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="documents")
    rank = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    sha256 = models.BinaryField(max_length=32)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    code = models.CharField(max_length=20, blank=True)  # stable code of the doubt or refusal
    reasons = models.JSONField(default=list)  # French sentences
    candidates = models.JSONField(default=list)  # patient ids that might be the right one
    document = models.ForeignKey("documents.Document", null=True, on_delete=models.PROTECT, related_name="+")
    settled_by = models.ForeignKey("professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_reason = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "exchange_received_document"
        constraints = [models.UniqueConstraint(fields=["message", "rank"], name="received_document_once")]
        indexes = [models.Index(fields=["created_at"], condition=Q(state="to_settle"), name="received_to_settle")]


class OutgoingMail(models.Model):
    """classification: health. A mail accepted for sending: it ends delivered to the operator or reported as failed."""

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        SENT = "sent", "Remis à l’opérateur"
        FAILED = "failed", "En échec"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="outgoing")
    message_id = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=12)  # mdn
    answers = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="answers")
    recipient = models.EmailField()
    data = models.BinaryField()
    state = models.CharField(max_length=10, choices=State.choices, db_default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "exchange_outgoing_mail"
