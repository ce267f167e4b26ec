"""What the room tells to the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class IrritantNoticed(Event):
    """Something rubbed, and the platform saw it, for the first time. `code` is IR1 to IR11, `fact` its name in
    content/regles/constats.yaml (`noticed.api.rules`), which says it in French; `severity` 1 to 4. `document` is a
    reference, of a filed document or of one that waits in « À régler »: it opens nothing by itself."""

    code: str
    fact: str
    severity: int
    structure_id: int
    document: UUID
    at: str  # ISO 8601
