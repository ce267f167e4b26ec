"""The words of a section as blocks that a page can lay out: paragraphs, lists, tables.

From the sanitised HTML of a narrative where there is one, else from plain text with three conventions: a line that
begins with « - » or « • » is an item of a list, one that begins with « 1. » an item of a numbered list, and
consecutive lines with tabulations are a table whose first line is its heading. Any other line is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import groupby
from typing import Any, Final

Block = dict[str, Any]
Run = dict[str, Any]  # {"t": text, "b": bold}

_BULLET: Final = re.compile(r"\s*[-•–]\s+(.*)")
_NUMBER: Final = re.compile(r"\s*\d{1,3}[.)]\s+(.*)")
_MOST_COLUMNS: Final = 12
_BREAKING: Final = frozenset({"p", "div", "caption", "small", "table", "ul", "ol"})
_BOLD: Final = frozenset({"strong", "em", "u"})


def blocks_of_text(text: str) -> list[Block]:
    lines = [line for line in text.split("\n") if line.strip()]
    return [block for kind, group in groupby(lines, key=_kind) for block in _grouped(kind, list(group))]


def _kind(line: str) -> str:
    if "\t" in line:
        return "table"
    if _BULLET.fullmatch(line):
        return "bullets"
    return "numbers" if _NUMBER.fullmatch(line) else "paragraph"


def _grouped(kind: str, lines: list[str]) -> Iterator[Block]:
    if kind == "table":
        rows = [[_cell(part.strip(), head=place == 0) for part in line.split("\t")] for place, line in enumerate(lines)]
        yield table(rows)
    elif kind == "paragraph":
        for line in lines:
            yield {"kind": "paragraph", "runs": [{"t": line.strip(), "b": False}]}
    else:
        pattern = _NUMBER if kind == "numbers" else _BULLET
        items = [pattern.sub(r"\1", line).strip() for line in lines]
        yield {
            "kind": "list",
            "ordered": kind == "numbers",
            "items": [{"depth": 0, "runs": [{"t": item, "b": False}]} for item in items],
        }


def _cell(text: str, *, head: bool = False) -> dict[str, Any]:
    return {"runs": [{"t": text, "b": False}], "head": head, "cols": 1, "rows": 1}


def table(rows: list[list[dict[str, Any]]]) -> Block:
    """Every row filled to the same width, whatever the spans of the source: a page never fails on a crooked table."""
    placed = list(_placed(rows))
    width = max((sum(cell["cols"] for cell in row) for row in placed), default=1)
    for row in placed:
        row.extend(_cell("") for _ in range(width - sum(cell["cols"] for cell in row)))
    heads = 0
    while heads < len(placed) and all(cell["head"] for cell in placed[heads]):
        heads += 1
    return {"kind": "table", "widths": _widths(placed, width), "heads": min(heads, len(placed) - 1), "rows": placed}


def _placed(rows: list[list[dict[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
    """A cell that spans rows is followed, in the next ones, by empty cells of the same width."""
    held: dict[int, tuple[int, int, bool]] = {}  # column -> rows still held, width, heading
    for row in rows:
        placed: list[dict[str, Any]] = []
        column, waiting = 0, list(row)
        while (waiting or column in held) and column < _MOST_COLUMNS:
            if column in held:
                left, cols, head = held.pop(column)
                placed.append({**_cell("", head=head), "cols": cols})
                if left > 1:
                    held[column] = (left - 1, cols, head)
            else:
                cell = waiting.pop(0)
                cols = min(max(cell["cols"], 1), _MOST_COLUMNS - column)
                placed.append({**cell, "cols": cols})
                if cell["rows"] > 1:
                    held[column] = (cell["rows"] - 1, cols, cell["head"])
            column += placed[-1]["cols"]
        yield placed


def _widths(rows: list[list[dict[str, Any]]], width: int) -> list[int]:
    """Shares of the page: a column is as wide as its longest words ask, within reason."""
    longest = [6] * width
    for row in rows:
        column = 0
        for cell in row:
            if cell["cols"] == 1:
                longest[column] = max(longest[column], sum(len(run["t"]) for run in cell["runs"]))
            column += cell["cols"]
    return [min(length, 34) for length in longest]


def blocks_of_html(html: str) -> list[Block]:
    """`html` is what `formats.cda.narrative.to_html` made. Links and marks of style other than emphasis are let go."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finished()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.bold = 0
        self.lists: list[bool] = []  # for each open list, whether it is numbered
        self.tables: list[list[list[dict[str, Any]]]] = []
        self.cell: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _BOLD:
            self.bold += 1
        elif tag == "br":
            self._say("\n")
        elif self.tables:
            self._start_in_table(tag, dict(attributes))
        elif tag in _BREAKING or tag == "li":
            self._flush()
        if tag in ("ul", "ol"):
            self.lists.append(tag == "ol")
        elif tag == "table" and not self.tables:
            self.tables.append([])

    def _start_in_table(self, tag: str, attributes: dict[str, str | None]) -> None:
        rows = self.tables[-1]
        if tag == "tr":
            rows.append([])
        elif tag in ("td", "th"):
            rows = rows or [[]]
            self.runs = []
            self.cell = {
                "runs": [],
                "head": tag == "th",
                "cols": _span(attributes.get("colspan")),
                "rows": _span(attributes.get("rowspan")),
            }
        elif tag in ("p", "li", "div") and self.runs:
            self._say("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BOLD:
            self.bold = max(0, self.bold - 1)
        elif self.tables and tag in ("td", "th"):
            self._end_cell()
        elif self.tables and tag == "table":
            self._end_table()
        elif self.tables and tag == "caption":
            self._flush(bold=True)
        elif not self.tables and (tag in _BREAKING or tag == "li"):
            self._flush()
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()

    def _end_cell(self) -> None:
        if self.cell is not None and self.tables[-1]:
            self.tables[-1][-1].append({**self.cell, "runs": _tidied(self.runs)})
        self.cell, self.runs = None, []

    def _end_table(self) -> None:
        rows = [row for row in self.tables.pop() if row]
        self.runs = []
        if rows:
            self.blocks.append(table(rows))

    def handle_data(self, data: str) -> None:
        if self.tables and self.cell is None and not data.strip():
            return
        self._say(re.sub(r"\s+", " ", data))

    def _say(self, text: str) -> None:
        self.runs.append({"t": text, "b": self.bold > 0})

    def _flush(self, *, bold: bool = False) -> None:
        runs, self.runs = _tidied(self.runs), []
        if not runs:
            return
        if bold:
            runs = [{**run, "b": True} for run in runs]
        if not self.lists:
            self.blocks.append({"kind": "paragraph", "runs": runs})
            return
        item = {"depth": len(self.lists) - 1, "runs": runs}
        last = self.blocks[-1] if self.blocks else None
        if last is not None and last["kind"] == "list" and last["ordered"] == self.lists[0]:
            last["items"].append(item)
        else:
            self.blocks.append({"kind": "list", "ordered": self.lists[0], "items": [item]})

    def finished(self) -> list[Block]:
        while self.tables:  # never closed
            self._end_table()
        self._flush()
        return self.blocks


def _span(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdigit() and 1 <= int(written[:3]) <= 100 else 1


def _tidied(runs: list[Run]) -> list[Run]:
    """Neighbours of one weight joined, blanks at both ends let go."""
    joined = [
        {"t": "".join(run["t"] for run in group), "b": bold} for bold, group in groupby(runs, key=lambda run: run["b"])
    ]
    if joined:
        joined[0]["t"] = joined[0]["t"].lstrip()
        joined[-1]["t"] = joined[-1]["t"].rstrip()
    return [run for run in joined if run["t"]]
