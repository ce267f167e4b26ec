"""The files inside a CDA: `nonXMLBody`, `observationMedia` and encapsulated values, decoded and identified."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import Final

from maillon.formats import media
from maillon.formats.cda.body import Body
from maillon.formats.cda.clinical import Clinical, MediaPart
from maillon.formats.cda.hl7 import (
    OBSERVATION_MEDIA,
    REFERENCE,
    REGION_OF_INTEREST,
    TEXT,
    Element,
    child_of,
    inner_text,
)
from maillon.formats.document import Anomaly, Attachment

MAX_INFLATED: Final = 50 * 1024 * 1024  # a compressed file (ED/@compression) is not opened beyond

_BLANKS: Final = str.maketrans("", "", " \t\r\n")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_TEXTS: Final = frozenset({"text/plain", "text/rtf", "text/html", "text/xml", "application/rtf"})

# Names under which the same kind of file goes; a family that differs from what the bytes show is a mismatch.
_ALIASES: Final = {
    "image/jpg": media.JPEG,
    "image/pjpeg": media.JPEG,
    "text/rtf": media.RTF,
    "application/x-pdf": media.PDF,
    "application/msword": media.OLE,
    "application/vnd.ms-excel": media.OLE,
    "application/vnd.ms-powerpoint": media.OLE,
    "application/xml": media.XML,
    "text/x-hl7-text+xml": media.XML,
    "image/tif": media.TIFF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    attachments: tuple[Attachment, ...]
    positions: dict[str, int]  # ID of the observationMedia -> place among the attachments
    anomalies: tuple[Anomaly, ...]


def read_attachments(body: Body, clinical: Clinical, *, title: str | None) -> Files:
    parts = list(clinical.media)
    if body.unstructured is not None and (text := child_of(body.unstructured, TEXT)) is not None:
        parts.insert(0, MediaPart(text, None, title))
    attachments: list[Attachment] = []
    positions: dict[str, int] = {}
    anomalies: dict[str, Anomaly] = {}
    for part in parts:
        attachment = _attachment(part, anomalies)
        if attachment is not None:
            if part.id:
                positions.setdefault(part.id, len(attachments))
            attachments.append(attachment)
    return Files(attachments=tuple(attachments), positions=positions, anomalies=tuple(anomalies.values()))


def _attachment(part: MediaPart, anomalies: dict[str, Anomaly]) -> Attachment | None:
    data = _bytes_of(part.element, anomalies)
    if data is None:
        return None
    declared = (part.element.get("mediaType") or "").split(";")[0].strip().lower()
    _check_integrity(part.element, data, anomalies)
    return Attachment(
        media_type=_media_type(declared, data, anomalies),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        title=part.title,
        section_code=part.section,
        kind=part.kind,
        at=part.at,
        data=data,
    )


def _bytes_of(element: Element, anomalies: dict[str, Anomaly]) -> bytes | None:
    text = inner_text(element)
    if not text.strip():
        where = child_of(element, REFERENCE)
        _note(anomalies, "C-41" if where is not None else "C-42")
        return None
    if not _is_base64(element, text):
        return text.strip().encode()
    try:
        data = base64.b64decode(_padded(text.translate(_BLANKS)), validate=True)
    except (binascii.Error, ValueError):
        _note(anomalies, "C-43")
        data = _salvaged(text)
    return _inflated(element, data, anomalies) if element.get("compression") else data


def _is_base64(element: Element, text: str) -> bool:
    """Declared, or evident: a PDF whose `representation` was forgotten is base64 all the same."""
    if element.get("representation") == "B64":
        return True
    declared = (element.get("mediaType") or "text/plain").split(";")[0].strip().lower()
    return declared not in _TEXTS and _BASE64.fullmatch(text.translate(_BLANKS)) is not None


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _salvaged(text: str) -> bytes:
    """What can be decoded of a damaged file: kept, and said to be damaged."""
    try:
        return base64.b64decode(_padded(re.sub(r"[^A-Za-z0-9+/]", "", text)))
    except (binascii.Error, ValueError):
        return text.encode()


def _inflated(element: Element, data: bytes, anomalies: dict[str, Anomaly]) -> bytes:
    """DF, ZL and GZ (HL7 CompressionAlgorithm); anything else stays as it is."""
    window = {"DF": -15, "ZL": 15, "GZ": 31}.get(element.get("compression") or "")
    if window is None:
        return data
    machine = zlib.decompressobj(window)
    try:
        opened = machine.decompress(data, MAX_INFLATED)
    except zlib.error:
        _note(anomalies, "C-43")
        return data
    if not machine.eof:
        _note(anomalies, "C-43")
        return data
    return opened


def _media_type(declared: str, data: bytes, anomalies: dict[str, Anomaly]) -> str:
    """What the bytes show, where they show something; the declared type decides between texts."""
    seen = media.sniff(data)
    if not declared:
        return seen
    if seen in (media.UNKNOWN, media.TEXT):
        if seen == media.TEXT and declared not in _TEXTS and not declared.startswith("text/"):
            _note(anomalies, "C-40")
            return media.TEXT
        return declared
    if _ALIASES.get(declared, declared) != seen and not _same_family(declared, seen):
        _note(anomalies, "C-40")
        return seen
    return declared if declared not in ("image/jpg", "image/pjpeg") else media.JPEG


def _same_family(declared: str, seen: str) -> bool:
    return seen == media.CDA and declared in ("text/xml", "application/xml")


def _check_integrity(element: Element, data: bytes, anomalies: dict[str, Anomaly]) -> None:
    announced = element.get("integrityCheck")
    if not announced:
        return
    digest = hashlib.sha256(data) if element.get("integrityCheckAlgorithm") == "SHA-256" else _sha1(data)
    if base64.b64encode(digest.digest()).decode() != announced.strip():
        _note(anomalies, "C-44")


def _sha1(data: bytes) -> hashlib._Hash:
    return hashlib.sha1(data, usedforsecurity=False)  # the default algorithm of HL7 V3 ED


_MESSAGES: Final = {
    "C-40": "Le type annoncé d’une pièce jointe n’est pas celui de son contenu.",
    "C-41": "Une pièce jointe est désignée par un lien\u202f: elle n’est pas dans le document.",
    "C-42": "Une pièce jointe est vide.",
    "C-43": "Une pièce jointe est altérée\u202f: son codage n’est pas valide.",
    "C-44": "L’empreinte annoncée d’une pièce jointe n’est pas celle de son contenu.",
}


def _note(anomalies: dict[str, Anomaly], code: str) -> None:
    anomalies.setdefault(code, Anomaly(code=code, message=_MESSAGES[code]))


def text_of_files(files: Files) -> str:
    """Plain text of the text attachments, for the search."""
    return "\n".join(one.data.decode("utf-8", "replace") for one in files.attachments if one.media_type == "text/plain")


def media_ids(tree: Element) -> set[str]:
    """Every ID that a reference may name outside the narratives."""
    return {key for one in tree.iter(OBSERVATION_MEDIA, REGION_OF_INTEREST) if (key := one.get("ID"))}
