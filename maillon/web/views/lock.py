"""The idle lock: locking, lifting the lock with one factor, going on where one was."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token

from maillon.access import api as access_room
from maillon.kernel.message import UserMessage
from maillon.web import errors, session
from maillon.web.jinja import page
from maillon.web.rules import HalfwayRequest, PersonRequest, halfway, public, signed_in
from maillon.web.views import sign_in


# Whoever makes somebody else's browser lock itself has gained nothing: no token is asked, so that a page left open
# for hours can still lock.
@halfway("POST", csrf_exempt=True)
def lock(request: HalfwayRequest) -> HttpResponse:
    access_room.sessions.lock(session.token_of(request) or "")
    return HttpResponse(status=204) if _is_script(request) else HttpResponseRedirect(sign_in.HOME)


@public()
def state(request: HttpRequest) -> HttpResponse:
    """What an open page asks when it is looked at again: is it still this session, is it locked?"""
    standing = getattr(request, "standing", None)
    if standing is None:
        return JsonResponse({"session": 0})
    if standing.lacks != "unlock":
        return JsonResponse({"session": standing.actor.session_id, "verrou": False})
    has_passkeys = bool(access_room.factors.factors_of(standing.actor).passkeys)
    return JsonResponse(
        {"session": standing.actor.session_id, "verrou": True, "cles": has_passkeys, "jeton": get_token(request)}
    )


@signed_in("POST", csrf_exempt=True)
def presence(request: PersonRequest) -> HttpResponse:
    """Somebody types for long without sending: the session must not fall asleep under their hands."""
    return HttpResponse(status=204)


@halfway("POST")
def unlock(request: HalfwayRequest) -> HttpResponse:
    after = sign_in.safe(request.POST.get("suite", "")) or sign_in.HOME
    if request.standing.lacks == "unlock":
        try:
            access_room.factors.lift_lock(
                request.standing, request.POST.get("preuve", ""), browser=session.browser_of(request)
            )
        except UserMessage as refusal:
            return _refused(request, refusal, after=after)
    return JsonResponse({"suite": after}) if _is_script(request) else HttpResponseRedirect(after)


@halfway("POST")
def unlock_with_passkey(request: HalfwayRequest) -> HttpResponse:
    after = sign_in.safe(request.GET.get("suite", "")) or sign_in.HOME
    try:
        access_room.factors.lift_lock_with_passkey(
            request.standing, sign_in.answer_of(request), site=sign_in.site_of(request),
            browser=session.browser_of(request), browser_secret=session.secret_of(request),
        )  # fmt: skip
    except UserMessage as refusal:
        return JsonResponse({"message": refusal.message}, status=422)
    return JsonResponse({"suite": after})


@signed_in()
def resume(request: PersonRequest) -> HttpResponse:
    """The form that was sent while the session was locked: one click sends it again."""
    held = access_room.sessions.take_held(request.actor.session_id) if request.actor.session_id is not None else None
    if held is None:
        return HttpResponseRedirect(sign_in.HOME)
    address, fields = held
    return page(request, "resume.html", address=address, fields=fields)


def _refused(request: HalfwayRequest, refusal: UserMessage, *, after: str) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"message": refusal.message}, status=422)
    return errors.locked(request, request.standing, after=after, refusal=refusal.message)


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"
