"""Rows of the room: mailboxes, messages as received, the documents found in them, mails to send."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Mailbox(models.Model):
    """classification: professional. An MSSanté mailbox that we collect. The password is kept sealed (kernel.sealing).

    Every UID up to `last_uid` is in our base; every UID up to `seen_uid` was marked read at the operator's.
    """

    class Transport(models.TextChoices):
        TLS = "tls", "TLS dès la connexion"
        STARTTLS = "starttls", "STARTTLS"
        FHIR = "fhir", "Interface FHIR"  # no mailbox at all: what partners' software publishes for the structure

    address = models.EmailField(unique=True)
    structure = models.ForeignKey("professionals.Structure", on_delete=models.PROTECT, related_name="+")
    professional = models.ForeignKey(
        "professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+"
    )
    imap_host = models.CharField(max_length=200)
    imap_port = models.PositiveIntegerField(default=993)
    smtp_host = models.CharField(max_length=200)
    smtp_port = models.PositiveIntegerField(default=465)
    username = models.CharField(max_length=200)
    sealed_password = models.BinaryField()
    transport = models.CharField(max_length=8, choices=Transport.choices, db_default=Transport.TLS)
    ca_file = models.CharField(max_length=500, blank=True)  # blank: the machine's own authorities
    is_active = models.BooleanField(default=True)
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    seen_uid = models.BigIntegerField(db_default=0)
    last_collected_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True, default="")
    failures = models.PositiveIntegerField(db_default=0)  # in a row
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_mailbox"


class Message(models.Model):
    """classification: health. A message as it arrived, byte for byte; its state says how far we are with it.

    `attempts` counts the beginnings of its processing, so that a message that kills its reader is recognised.
    """

    class Notification(models.TextChoices):
        NONE = "", "Non demandé"
        WITHHELD = "withheld", "Demandé vers une adresse qui n’est pas celle de l’expéditeur"
        DUE = "due", "À envoyer une fois le message réglé"
        QUEUED = "queued", "Remis à l’envoi"

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
    words = models.CharField(max_length=20_000, blank=True, db_default="")  # that came beside documents
    kind = models.CharField(max_length=12, blank=True, db_default="")  # documents | text | mdn | dsn | fhir
    refusal_code = models.CharField(max_length=20, blank=True, db_default="")
    refusal = models.CharField(max_length=500, blank=True, db_default="")
    attempts = models.PositiveSmallIntegerField(db_default=0)
    notification = models.CharField(max_length=8, choices=Notification.choices, blank=True, db_default="")
    notify_to = models.CharField(max_length=254, blank=True, db_default="")

    class Meta:
        db_table = "exchange_message"
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "message_id", "sha256"], name="message_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="kept"), name="message_to_process"),
            models.Index(fields=["received_at"], condition=Q(state="refused"), name="message_refused"),
        ]


class ReceivedDocument(models.Model):
    """classification: health. One document found in a message: filed, already known, to settle, or refused."""

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
    traits = models.JSONField(default=dict)  # as read, to be shown to whoever settles
    type_code = models.CharField(max_length=40, blank=True, db_default="")
    title = models.CharField(max_length=300, blank=True, db_default="")
    document = models.ForeignKey("documents.Document", null=True, on_delete=models.PROTECT, related_name="+")
    settled_by = models.ForeignKey("professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_reason = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "exchange_received_document"
        constraints = [models.UniqueConstraint(fields=["message", "rank"], name="received_document_once")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="to_settle"), name="received_to_settle"),
            models.Index(fields=["created_at"], condition=Q(state="refused"), name="received_refused"),
        ]


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


# The sub-packages' own rows: Django finds the models of a room here.
from maillon.exchange.directory import models as _directory  # noqa: E402, F401
from maillon.exchange.dmp import rows as _dmp  # noqa: E402, F401
from maillon.exchange.insi import rows as _insi  # noqa: E402, F401
from maillon.exchange.outgoing import models as _outgoing  # noqa: E402, F401
from maillon.exchange.texting import rows as _texting  # noqa: E402, F401
