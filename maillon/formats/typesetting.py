"""From a Typst template and its data to a PDF: the same data always give the same bytes. Compilers are kept warm."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import typst

from maillon.formats.refusal import Refused

Standard = Literal["a-1b", "a-2a"]


def typeset(template: Path, name: str, data: dict[str, Any], *, standard: Standard, at: int) -> bytes:
    """`data` is read by the template as `sys.inputs` of this name; `at`: seconds since the epoch. Refused: E-ECR-12."""
    compiler, one_at_a_time = _warm(template)
    try:
        with one_at_a_time:
            pdf = compiler.compile(
                format="pdf",
                pdf_standards=standard,
                pdf_tags=standard != "a-1b",  # no part of PDF/A-1b, and half the size without
                timestamp=at,
                sys_inputs={name: json.dumps(data, ensure_ascii=False)},
            )
    except typst.TypstError:  # its message may quote the document
        raise Refused("E-ECR-12", "La mise en page du document a échoué.") from None
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _warm(template: Path) -> tuple[typst.Compiler, Lock]:
    """With its lock: a warm compiler keeps its inputs between calls."""
    return typst.Compiler(str(template), ignore_system_fonts=True), Lock()
