"""An attestation of training: one tagged A4 page (PDF/A-2a)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from maillon.formats.typesetting import typeset

TEMPLATE: Final = Path(__file__).with_name("attestation.typ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    organiser: str
    territory: str
    person: str
    profession: str
    structure: str
    title: str
    points: tuple[str, ...]
    day: str
    place: str
    duration: str
    trainer: str
    reference: str


def write_attestation(attestation: Attestation, *, made_at: datetime) -> bytes:
    """The same attestation made at the same instant gives the same bytes."""
    return typeset(
        TEMPLATE, "attestation", dataclasses.asdict(attestation), standard="a-2a", at=int(made_at.timestamp())
    )
