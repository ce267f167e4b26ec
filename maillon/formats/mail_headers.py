"""What a mail's header lines say: words in other encodings, addresses, parameters, subject conventions of MSSanté.

The standard library's structured header parser is not used: it recurses on comments, is quadratic on encoded words,
and reads « alice@mssante.fr <bob@evil.example> » as a message from Alice.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
import urllib.parse
from dataclasses import dataclass

ADMITTED_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-15": "iso8859-15",
    "utf-16": "utf-16",
}
MAX_LINE = 4096  # of a decoded subject, label or file name
MAX_ADDRESSES = 200

_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_-]{1,20})(?:\*[A-Za-z-]{1,10})?\?([bBqQ])\?([^? ]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
_PARAMETER = re.compile(r""";\s*([A-Za-z0-9!#$&+.^_`|~*-]{1,60})\s*=\s*("(?:[^"\\]|\\.)*+"|[^;"\s]*)""", re.DOTALL)
_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`address` is None when the text names none; `doubtful` when a reader could take it for somebody else."""

    address: str | None
    label: str = ""
    doubtful: bool = False


def decoded(raw: str) -> str:
    """One line of plain text: encoded words decoded, controls and reversing marks gone."""
    text = _ENCODED_WORD.sub(_decoded_word, _BETWEEN_WORDS.sub(r"\1", raw[: 4 * MAX_LINE]))
    return " ".join(printable(text).split())[:MAX_LINE]


def _decoded_word(word: re.Match[str]) -> str:
    charset = ADMITTED_CHARSETS.get(word.group(1).lower())
    if charset is None:
        return word.group()
    try:
        if word.group(2) in "bB":
            data = binascii.a2b_base64(word.group(3) + "=" * (-len(word.group(3)) % 4))
        else:
            data = binascii.a2b_qp(word.group(3), header=True)
        return data.decode(charset, "replace")
    except (binascii.Error, ValueError):
        return word.group()


def printable(text: str) -> str:
    """Without control, reversing and unpaired characters, which show one thing and say another."""
    return "".join(
        " " if letter in "\t\r\n" else letter
        for letter in text
        if letter in "\t\r\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
    )


def addresses(raw: str) -> list[Address]:
    return [_address(piece) for piece in _pieces(raw[:65536])[:MAX_ADDRESSES] if piece.strip()]


def sender(values: list[str]) -> Address:
    """One From, one address; otherwise nobody is named, and the doubt is said."""
    found = [each for value in values for each in addresses(value)]
    named = [each for each in found if each.address]
    if len(named) != 1:
        return Address(address=None, label=decoded(values[0]) if values else "", doubtful=bool(values))
    only = named[0]
    return Address(address=only.address, label=only.label, doubtful=only.doubtful or len(found) > 1 or len(values) > 1)


def _pieces(raw: str) -> list[str]:
    """Cut at the commas that are outside quotes, comments and angle brackets; a group's name is dropped."""
    pieces, start, closing, at = [], 0, "", 0
    while at < len(raw):
        letter = raw[at]
        if letter == "\\":
            at += 1
        elif closing:
            closing = "" if letter == closing else closing
        elif letter in '"(<':
            closing = {'"': '"', "(": ")", "<": ">"}[letter]
        elif letter in ",;":
            pieces.append(raw[start:at])
            start = at + 1
        elif letter == ":":
            start = at + 1
        at += 1
    return [*pieces, raw[start:]]


def _address(piece: str) -> Address:
    before, opened, rest = piece.rpartition("<")
    if not opened:
        bare = _without_comments(piece).strip()
        return Address(address=_mailbox(bare), label="" if _mailbox(bare) else decoded(_unquoted(bare)))
    inside, closed, after = rest.partition(">")
    address = _mailbox(inside.strip())
    label = decoded(_unquoted(decoded(before)))
    return Address(address=address, label=label, doubtful=_deceives(label, address, after) or not closed)


def _deceives(label: str, address: str | None, after: str) -> bool:
    """A label that shows another address than the true one, or text after the address."""
    shown = {found.lower() for found in _MAILBOX.findall(label)}
    return bool(shown - {address}) or "<" in label or bool(_without_comments(after).strip())


def _mailbox(text: str) -> str | None:
    return text.lower() if len(text) <= 254 and _MAILBOX.fullmatch(text) else None


def _without_comments(text: str) -> str:
    return re.sub(r"\([^()]*\)", "", text)


def _unquoted(text: str) -> str:
    text = text.strip()
    return _ESCAPED.sub(r"\1", text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


def parameters(raw: str) -> tuple[str, dict[str, str]]:
    """(value in lower case, parameters) of Content-Type or Content-Disposition, RFC 2231 pieces put together."""
    value = raw.partition(";")[0].strip().lower()
    found = {match.group(1).lower(): decoded(_unquoted(match.group(2))) for match in _PARAMETER.finditer(raw[:8192])}
    return value, {**_extended(found), **{name: text for name, text in found.items() if "*" not in name}}


def _extended(found: dict[str, str]) -> dict[str, str]:
    """`name*=UTF-8''…` and `name*0*=…; name*1=…`."""
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    for key, text in found.items():
        name, star, order = key.partition("*")
        if star:
            number = order.rstrip("*")
            if len(number) <= 2 and (number.isdigit() or not number):
                pieces.setdefault(name, []).append((int(number or 0), text, key.endswith("*")))
    return {name: _percent_decoded(sorted(parts)) for name, parts in pieces.items()}


def _percent_decoded(parts: list[tuple[int, str, bool]]) -> str:
    charset, whole = "utf-8", b""
    for index, (_, piece, extended) in enumerate(parts):
        text = piece
        if extended and index == 0 and piece.count("'") >= 2:
            announced, _, text = piece.split("'", 2)
            charset = ADMITTED_CHARSETS.get(announced.lower(), "utf-8")
        whole += urllib.parse.unquote_to_bytes(text) if extended else text.encode("utf-8")
    return printable(whole.decode(charset, "replace"))


def safe_file_name(name: str, *, fallback: str) -> str:
    """A name to show and to offer for saving: its last step, printable, short, never empty or hidden."""
    step = re.split(r"[/\\]", printable(name))[-1]
    step = re.sub(r'[<>:"|?*\x00]', "_", step).strip(" .")
    if len(step) > 120:
        stem, dot, suffix = step.rpartition(".")
        step = f"{stem[:110]}.{suffix[:8]}" if dot else step[:120]
    return step or fallback
