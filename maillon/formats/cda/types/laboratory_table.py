"""The narrative of laboratory results: one table per section, every cell that an entry points at under its own ID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from maillon.formats.cda.laboratory import battery_of, germ_of, is_lone, name_of
from maillon.formats.cda.write_xml import Element, add
from maillon.formats.document import Result
from maillon.formats.wording import (
    ABNORMAL,
    NARROW_SPACE,
    shown_interpretation,
    shown_other_value,
    shown_previous,
    shown_range,
    shown_value,
)

_INSIDE: Final = ("ech", "exa", "iso", "bat")  # each inside the one before
COLUMNS = ("Examen", "Résultat", "Valeurs de référence", "Interprétation", "Antériorité")


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Where the narrative says each thing about one result."""

    label: str
    value: str
    battery: str
    isolate: str
    specimen: str
    method: str
    comment: str


@dataclass(slots=True)
class ResultTable:
    """Numbers the rows over the whole document, so that no ID is used twice. A line above the results names what they
    share (specimen, examination, isolate, battery) each time that it changes."""

    number: int = 0
    _heads: dict[str, tuple[str, str]] = field(default_factory=dict)  # what stands above: its words and its ID

    def write(self, text: Element, results: Sequence[Result], *, told_apart: bool) -> list[References]:
        """`told_apart`: the chapter has several specimens."""
        table = add(text, "table", border="0")
        heads = add(add(table, "thead"), "tr")
        for column in COLUMNS:
            add(heads, "th", column)
        rows = add(table, "tbody")
        self._heads = {}
        return [self._result(rows, result, told_apart=told_apart) for result in results]

    def _result(self, rows: Element, result: Result, *, told_apart: bool) -> References:
        self.number += 1
        name = f"r{self.number}"
        battery = battery_of(result)
        self._head(rows, "ech", f"Échantillon{NARROW_SPACE}: ", result.specimen if told_apart else None)
        self._head(rows, "exa", "", name_of(result.examination))
        self._head(rows, "iso", f"Isolat{NARROW_SPACE}: ", germ_of(result.isolate))
        self._head(rows, "bat", "", battery.words or name_of(battery) if battery is not None else None)
        if told_apart or not is_lone(result):
            self._row(rows, result, name=name)
        above = {kind: f"#{key}" for kind, (_, key) in self._heads.items()}
        return References(
            label=f"#{name}",
            value=f"#{name}-val",
            battery=above.get("bat", ""),
            isolate=above.get("iso", ""),
            specimen=above.get("ech", ""),
            method=f"#{name}-met",
            comment=f"#{name}-com",
        )

    def _head(self, rows: Element, kind: str, lead: str, words: str | None) -> None:
        """What stands inside is told again under a new head."""
        if self._heads.get(kind, (None, ""))[0] == words:
            return
        for inner in _INSIDE[_INSIDE.index(kind) :]:
            self._heads.pop(inner, None)
        if words is None:
            return
        key = f"r{self.number}-{kind}"
        self._heads[kind] = (words, key)
        cell = add(add(rows, "tr"), "td", colspan=str(len(COLUMNS)))
        cell.text = lead
        add(cell, "content", words, ID=key, styleCode="Bold")

    @staticmethod
    def _row(rows: Element, result: Result, *, name: str) -> None:
        row = add(rows, "tr")
        label = add(row, "td")
        add(label, "content", result.label or result.code, ID=name)
        method = result.method_code.words if result.method_code is not None else None
        for text, part in ((method or result.method, "met"), (result.comment, "com")):
            if text:
                add(label, "br")
                add(label, "content", text, ID=f"{name}-{part}", styleCode="Italics")
        _value(add(row, "td"), result, name=f"{name}-val")
        for text in (shown_range(result), shown_interpretation(result), shown_previous(result)):
            add(row, "td", text)


def _value(cell: Element, result: Result, *, name: str) -> None:
    shown, second = shown_value(result), shown_other_value(result)
    words = "non renseigné" if result.absent else f"{shown} ({second})" if second else shown
    holder = cell
    if result.negated and not result.absent:
        holder = add(cell, "content", "absence de ", ID=f"{name}-abs")
    add(holder, "content", words, ID=name, styleCode="Bold" if result.interpretation in ABNORMAL else None)
