"""Workbooks (.xlsx), as tables of texts. What comes from outside is vetted before the library opens it: a sound archive
without bombs (formats.archive), XML without entities (formats.untrusted). The library is loaded when a workbook is
opened, which is rare: no page waits for it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from maillon.formats.archive import open_archive
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

Row = dict[str, str]
Sheets = dict[str, list[Row]]
MOST_ROWS: Final = 5000
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML has no room for them
_UNREADABLE: Final = "Ce fichier n’est pas un classeur .xlsx lisible."


def write_workbook(sheets: Mapping[str, tuple[Sequence[str], Sequence[Row]]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, (columns, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(list(columns))
        for row in rows:
            sheet.append([_CONTROLS.sub(" ", row.get(column, "")) or None for column in columns])
        for line in sheet.iter_rows():
            for cell in line:
                if cell.value is not None:
                    cell.data_type = "s"  # a text that begins like a formula stays a text
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def read_workbook(data: bytes) -> Sheets:
    """Each sheet by its name; each row by the names of the first one. Raises Refused."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    for name, part in open_archive(data).items():
        if name.endswith((".xml", ".rels")):
            parse_untrusted(part)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return {sheet.title: _rows(sheet) for sheet in book.worksheets}
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError):
        raise Refused("E-QST-32", _UNREADABLE) from None


def _rows(sheet: Any) -> list[Row]:
    found: list[Row] = []
    columns: list[str] = []
    for rank, cells in enumerate(sheet.iter_rows(values_only=True)):
        texts = ["" if cell is None else _text(cell) for cell in cells]
        if rank == 0:
            columns = [text.strip() for text in texts]
        elif any(texts):
            found.append({name: text for name, text in zip(columns, texts, strict=False) if name and text})
        if rank > MOST_ROWS:
            raise Refused("E-QST-32", f"Ce classeur dépasse {MOST_ROWS} lignes.")
    return found


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
