"""The line to the Annuaire Santé: one GET at a time, inside TLS, with its key, within bounds, on its own host only."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

from maillon.exchange import straight
from maillon.kernel import clock, config

SECONDS: Final = 20.0
LARGEST: Final = 12 * 1024 * 1024
LONGEST_REST: Final = dt.timedelta(hours=6)
KEY_HEADER: Final = "ESANTE-API-KEY"


class NotAnswered(Exception):
    """Why, in French; `after`: for how long it asked to be left alone; `is_gone`: it no longer keeps the page."""

    def __init__(self, reason: str, *, after: dt.timedelta | None = None, is_gone: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.after, self.is_gone = reason, after, is_gone


@dataclass(frozen=True, slots=True)
class Directory:
    """`base`: `https://…/fhir/v2`. The key is never shown."""

    base: str
    key: str

    def __repr__(self) -> str:
        return f"Directory({self.base})"

    def get(self, address: str) -> bytes:
        """Raises NotAnswered."""
        if not self.is_own(address):
            raise NotAnswered("L’adresse de l’annuaire n’est pas sûre\u202f: rien ne lui est demandé.")
        asked = urllib.request.Request(  # noqa: S310 (is_own judged the scheme)
            address, headers={"Accept": "application/fhir+json", KEY_HEADER: self.key}
        )
        try:
            with straight.opener.open(asked, timeout=SECONDS) as answer:
                read: bytes = answer.read(LARGEST + 1)
        except urllib.error.HTTPError as error:
            raise _refused(error) from None
        except (OSError, HTTPException, ValueError):
            raise NotAnswered("L’annuaire ne répond pas.") from None
        if len(read) > LARGEST:
            raise NotAnswered("L’annuaire a donné une page démesurée.")
        return read

    def is_own(self, address: str) -> bool:
        """Same scheme, host and port, below the base; plain HTTP on the loopback only (the simulator)."""
        try:
            asked, base = urlsplit(address), urlsplit(self.base)
            same = (asked.scheme, asked.hostname, asked.port) == (base.scheme, base.hostname, base.port)
        except ValueError:
            return False
        return straight.is_safe(address) and same and asked.path.startswith(base.path) and ".." not in asked.path


def configured() -> Directory | None:
    """MAILLON_ANNUAIRE names the base; the key is the secret `annuaire`. None: this installation has no line."""
    base = os.environ.get("MAILLON_ANNUAIRE", "").rstrip("/")
    return Directory(base, config.secret("annuaire")) if base else None


def _refused(error: urllib.error.HTTPError) -> NotAnswered:
    if error.code in (401, 403):
        return NotAnswered("L’annuaire refuse notre clé d’accès.", after=dt.timedelta(hours=1))
    if error.code == 429:
        return NotAnswered("L’annuaire demande de patienter.", after=_asked_rest(error.headers.get("Retry-After")))
    if error.code in (404, 410):
        return NotAnswered("L’annuaire n’a plus cette page.", is_gone=True)
    return NotAnswered(f"L’annuaire a répondu par une erreur ({error.code}).")


def _asked_rest(said: str | None) -> dt.timedelta:
    """Seconds, or a date (RFC 9110 §10.2.3); never more than a few hours, whatever is said."""
    rest = dt.timedelta(minutes=5)
    if said and said.strip().isdigit():
        rest = dt.timedelta(seconds=min(int(said.strip()[:9]), 10**6))
    elif said:
        with contextlib.suppress(ValueError, TypeError):
            rest = email.utils.parsedate_to_datetime(said) - clock.wall()
    return min(max(rest, dt.timedelta(seconds=1)), LONGEST_REST)
