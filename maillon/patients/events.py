"""What the room tells to the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityQualified(Event):
    """INSi and an identity document agree (RNIV): what waited for that may leave."""

    patient_id: int
