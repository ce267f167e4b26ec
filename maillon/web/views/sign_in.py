"""The door: password, passkey, Pro Santé Connect; the situation of practice; the way out."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, RawPostDataException
from django.utils.http import url_has_allowed_host_and_scheme

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel.message import UserMessage
from maillon.web import session
from maillon.web.jinja import page
from maillon.web.rules import HalfwayRequest, halfway, public

HOME = "/journee"
SECOND_FACTOR = "/second-facteur"
SITUATION = "/connexion/situation"


@public()
def sign_in_page(request: HttpRequest) -> HttpResponse:
    if getattr(request, "actor", None) is not None:
        return HttpResponseRedirect(HOME)
    known = session.people_of_post(request) or []
    chosen = access_room.accounts.identifier_of(request.GET["qui"]) if request.GET.get("qui") in known else ""
    return draw(request, after=safe(request.GET.get("suite", "")), identifier=chosen)


@public("POST")
def sign_in(request: HttpRequest) -> HttpResponse:
    identifier, after = request.POST.get("identifiant", ""), safe(request.POST.get("suite", ""))
    try:
        token = access_room.accounts.sign_in(
            identifier, request.POST.get("mot_de_passe", ""), browser=session.browser_of(request)
        )
    except UserMessage as refusal:
        return draw(request, after=after, identifier=identifier, error=refusal.message, status=422)
    return entered(request, token, after=after)


@public("POST")
def draw_passkey(request: HttpRequest) -> HttpResponse:
    secret = session.new_secret()
    options = access_room.factors.passkeys.draw_sign_in(site_of(request), browser_secret=secret)
    return session.with_secret(HttpResponse(options, content_type="application/json"), secret)


@public("POST")
def sign_in_with_passkey(request: HttpRequest) -> HttpResponse:
    try:
        token = access_room.factors.passkeys.sign_in(
            answer_of(request), site=site_of(request), browser=session.browser_of(request),
            browser_secret=session.secret_of(request),
        )  # fmt: skip
    except UserMessage as refusal:
        return JsonResponse({"message": refusal.message}, status=422)
    return entered(request, token, after=safe(request.GET.get("suite", "")), is_script=True)


@public("POST")
def share_post(request: HttpRequest) -> HttpResponse:
    """This computer is shared, or no longer is: five minutes of silence lock it, and its people are one tap away."""
    back = HttpResponseRedirect("/connexion")
    if request.POST.get("partage") == "oui":
        return session.share_post(back, session.people_of_post(request) or [])
    return session.unshare_post(back)


@halfway()
def situation_page(request: HalfwayRequest) -> HttpResponse:
    return _situations(request, after=safe(request.GET.get("suite", "")))


@halfway("POST")
def choose_situation(request: HalfwayRequest) -> HttpResponse:
    after, chosen = safe(request.POST.get("suite", "")), request.POST.get("structure", "")
    if request.standing.lacks not in ("", "situation"):
        return HttpResponseRedirect(HOME)
    try:
        access_room.sessions.choose_situation(request.standing, int(chosen) if chosen.isdecimal() else 0)
    except UserMessage as refusal:
        return _situations(request, after=after, refusal=refusal.message)
    return HttpResponseRedirect(after or HOME)


# Without the SameSite=Lax cookie, which no other site can make the browser send along a form, there is nothing to end:
# no token is asked, so that every page is spared one.
@public("POST", csrf_exempt=True)
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out of Maillon, then out of Pro Santé Connect when one came in by it. A page says so and goes there by itself:
    the browser would not let a form lead to another site."""
    id_token = end_session(request)
    address = exchange.psc.sign_out_address(id_token, back=request.build_absolute_uri("/connexion"))
    if not address:
        return session.forget(HttpResponseRedirect("/connexion"))
    return session.forget(page(request, "signed_out.html", address=address))


def entered(request: HttpRequest, token: str, *, after: str, is_script: bool = False) -> HttpResponse:
    """The browser holds a new session; the next page is what it still lacks."""
    end_session(request)
    standing = access_room.sessions.standing_of(token)
    assert standing is not None
    request.actor = None  # type: ignore[attr-defined]
    address = {"factor": SECOND_FACTOR, "situation": SITUATION}.get(standing.lacks, after or HOME)
    if standing.lacks and after:
        address = f"{address}?{urlencode({'suite': after})}"
    answer = JsonResponse({"suite": address}) if is_script else HttpResponseRedirect(address)
    account = access_room.accounts.uuid_of(standing.actor)
    return session.seen_on_post(request, session.remember(answer, token), account)


def end_session(request: HttpRequest) -> str | None:
    former = session.token_of(request)
    return access_room.sessions.sign_out(former) if former else None


def draw(
    request: HttpRequest,
    *,
    after: str = "",
    identifier: str = "",
    error: str = "",
    psc_error: str = "",
    status: int = 200,
) -> HttpResponse:
    known = session.people_of_post(request)
    return page(
        request, "sign_in.html", status=status, after=after, identifier=identifier, error=error, psc_error=psc_error,
        is_demo=os.environ.get("MAILLON_DEMO") == "1", has_psc=exchange.psc.is_plugged(),
        is_shared_post=known is not None, people=access_room.accounts.people(known or []),
    )  # fmt: skip


def _situations(request: HalfwayRequest, *, after: str, refusal: str = "") -> HttpResponse:
    return page(
        request, "situation.html", status=422 if refusal else 200, after=after, refusal=refusal,
        standing=request.standing, situations=access_room.sessions.situations_of(request.standing),
    )  # fmt: skip


def site_of(request: HttpRequest) -> access_room.factors.passkeys.Site:
    host = request.get_host()
    return access_room.factors.passkeys.Site(
        name=host.rsplit(":", 1)[0] if not host.endswith("]") else host, origin=f"{request.scheme}://{host}"
    )


def answer_of(request: HttpRequest) -> dict[str, Any]:
    """What a script sent; an empty answer for what is not one."""
    try:
        found = json.loads(request.body)
    except (ValueError, RawPostDataException):  # a form with parts was read as such already
        return {}
    return found if isinstance(found, dict) else {}


def safe(address: str) -> str:
    """Only a path of this site: a link made elsewhere cannot send a fresh session to another place."""
    return address if address.startswith("/") and url_has_allowed_host_and_scheme(address, None) else ""
