"""Who may open a page. Every view declares its rule here; a test refuses a route without one.

    @public()                       sign-in, errors, style
    @signed_in()                    a person with a session
    @opens_record("read")           the same, with the key to the patient of the address: the view is given an Access
    @opens_document("read")         the same, the patient being that of the document of the address

« Interdit » and « inexistant » give the same page, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel.key import Access, Actor, Purpose
from maillon.kernel.message import UserMessage
from maillon.web import errors

View = Callable[..., HttpResponse]



class PersonRequest(HttpRequest):
    """A request of a person who is signed in."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class Ruled:
    """A view with its rule. Django calls it; the tests read it."""

    rule: str
    method: str
    view: View
    opened: View
    csrf_exempt: bool = False

    def __call__(self, request: HttpRequest, **parts: Any) -> HttpResponse:
        allowed = {"GET": ("GET", "HEAD"), "ANY": ("GET", "HEAD", "POST")}.get(self.method, (self.method,))
        if request.method not in allowed:
            return errors.wrong_method(request, allowed)
        try:
            return self.opened(request, **parts)
        except access_room.AccessDenied:
            return errors.not_found(request)
        except UserMessage as refusal:
            return errors.refused(request, refusal)


def public(method: str = "GET", *, csrf_exempt: bool = False) -> Callable[[View], Ruled]:
    return lambda view: Ruled("public", method, view, view, csrf_exempt)


def signed_in(method: str = "GET", *, csrf_exempt: bool = False) -> Callable[[View], Ruled]:
    return lambda view: Ruled("signed_in", method, view, _for_a_person(view), csrf_exempt)


def opens_record(
    action: str, *, resource: str = "record", method: str = "GET", csrf_exempt: bool = False
) -> Callable[[View], Ruled]:
    def declare(view: View) -> Ruled:
        def opened(request: PersonRequest, *, patient: UUID, **parts: Any) -> HttpResponse:
            with access_room.reading(
                request.actor, patient, purpose=purpose_of(request.actor), action=action, resource_type=resource
            ) as access:
                return view(request, access, **parts)

        return Ruled(f"opens_record:{action}", method, view, _for_a_person(opened), csrf_exempt)

    return declare


def opens_document(action: str, *, method: str = "GET") -> Callable[[View], Ruled]:
    def declare(view: View) -> Ruled:
        def opened(request: PersonRequest, *, document: UUID, **parts: Any) -> HttpResponse:
            patient, type_code = documents.patient_of(request.actor, document, action=action)
            with access_room.reading(
                request.actor, patient, purpose=purpose_of(request.actor), action=action, resource_type="document",
                resource_id=str(document), type_code=type_code,
            ) as access:  # fmt: skip
                return view(request, access, document=document, **parts)

        return Ruled(f"opens_document:{action}", method, view, _for_a_person(opened))

    return declare


def purpose_of(actor: Actor) -> Purpose:
    return access_room.usual_purpose(actor)


def may_administer(request: PersonRequest) -> None:
    """An administrator's page does not exist for anybody else."""
    if not request.actor.is_administrator:
        raise access_room.AccessDenied


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _for_a_person(view: View) -> View:
    def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
        if getattr(request, "actor", None) is None:
            return _to_sign_in(request)
        return view(request, **parts)

    return opened


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A form that was being filled stays on the screen: the answer is a status, and the page itself says what to do."""
    if request.method != "GET":
        return errors.signed_out(request)
    here = request.get_full_path()
    address = "/connexion" if here in ("/", "/journee") else f"/connexion?{urlencode({'suite': here})}"
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": "/connexion"})
    return HttpResponseRedirect(address)


__all__ = [
    "Access",
    "PersonRequest",
    "Ruled",
    "is_htmx",
    "may_administer",
    "opens_document",
    "opens_record",
    "public",
    "purpose_of",
    "signed_in",
]
