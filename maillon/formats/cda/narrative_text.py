"""The narrative as plain text, and where each of its ids points.

One pass gives both: the ids are what `originalText/reference` and `text/reference` name.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from maillon.formats.cda.hl7 import NS, Element, squeezed

# U+FFFE and U+FFFF cannot occur in XML: they stand for the end of a cell and of a line until the spaces are squeezed.
_CELL: Final = "\ufffe"
_LINE: Final = "\uffff"

_BREAKS: Final = {
    **dict.fromkeys((NS + "td", NS + "th"), _CELL),
    **{NS + name: _LINE for name in ("paragraph", "table", "thead", "tbody", "tfoot", "tr", "list", "item", "caption")},
    NS + "br": _LINE,
}
_OPENS_LINE: Final = frozenset(NS + name for name in ("paragraph", "table", "tr", "list", "item", "caption"))

# Two hundred nested elements, each named by an entry, would copy the whole narrative two hundred times. The section
# shows the text in full.
MAX_REFERENCED: Final = 20_000

# Elements that run or fetch something have no place in a CDA narrative: their content is not text.
ACTIVE: Final = frozenset({"script", "style", "object", "embed", "iframe", "applet", "frame", "meta", "link", "svg"})

_HARMLESS: Final = frozenset(
    [*_BREAKS, *(NS + name for name in ("content", "sub", "sup", "linkHtml", "renderMultiMedia", "footnote", "col"))]
)


# One evaluation per narrative, compiled once: a quarter of the price of `itertext`.
_texts_of: Final = etree.XPath(".//text()", smart_strings=False)


class Narrative:
    """Every element of the narratives that carries an id, and its text on demand: most readings of a laboratory report
    need neither, since its codes carry their labels."""

    __slots__ = ("_blocks", "_elements", "_texts", "active", "duplicates")

    def __init__(self, blocks: list[Element]) -> None:
        self._blocks = blocks
        self._elements: dict[str, Element] | None = None
        self._texts: dict[str, str | None] = {}
        self.duplicates = 0
        self.active = 0  # elements whose content was left out because it is a programme

    @property
    def elements(self) -> dict[str, Element]:
        if self._elements is None:
            self._elements = self._indexed()
        return self._elements

    def _indexed(self) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for block in self._blocks:
            for element in block.iter():
                key = element.get("ID")
                if key is None:
                    continue
                if key in found:
                    self.duplicates += 1
                else:
                    found[key] = element
        return found

    def read(self, element: Element) -> str:
        """The plain text of a narrative block: a line per row, a tab between cells."""
        pieces: list[str] = []
        self._gather(element, pieces)
        return _laid_out(pieces)

    def lookup(self, reference: str | None) -> str | None:
        """The text under `#id` (or `id`: the sharp sign is often forgotten); None where it points nowhere."""
        key = (reference or "").lstrip("#").strip()
        if not key:
            return None
        if key not in self._texts:
            self._texts[key] = self._text_under(key)
        return self._texts[key]

    def knows(self, reference: str) -> bool:
        return reference.lstrip("#").strip() in self.elements

    def _text_under(self, key: str) -> str | None:
        element = self.elements.get(key)
        if element is None:
            return None
        if _is_too_long(element):
            return _beginning_of(element)
        pieces: list[str] = []
        self._gather(element, pieces)
        return squeezed(_laid_out(pieces))

    def _gather(self, element: Element, pieces: list[str]) -> None:
        if element.text:
            pieces.append(element.text)
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and not self._is_active(tag):
                if tag in _OPENS_LINE:
                    pieces.append(_LINE)
                self._gather(child, pieces)
                if tag in _BREAKS:
                    pieces.append(_BREAKS[tag])
            if child.tail:
                pieces.append(child.tail)

    def _is_active(self, tag: str) -> bool:
        if tag in _HARMLESS or tag.rpartition("}")[2].lower() not in ACTIVE:
            return False
        self.active += 1
        return True


def _is_too_long(element: Element) -> bool:
    length = 0
    for piece in element.itertext():
        length += len(piece)
        if length > MAX_REFERENCED:
            return True
    return False


def _beginning_of(element: Element) -> str:
    pieces: list[str] = []
    length = 0
    for piece in map(str, element.itertext()):
        pieces.append(piece)
        length += len(piece)
        if length > MAX_REFERENCED:
            break
    return " ".join("".join(pieces)[:MAX_REFERENCED].split()) + "…"


def _laid_out(pieces: list[str]) -> str:
    if len(pieces) == 1:
        return " ".join(pieces[0].split())
    text = " ".join("".join(pieces).split())
    if _LINE not in text and _CELL not in text:
        return text
    lines = ("\t".join(cell.strip() for cell in line.split(_CELL)).strip() for line in text.split(_LINE))
    return "\n".join(line for line in lines if line)


def words_of(block: Element) -> str:
    """Every word of a narrative, for the search: no layout, at a third of the price of `Narrative.read`.
    What an active element holds is searched too, and never shown."""
    pieces: list[str] = _texts_of(block)  # type: ignore[assignment]  # text nodes only, by the expression
    return " ".join(" ".join(pieces).split())
