"""A partner's software that asks for somebody's consent."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.fhir_api.conftest import CHALLENGE, RETURN, Software, software

__all__ = ["address", "software"]


def address(one: Software, *, scope: str) -> str:
    query = {
        "response_type": "code", "client_id": str(one.client_id), "redirect_uri": RETURN, "scope": scope,
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return "/oauth/autoriser?" + urlencode(query)
