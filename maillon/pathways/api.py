"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import checking, comparison, definition, library, natures, readiness, remarks, versions
from maillon.pathways.editing import saving, sections

__all__ = [
    "checking",
    "comparison",
    "definition",
    "library",
    "natures",
    "readiness",
    "remarks",
    "saving",
    "sections",
    "versions",
]
