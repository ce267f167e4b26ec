"""A cell of a narrative table found by its heading, in the row where an entry points.

Prescriptions whose dosage is free text (eP-MED-DM « posologie non structurée ») point at the product only: its dosage
is in the same row, under the heading « Posologie ».
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from maillon.formats.cda.hl7 import NS, Element, own_text

_CELLS: Final = (NS + "td", NS + "th")
_ROW: Final = NS + "tr"
_MAX_COLUMNS: Final = 64  # a row is looked through for each product: a false table must not make that long
_TABLE: Final = NS + "table"


def beside(element: Element | None, *, headings: tuple[str, ...]) -> str | None:
    """Text of the cell of the same row whose heading begins with one of `headings` (lower case)."""
    row = _ancestor(element, _ROW)
    table = _ancestor(row, _TABLE)
    if row is None or table is None:
        return None
    column = _column(table, headings)
    if column is None:
        return None
    for start, width, cell in _placed(row):
        if start <= column < start + width:
            return own_text(cell)
    return None


def _ancestor(element: Element | None, tag: str) -> Element | None:
    if element is None:
        return None
    return element if element.tag == tag else next(element.iterancestors(tag), None)


def _column(table: Element, headings: tuple[str, ...]) -> int | None:
    first_row = next(table.iter(_ROW), None)
    if first_row is None:
        return None
    for start, _, cell in _placed(first_row):
        if (own_text(cell) or "").lower().startswith(headings):
            return start
    return None


def _placed(row: Element) -> Iterator[tuple[int, int, Element]]:
    start = 0
    for cell in islice(row.iterchildren(*_CELLS), _MAX_COLUMNS):
        width = _span(cell)
        yield start, width, cell
        start += width


def _span(cell: Element) -> int:
    written = cell.get("colspan", "1")
    return int(written) if written.isascii() and written.isdigit() and 0 < len(written) < 4 else 1
