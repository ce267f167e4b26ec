"""Which profession reads which type of document: dated content, read as a mask of bits.

Every type of document has a bit, for ever; bit 0 is « type that the matrix does not know ».
"""

from __future__ import annotations

import datetime as dt

WIDTH = 256


def bit_of(type_code: str) -> int:
    """The bit of a document type; 0 for a type that the matrix does not know."""
    return 0


def readable(profession_code: str, *, on: dt.date, with_consent: bool = False) -> str:
    """A mask of WIDTH bits: '1' where the profession reads the type, on that day."""
    return "1" * WIDTH
