"""The line to an SMS provider, in the words that most of them share: POST a message under our reference, GET what
became of it. Another provider is another setting, or a small relay in front of it.

POST {MAILLON_SMS_URL}               {"to", "text", "reference"}; 2xx: taken, once for each reference; 400, 422: refused
GET  {MAILLON_SMS_URL}/{reference}   {"state": "accepted" | "delivered" | "failed", "reason"}; 404: never taken
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final, Literal
from uuid import UUID

from maillon.exchange import straight

SECONDS: Final = 20
LARGEST_ANSWER: Final = 64 * 1024
AT_FAULT: Final = (400, 422)  # the message itself; every other answer is ours to correct, or theirs
Standing = Literal["absent", "accepted", "delivered", "failed"]


class NotTaken(Exception):
    """The provider could not be reached, or not now: to be tried again. Carries no number and no text."""


class Refused(Exception):
    """The provider will never take this one; the message is what it said."""


class _NotThere(NotTaken):
    """Nothing is at this address: no such message, or no such gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    standing: Standing
    reason: str = ""


def is_plugged() -> bool:
    return bool(os.environ.get("MAILLON_SMS_URL"))


def hand_over(*, reference: UUID, to: str, text: str) -> None:
    """Raises NotTaken, Refused."""
    body = json.dumps({"to": to, "text": text, "reference": str(reference)}).encode()
    _asked(_request("", body))


def what_became_of(reference: UUID) -> Known:
    """Raises NotTaken."""
    try:
        said = _asked(_request(f"/{reference}", None))
    except (_NotThere, Refused):
        return Known(standing="absent")
    standing = said.get("state")
    if standing not in ("accepted", "delivered", "failed"):
        raise NotTaken("an answer that is none")
    return Known(standing=standing, reason=str(said.get("reason") or "")[:200])


def _request(path: str, body: bytes | None) -> urllib.request.Request:
    url, token = os.environ.get("MAILLON_SMS_URL", "").rstrip("/"), os.environ.get("MAILLON_SMS_JETON", "")
    if not straight.is_safe(url):
        raise NotTaken("the gateway is not reached over TLS")
    headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": "application/json"} if body else {})
    return urllib.request.Request(url + path, data=body, headers=headers)  # noqa: S310 (the scheme is checked above)


def _asked(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with straight.opener.open(request, timeout=SECONDS) as answer:
            read = answer.read(LARGEST_ANSWER)
    except urllib.error.HTTPError as error:
        if error.code in AT_FAULT:
            raise Refused(f"Refusé par l’opérateur (HTTP {error.code})") from None
        raise (_NotThere if error.code == 404 else NotTaken)(f"HTTP {error.code}") from None
    except (OSError, HTTPException) as error:
        raise NotTaken(type(error).__name__) from None
    try:
        said = json.loads(read or b"{}")
    except (ValueError, RecursionError):
        raise NotTaken("an answer that is not read") from None
    return said if isinstance(said, dict) else {}
