"""The second factor: proving it after the password, giving oneself one, keeping and changing one's ways in."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from maillon.access import api as access_room
from maillon.kernel.message import UserMessage
from maillon.web import session
from maillon.web.jinja import page
from maillon.web.rules import HalfwayRequest, PersonRequest, halfway, signed_in
from maillon.web.views import sign_in

FACTORS = "/reglages/connexion"


@halfway()
def second_factor_page(request: HalfwayRequest) -> HttpResponse:
    if request.standing.lacks != "factor":
        return HttpResponseRedirect(sign_in.HOME)
    return _second_factor(request, after=sign_in.safe(request.GET.get("suite", "")))


@halfway("POST")
def prove(request: HalfwayRequest) -> HttpResponse:
    after = sign_in.safe(request.POST.get("suite", ""))
    if request.standing.lacks != "factor":
        return HttpResponseRedirect(after or sign_in.HOME)
    try:
        token = access_room.factors.prove(
            request.standing, request.POST.get("code", ""), browser=session.browser_of(request)
        )
    except UserMessage as refusal:
        return _second_factor(request, after=after, refusal=refusal.message)
    return sign_in.entered(request, token, after=after)


@halfway("POST", is_fresh=True)
def enrol(request: HalfwayRequest) -> HttpResponse:
    """The first code of a telephone. After a password alone it is the second factor too: the session becomes strong."""
    after = sign_in.safe(request.POST.get("suite", ""))
    if request.standing.lacks == "unlock":
        return HttpResponseRedirect(sign_in.HOME)
    browser = session.browser_of(request)
    try:
        codes = access_room.factors.confirm_code_secret(
            request.standing.actor, request.POST.get("code", ""), browser=browser
        )
    except UserMessage as refusal:
        return _enrolment(request, after=after, refusal=refusal.message)
    return _with_codes(request, codes, after=after, browser=browser)


@halfway("POST", is_fresh=True)
def draw_passkey(request: HalfwayRequest) -> HttpResponse:
    if request.standing.lacks not in ("", "factor"):
        return HttpResponse(status=401)
    options = access_room.factors.passkeys.draw_registration(request.standing.actor, sign_in.site_of(request))
    return HttpResponse(options, content_type="application/json")


@halfway("POST", is_fresh=True)
def register_passkey(request: HalfwayRequest) -> HttpResponse:
    if request.standing.lacks not in ("", "factor"):
        return HttpResponse(status=401)
    browser, standing = session.browser_of(request), request.standing
    try:
        access_room.factors.passkeys.register(
            standing.actor, sign_in.answer_of(request), name=request.GET.get("nom", ""),
            site=sign_in.site_of(request), browser=browser,
        )  # fmt: skip
    except UserMessage as refusal:
        return JsonResponse({"message": refusal.message}, status=422)
    if standing.lacks == "factor" and standing.actor.session_id is not None:
        token = access_room.sessions.strengthen(standing.actor.session_id, browser)
        return sign_in.entered(request, token, after="", is_script=True)
    return JsonResponse({"suite": FACTORS})


@signed_in()
def factors_page(request: PersonRequest) -> HttpResponse:
    return _factors(request)


@signed_in(is_fresh=True)
def enrolment_page(request: PersonRequest) -> HttpResponse:
    return _enrolment(request, after=FACTORS)


@signed_in("POST", is_fresh=True)
def remove_code(request: PersonRequest) -> HttpResponse:
    return _done(request, lambda: access_room.factors.remove_code_secret(request.actor))


@signed_in("POST", is_fresh=True)
def remove_passkey(request: PersonRequest, *, passkey: int) -> HttpResponse:
    return _done(request, lambda: access_room.factors.passkeys.remove(request.actor, passkey))


@signed_in("POST", is_fresh=True)
def renew_recovery_codes(request: PersonRequest) -> HttpResponse:
    return _codes(request, access_room.factors.renew_recovery_codes(request.actor), after=FACTORS)


def _with_codes(request: HalfwayRequest, codes: list[str], *, after: str, browser: session.Browser) -> HttpResponse:
    if request.standing.lacks != "factor" or request.standing.actor.session_id is None:
        return _codes(request, codes, after=after or FACTORS)
    token = access_room.sessions.strengthen(request.standing.actor.session_id, browser)
    answer = sign_in.entered(request, token, after=after)
    return session.remember(_codes(request, codes, after=answer.headers["Location"]), token)


def _codes(request: HttpRequest, codes: list[str], *, after: str) -> HttpResponse:
    return page(request, "recovery_codes.html", codes=codes, after=after)


def _second_factor(request: HalfwayRequest, *, after: str, refusal: str = "") -> HttpResponse:
    known = access_room.factors.factors_of(request.standing.actor)
    if not known.has_second:
        return _enrolment(request, after=after, refusal=refusal)
    return page(
        request, "second_factor.html", status=422 if refusal else 200, after=after, refusal=refusal,
        standing=request.standing, factors=known,
    )  # fmt: skip


def _enrolment(request: HalfwayRequest, *, after: str, refusal: str = "") -> HttpResponse:
    drawn = access_room.factors.draw_code_secret(request.standing.actor)
    return page(
        request, "enrolment.html", status=422 if refusal else 200, after=after, refusal=refusal,
        standing=request.standing, secret=drawn.spaced_secret,
        picture=segno.make(drawn.uri, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff"),
    )  # fmt: skip


def _done(request: PersonRequest, change: object) -> HttpResponse:
    try:
        change()  # type: ignore[operator]
    except UserMessage as refusal:
        return _factors(request, refusal=refusal.message)
    return HttpResponseRedirect(FACTORS)


def _factors(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    return page(
        request, "factors.html", status=422 if refusal else 200, refusal=refusal,
        factors=access_room.factors.factors_of(request.actor), standing=request.standing,
    )  # fmt: skip
