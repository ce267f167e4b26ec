"""The narrative block of a section as clean HTML: an allow-list renderer, then a second pass by nh3.

Nothing of the source goes through but text, table spans, style words and safe links. No style, no script, no image
from outside; an element that is not known gives its text. Ids are prefixed so that they cannot meet those of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Final

import nh3

from maillon.formats.cda.hl7 import NS, Element, own_text
from maillon.formats.cda.narrative_text import ACTIVE

PREFIX: Final = "cda-"

_SIMPLE: Final = {
    "paragraph": "p", "caption": "caption", "table": "table", "tr": "tr", "tbody": "tbody", "thead": "thead",
    "tfoot": "tfoot", "sub": "sub", "sup": "sup", "item": "li",
}  # fmt: skip
_ROWS: Final = frozenset({"table", "tr", "tbody", "thead", "tfoot", "ul", "ol"})  # no words of their own
_STYLES: Final = {"bold": "strong", "italics": "em", "emphasis": "em", "underline": "u"}
_LISTS: Final = {"arabic": "ol", "littleroman": "ol", "bigroman": "ol", "littlealpha": "ol", "bigalpha": "ol"}
_ALIGN: Final = frozenset({"left", "center", "right", "justify"})
_LINK: Final = re.compile(r"(?:https?://[^\s\"'<>\\]+|mailto:[^\s\"'<>\\]+)\Z", re.IGNORECASE)
_ID: Final = re.compile(r"[^\w.-]")

_ALLOWED: Final = {
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "ul", "ol", "li", "br", "sub", "sup", "span",
    "strong", "em", "u", "del", "ins", "a", "small", "div",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "*": {"id", "class"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "a": {"href"},
    "span": {"data-attachment"},
}


def to_html(narrative: Element, *, attachments: Mapping[str, tuple[int, str]], prefix: str = PREFIX) -> str:
    """`attachments`: ID of each observationMedia -> its place among the document's attachments and its title."""
    pieces: list[str] = []
    _Renderer(pieces, attachments, prefix).inside(narrative, head=False)
    return nh3.clean(
        "".join(pieces),
        tags=_ALLOWED,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


class _Renderer:
    __slots__ = ("_attachments", "_pieces", "_prefix")

    def __init__(self, pieces: list[str], attachments: Mapping[str, tuple[int, str]], prefix: str) -> None:
        self._pieces = pieces
        self._attachments = attachments
        self._prefix = prefix

    def inside(self, element: Element, *, head: bool) -> None:
        self._say(element.text)
        for child in element:
            tag = child.tag
            if isinstance(tag, str):
                self._element(child, tag.removeprefix(NS).rpartition("}")[2], head=head)
            self._say(child.tail)

    def _say(self, text: str | None) -> None:
        if text:
            self._pieces.append(escape(text))

    def _element(self, element: Element, name: str, *, head: bool) -> None:
        special = _SPECIAL.get(name)
        if special is not None:
            special(self, element, head)
        elif name in _SIMPLE:
            self._wrap(element, _SIMPLE[name], head=head or name == "thead")
        elif name.lower() not in ACTIVE:
            self.inside(element, head=head)

    def _wrap(self, element: Element, html: str, *, head: bool, attributes: str = "") -> None:
        tags = [] if html in _ROWS else _styles(element)
        self._pieces.append(f"<{html}{self._id(element)}{attributes}>")
        self._pieces += [f"<{tag}>" for tag in tags]
        self.inside(element, head=head)
        self._pieces += [f"</{tag}>" for tag in reversed(tags)]
        self._pieces.append(f"</{html}>")

    def _id(self, element: Element) -> str:
        key = element.get("ID")
        return f' id="{self.anchor(key)}"' if key else ""

    def anchor(self, key: str) -> str:
        return escape(self._prefix + _ID.sub("_", key))

    def cell(self, element: Element, head: bool) -> None:
        """A heading cell says what it heads: a column in thead, a row elsewhere (RGAA 5.6, 5.7)."""
        is_heading = head or element.tag == NS + "th"
        spans = "".join(f' {name}="{span}"' for name in ("colspan", "rowspan") if (span := _span(element, name)))
        scope = (' scope="col"' if head or _alone_in_row(element) else ' scope="row"') if is_heading else ""
        align = (element.get("align") or "").lower()
        place = f' class="align-{align}"' if align in _ALIGN else ""
        self._wrap(element, "th" if is_heading else "td", head=head, attributes=scope + spans + place)

    def content(self, element: Element, head: bool) -> None:
        revised = {"delete": "del", "insert": "ins"}.get(element.get("revised") or "")
        tags = ([revised] if revised else []) + _styles(element)
        key = self._id(element)
        self._pieces += ([f"<span{key}>"] if key else []) + [f"<{tag}>" for tag in tags]
        self.inside(element, head=head)
        self._pieces += [f"</{tag}>" for tag in reversed(tags)] + (["</span>"] if key else [])

    def listing(self, element: Element, head: bool) -> None:
        numbered = element.get("listType") == "ordered" or any(
            word in _LISTS for word in (element.get("styleCode") or "").lower().split()
        )
        caption = next((child for child in element if child.tag == NS + "caption"), None)
        if caption is not None:
            self._wrap(caption, "p", head=head)
        html = "ol" if numbered else "ul"
        self._pieces.append(f"<{html}{self._id(element)}>")
        for child in element:
            if child.tag == NS + "item":
                self._wrap(child, "li", head=head)
            elif child is not caption and isinstance(child.tag, str):
                self._pieces.append("<li>")
                self._element(child, child.tag.rpartition("}")[2], head=head)
                self._pieces.append("</li>")
        self._pieces.append(f"</{html}>")

    def line_break(self, element: Element, head: bool) -> None:
        self._pieces.append("<br>")
        self.inside(element, head=head)

    def link(self, element: Element, head: bool) -> None:
        href = (element.get("href") or "").strip()
        if href.startswith("#") and len(href) > 1:
            target = f"#{self.anchor(href[1:])}"
        elif _LINK.match(href):
            target = escape(href)
        else:
            self.inside(element, head=head)
            return
        self._pieces.append(f'<a href="{target}">')
        self.inside(element, head=head)
        if own_text(element) is None:
            self._say(href)
        self._pieces.append("</a>")

    def media(self, element: Element, head: bool) -> None:
        """An attachment is named, never loaded: the page gives it through its own address."""
        for key in (element.get("referencedObject") or "").split():
            place = self._attachments.get(key)
            if place is None:
                self._pieces.append('<span class="cda-missing">[pièce jointe absente du document]</span>')
            else:
                self._pieces.append(f'<span class="cda-attachment" data-attachment="{place[0]}">')
                self._say(place[1])
                self._pieces.append("</span>")
        self.inside(element, head=head)

    def footnote(self, element: Element, head: bool) -> None:
        self._wrap(element, "small", head=head, attributes=' class="cda-footnote"')

    def footnote_reference(self, element: Element, head: bool) -> None:
        key = element.get("IDREF")
        if key:
            self._pieces.append(f'<sup><a href="#{self.anchor(key)}">*</a></sup>')
        self.inside(element, head=head)

    def columns(self, element: Element, head: bool) -> None:
        """Widths of columns are for print layouts: nothing to read."""
        self.inside(element, head=head)


_SPECIAL: Final[dict[str, Callable[[_Renderer, Element, bool], None]]] = {
    "td": _Renderer.cell,
    "th": _Renderer.cell,
    "content": _Renderer.content,
    "list": _Renderer.listing,
    "br": _Renderer.line_break,
    "linkHtml": _Renderer.link,
    "renderMultiMedia": _Renderer.media,
    "footnote": _Renderer.footnote,
    "footnoteRef": _Renderer.footnote_reference,
    "colgroup": _Renderer.columns,
    "col": _Renderer.columns,
}


def _styles(element: Element) -> list[str]:
    """`BoldItalics` is written as one word by some, as two by others."""
    words = re.findall(r"bold|italics|emphasis|underline", (element.get("styleCode") or "").lower())
    return list(dict.fromkeys(_STYLES[word] for word in words))


def _span(element: Element, name: str) -> int | None:
    written = element.get(name, "")
    return int(written) if written.isascii() and written.isdigit() and 1 < int(written[:4]) <= 100 else None


def _alone_in_row(element: Element) -> bool:
    """A row of headings outside thead heads columns, a heading among cells heads its row."""
    row = element.getparent()
    return row is not None and all(child.tag == NS + "th" for child in row)
