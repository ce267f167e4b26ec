"""What the entries of a document say, sorted into the lists where a clinician looks for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.formats.cda.hl7 import Element
from maillon.formats.coded import Concept, ImagingStudy
from maillon.formats.document import Result, Specimen, Statement


@dataclass(slots=True)
class MediaPart:
    """A file inside the document, not decoded yet."""

    element: Element  # the value (ED)
    id: str | None
    title: str | None
    section: str | None = None
    kind: Concept | None = None
    at: str | None = None


@dataclass(slots=True)
class Clinical:
    results: list[Result] = field(default_factory=list)
    specimens: list[Specimen] = field(default_factory=list)
    problems: list[Statement] = field(default_factory=list)
    allergies: list[Statement] = field(default_factory=list)
    medications: list[Statement] = field(default_factory=list)
    vaccinations: list[Statement] = field(default_factory=list)
    procedures: list[Statement] = field(default_factory=list)
    devices: list[Statement] = field(default_factory=list)
    plan: list[Statement] = field(default_factory=list)
    studies: list[ImagingStudy] = field(default_factory=list)
    media: list[MediaPart] = field(default_factory=list)
