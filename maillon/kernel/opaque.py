"""Numbers and places that travel outside without saying anything: the rank of a row would tell how many there are.

Deterministic (one number has one name, so that answers can be compared and cached) and authenticated (AES-SIV, RFC
5297): a name that we did not give is nobody's.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from maillon.kernel import config

LONGEST: Final = 400


def hide(kind: str, said: str) -> str:
    """Hexadecimal: the alphabet of a FHIR id allows it, and addresses do."""
    return _cipher().encrypt(said.encode(), [kind.encode()]).hex()


def reveal(kind: str, name: str) -> str | None:
    """None for what we did not give as a name of this kind."""
    if len(name) > LONGEST:
        return None
    try:
        return _cipher().decrypt(bytes.fromhex(name), [kind.encode()]).decode()
    except (InvalidTag, ValueError):
        return None


def reveal_number(kind: str, name: str) -> int:
    """0 for what is no name of ours: the base is asked all the same, and answers as for what is not there."""
    said = reveal(kind, name) or ""
    return int(said) if said.isdigit() else 0


@functools.cache
def _cipher() -> AESSIV:
    return AESSIV(hashlib.sha512(config.secret("noms").encode()).digest())
