"""A plain sheet of a team on A4 (PDF/A-2a, tagged): a report with its figures and texts, a list to be signed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from maillon.formats.typesetting import typeset

TEMPLATE: Final = Path(__file__).with_name("sheet.typ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`widths`: shares of the page, one for each header. `row_height`: in centimetres, of rows that are written in by
    hand; 0 for what is only read."""

    title: str
    paragraphs: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    row_height: float = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`draft` is written across every page; empty for what is settled."""

    title: str
    subtitle: str
    structure: str
    footer: str
    parts: tuple[Part, ...]
    facts: tuple[tuple[str, str], ...] = ()
    draft: str = ""


def write_sheet(sheet: Sheet, *, made_at: datetime) -> bytes:
    """The same sheet made at the same instant gives the same bytes. Refused: E-ECR-12."""
    return typeset(TEMPLATE, "sheet", dataclasses.asdict(sheet), standard="a-2a", at=int(made_at.timestamp()))
