"""POST /oauth/token and /oauth/revoke (RFC 6749 §3.2, RFC 7009): for software, in JSON, with its words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote_plus

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access.api import partners
from maillon.fhir_api.entry import BASE, Served, base_of

TOKEN: Final = "/oauth/token"  # noqa: S105
_SIGNED: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _for_software(view: Callable[[HttpRequest, partners.Client], HttpResponse]) -> Served:
    """Whoever proved which software it is, by POST; any refusal in the words of OAuth."""

    def opened(request: HttpRequest) -> HttpResponse:
        try:
            if request.method != "POST":
                raise partners.OAuthError("invalid_request", "Cette adresse ne répond qu’à POST.")
            return view(request, _client_of(request))
        except partners.OAuthError as refusal:
            return _refused(refusal)

    return Served("software", "POST", view, opened)


def _give(request: HttpRequest, client: partners.Client) -> HttpResponse:
    said = request.POST
    grant = said.get("grant_type", "")
    if grant == "client_credentials":
        return _issued(partners.give_alone(client, said.get("scope", "").split()))
    if grant == "authorization_code":
        return _issued(
            partners.redeem(
                client, code=said.get("code", ""), redirect_uri=said.get("redirect_uri", ""),
                verifier=said.get("code_verifier", ""),
            )
        )  # fmt: skip
    if grant == "refresh_token":
        return _issued(partners.renew(client, refresh_token=said.get("refresh_token", "")))
    raise partners.OAuthError("unsupported_grant_type", "client_credentials, authorization_code ou refresh_token.")


def _forget(request: HttpRequest, client: partners.Client) -> HttpResponse:
    partners.forget(client, request.POST.get("token", ""))
    return _json({})


give: Final = _for_software(_give)
forget: Final = _for_software(_forget)


def _client_of(request: HttpRequest) -> partners.Client:
    """By a signature, by the header, or by the form: exactly one of them (RFC 6749 §2.3)."""
    said = request.POST
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if said.get("client_assertion_type"):
        audience = base_of(request).removesuffix(BASE) + TOKEN
        is_signed = said.get("client_assertion_type") == _SIGNED
        found = partners.client_of_assertion(said.get("client_assertion", ""), audience=audience) if is_signed else None
    elif header.lower().startswith("basic "):
        found = partners.client_of_secret(*_basic(header))
    else:
        found = partners.client_of_secret(said.get("client_id", ""), said.get("client_secret", ""))
    if found is None:
        raise partners.OAuthError("invalid_client", "Logiciel inconnu, secret faux, ou accès terminé.")
    return found


def _basic(header: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _issued(issued: partners.Issued) -> HttpResponse:
    said: dict[str, Any] = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.seconds,
        "scope": " ".join(issued.scopes),
    }
    if issued.refresh_token:
        said["refresh_token"] = issued.refresh_token
    if issued.patient is not None:
        said["patient"] = str(issued.patient)
    return _json(said)


def _refused(refusal: partners.OAuthError) -> HttpResponse:
    status = 401 if refusal.error == "invalid_client" else 400
    made = _json({"error": refusal.error, "error_description": refusal.description}, status=status)
    if status == 401:
        made.headers["WWW-Authenticate"] = 'Basic realm="maillon"'
    return made


def _json(said: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(said), status=status, content_type="application/json",
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )  # fmt: skip
