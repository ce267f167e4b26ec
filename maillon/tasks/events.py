"""What the room tells to the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAnswered(Event):
    """Something « à faire », or an alert, was answered: done, or left without effect."""

    task_uuid: UUID
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RedAlertRaised(Event):
    """A red alert waits for whoever it is addressed to."""

    task_uuid: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClimbed(Event):
    """A red alert found no answer: it is now also somebody else's."""

    task_uuid: UUID
