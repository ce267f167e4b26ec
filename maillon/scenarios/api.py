"""The door of the room `scenarios`."""

from __future__ import annotations

from maillon.scenarios import definition, library, report, runs, states

__all__ = ["definition", "library", "report", "runs", "states"]
