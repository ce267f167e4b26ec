"""What comes before any record: sign-in, sign-out, the files of the pages, the list of shortcuts."""

from __future__ import annotations

import os

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from maillon.access import api as access_room
from maillon.kernel.message import UserMessage
from maillon.web import assets, errors, session
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, public, signed_in

HOME = "/journee"


@public()
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(HOME)


@public()
def sign_in_page(request: HttpRequest) -> HttpResponse:
    if getattr(request, "actor", None) is not None:
        return HttpResponseRedirect(HOME)
    return _sign_in(request, after=_after(request.GET.get("suite", "")))


@public("POST")
def sign_in(request: HttpRequest) -> HttpResponse:
    identifier = request.POST.get("identifiant", "")
    after = _after(request.POST.get("suite", ""))
    agent = request.headers.get("User-Agent", "")
    try:
        token = access_room.accounts.sign_in(identifier, request.POST.get("mot_de_passe", ""), user_agent=agent)
    except UserMessage as refusal:
        return _sign_in(request, after=after, identifier=identifier, error=refusal.message, status=422)
    _end_former_session(request)
    return session.remember(HttpResponseRedirect(after or HOME), token)


# Without the SameSite=Lax cookie, which no other site can make the browser send along a form, there is nothing to end:
# no token is asked, so that every page is spared one.
@public("POST", csrf_exempt=True)
def sign_out(request: HttpRequest) -> HttpResponse:
    _end_former_session(request)
    return session.forget(HttpResponseRedirect("/connexion"))


@public()
def asset(request: HttpRequest, *, digest: str, name: str) -> HttpResponse:
    found = assets.assets().get(name)
    if found is None:
        return errors.not_found(request)
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(found.packed if is_packed else found.data, content_type=found.media_type)
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    # The address changes with the content: what is kept never needs to be asked again.
    is_this_one = found.address.split("/")[2] == digest
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_this_one else "no-store"
    return answer


@signed_in()
def shortcuts(request: PersonRequest) -> HttpResponse:
    return page(request, "shortcuts.html")


def _sign_in(
    request: HttpRequest, *, after: str, identifier: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    is_demo = os.environ.get("MAILLON_DEMO") == "1"
    return page(
        request, "sign_in.html", status=status, after=after, identifier=identifier, error=error, is_demo=is_demo
    )


def _end_former_session(request: HttpRequest) -> None:
    former = session.token_of(request)
    if former:
        access_room.accounts.sign_out(former)


def _after(address: str) -> str:
    """Only a path of this site: a link made elsewhere cannot send a fresh session to another place."""
    return address if address.startswith("/") and url_has_allowed_host_and_scheme(address, None) else ""
