"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import checking, definition, natures
from maillon.pathways.authoring import door as authoring

__all__ = ["authoring", "checking", "definition", "natures"]
