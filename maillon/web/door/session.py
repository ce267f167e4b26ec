"""The cookie of the patient's door, and who holds it. A professional's cookie is never looked at under /mon-espace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room

Next = Callable[[HttpRequest], HttpResponse]
PLACE: Final = "/mon-espace"
_SECONDS: Final = 4 * 3600  # as long as the session itself (access.patient_door)


def visiting_person(get_response: Next) -> Next:
    """`request.visiting`, asked of the database at every request; and no professional behind this door."""

    def answer(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path == PLACE or path.startswith(PLACE + "/"):
            token = token_of(request)
            found = access_room.visitors.patient_door.visiting_of(token) if token else None
            request.visiting = found  # type: ignore[attr-defined]
            request.actor = None  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def cookie_name() -> str:
    return "__Host-maillon-patient" if settings.HTTPS else "maillon-patient"


def token_of(request: HttpRequest) -> str | None:
    return request.COOKIES.get(cookie_name())


def remember(response: HttpResponse, token: str) -> HttpResponse:
    return _put(response, token, _SECONDS)


def forget(response: HttpResponse) -> HttpResponse:
    return _put(response, "", 0)


def address_of(request: HttpRequest) -> str:
    """Behind an HTTPS server, the last address that it wrote itself; what comes before may be invented."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def _put(response: HttpResponse, value: str, seconds: int) -> HttpResponse:
    response.set_cookie(
        cookie_name(), value, max_age=seconds, path="/", secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response
