"""Where a clinical statement stands: what the sections, concerns and batteries around it say of it."""

from __future__ import annotations

from typing import NamedTuple

from maillon.formats.coded import Concept
from maillon.formats.document import Author


class Concern(NamedTuple):
    """The act (IHE PCC « Concern ») that holds problems or allergies together."""

    status: str | None = None
    start: str | None = None
    end: str | None = None
    negated: bool = False


class Panel(NamedTuple):
    """The organizer around results: its code, the relative whom it is about, who did it and who wrote it."""

    code: Concept | None = None
    subject: Concept | None = None
    subject_sex: str | None = None
    performer: Author | None = None
    author: Author | None = None


class Place(NamedTuple):
    section: str | None = None
    group: str | None = None
    specimen: str | None = None
    at: str | None = None
    concern: Concern = Concern()
    panel: Panel = Panel()
    device: tuple[str | None, str | None] = (None, None)  # what tested: its identifier, its words
