"""What the room tells to the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassOpened(Event):
    """A record was opened in an emergency: the patient and the referent are to be told, the opening reviewed."""

    glass_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeToSend(Event):
    """Somebody knocked at the patient's door: a link or a code is to be sent, or nothing if nobody was recognised."""

    challenge_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorToTell(Event):
    """Something waits behind the patient's door. `text` names a sentence, which never speaks of health; `number` is of
    this notice, whatever the times that it is tried."""

    visitor_id: int
    text: str
    number: UUID | None = None
