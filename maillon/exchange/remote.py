"""One question to a national teleservice over HTTPS with a client certificate, and what is known when it fails.

`NotReached`: nothing was asked, asking again is harmless. `NoAnswer`: it may have been done; whoever called looks
before doing it again. An answer that is not whole, too long, too late or of another question is no answer.
"""

from __future__ import annotations

import http.client
import ssl
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from maillon.kernel.message import UserMessage

LARGEST: Final = 40 * 1024 * 1024
_CHUNK: Final = 1 << 16
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class NotReached(Exception):
    """No line could be opened. Carries the kind of failure only."""


class NoAnswer(Exception):
    """The question may have arrived; what became of it is not known. Carries the kind of failure only."""


class RemoteRefusal(Exception):
    """A whole, readable answer that says no. `code` is the teleservice's own; `message` may be shown."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where and how. `certificate`: the structure's, with its key; `patience`: seconds for the whole answer."""

    address: str
    authority: str = ""
    certificate: str = ""
    patience: float = 15.0

    def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        parts = urlsplit(self.address)
        line = self._line()
        number = uuid.uuid4().hex
        told = {"Content-Length": str(len(body)), "X-Request-Id": number, "Connection": "close"} | dict(headers or {})
        deadline = time.monotonic() + self.patience
        try:
            try:
                line.connect()
            except (OSError, http.client.HTTPException) as error:
                raise NotReached(type(error).__name__) from None
            try:
                line.request(method, f"{parts.path.rstrip('/')}{path}", body=body or None, headers=told)
                return _whole(line.getresponse(), number=number, deadline=deadline)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise NoAnswer(type(error).__name__) from None
        finally:
            line.close()

    def answers(self) -> bool:
        """Whether a line opens, with our certificate; nothing is asked."""
        try:
            line = self._line()
            try:
                line.connect()
            finally:
                line.close()
        except (OSError, http.client.HTTPException, NotReached, UserMessage):
            return False
        return True

    def _line(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        if parts.scheme == "https" and parts.hostname:
            context = _context(self.authority, self.certificate)
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=self.patience, context=context)
        if parts.scheme == "http" and parts.hostname in _LOOPBACK:
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=self.patience)
        raise NotReached("address")


def _whole(answer: http.client.HTTPResponse, *, number: str, deadline: float) -> Answer:
    length = answer.getheader("Content-Length")
    if length is None and not answer.chunked:
        raise NoAnswer("length")  # nothing would tell a half from the whole
    if answer.getheader("X-Request-Id", number) != number:
        raise NoAnswer("other")
    read: list[bytes] = []
    size = 0
    while piece := answer.read(_CHUNK):
        size += len(piece)
        if size > LARGEST or time.monotonic() > deadline:
            raise NoAnswer("size" if size > LARGEST else "late")
        read.append(piece)
    if length is not None and size != int(length):
        raise NoAnswer("half")
    if answer.status >= 500 or 300 <= answer.status < 400 or answer.status in (408, 429):
        raise NoAnswer(str(answer.status))
    return Answer(status=answer.status, content_type=answer.getheader("Content-Type", ""), data=b"".join(read))


@lru_cache(maxsize=16)
def _context(authority: str, certificate: str) -> ssl.SSLContext:
    """TLS 1.2 at least. A file that is not readable is a fault of the installation, and says so."""
    try:
        context = ssl.create_default_context(cafile=authority or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate:
            context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError):
        raise UserMessage(
            "E-TEL-01", "Le certificat de la structure n’est pas lisible\u202f: prévenez votre administrateur."
        ) from None
    return context
