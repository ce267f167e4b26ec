"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import (
    checking,
    comparison,
    definition,
    drawing,
    forecast,
    library,
    natures,
    printing,
    reading,
    remarks,
    showing,
    versions,
)
from maillon.pathways.editing import saving, sections

__all__ = [
    "checking",
    "comparison",
    "definition",
    "drawing",
    "forecast",
    "library",
    "natures",
    "printing",
    "reading",
    "remarks",
    "saving",
    "sections",
    "showing",
    "versions",
]
