"""What every block writes upon: the document being made, its sections, and the tables of their narratives.

The narrative is made from the coded data and from nothing else: a block first says a thing in a cell, then names that
cell in its entry. So every reference resolves, and what a person reads is what a program reads.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from maillon.formats.cda.write_parties import Directory
from maillon.formats.cda.write_xml import LOINC, Element, add, add_code, add_templates
from maillon.formats.document import ClinicalDocument


def derived_id(document: ClinicalDocument, part: str) -> str:
    """A UUID that the same document always gives to the same part."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{document.version.id}/{part}")).upper()


@dataclass(slots=True)
class Draft:
    document: ClinicalDocument
    directory: Directory
    _ids: int = 0
    _sections: int = 0

    def next_id(self) -> str:
        self._ids += 1
        return derived_id(self.document, f"entry/{self._ids}")

    def next_section(self) -> int:
        self._sections += 1
        return self._sections


class Said(NamedTuple):
    key: str
    words: str
    denied: bool


@dataclass(slots=True)
class Row:
    """One line of a table: for each column, the texts said there, each under its own ID."""

    name: str
    cells: dict[str, list[Said]] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)  # column -> ID of the observationMedia shown there
    _said: int = 0

    def say(self, column: str, words: str | None) -> str | None:
        """Puts words in the column; returns the reference by which an entry names them, or None for no words."""
        if not words:
            return None
        return self._say(column, words, denied=False)

    def deny(self, column: str, words: str, *, denied: bool) -> tuple[str, str]:
        """« absence de fièvre »: the references of the whole sentence and of the thing denied. Where nothing is
        denied, both name the words."""
        reference = self._say(column, words, denied=denied)
        return (f"{reference}-abs" if denied else reference), reference

    def _say(self, column: str, words: str, *, denied: bool) -> str:
        self._said += 1
        key = f"{self.name}-{self._said}"
        self.cells.setdefault(column, []).append(Said(key, words, denied))
        return f"#{key}"

    def show(self, column: str, media_id: str) -> None:
        self.media[column] = media_id


@dataclass(slots=True)
class Table:
    columns: tuple[str, ...]
    name: str
    rows: list[Row] = field(default_factory=list)

    def row(self) -> Row:
        row = Row(name=f"{self.name}-l{len(self.rows) + 1}")
        self.rows.append(row)
        return row

    def write(self, text: Element) -> None:
        """Columns in which nothing was said are left out."""
        used = [one for one in self.columns if any(one in row.cells or one in row.media for row in self.rows)]
        table = add(text, "table", border="0")
        heads = add(add(table, "thead"), "tr")
        for column in used:
            add(heads, "th", column)
        body = add(table, "tbody")
        for row in self.rows:
            line = add(body, "tr")
            for column in used:
                _cell(add(line, "td"), row.cells.get(column, ()), row.media.get(column))


def _cell(cell: Element, texts: Sequence[Said], media_id: str | None) -> None:
    for position, said in enumerate(texts):
        if position:
            add(cell, "br")
        holder = cell
        if said.denied:
            holder = add(cell, "content", "absence de ", ID=f"{said.key}-abs")
        add(holder, "content", said.words, ID=said.key)
    if media_id is not None:
        add(cell, "renderMultiMedia", referencedObject=media_id)


@dataclass(slots=True)
class OpenSection:
    """A section that is being written; `close` writes its narrative."""

    draft: Draft
    element: Element
    text: Element
    code: str
    number: int
    tables: list[Table] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)

    def table(self, *columns: str) -> Table:
        table = Table(columns, name=f"s{self.number}-t{len(self.tables) + 1}")
        self.tables.append(table)
        return table

    def entry(
        self, name: str, *, class_code: str, mood: str, link: str | None = None, negated: bool = False
    ) -> Element:
        """A new entry, and in it the clinical statement `name`."""
        holder = add(self.element, "entry", typeCode=link)
        negation = "true" if negated else None
        return add(holder, name, classCode=class_code, moodCode=mood, negationInd=negation)

    def say(self, words: str) -> None:
        self.paragraphs += [line for line in words.split("\n") if line.strip()]

    def close(self) -> None:
        for number, words in enumerate(self.paragraphs, start=1):
            add(add(self.text, "paragraph"), "content", words, ID=f"s{self.number}-p{number}")
        for table in self.tables:
            table.write(self.text)


def open_section(
    parent: Element,
    draft: Draft,
    *,
    templates: tuple[str, ...],
    code: str,
    label: str,
    title: str,
    system: str = LOINC,
    silent: bool = False,
) -> OpenSection:
    """`silent`: a section that only holds others has no narrative of its own."""
    element = add(add(parent, "component"), "section")
    add_templates(element, *templates)
    number = draft.next_section()
    add(element, "id", root=derived_id(draft.document, f"section/{number}"))
    add_code(element, "code", code, system=system, label=label)
    add(element, "title", title)
    text = element if silent else add(element, "text")
    return OpenSection(draft, element, text, code, number)
