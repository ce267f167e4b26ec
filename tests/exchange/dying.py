"""A relay before a teleservice that kills the line wherever it is told to: before and during the handshake, in the
middle of the question, before, in the middle of and instead of the answer.

It speaks TLS on both sides, as a proxy that an attacker or a bad day puts in between would not: the certificate is that
of the simulator, so that what is tried is the end of a line, not its forgery.
"""

from __future__ import annotations

import random
import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DEATHS = (
    "refused",  # nobody listens
    "before_tls",  # accepted, then dropped
    "in_tls",  # bytes that are no handshake
    "in_question",  # some of the question was read
    "before_answer",  # the question was carried to the teleservice, its answer is dropped: an ambiguous cut
    "half_answer",  # some of the answer came
    "nonsense",  # a whole answer that means nothing
    "wrong_boundary",  # the answer, with a MIME boundary (or a JSON) that does not close
    "repeated",  # the answer of a former question
    "error_500",  # the teleservice did it, and whoever stands in between says 500
    "slow",  # the answer comes after the caller's patience
)
AMBIGUOUS = frozenset(
    {"before_answer", "half_answer", "nonsense", "wrong_boundary", "repeated", "error_500", "slow"}
)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)


@dataclass
class DyingLine:
    """`plan`: called for each connection, gives a death or None."""

    target: int
    certificates: Path
    plan: Callable[[], str | None]
    patience: float = 1.0
    happened: Counter[str] = field(default_factory=Counter)
    port: int = 0
    last_answer: bytes = b""

    def __post_init__(self) -> None:
        self._server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.load_cert_chain(self.certificates / "serveur.pem")
        self._client = ssl.create_default_context(cafile=str(self.certificates / "autorite.pem"))
        self._client.load_cert_chain(self.certificates / "structure.pem")
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._stopping = True
        self._listener.close()

    def _serve(self) -> None:
        while not self._stopping:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            death = self.plan()
            if death:
                self.happened[death] += 1
            threading.Thread(target=self._guarded, args=(line, death), daemon=True).start()

    def _guarded(self, line: socket.socket, death: str | None) -> None:
        try:
            self._one(line, death)
        except (OSError, ssl.SSLError):
            pass
        finally:
            line.close()

    def _one(self, line: socket.socket, death: str | None) -> None:
        if death in ("refused", "before_tls"):
            if death == "refused":  # a reset, as when nobody listens
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            return
        if death == "in_tls":
            line.recv(200)
            line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        line.settimeout(10)
        with self._server.wrap_socket(line, server_side=True) as near:
            if death == "in_question":
                near.recv(700)
                return
            question = _message(near)
            answer = self._carried(question)
            self._answered(near, death, answer)

    def _carried(self, question: bytes) -> bytes:
        with (
            socket.create_connection(("127.0.0.1", self.target), timeout=10) as far,
            self._client.wrap_socket(far, server_hostname="localhost") as line,
        ):
            line.sendall(question)
            return _message(line)

    def _answered(self, near: ssl.SSLSocket, death: str | None, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        if death == "before_answer":
            return
        if death == "half_answer":
            near.sendall(answer[: len(head) + 4 + len(body) // 2])
            return
        if death == "slow":
            threading.Event().wait(self.patience + 0.2)
            return
        if death == "nonsense":
            answer = _whole(b"200 OK", b"text/html", b"<html>maintenance</html>")
        elif death == "error_500":
            answer = _whole(b"502 Bad Gateway", b"text/plain", b"bad gateway")
        elif death == "wrong_boundary":
            cut = body[: max(1, len(body) - 60)]
            kind = re.search(rb"\r\ncontent-type: ([^\r]+)", head, re.I)
            answer = _whole(b"200 OK", kind[1] if kind else b"text/xml", cut)
        elif death == "repeated" and self.last_answer:
            answer, self.last_answer = self.last_answer, answer
        else:
            self.last_answer = answer
        near.sendall(answer)


def _message(line: ssl.SSLSocket) -> bytes:
    """One HTTP message with its length."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = line.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    size = int(found[1]) if found else 0
    while len(body) < size:
        piece = line.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def _whole(status: bytes, kind: bytes, body: bytes) -> bytes:
    length = str(len(body)).encode()
    return b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\nContent-Length: " + length + b"\r\n\r\n" + body


def deaths(chance: random.Random, *, share: float = 0.5) -> Callable[[], str | None]:
    """A plan that kills a share of the connections, each death as likely as the others."""
    return lambda: chance.choice(DEATHS) if chance.random() < share else None
