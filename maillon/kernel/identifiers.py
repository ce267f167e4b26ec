"""Public identifiers of rows that arrive by the thousand."""

from __future__ import annotations

import os
import time
from uuid import UUID


def time_ordered_uuid() -> UUID:
    """UUID version 7 (RFC 9562): the millisecond, then 74 random bits. Nobody guesses it, and neighbours in time are
    neighbours in the index: a random one would touch, and log, a cold page of it for every row."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (time.time_ns() // 1_000_000) << 80 | random
    return UUID(int=value & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62)
