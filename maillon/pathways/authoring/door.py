"""What the faces may ask of writing a protocol, under one name at the door of the room."""

from __future__ import annotations

from maillon.pathways.authoring import (
    comparison,
    drawing,
    forecast,
    library,
    printing,
    reading,
    remarks,
    revision,
    version_page,
    versions,
)
from maillon.pathways.editing import saving, sections

__all__ = [
    "comparison",
    "drawing",
    "forecast",
    "library",
    "printing",
    "reading",
    "remarks",
    "revision",
    "saving",
    "sections",
    "version_page",
    "versions",
]
