"""A protocol on paper: PDF/A-2a, tagged, on two A4 pages when its text can be read there, on more otherwise."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from maillon.formats.pdf_pages import page_count
from maillon.formats.typesetting import typeset

TEMPLATE: Final = Path(__file__).with_name("protocol.typ")
_SIZES: Final = (9.0, 8.0, 7.5, 7.0, 6.5, 6.0)  # points: from comfortable to the least that is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    title: str
    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`widths` are shares of the page."""

    title: str
    headers: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`alt` says what the picture shows."""

    title: str
    svg: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolPaper:
    """`draft` is written across every page; empty for what is in force."""

    title: str
    code: str
    standing: str
    structure: str
    footer: str
    draft: str
    head: tuple[Block, ...]
    tables: tuple[Table, ...]
    tail: tuple[Block, ...]
    pictures: tuple[Picture, ...]


def write_protocol(paper: ProtocolPaper, *, made_at: datetime) -> bytes:
    """The same paper made at the same instant gives the same bytes. Its text is as large as one page allows; each
    picture has a page."""
    pdf = b""
    for size in _SIZES:
        said = dataclasses.asdict(paper) | {"size": size}
        pdf = typeset(TEMPLATE, "protocol", said, standard="a-2a", at=int(made_at.timestamp()))
        if page_count(pdf) <= 1 + len(paper.pictures):
            break
    return pdf
