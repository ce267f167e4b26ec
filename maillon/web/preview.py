"""A received document that is nobody's yet, read so that a person can decide whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.formats import media
from maillon.formats.cda.read import read_cda
from maillon.formats.document import ClinicalDocument
from maillon.formats.refusal import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`document` for a CDA that reads; else what the browser can show of the bytes by itself, if anything."""

    document: ClinicalDocument | None
    media_type: str


def preview(data: bytes, name: str) -> Preview:
    try:
        return Preview(document=read_cda(data), media_type="text/xml")
    except Refused:
        return Preview(document=None, media_type=media.sniff(data, name))
