"""« Copie du dossier »: what a person reads of their record, as a tagged PDF (PDF/A-2a), made of French tables."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from maillon.formats.typesetting import typeset

TEMPLATE: Final = Path(__file__).with_name("copy.typ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`widths` are shares of the page; `nothing` is what is said when there is no row."""

    title: str
    headers: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPatient:
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    title: str
    subtitle: str
    author: str
    footer: str
    patient: CopyPatient
    introduction: tuple[str, ...]
    sections: tuple[Section, ...]


def write_copy(copy: Copy, *, made_at: datetime) -> bytes:
    """The same copy made at the same instant gives the same bytes."""
    return typeset(TEMPLATE, "copy", dataclasses.asdict(copy), standard="a-2a", at=int(made_at.timestamp()))
