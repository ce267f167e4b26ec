"""The narrative of laboratory results: one table per section, every cell that an entry points at under its own ID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maillon.formats.cda.write_xml import Element, add
from maillon.formats.document import Result
from maillon.formats.wording import (
    NARROW_SPACE,
    shown_interpretation,
    shown_other_value,
    shown_previous,
    shown_range,
    shown_value,
)

COLUMNS = ("Examen", "Résultat", "Valeurs de référence", "Interprétation", "Antériorité")


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Where the narrative says each thing about one result."""

    label: str
    value: str
    group: str
    specimen: str
    method: str
    comment: str


@dataclass(slots=True)
class ResultTable:
    """Numbers the rows over the whole document, so that no ID is used twice."""

    number: int = 0
    group: str | None = None
    specimen: str | None = None
    group_id: str = ""
    specimen_id: str = ""

    def write(self, section: Element, results: Sequence[Result]) -> list[References]:
        table = add(add(section, "text"), "table", border="0")
        heads = add(add(table, "thead"), "tr")
        for column in COLUMNS:
            add(heads, "th", column)
        rows = add(table, "tbody")
        self.group = self.specimen = None
        return [self._result(rows, result) for result in results]

    def _result(self, rows: Element, result: Result) -> References:
        self.number += 1
        name = f"r{self.number}"
        if result.specimen and result.specimen != self.specimen:
            self.specimen_id = f"{name}-ech"
            self._headline(rows, f"Échantillon{NARROW_SPACE}: ", result.specimen, identifier=self.specimen_id)
        if result.group and (result.group != self.group or result.specimen != self.specimen):
            self.group_id = f"{name}-bat"
            self._headline(rows, "", result.group, identifier=self.group_id)
        self.group, self.specimen = result.group, result.specimen
        self._row(rows, result, name=name)
        return References(
            label=name,
            value=f"{name}-val",
            group=self.group_id,
            specimen=self.specimen_id,
            method=f"{name}-met",
            comment=f"{name}-com",
        )

    @staticmethod
    def _headline(rows: Element, lead: str, text: str, *, identifier: str) -> None:
        cell = add(add(rows, "tr"), "td", colspan=str(len(COLUMNS)))
        cell.text = lead
        add(cell, "content", text, ID=identifier, styleCode="Bold")

    @staticmethod
    def _row(rows: Element, result: Result, *, name: str) -> None:
        row = add(rows, "tr")
        label = add(row, "td")
        add(label, "content", result.label or result.code, ID=name)
        for text, part in ((result.method, "met"), (result.comment, "com")):
            if text:
                add(label, "br")
                add(label, "content", text, ID=f"{name}-{part}", styleCode="Italics")
        value = add(row, "td")
        abnormal = "Bold" if shown_interpretation(result) else None
        add(value, "content", _value_in_words(result), ID=f"{name}-val", styleCode=abnormal)
        for text in (shown_range(result), shown_interpretation(result), shown_previous(result)):
            add(row, "td", text)


def _value_in_words(result: Result) -> str:
    if result.absent:
        return "non renseigné"
    shown = shown_value(result)
    second = shown_other_value(result)
    words = f"{shown} ({second})" if second else shown
    return f"absence de {words}" if result.negated else words
