"""Who may open a page. Every view declares its rule here; a test refuses a route without one.

    @public()                       sign-in, errors, style
    @signed_in()                    a person with a session
    @halfway()                      a session that may still lack something: a factor, the situation, the lock to lift
    … (is_fresh=True)               a factor was proven a moment ago, else the session locks and is lifted first
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
from maillon.web import errors, session

View = Callable[..., HttpResponse]
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105


class HalfwayRequest(HttpRequest):
    """A request within a session, whatever it still lacks."""

    standing: access_room.sessions.Standing


class PersonRequest(HalfwayRequest):
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


def signed_in(
    method: str = "GET", *, csrf_exempt: bool = False, is_fresh: bool = False
) -> Callable[[View], Ruled]:
    return lambda view: Ruled("signed_in", method, view, _for_a_person(_proven(view, is_fresh)), csrf_exempt)


def halfway(method: str = "GET", *, csrf_exempt: bool = False, is_fresh: bool = False) -> Callable[[View], Ruled]:
    return lambda view: Ruled("halfway", method, view, _for_a_session(_proven(view, is_fresh)), csrf_exempt)


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
    return access_room.rule.usual_purpose(actor)


def may_administer(request: PersonRequest) -> None:
    """An administrator's page does not exist for anybody else, nor once they have left."""
    if not access_room.rule.administers(request.actor):
        raise access_room.AccessDenied


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _for_a_person(view: View) -> View:
    def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
        if getattr(request, "actor", None) is not None:
            return view(request, **parts)
        return _to_sign_in(request) if _standing(request) is None else _to_what_lacks(request)

    return opened


def _for_a_session(view: View) -> View:
    def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
        return view(request, **parts) if _standing(request) is not None else _to_sign_in(request)

    return opened


def _proven(view: View, is_fresh: bool) -> View:
    """The proof is asked for by the idle lock, which keeps what was typed and brings back to where one was."""
    if not is_fresh:
        return view

    def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
        standing = _standing(request)
        assert standing is not None
        if standing.lacks or standing.is_fresh:
            return view(request, **parts)
        access_room.sessions.lock(session.token_of(request) or "")
        return _locked(request, standing, is_proof=True)

    return opened


def _standing(request: HttpRequest) -> access_room.sessions.Standing | None:
    return getattr(request, "standing", None)


def _to_what_lacks(request: HttpRequest) -> HttpResponse:
    """A locked session answers every page with the lock; one that is not strong enough yet, with the next step."""
    standing = _standing(request)
    assert standing is not None
    if standing.lacks == "unlock":
        return _locked(request, standing)
    if request.method != "GET":
        return errors.signed_out(request)
    address = {"factor": "/second-facteur", "situation": "/connexion/situation"}[standing.lacks]
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(f"{address}?{urlencode({'suite': request.get_full_path()})}")


def _locked(
    request: HttpRequest, standing: access_room.sessions.Standing, *, is_proof: bool = False
) -> HttpResponse:
    """What was typed is not lost: a script keeps its page; a form that was sent is kept, sealed, for after."""
    if is_htmx(request) or request.headers.get("Accept") == "application/json":
        return HttpResponse(status=401, headers={"X-Verrou": "1"})
    after, is_kept = request.get_full_path(), True
    if request.method == "POST":
        assert standing.actor.session_id is not None
        fields = {name: [str(each) for each in values] for name, values in request.POST.lists() if name != _TOKEN}
        is_kept = access_room.sessions.hold(standing.actor.session_id, after, fields)
        after = "/reprendre"
    return errors.locked(request, standing, after=after, is_kept=is_kept, is_proof=is_proof)


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
    "HalfwayRequest",
    "PersonRequest",
    "Ruled",
    "halfway",
    "is_htmx",
    "may_administer",
    "opens_document",
    "opens_record",
    "public",
    "purpose_of",
    "signed_in",
]
