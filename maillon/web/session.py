"""The session cookie: it holds the token, and nothing else. HttpOnly, SameSite=Lax, `__Host-` under HTTPS."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_SECONDS: Final = 12 * 3600  # as long as the session itself (access.accounts)


def cookie_name() -> str:
    return "__Host-maillon" if settings.HTTPS else "maillon"


def token_of(request: HttpRequest) -> str | None:
    return request.COOKIES.get(cookie_name())


def remember(response: HttpResponse, token: str) -> HttpResponse:
    response.set_cookie(
        cookie_name(), token, max_age=_SECONDS, path="/", secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response


def forget(response: HttpResponse) -> HttpResponse:
    # `__Host-` cookies can only be replaced by a cookie that is Secure too.
    response.set_cookie(cookie_name(), "", max_age=0, path="/", secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response
