"""The cookies of the door: the session's token; the secret of a browser on its way in; what is known of a shared post.

All are HttpOnly, SameSite=Lax, and `__Host-` under HTTPS.
"""

from __future__ import annotations

import secrets
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room

Browser = access_room.sessions.Browser

_SECONDS: Final = 12 * 3600  # as long as the session itself (access.sessions)
_ON_THE_WAY: Final = 600
_A_YEAR: Final = 365 * 24 * 3600
_LAST_PEOPLE: Final = 6


def cookie_name(name: str = "maillon") -> str:
    return f"__Host-{name}" if settings.HTTPS else name


def token_of(request: HttpRequest) -> str | None:
    return request.COOKIES.get(cookie_name())


def remember(response: HttpResponse, token: str) -> HttpResponse:
    return _put(response, "maillon", token, seconds=_SECONDS)


def forget(response: HttpResponse) -> HttpResponse:
    # `__Host-` cookies can only be replaced by a cookie that is Secure too.
    return _put(response, "maillon", "", seconds=0)


def browser_of(request: HttpRequest) -> Browser:
    return Browser(
        user_agent=request.headers.get("User-Agent", ""),
        source=str(request.META.get("REMOTE_ADDR", "")),
        is_shared_post=people_of_post(request) is not None,
    )


# What is drawn for a browser on its way in (state, challenge) is answered by the same browser, or by nobody.


def secret_of(request: HttpRequest) -> str:
    return request.COOKIES.get(cookie_name("maillon-entree"), "")


def with_secret(response: HttpResponse, secret: str) -> HttpResponse:
    return _put(response, "maillon-entree", secret, seconds=_ON_THE_WAY)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


# A shared post is a property of the computer: its browser says so, and names who used it last.


def people_of_post(request: HttpRequest) -> list[str] | None:
    """The accounts that used this shared post, the last one first; None for a computer of one's own."""
    kept = request.COOKIES.get(cookie_name("maillon-poste"))
    if not kept:
        return None
    try:
        return [str(each) for each in signing.loads(kept, salt="poste", max_age=_A_YEAR)]
    except signing.BadSignature:
        return None


def share_post(response: HttpResponse, people: list[str]) -> HttpResponse:
    return _put(response, "maillon-poste", signing.dumps(people[:_LAST_PEOPLE], salt="poste"), seconds=_A_YEAR)


def unshare_post(response: HttpResponse) -> HttpResponse:
    return _put(response, "maillon-poste", "", seconds=0)


def seen_on_post(request: HttpRequest, response: HttpResponse, account: str) -> HttpResponse:
    people = people_of_post(request)
    if people is None:
        return response
    return share_post(response, [account, *(each for each in people if each != account)])


def _put(response: HttpResponse, name: str, value: str, *, seconds: int) -> HttpResponse:
    response.set_cookie(
        cookie_name(name), value, max_age=seconds, path="/", secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response
