"""A protocol on paper: PDF/A-2a, tagged, on two A4 pages when its text can be read there, on more otherwise."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import pypdfium2
import typst

from maillon.formats.refusal import Refused

PDF_STANDARD: Final = "a-2a"
TEMPLATE: Final = Path(__file__).with_name("protocol.typ")
_SIZES: Final = (9.0, 8.0, 7.5, 7.0, 6.5, 6.0)  # points: from comfortable to the least that is read
_ONE_AT_A_TIME: Final = Lock()  # the warm compiler keeps its inputs between calls


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
        pdf = _compiled(paper, size=size, made_at=made_at)
        if len(pypdfium2.PdfDocument(pdf)) <= 1 + len(paper.pictures):
            break
    return pdf


def _compiled(paper: ProtocolPaper, *, size: float, made_at: datetime) -> bytes:
    said = dataclasses.asdict(paper) | {"size": size}
    try:
        with _ONE_AT_A_TIME:
            pdf = _compiler().compile(
                format="pdf",
                pdf_standards=PDF_STANDARD,
                timestamp=int(made_at.timestamp()),
                sys_inputs={"protocol": json.dumps(said, ensure_ascii=False)},
            )
    except typst.TypstError:
        raise Refused("E-ECR-12", "La mise en page du document a échoué.") from None
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(TEMPLATE), ignore_system_fonts=True)
