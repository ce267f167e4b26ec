"""What holds for every answer: who is signed in, what the browser may do with the page, compression."""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict

from maillon.access import api as access
from maillon.formats.refusal import Refused
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.web import assets
from maillon.web.session import token_of

Next = Callable[[HttpRequest], HttpResponse]

# No inline script nor style anywhere, nothing from another site; ASVS V3.4.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # data: for the pictograms inside bootstrap.css
        "connect-src 'self'",
        "form-action 'self'",
        "frame-src 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Nothing for other sites. Not « no-referrer »: browsers then send « Origin: null » with our own forms, which the
    # protection against forged requests rightly refuses.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    # A shared computer must keep nothing of a patient; what may be kept (style, scripts) says so itself.
    "Cache-Control": "no-store",
}
_SHORTEST_TO_PACK: Final = 600
_PACKED_TYPES: Final = ("text/", "image/svg+xml", "application/xml", "application/json")


def security_headers(get_response: Next) -> Next:
    headers = dict(HEADERS)
    if settings.HTTPS:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in headers.items():
            if name not in response.headers:
                response.headers[name] = value
        return _packed(request, response)

    return answer


def nothing_kept(get_response: Next) -> Next:
    """What was refused keeps nothing of the request, whatever the number of refusals."""

    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return get_response(request)
        finally:
            UserMessage.let_go()
            Refused.let_go()

    return answer


def storable_fields(get_response: Next) -> Next:
    """What is typed is text that the database takes, whichever room keeps it or looks for it."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _storable(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and any("\0" in each for _, many in request.POST.lists() for each in many):
            request.POST = _storable(request.POST)  # type: ignore[assignment]
        return get_response(request)

    return answer


def _storable(fields: QueryDict) -> QueryDict:
    kept = fields.copy()
    for name, values in fields.lists():
        kept.setlist(name, [storable(str(each)) for each in values])
    return kept


def signed_in_actor(get_response: Next) -> Next:
    """`request.actor`: asked of the database at every request, so that a revoked session ends at once. None as long as
    the session lacks something (the second factor, the situation, the lock to lift): `request.standing` says what."""

    def answer(request: HttpRequest) -> HttpResponse:
        token = None if request.path_info.startswith(assets.PREFIX) else token_of(request)
        standing = access.sessions.standing_of(token) if token else None
        request.standing = standing  # type: ignore[attr-defined]
        request.actor = standing.actor if standing and not standing.lacks else None  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def _packed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.streaming or "Content-Encoding" in response.headers or not _is_worth_packing(response):
        return response
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return response
    response.content = _gzip(response.content)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))
    return response


def _is_worth_packing(response: HttpResponse) -> bool:
    return len(response.content) >= _SHORTEST_TO_PACK and response.headers["Content-Type"].startswith(_PACKED_TYPES)


def _gzip(data: bytes) -> bytes:
    """The fastest level, with a file name of random length: the compressed size tells nothing (« Heal the BREACH »)."""
    name = b"m" * (1 + secrets.randbelow(64))
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    trailer = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x04\xff" + name + b"\x00" + body + trailer
