"""An operator's IMAP that dies, is silent, talks nonsense or repeats itself at a chosen step of a collection.

It stands between us and the loopback operator with a certificate of its own, so that it hears each command in clear,
and falls before it, in the middle of its answer or after it. What the operator itself holds is untouched.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import random
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from simulators.operator.authority import ensure_certificates
from tests.mailservers.account import Endpoint


class Step(enum.Enum):
    CONNECTION = "connection"
    HANDSHAKE = "handshake"
    GREETING = "greeting"
    CAPABILITY = "CAPABILITY"
    LOGIN = "LOGIN"
    SELECT = "SELECT"
    SEARCH = "UID SEARCH"
    SIZES = "UID FETCH RFC822.SIZE"
    BODIES = "UID FETCH BODY"
    MARK = "UID STORE"
    LOGOUT = "LOGOUT"


class Way(enum.Enum):
    BEFORE = "cut before it is heard"
    AFTER = "heard, done, cut before the answer"  # what was asked is done, and we cannot know it
    HALF = "cut in the answer"
    SILENT = "heard, done, silence"
    ENDLESS = "heard, done, an answer that never ends"
    NONSENSE = "nonsense for an answer"
    GARBLED = "an answer whose numbers are words"
    TWICE = "an answer given twice"
    NO = "not now"
    BYE = "farewell for an answer"

    @property
    def is_ambiguous(self) -> bool:
        return self in (Way.AFTER, Way.HALF, Way.SILENT, Way.ENDLESS)


@dataclass(frozen=True)
class Fall:
    step: Step
    way: Way


def every_fall() -> list[Fall]:
    """Before there are commands, an end can only hang up, be silent, or say something else."""
    spoken = [Fall(step, way) for step in list(Step)[3:] for way in Way]
    early = [Fall(step, way) for step in list(Step)[:2] for way in (Way.BEFORE, Way.SILENT, Way.NONSENSE)]
    greeting = (Way.BEFORE, Way.HALF, Way.SILENT, Way.ENDLESS, Way.NONSENSE, Way.BYE)
    return early + [Fall(Step.GREETING, way) for way in greeting] + spoken


class _Fallen(Exception):
    pass


@dataclass
class FallingOperator:
    folder: Path
    behind: Endpoint
    chance: random.Random
    silence: float = 0.4  # longer than our patience in the test
    carries: int = 1 << 40  # an answer that is longer is cut there
    falls: list[Fall] = field(default_factory=list)  # those that happened
    sessions: int = 0
    _next: list[Fall] = field(default_factory=list)
    _is_stopping: bool = False

    def start(self) -> FallingOperator:
        files = ensure_certificates(self.folder, now=dt.datetime.fromtimestamp(time.time(), dt.UTC))
        self.ca_file = str(files.authority)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(files.certificate, files.key)
        self._trust = self.behind.tls()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def stop(self) -> None:
        self._is_stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def fall_at(self, fall: Fall) -> None:
        self._next.append(fall)

    def meet(self, step: Step) -> Way | None:
        """How it falls at this step, when it is there that it is to fall."""
        if self._next and self._next[0].step is step:
            self.falls.append(self._next.pop(0))
            return self.falls[-1].way
        return None

    def _serve(self) -> None:
        while not self._is_stopping:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.sessions += 1
            threading.Thread(target=self._session, args=(client,), daemon=True).start()

    def _session(self, client: socket.socket) -> None:
        with contextlib.ExitStack() as opened:
            opened.enter_context(contextlib.suppress(_Fallen, OSError, ValueError))
            opened.callback(client.close)
            self._fall_early(Step.CONNECTION, client)
            self._fall_early(Step.HANDSHAKE, client)
            spoken = opened.enter_context(self._tls.wrap_socket(client, server_side=True))
            upstream = socket.create_connection((self.behind.host, self.behind.imap_port), timeout=20)
            server = opened.enter_context(self._trust.wrap_socket(upstream, server_hostname=self.behind.host))
            _Session(self, spoken, server).run()

    def _fall_early(self, step: Step, client: socket.socket) -> None:
        way = self.meet(step)
        if way is None:
            return
        if step is Step.HANDSHAKE:
            client.recv(20)  # of our hello
        if way is Way.SILENT:
            time.sleep(self.silence)
        elif way is Way.NONSENSE:
            client.sendall(b"* OK this is no TLS\r\n")
        raise _Fallen


class _Session:
    def __init__(self, operator: FallingOperator, client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
        self.operator, self.client, self.server = operator, client, server
        self.heard: BinaryIO = client.makefile("rb")
        self.answers: BinaryIO = server.makefile("rb")

    def run(self) -> None:
        self._say(Step.GREETING, b"*", self.answers.readline(), self.operator.meet(Step.GREETING))
        while line := self.heard.readline():
            tag, step = line.split(b" ", 1)[0], _step(line)
            way = self.operator.meet(step)
            if way is Way.BEFORE:
                raise _Fallen
            self.server.sendall(line)
            self._say(step, tag, self._answer(tag), way)

    def _answer(self, tag: bytes) -> bytes:
        """Whole, with its literals, to the line that closes it."""
        told = b""
        while line := self.answers.readline():
            told += line
            if literal := re.search(rb"\{(\d+)\}\r\n$", line):
                told += self.answers.read(int(literal[1]))
            elif line.startswith(tag + b" "):
                return told
        raise _Fallen

    def _say(self, step: Step, tag: bytes, told: bytes, way: Way | None) -> None:
        if len(told) > self.operator.carries:
            self.client.sendall(told[: self.operator.carries])
            raise _Fallen
        if way is None:
            self.client.sendall(told)
        elif way is Way.TWICE:
            self.client.sendall(told + told)
        elif way is Way.NO:
            self.client.sendall(tag + b" NO plus tard\r\n")
        else:
            self._end(tag, told, way)

    def _end(self, tag: bytes, told: bytes, way: Way) -> None:
        """Ways after which there is nobody any more."""
        if way is Way.HALF:
            self.client.sendall(told[: self.operator.chance.randrange(1, len(told))])
        elif way is Way.SILENT:
            time.sleep(self.operator.silence)
        elif way is Way.ENDLESS:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                self.client.sendall(b"* OK patience\r\n")
                time.sleep(0.02)
        elif way is Way.NONSENSE:
            self.client.sendall(b"Bonjour ! (((\r\n* 1 FETCH (((\r\n" + tag + b" peut-etre\r\n")
        elif way is Way.GARBLED:
            words = re.sub(rb"\b\d+\b", b"beaucoup", told.split(b"{")[0])
            self.client.sendall(words + b"\r\n" + tag + b" OK\r\n")
        elif way is Way.BYE:
            self.client.sendall(b"* BYE je ferme\r\n")
        raise _Fallen


def _step(line: bytes) -> Step:
    words = line.upper()
    for step, word in (
        (Step.BODIES, b"BODY.PEEK["), (Step.SIZES, b" UID FETCH "), (Step.SEARCH, b" UID SEARCH "),
        (Step.MARK, b" UID STORE "), (Step.SELECT, b" SELECT "), (Step.LOGIN, b" LOGIN "),
        (Step.CAPABILITY, b" CAPABILITY"), (Step.LOGOUT, b" LOGOUT"),
    ):  # fmt: skip
        if word in words:
            return step
    raise ValueError(line)
