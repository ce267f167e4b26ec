"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import checking, definition, natures

__all__ = ["checking", "definition", "natures"]
