"""Secrets that we must be able to say again (a mailbox's password): sealed with a key that is not in the database."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from maillon.kernel import config


class SealBroken(Exception):
    """The seal was made with another key, or altered."""


def seal(text: str) -> bytes:
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    try:
        return _fernet().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise SealBroken from None


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(config.secret("scellement").encode()).digest()))
