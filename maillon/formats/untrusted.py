"""The only door by which XML from outside becomes a tree.

Nothing outside the bytes is ever read (no DTD, no entity, no network, no stylesheet); what the bytes may cost is
bounded before a tree is built. Comments and processing instructions, `xml-stylesheet` included, are dropped unread.
"""

from __future__ import annotations

import codecs
import re
import threading

from lxml import etree

from maillon.formats import refusal_codes as codes
from maillon.formats.refusal_codes import refusal

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 200
MAX_ATTRIBUTES = 500  # per element; the same number bounds the namespace declarations of one element
MAX_TAGS = 400_000  # opening and closing: about 200 000 elements, 50 MB of tree
MAX_NAMES = 5_000  # different ones, of elements and attributes; a CDA has about two hundred
MAX_EQUALS = 400_000  # each attribute needs one

# libxml2 refuses longer text or attribute values unless huge_tree lifts that limit together with the one on depth.
_HUGE_ABOVE = 9_000_000
_SCAN_CHUNK = 1 << 16
_COUNTED_ABOVE = 4 * MAX_TAGS  # `<a/>` is the shortest element
_NAMES_COUNTED_ABOVE = 1 << 18  # names that fit below take about one megabyte for ever
_NAMES_LOOKED_AT_ABOVE = 20_000  # elements and attributes
_NAMESPACES_COUNTED_ABOVE = 1 << 16  # fewer than 6 000 declarations fit below: cheap, even on one element

# Decided on bytes, before the parser: libxml2 alone would also decode UTF-7, in which +ADw- is a « < ».
_ADMITTED = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-15": "iso8859-15",
    "iso8859-15": "iso8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "cp-1252": "cp1252",
}
_UTF16_NAMES = {"utf-16": None, "utf16": None, "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
_UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

_DECLARATION = re.compile(rb"""<\?xml[ \t\r\n][^>]{0,200}?\?>""")
_ENCODING = re.compile(rb"""[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z0-9._:-]{1,40})\1""")
_BLANK = re.compile(rb"[ \t\r\n]*")

_too_deep = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
_too_many_attributes = etree.XPath(f"boolean(//@*[{MAX_ATTRIBUTES + 1}])")
_NAME = re.compile(rb"(?<=<)[^\s<>/=!?]{1,100}|[^\s<>/=\"']{1,100}(?==)")
_parsers = threading.local()


def parse_untrusted(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Root of the tree; Refused (E-FMT-01 to E-FMT-10) for anything doubtful. ISO-8859-1 is read as its superset
    Windows-1252, as every browser does: documents declared so hold typographic apostrophes and « œ »."""
    if not data:
        raise refusal(codes.EMPTY)
    if len(data) > max_bytes:
        raise refusal(codes.TOO_BIG)
    text = _as_utf8(data)
    _refuse_doctype(text)
    _refuse_costly(text)
    root = _parse(text)
    _refuse_abnormal_tree(root)
    return root


def _as_utf8(data: bytes) -> bytes:
    if data.startswith(_UTF32_MARKS):
        raise refusal(codes.ENCODING_NOT_ADMITTED)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _from_utf16(data)
    marked = data.startswith(codecs.BOM_UTF8)
    text = data[3:] if marked else data
    if text[:1] in b" \t\r\n":  # a blank line before the declaration is a common slip, and harmless
        text = text.lstrip(b" \t\r\n")
    if not text:
        raise refusal(codes.EMPTY)
    if text[0] != 0x3C:
        raise refusal(codes.XML_MALFORMED if text[0] not in b"\x00\x4c\xff\xfe+" else codes.ENCODING_NOT_ADMITTED)
    if text[1:2] == b"\x00":  # UTF-16 without its mark
        raise refusal(codes.ENCODING_NOT_ADMITTED)
    codec = _declared_codec(text, marked=marked)
    return text if codec == "utf-8" else _recode(text, codec)


def _declared_codec(text: bytes, *, marked: bool) -> str:
    name = _declared_encoding(text)
    if name is None:
        return "utf-8"
    if name in _UTF16_NAMES:
        raise refusal(codes.ENCODING_CONTRADICTED)
    codec = _ADMITTED.get(name)
    if codec is None:
        raise refusal(codes.ENCODING_NOT_ADMITTED)
    if marked and codec != "utf-8":
        raise refusal(codes.ENCODING_CONTRADICTED)
    return codec


def _declared_encoding(text: bytes) -> str | None:
    declaration = _DECLARATION.match(text)
    found = _ENCODING.search(declaration.group()) if declaration else None
    return found.group(2).decode("ascii").lower().replace("_", "-") if found else None


def _from_utf16(data: bytes) -> bytes:
    codec = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    text = _recode(data[2:], codec)
    name = _declared_encoding(text)
    if name is not None and (name not in _UTF16_NAMES or _UTF16_NAMES[name] not in (None, codec)):
        raise refusal(codes.ENCODING_CONTRADICTED)
    return text


def _recode(data: bytes, codec: str) -> bytes:
    try:
        return data.decode(codec).encode("utf-8")
    except UnicodeError:
        raise refusal(codes.ENCODING_BROKEN) from None


def _refuse_doctype(text: bytes) -> None:
    """A DOCTYPE has one legal place, before the root: the same letters in a comment or in CDATA are only text."""
    end = _end_of_prologue(text)
    if text[end : end + 9].upper() == b"<!DOCTYPE":
        raise refusal(codes.DOCTYPE)


def _end_of_prologue(text: bytes) -> int:
    """Where the root, a DOCTYPE or nonsense begins. Every step is one search: linear, however hostile the bytes."""
    at = 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        closing = b"?>" if text.startswith(b"<?", at) else b"-->" if text.startswith(b"<!--", at) else None
        closed = text.find(closing, at) if closing else -1
        if closing is None or closed < 0:
            return at
        at = closed + len(closing)


def _refuse_costly(text: bytes) -> None:
    """Counting is as slow as a quarter of the parsing: bytes that cannot reach a limit are not counted."""
    if len(text) > _COUNTED_ABOVE and (text.count(b"<") > MAX_TAGS or text.count(b"=") > MAX_EQUALS):
        raise refusal(codes.XML_TOO_MANY_NODES)
    if len(text) > _NAMESPACES_COUNTED_ABOVE:
        _refuse_namespace_flood(text)
    if len(text) > _NAMES_COUNTED_ABOVE:
        _refuse_name_flood(text)
    if len(text) > _HUGE_ABOVE:
        _scan(text)


def _refuse_name_flood(text: bytes) -> None:
    """libxml2 keeps every name it ever met for as long as its thread lives: a flood of names would never be freed."""
    if text.count(b"<") + text.count(b"=") > _NAMES_LOOKED_AT_ABOVE and len(set(_NAME.findall(text))) > MAX_NAMES:
        raise refusal(codes.XML_TOO_MANY_NODES)


def _refuse_namespace_flood(text: bytes) -> None:
    if text.count(b"xmlns") > MAX_ATTRIBUTES and any(tag.count(b"xmlns") > MAX_ATTRIBUTES for tag in text.split(b"<")):
        raise refusal(codes.XML_TOO_MANY_ATTRIBUTES)


def _parse(text: bytes) -> etree._Element:
    try:
        return etree.fromstring(text, _parser(huge=len(text) > _HUGE_ABOVE))  # noqa: S320, TID251 — this is the door
    except etree.XMLSyntaxError as error:
        raise refusal(_code_of(error)) from None


def _code_of(error: etree.XMLSyntaxError) -> str:
    said = str(error)
    if "Excessive depth" in said:
        return codes.XML_TOO_DEEP
    if "character encoding" in said or "not proper UTF-8" in said:
        return codes.ENCODING_BROKEN
    return codes.XML_MALFORMED


def _refuse_abnormal_tree(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise refusal(codes.DOCTYPE)
    if _too_deep(root):
        raise refusal(codes.XML_TOO_DEEP)
    if _too_many_attributes(root):
        raise refusal(codes.XML_TOO_MANY_ATTRIBUTES)


def _parser(*, huge: bool) -> etree.XMLParser:
    name = "huge" if huge else "plain"
    parser = getattr(_parsers, name, None)
    if not isinstance(parser, etree.XMLParser):
        parser = _new_parser(huge=huge)
        setattr(_parsers, name, parser)
    return parser


def _new_parser(*, huge: bool, target: object = None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",  # the bytes are UTF-8 by now, whatever their declaration said
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge,
        target=target,  # type: ignore[arg-type]
    )


class _Limits:
    """Counts while libxml2 streams, and builds nothing."""

    def __init__(self) -> None:
        self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise refusal(codes.XML_TOO_DEEP)
        if len(attributes) > MAX_ATTRIBUTES:
            raise refusal(codes.XML_TOO_MANY_ATTRIBUTES)

    def end(self, tag: str) -> None:
        self.depth -= 1

    def close(self) -> None:
        return None


def _scan(text: bytes) -> None:
    """huge_tree lifts the limit on depth too (2 048): large files are streamed once before they may become a tree."""
    parser = _new_parser(huge=True, target=_Limits())
    try:
        for start in range(0, len(text), _SCAN_CHUNK):
            parser.feed(text[start : start + _SCAN_CHUNK])
        parser.close()
    except etree.XMLSyntaxError as error:
        raise refusal(_code_of(error)) from None
