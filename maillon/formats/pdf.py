"""PDF from outside: what acts in it, the same without it, and its text for the search.

The PDF libraries only ever see such bytes in the bounded child (`bounded.py`). The original is never changed: the
copy without active content is another file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from maillon.formats import refusal_codes as codes
from maillon.formats.bounded import Exhausted, run_bounded
from maillon.formats.refusal_codes import refusal

MAX_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfScan:
    """`ok`: readable, not locked, and nothing in it acts. `problem` is the code of what prevented reading it."""

    ok: bool
    active: tuple[str, ...] = ()
    encrypted: bool = False
    pages: int = 0
    pdfa: bool = False  # it claims PDF/A; nothing verifies that claim here
    problem: str | None = None


def scan_pdf(data: bytes) -> PdfScan:
    """Never raises: what cannot be read is said in `problem`. A GoTo as OpenAction is no active content."""
    if not data or len(data) > MAX_BYTES:
        return PdfScan(ok=False, problem=codes.EMPTY if not data else codes.PDF_EXHAUSTING)
    try:
        said = json.loads(run_bounded("pdf.scan", data))
    except Exhausted:
        return PdfScan(ok=False, problem=codes.PDF_EXHAUSTING)
    except ValueError:
        return PdfScan(ok=False, problem=codes.PDF_UNREADABLE)
    active = tuple(str(name) for name in said["active"])
    problem = codes.PDF_LOCKED if said["locked"] else codes.PDF_UNREADABLE if said["unreadable"] else None
    return PdfScan(
        ok=problem is None and not active,
        active=active,
        encrypted=bool(said["encrypted"]),
        pages=int(said["pages"]),
        pdfa=bool(said["pdfa"]),
        problem=problem,
    )


def without_active_content(data: bytes) -> bytes:
    """A copy that shows the same pages and does nothing. Refused: E-FMT-60 to E-FMT-62."""
    if len(data) > MAX_BYTES:
        raise refusal(codes.PDF_EXHAUSTING)
    try:
        return run_bounded("pdf.clean", data)
    except Exhausted:
        raise refusal(codes.PDF_EXHAUSTING) from None
    except ValueError as error:
        raise refusal(codes.PDF_LOCKED if "PasswordError" in str(error) else codes.PDF_UNREADABLE) from None


def text_of_pdf(data: bytes, max_chars: int = 200_000) -> str:
    """What could be extracted in the time allowed, possibly nothing: a search aid, not a reading of the document."""
    if not data or len(data) > MAX_BYTES:
        return ""
    try:
        return run_bounded("pdf.text", data, number=max_chars).decode("utf-8", "replace")[:max_chars]
    except (Exhausted, ValueError):
        return ""
