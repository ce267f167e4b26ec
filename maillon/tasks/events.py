"""What the room tells to the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAnswered(Event):
    """Something « à faire » was answered: done, or left without effect."""

    task_uuid: UUID
    is_done: bool
