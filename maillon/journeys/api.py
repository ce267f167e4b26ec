"""The door of the room `journeys`."""

from __future__ import annotations

from maillon.journeys import official, player, reporting, runner, world

__all__ = ["official", "player", "reporting", "runner", "world"]
