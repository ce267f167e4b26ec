"""« Copie du dossier »: what a person reads of their record, as a tagged PDF (PDF/A-2a), made of French tables."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import typst

from maillon.formats.refusal import Refused

PDF_STANDARD: Final = "a-2a"
TEMPLATE: Final = Path(__file__).with_name("copy.typ")
_ONE_AT_A_TIME: Final = Lock()  # the warm compiler keeps its inputs between calls


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
    try:
        with _ONE_AT_A_TIME:
            pdf = _compiler().compile(
                format="pdf",
                pdf_standards=PDF_STANDARD,
                timestamp=int(made_at.timestamp()),
                sys_inputs={"copy": json.dumps(dataclasses.asdict(copy), ensure_ascii=False)},
            )
    except typst.TypstError:  # its message may quote the record
        raise Refused("E-ECR-12", "La mise en page du document a échoué.") from None
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(TEMPLATE), ignore_system_fonts=True)
