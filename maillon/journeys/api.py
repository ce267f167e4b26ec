"""The door of the room `journeys`."""

from __future__ import annotations

from maillon.journeys import player, reporting, runner, world

__all__ = ["player", "reporting", "runner", "world"]
