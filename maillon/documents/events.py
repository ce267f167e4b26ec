"""What the room tells those above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFiled(Event):
    """A document entered a record for the first time: announced in the transaction that filed it."""

    document_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAwaitsAnnouncement(Event):
    """For two weeks a document has been waiting to be announced: the patient is to be invited to consult (CSP
    R1111-53). `is_secret`: a minor's, hidden from who represents them (CSP L1111-5)."""

    document: UUID
    patient: UUID
    is_secret: bool = False
