"""Tables for a spreadsheet. A cell that a spreadsheet would run as a formula is made a text (ASVS V1.2.10)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_BOM: Final = "\ufeff"  # without it, spreadsheets read French accents wrong
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")


def as_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Semicolons, as French spreadsheets read them."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return (_BOM + written.getvalue()).encode()


def harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    is_number = not isinstance(cell, str)
    return text if is_number or not text.startswith(_STARTS_A_FORMULA) else f"'{text}"
