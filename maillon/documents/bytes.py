"""Bytes, kept once by their SHA-256. A document and the message that brought it share nothing but this shelf."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

from maillon.kernel import sql

WORTH_COMPRESSING = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """`encoding` is « deflate » when compression pays (level 1: a quarter of the time of level 6 for the same order
    of gain)."""

    sha256: bytes
    size: int
    encoding: str
    data: bytes


def pack(data: bytes) -> Packed:
    digest = hashlib.sha256(data).digest()
    if len(data) > WORTH_COMPRESSING:
        small = zlib.compress(data, 1)
        if len(small) < len(data) * 9 // 10:
            return Packed(sha256=digest, size=len(data), encoding="deflate", data=small)
    return Packed(sha256=digest, size=len(data), encoding="raw", data=data)


def keep_bytes(data: bytes) -> bytes:
    """Their SHA-256, once they are on the shelf, in the current transaction. Idempotent."""
    packed = pack(data)
    sql.rows(
        "INSERT INTO documents_blob (sha256, size, encoding, data) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (packed.sha256, packed.size, packed.encoding, packed.data),
    )
    return packed.sha256


class BytesMissing(Exception):
    """A row whose bytes are gone or altered: the base was damaged. Carries the hash only."""


def bytes_of(sha256: bytes | memoryview) -> bytes:
    """The bytes as they came, checked against their hash."""
    found = sql.row("SELECT encoding, data FROM documents_blob WHERE sha256 = %s", (bytes(sha256),))
    if found is None:
        raise BytesMissing(bytes(sha256).hex())
    encoding, stored = found
    try:
        data = zlib.decompress(stored) if encoding == "deflate" else bytes(stored)
    except zlib.error:
        raise BytesMissing(bytes(sha256).hex()) from None
    if hashlib.sha256(data).digest() != bytes(sha256):
        raise BytesMissing(bytes(sha256).hex())
    return data
