"""The line to Pro Santé Connect: what it says of itself, its keys, its three answers. HTTPS only (plain HTTP on the
loopback, for the simulator), no redirection, short delays, small answers."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from maillon.exchange.psc_tokens import Fault
from maillon.exchange.straight import LOOPBACK, opener

PATIENCE: Final = 5.0
LARGEST: Final = 256 * 1024
KEPT_FOR: Final = 3600.0  # seconds that the provider's description and keys are believed
KEYS_AGAIN_AFTER: Final = 30.0  # an unknown key makes us ask again, but a forger not at will


@dataclass(slots=True)
class Line:
    issuer: str
    _description: dict[str, Any] = field(default_factory=dict)
    _described_at: float = 0.0
    _keys: list[dict[str, Any]] = field(default_factory=list)
    _keys_at: float = 0.0

    def describe(self, *, is_again: bool = False) -> dict[str, Any]:
        """What the provider says of itself. `is_again`: now, whatever it said before."""
        if is_again or not self._description or time.monotonic() - self._described_at > KEPT_FOR:
            found = _json(f"{self._safe(self.issuer)}/.well-known/openid-configuration", "decouverte")
            if found.get("issuer") != self.issuer:
                raise Fault("decouverte_iss")
            self._description, self._described_at = found, time.monotonic()
        return self._description

    @property
    def names_itself(self) -> bool:
        return self.describe().get("authorization_response_iss_parameter_supported") is True

    def endpoint(self, name: str) -> str:
        return self._safe(self.describe().get(name))

    def keys(self, *, is_again: bool = False) -> list[dict[str, Any]]:
        """The provider's public keys. Asked again when one is unknown, at most every half minute."""
        age = time.monotonic() - self._keys_at
        if not self._keys or age > KEPT_FOR or (is_again and age > KEYS_AGAIN_AFTER):
            found = _json(self.endpoint("jwks_uri"), "cles").get("keys")
            if not isinstance(found, list):
                raise Fault("cles")
            self._keys = [key for key in found if isinstance(key, dict)]
            self._keys_at = time.monotonic()
        return self._keys

    def exchange(self, code: str, *, verifier: str, back: str, client: str, secret: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        basic = base64.b64encode(f"{quote(client, safe='')}:{quote(secret, safe='')}".encode()).decode()
        return _json(self.endpoint("token_endpoint"), "jetons", form=form, headers={"Authorization": f"Basic {basic}"})

    def userinfo(self, access_token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}"}
        return _json(self.endpoint("userinfo_endpoint"), "userinfo", headers=headers)

    def _safe(self, address: object) -> str:
        """Plain HTTP only when the issuer itself is on the loopback."""
        parts = urlsplit(address) if isinstance(address, str) else None
        is_local = parts is not None and parts.hostname in LOOPBACK and urlsplit(self.issuer).hostname in LOOPBACK
        if parts is None or not parts.hostname or parts.username or not (parts.scheme == "https" or is_local):
            raise Fault("adresse")
        return str(address)


@lru_cache(maxsize=8)
def line_to(issuer: str) -> Line:
    return Line(issuer)


def _json(
    address: str, name: str, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """An answer that is not 200, not JSON, not an object or too long is the fault `name`."""
    data = urlencode(form).encode() if form else None
    told = {"Accept": "application/json"} | (headers or {})
    asked = urllib.request.Request(address, data=data, headers=told)  # noqa: S310  (Line._safe judged the scheme)
    try:
        with opener.open(asked, timeout=PATIENCE) as answer:
            read = answer.read(LARGEST + 1)
            media_type = answer.headers.get_content_type()
            found = json.loads(read) if answer.status == 200 and len(read) <= LARGEST else None
    except (OSError, HTTPException, ValueError, RecursionError):
        raise Fault(name) from None
    if not isinstance(found, dict) or "json" not in media_type:
        raise Fault(name)
    return found
