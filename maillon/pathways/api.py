"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import checking, definition, library, natures, readiness, remarks, versions
from maillon.pathways.editing import saving, sections

__all__ = ["checking", "definition", "library", "natures", "readiness", "remarks", "saving", "sections", "versions"]
