"""Handing over bytes that came from outside: as they are, and unable to act."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from maillon.documents import api as documents

PDF: Final = "application/pdf"
_PICTURES: Final = frozenset({"image/png", "image/jpeg"})
_TEXT: Final = "text/plain"

# Nothing of the file may run, load or navigate. A PDF cannot be sandboxed: Chromium refuses to show it then, and its
# viewer is already a sandbox of its own. `unsafe-inline` styles are those of the browser's own viewer.
_INERT: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"
_PDF_POLICY: Final = _INERT + "; object-src 'self'"
_POLICY: Final = _INERT + "; sandbox"


def is_picture(media_type: str) -> bool:
    return media_type in _PICTURES


def is_shown_in_place(media_type: str) -> bool:
    return media_type in _PICTURES or media_type in (PDF, _TEXT)


def in_place(file: documents.Original) -> HttpResponse:
    """Shown by the browser when it is a PDF, a picture or a text; handed over as a download otherwise."""
    if not is_shown_in_place(file.media_type):
        return as_download(file)
    is_text = file.media_type == _TEXT
    media_type = f"{_TEXT}; charset=utf-8" if is_text else file.media_type
    answer = _answer(_as_text(file.data) if is_text else file.data, media_type, file.file_name, disposition="inline")
    answer.headers["Content-Security-Policy"] = _PDF_POLICY if file.media_type == PDF else _POLICY
    return answer


def as_download(file: documents.Original) -> HttpResponse:
    """Byte for byte. XML and HTML are never given a type that a browser would act on."""
    answer = _answer(file.data, _harmless(file.media_type), file.file_name, disposition="attachment")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer


def _answer(data: bytes, media_type: str, name: str, *, disposition: str) -> HttpResponse:
    headers = {"Content-Disposition": f'{disposition}; filename="{name}"', "Content-Length": str(len(data))}
    return HttpResponse(data, content_type=media_type, headers=headers)


def _harmless(media_type: str) -> str:
    is_active = media_type.startswith("text/") or "xml" in media_type or "html" in media_type
    return "application/octet-stream" if is_active else media_type


def _as_text(data: bytes) -> bytes:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace").encode()
    return data
