"""MTOM (W3C SOAP Message Transmission Optimization Mechanism): one XML part and the bytes that it includes.

Read strictly: a message without its closing boundary is half a message, and half a message is none.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from maillon.formats.refusal import Refused

XOP: Final = "application/xop+xml"
SOAP_TYPE: Final = "application/soap+xml"
MOST_PARTS: Final = 60
_PARAMETER: Final = re.compile(r';\s*([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))')
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """`parts`: bytes by content id, without its angle brackets."""

    xml: bytes
    parts: Mapping[str, bytes]


def write_mtom(xml: bytes, parts: Mapping[str, bytes], *, action: str) -> tuple[str, bytes]:
    """Content-Type and body. The boundary is one that no part holds."""
    boundary = f"maillon-{uuid.uuid4().hex}"
    lines: list[bytes] = []

    def part(content_id: str, content_type: str, data: bytes) -> None:
        head = (
            f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: <{content_id}>\r\n\r\n"
        )
        lines.extend((head.encode(), data, b"\r\n"))

    part("racine@maillon", f'{XOP}; charset=UTF-8; type="{SOAP_TYPE}"', xml)
    for content_id, data in parts.items():
        part(content_id, "application/octet-stream", data)
    lines.append(f"--{boundary}--\r\n".encode())
    content_type = (
        f'multipart/related; boundary="{boundary}"; type="{XOP}"; start="<racine@maillon>"; '
        f'start-info="{SOAP_TYPE}"; action="{action}"'
    )
    return content_type, b"".join(lines)


def read_message(content_type: str, body: bytes) -> Package:
    """A SOAP 1.2 message, alone or with its parts. Raises E-XDS-01 for what is neither, or is not whole."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in (SOAP_TYPE, "text/xml", "application/xml"):
        return Package(xml=body, parts={})
    if kind != "multipart/related":
        raise Refused("E-XDS-01", "La réponse n’est pas un message SOAP.")
    said = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(content_type)}
    found = _parts(body, said.get("boundary", ""))
    start = said.get("start", "").strip("<>") or next(iter(found))
    if start not in found:
        raise Refused("E-XDS-01", "Le message n’a pas de partie principale.")
    return Package(xml=found.pop(start), parts=found)


def _parts(body: bytes, boundary: str) -> dict[str, bytes]:
    if not _BOUNDARY.fullmatch(boundary):
        raise Refused("E-XDS-01", "La frontière du message n’est pas lisible.")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise Refused("E-XDS-01", "Le message s’arrête avant sa fin.")
    if len(pieces) > MOST_PARTS:
        raise Refused("E-XDS-01", "Le message a trop de parties.")
    found: dict[str, bytes] = {}
    for number, piece in enumerate(pieces[1:-1]):
        head, blank, data = piece.partition(b"\r\n\r\n")
        if not blank or not head.startswith(b"\r\n") or len(head) > 2000:
            raise Refused("E-XDS-01", "Une partie du message n’a pas d’en-tête.")
        content_id = _content_id(head.decode("ascii", "replace")) or f"partie-{number}"
        if content_id in found:
            raise Refused("E-XDS-01", "Deux parties du message portent le même nom.")
        found[content_id] = data
    return found


def _content_id(head: str) -> str:
    for line in head.split("\r\n"):
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == "content-id":
            return value.strip().strip("<>")
    return ""
