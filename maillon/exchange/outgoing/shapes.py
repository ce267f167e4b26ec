"""What the door takes and gives: recipients as named by a person, a sending as a person reads it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from maillon.kernel.key import PatientId

RecipientKind = Literal["professional", "organization", "patient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a person chose. The patient's address is never typed: it is made of the qualified identity."""

    kind: RecipientKind = "professional"
    address: str = ""
    name: str = ""
    national_id: str = ""  # 8 + RPPS, 1 + FINESS


THE_PATIENT = Recipient(kind="patient")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEventLine:
    at: dt.datetime
    text: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRecipientLine:
    """`needs_somebody`: it failed or is unknown, and nobody has decided what to do. `to_do` is that, in French."""

    uuid: UUID
    kind: RecipientKind
    name: str
    address: str
    state: str
    state_label: str
    state_at: dt.datetime
    reason: str
    to_do: str
    needs_somebody: bool
    may_retry: bool
    closed: str
    events: tuple[SentEventLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDocumentLine:
    uuid: UUID
    title: str
    type_label: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One act of sending. No patient's name: the record's banner, or the list's line, shows it."""

    uuid: UUID
    patient_id: PatientId
    patient_uuid: UUID
    title: str
    text: str
    sender: str
    mailbox: str
    created_at: dt.datetime
    is_replacement: bool
    documents: tuple[SentDocumentLine, ...]
    recipients: tuple[SentRecipientLine, ...]

    @property
    def needs_somebody(self) -> bool:
        return any(each.needs_somebody for each in self.recipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingMailbox:
    """A mailbox from which the actor may send. `through`: « la vôtre », « votre structure », « déléguée par … »."""

    id: int
    address: str
    label: str
    through: str
