"""MIME, cut on bytes: depth, number of parts and size of headers are bounded before anything is built.

The standard library's parser recurses once per level and compares every line with every open boundary: nested
messages exhaust its stack, deep ones its time. Here each boundary is searched for, level by level, never deeper
than MAX_DEPTH.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from maillon.formats import refusal_codes as codes
from maillon.formats.mail_headers import parameters
from maillon.formats.refusal_codes import refusal

MAX_DEPTH = 20
MAX_PARTS = 200
MAX_HEADER_BYTES = 256 * 1024
MAX_HEADER_LINES = 2000
_MAX_BOUNDARY = 200
_MAX_NEAR_BOUNDARIES = 10_000  # lines that begin like a boundary and are none

_EMPTY_LINE = re.compile(rb"\r?\n")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_FOLD = re.compile(r"\r?\n(?=[ \t])")


@dataclass(slots=True)
class Part:
    """One node; `children` for a multipart, `body` the encoded bytes for a leaf or a whole attached message."""

    headers: dict[str, list[str]]
    body: bytes
    media_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: list[Part] = field(default_factory=list)

    def header(self, name: str) -> str:
        return self.headers.get(name, [""])[0]

    @property
    def disposition(self) -> str:
        return parameters(self.header("content-disposition"))[0]

    @property
    def file_name(self) -> str:
        return parameters(self.header("content-disposition"))[1].get("filename") or self.parameters.get("name", "")

    def content(self) -> bytes:
        """Decoded; what cannot be decoded stays as it came."""
        encoding = self.header("content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return _from_base64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body


class _Budget:
    def __init__(self) -> None:
        self.parts = 0

    def take_part(self) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise refusal(codes.MAIL_TOO_MANY_PARTS)


def read_mime(data: bytes) -> Part:
    """Refused: E-FMT-51 (depth), 52 (parts), 53 (headers), 54 (no header at all)."""
    root = _part(data, (0, len(data)), depth=0, budget=_Budget())
    if not root.headers:
        raise refusal(codes.MAIL_UNREADABLE)
    return root


def read_headers(data: bytes) -> dict[str, list[str]]:
    return _headers(data, 0, len(data))[0]


def _part(data: bytes, span: tuple[int, int], *, depth: int, budget: _Budget, default: str = "text/plain") -> Part:
    """`span` bounds the part in the one buffer: copying at each level would multiply a large message by its depth."""
    if depth > MAX_DEPTH:
        raise refusal(codes.MAIL_TOO_DEEP)
    budget.take_part()
    start, end = span
    headers, body_at = _headers(data, start, end)
    media_type, given = parameters(headers.get("content-type", [default])[0])
    part = Part(headers=headers, body=b"", media_type=media_type or default, parameters=given)
    boundary = given.get("boundary", "").encode("utf-8", "replace")
    if part.media_type.startswith("multipart/") and 0 < len(boundary) <= _MAX_BOUNDARY:
        inner = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        part.children = [
            _part(data, piece, depth=depth + 1, budget=budget, default=inner)
            for piece in _cut(data, (body_at, end), boundary)
        ]
    if not part.children:
        part.body = data[body_at:end]
    return part


def _headers(data: bytes, start: int, end: int) -> tuple[dict[str, list[str]], int]:
    limit = min(end, start + MAX_HEADER_BYTES)
    at_once = _EMPTY_LINE.match(data, start, limit)
    if at_once:
        return {}, at_once.end()
    blank = _BLANK_LINE.search(data, start, limit)
    if blank is None and end > limit:
        raise refusal(codes.MAIL_HEADERS)
    block, body_at = (data[start : blank.start()], blank.end()) if blank else (data[start:end], end)
    if b"\x00" in block or block.count(b"\n") > MAX_HEADER_LINES:
        raise refusal(codes.MAIL_HEADERS)
    headers: dict[str, list[str]] = {}
    for line in _FOLD.sub("", _text(block)).split("\n"):
        found = _FIELD.match(line)
        if found:
            headers.setdefault(found.group(1).lower(), []).append(found.group(2).strip())
    return headers, body_at if headers else start  # a body without headers, as RFC 2046 allows


def _text(block: bytes) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return block.decode("cp1252", "replace")


def _cut(data: bytes, span: tuple[int, int], boundary: bytes) -> list[tuple[int, int]]:
    """Spans of the parts. The line break before a boundary belongs to it; the body follows a line break."""
    body_at, end = span
    mark = b"\n--" + boundary
    pieces: list[tuple[int, int]] = []
    start: int | None = None
    for at, next_line, is_last in _boundaries(data, mark, (max(body_at - 1, 0), end)):
        if start is not None:
            pieces.append((start, at - 1 if at > start and data[at - 1] == 0x0D else max(at, start)))
        start = None if is_last else next_line
        if is_last or len(pieces) > MAX_PARTS:
            break
    if start is not None and start < end:  # the closing boundary is missing: the last part runs to the end
        pieces.append((start, end))
    return pieces


def _boundaries(data: bytes, mark: bytes, span: tuple[int, int]) -> Iterator[tuple[int, int, bool]]:
    """(line break before, start of the next line, closing?) of each boundary."""
    start, end = span
    at = data.find(mark, start, end)
    for _ in range(_MAX_NEAR_BOUNDARIES):
        if at < 0:
            return
        after = at + len(mark)
        line_end = data.find(b"\n", after, end)
        line_end = end if line_end < 0 else line_end
        tail = data[after : min(line_end, after + _MAX_BOUNDARY)].strip()
        if tail in (b"", b"--"):
            yield at, min(line_end + 1, end), bool(tail)
        at = data.find(mark, max(line_end, at + 1), end)
    raise refusal(codes.MAIL_TOO_MANY_PARTS)


def _from_base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:
        pass
    try:
        return binascii.a2b_base64(body + b"==")
    except binascii.Error:
        return body
