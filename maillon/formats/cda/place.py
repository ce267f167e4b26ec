"""Where a clinical statement stands: what the sections, concerns and batteries around it say of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple


class Concern(NamedTuple):
    """The act (IHE PCC « Concern ») that holds problems or allergies together."""

    status: str | None = None
    start: str | None = None
    end: str | None = None
    negated: bool = False


NO_PANEL: Final[Mapping[str, Any]] = MappingProxyType({})


class Place(NamedTuple):
    section: str | None = None
    group: str | None = None
    specimen: str | None = None
    at: str | None = None
    concern: Concern = Concern()
    # What the organizer around results says of each, as fields of Result: code, relative, performer, author.
    panel: Mapping[str, Any] = NO_PANEL
    device: tuple[str | None, str | None] = (None, None)  # what tested: its identifier, its words
