"""Where a clinical statement stands: what the sections, concerns and batteries around it say of it."""

from __future__ import annotations

from typing import NamedTuple


class Concern(NamedTuple):
    """The act (IHE PCC « Concern ») that holds problems or allergies together."""

    status: str | None = None
    start: str | None = None
    end: str | None = None
    negated: bool = False


class Place(NamedTuple):
    section: str | None = None
    group: str | None = None
    specimen: str | None = None
    at: str | None = None
    concern: Concern = Concern()
