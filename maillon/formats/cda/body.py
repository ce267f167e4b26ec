"""The sections of a structured body, in the order of the document, and the text of their narratives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from maillon.formats.cda.hl7 import (
    AUTHOR,
    CODE,
    COMPONENT,
    ENTRY,
    NS,
    SECTION,
    TEXT,
    TITLE,
    Element,
    first,
    own_text,
    parts_of,
)
from maillon.formats.cda.narrative_text import Narrative, words_of
from maillon.formats.document import Author

STRUCTURED_BODY: Final = NS + "structuredBody"
NON_XML_BODY: Final = NS + "nonXMLBody"


@dataclass(slots=True)
class SectionPart:
    """A section of the tree. `narratives` are its own, without those of the sections inside it: one, if any."""

    element: Element
    level: int
    code: str | None
    system: str | None
    title: str | None
    narratives: list[Element]
    entries: list[Element]
    author: Element | None
    unread: int = 0
    comments: list[str] = field(default_factory=list)
    validators: list[Author] = field(default_factory=list)

    @property
    def words(self) -> str:
        return "\n".join(map(words_of, self.narratives))


@dataclass(slots=True)
class Body:
    sections: list[SectionPart]
    narrative: Narrative
    unstructured: Element | None = None  # nonXMLBody


def read_body(components: list[Element]) -> Body:
    """`components` are the `component` children of ClinicalDocument: one in a document that conforms."""
    blocks: list[Element] = []
    body = Body([], Narrative(blocks))
    for component in components:
        for child in component:
            if child.tag == STRUCTURED_BODY:
                _add_sections(child, body, level=1)
            elif child.tag == SECTION:  # a body that was forgotten
                _add_section(child, body, level=1)
            elif child.tag == NON_XML_BODY and body.unstructured is None:
                body.unstructured = child
    for section in body.sections:
        blocks += section.narratives
    return body


def _add_sections(parent: Element, body: Body, *, level: int) -> None:
    for component in parent:
        if component.tag == SECTION:
            _add_section(component, body, level=level)
        elif component.tag == COMPONENT:
            for section in component:
                if section.tag == SECTION:
                    _add_section(section, body, level=level)


def _add_section(element: Element, body: Body, *, level: int) -> None:
    parts = parts_of(element)
    code = first(parts, CODE)
    part = SectionPart(
        element=element,
        level=level,
        code=code.get("code") if code is not None else None,
        system=code.get("codeSystem") if code is not None else None,
        title=own_text(first(parts, TITLE)) or _display(code),
        narratives=parts.get(TEXT, []),
        entries=parts.get(ENTRY, []),
        author=first(parts, AUTHOR),
    )
    body.sections.append(part)
    if COMPONENT in parts:
        _add_sections(element, body, level=level + 1)


def _display(code: Element | None) -> str | None:
    return code.get("displayName") if code is not None else None
