"""The way in of every address: method, format, token, scope; then the view; then one way to say no."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.fhir_api import refusals
from maillon.fhir_api.refusals import Refusal
from maillon.formats.fhir.read_json import LONGEST, TOO_LONG, read_json
from maillon.formats.refusal import Refused
from maillon.kernel.key import Purpose
from maillon.kernel.message import UserMessage

FHIR_JSON: Final = "application/fhir+json; charset=utf-8"
BASE: Final = "/fhir"
Caller = access_room.partners.Caller
View = Callable[..., HttpResponse]
_JSON: Final = frozenset({"application/fhir+json", "application/json", "application/json+fhir", "*/*", "application/*"})


@dataclass(frozen=True, slots=True)
class Served:
    """A view with its rule, as the pages have theirs."""

    rule: str
    method: str
    view: View
    opened: View
    csrf_exempt: bool = True

    def __call__(self, request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            return self.opened(request, **parts)
        except Refusal as refusal:
            return refused(refusal)
        except access_room.AccessDenied:
            return refused(refusals.not_found())
        except documents.BytesMissing:
            return refused(refusals.damaged())
        except UserMessage as message:
            return refused(refusals.of_message(message))
        except Refused as said:
            status = 413 if said is TOO_LONG else 400
            return refused(Refusal(status, "invalid", said.code, said.message))


def served(resource: str, action: str) -> Callable[[View], Served]:
    """For whoever holds a token whose scope lets them `read` or `write` this kind of resource."""

    def declare(view: View) -> Served:
        def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
            _negotiate(request)
            caller = caller_of(request)
            if not caller.may(resource, action):
                raise refusals.out_of_scope()
            return view(request, caller, **parts)

        return Served(f"bearer:{resource}.{action}", "ANY", view, opened)

    return declare


def public() -> Callable[[View], Served]:
    def declare(view: View) -> Served:
        def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
            _negotiate(request)
            return view(request, **parts)

        return Served("public", "ANY", view, opened)

    return declare


def by_method(**views: Served) -> Served:
    """GET=…, POST=…: one address; HEAD goes with GET."""

    def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
        found = views.get("GET" if request.method == "HEAD" else request.method or "")
        if found is None:
            answer = refused(refusals.wrong_method(views))
            answer.headers["Allow"] = ", ".join(views)
            return answer
        return found.opened(request, **parts)

    reads, sends = "GET" in views, "POST" in views
    method = "ANY" if reads and sends else "GET" if reads else "POST"
    return Served("|".join(each.rule for each in views.values()), method, opened, opened)


# ------------------------------------------------------------------------------------------------ asking


def caller_of(request: HttpRequest) -> Caller:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    caller = access_room.partners.caller_of(token.strip()) if scheme.lower() == "bearer" and token else None
    if caller is None:
        raise refusals.signed_out()
    return caller


def purpose_of(caller: Caller) -> Purpose:
    return access_room.rule.usual_purpose(caller.actor)


def base_of(request: HttpRequest) -> str:
    """The public address of the API: that of the installation, else the one by which it was called."""
    public_address = os.environ.get("MAILLON_ADRESSE", "").rstrip("/")
    return f"{public_address or f'{request.scheme}://{request.get_host()}'}{BASE}"


def body_of(request: HttpRequest) -> bytes:
    """At most LONGEST bytes, whatever the header says."""
    data = request.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise TOO_LONG
    return data


def resource_of(raw: bytes, kind: str) -> dict[str, Any]:
    found = read_json(raw)
    if not isinstance(found, dict) or found.get("resourceType") != kind:
        raise Refusal(400, "structure", "E-FHIR-20", f"Une ressource {kind} est attendue.")
    return found


def content_type_of(request: HttpRequest) -> str:
    return str(request.META.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def _negotiate(request: HttpRequest) -> None:
    asked = request.GET.get("_format") or request.META.get("HTTP_ACCEPT", "*/*")
    kinds = {each.partition(";")[0].strip().lower() for each in asked.replace(" json", "+json").split(",")}
    if not kinds & (_JSON | {"json"}):
        raise refusals.not_acceptable()


# ------------------------------------------------------------------------------------------------ answering


def answer(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=FHIR_JSON, headers=dict(headers or {}))


def refused(refusal: Refusal) -> HttpResponse:
    made = answer(orjson.dumps(refusal.body), status=refusal.status)
    if refusal.status == 401:
        made.headers["WWW-Authenticate"] = 'Bearer realm="maillon", error="invalid_token"'
    return made


__all__ = ["BASE", "Caller", "Served", "answer", "by_method", "public", "refused", "served"]
