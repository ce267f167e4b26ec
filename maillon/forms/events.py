"""What the room tells."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSigned(Event):
    """Answers entered the record. `origin` is the opaque text of whoever asked for them; `replaces` the response that
    this one corrects."""

    response_uuid: UUID
    patient_id: int
    form_code: str
    origin: str = ""
    replaces: UUID | None = None
