"""An operator that dies, is silent or talks nonsense at a chosen step of a submission. Raw sockets, a thread: what it
took is what it wrote down, whatever it answered."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import enum
import hashlib
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from simulators.operator.authority import ensure_certificates


class Death(enum.Enum):
    """Where, and how: the line is cut, there is silence, or nonsense. `TAKEN`: the mail is on its disk all the same."""

    AT_CONNECT = "connect"
    SILENT_AT_CONNECT = "silent connect"
    NONSENSE_AT_CONNECT = "nonsense connect"
    AT_EHLO = "EHLO"
    NONSENSE_AT_EHLO = "nonsense EHLO"
    AT_STARTTLS = "STARTTLS"
    IN_HANDSHAKE = "handshake"
    NONSENSE_AT_STARTTLS = "nonsense STARTTLS"
    AT_AUTH = "AUTH"
    BUSY_AT_AUTH = "454 AUTH"
    AT_MAIL = "MAIL"
    BUSY_AT_MAIL = "421 MAIL"
    NONSENSE_AT_MAIL = "nonsense MAIL"
    AT_RCPT = "RCPT"
    BUSY_AT_RCPT = "451 RCPT"
    AT_DATA = "DATA"
    NONSENSE_AT_DATA = "nonsense DATA"
    BUSY_AT_DATA = "452 DATA"
    IN_BODY = "body or dot, lost"
    HALF_REPLY_AT_DATA = "half reply DATA"
    BUSY_AFTER_DOT = "451 dot"
    AFTER_DOT_LOST = "dot, lost"
    AFTER_DOT_TAKEN = "dot, taken"
    SILENT_AFTER_DOT_TAKEN = "silent dot, taken"
    NONSENSE_AFTER_DOT_TAKEN = "nonsense dot, taken"
    HALF_REPLY_AFTER_DOT_TAKEN = "half reply dot, taken"
    LONG_REPLY_AFTER_DOT_TAKEN = "endless reply dot, taken"
    ENDLESS_LINES_AFTER_DOT_TAKEN = "endless lines dot, taken"
    AFTER_250 = "after 250"

    @property
    def is_ambiguous(self) -> bool:
        """The sender cannot know whether the mail was taken: its last byte had left."""
        return "dot," in self.value

    @property
    def is_survived(self) -> bool:
        """The mail passes all the same: another way of signing in is tried, or it had been taken."""
        return self in (Death.BUSY_AT_AUTH, Death.AFTER_250)

    @property
    def is_silent(self) -> bool:
        return self.value.startswith("silent")


@dataclass(frozen=True)
class Taken:
    message_id: str
    recipients: tuple[str, ...]
    data: bytes


class _Dead(Exception):
    pass


@dataclass
class MortalOperator:
    folder: Path
    silence: float = 0.6
    taken: list[Taken] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)  # those that happened
    refuse_recipients: int = 0
    refuse_address: str = ""
    refuse_saying: str = "inconnu"
    refuse_at: dict[str, str] = field(default_factory=dict)  # at MAIL, at DATA, after the last byte (« . »)
    defer_once: set[str] = field(default_factory=set)
    connections: int = 0
    said: str = ""
    _next: list[Death] = field(default_factory=list)
    _is_stopping: bool = False

    def start(self) -> MortalOperator:
        files = ensure_certificates(self.folder / "tls", now=dt.datetime.fromtimestamp(time.time(), dt.UTC))
        self.ca_file = str(files.authority)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(files.certificate, files.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def stop(self) -> None:
        self._is_stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def die_at(self, death: Death, *, times: int = 1) -> None:
        self._next += [death] * times

    def is_due(self) -> bool:
        return bool(self._next)

    def _serve(self) -> None:
        while not self._is_stopping:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._session, args=(connection,), daemon=True).start()

    def _session(self, connection: socket.socket) -> None:
        with contextlib.suppress(_Dead, OSError, ValueError):
            _Session(self, connection).run()
        with contextlib.suppress(OSError):
            connection.close()

    def meet(self, death: Death) -> bool:
        """True when this death is the one that is due."""
        if self._next and self._next[0] is death:
            self.deaths.append(self._next.pop(0))
            return True
        return False


class _Session:
    def __init__(self, operator: MortalOperator, connection: socket.socket) -> None:
        self.operator, self.connection = operator, connection
        self.buffer = b""
        self.recipients: list[str] = []

    def run(self) -> None:
        self._maybe(Death.AT_CONNECT, Death.SILENT_AT_CONNECT)
        self._say("220 operateur" if not self.operator.meet(Death.NONSENSE_AT_CONNECT) else "Bonjour !")
        while True:
            line = self._line()
            self.operator.said += line + "\n"
            verb = line.split(" ", 1)[0].upper().partition(":")[0]
            getattr(self, f"_{verb.lower()}", self._other)(line)

    def _ehlo(self, line: str) -> None:
        self._maybe(Death.AT_EHLO)
        if self.operator.meet(Death.NONSENSE_AT_EHLO):
            self._say("250-x\r\nnonsense")
        self._say("250-operateur\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250-DSN\r\n250 8BITMIME")

    def _starttls(self, line: str) -> None:
        self._maybe(Death.AT_STARTTLS)
        if self.operator.meet(Death.NONSENSE_AT_STARTTLS):
            self._say("220 go")
            self.connection.sendall(b"this is no TLS\r\n" * 4)
            raise _Dead
        self._say("220 go")
        self._maybe(Death.IN_HANDSHAKE)
        self.connection = self.operator._tls.wrap_socket(self.connection, server_side=True)
        self.buffer = b""

    def _auth(self, line: str) -> None:
        self._maybe(Death.AT_AUTH)
        if self.operator.meet(Death.BUSY_AT_AUTH):
            self._say("454 plus tard")
            return
        mechanism, _, rest = line.partition(" ")[2].partition(" ")
        if mechanism.upper() == "PLAIN" and rest:
            base64.b64decode(rest)
        else:
            for prompt in (b"User", b"Password"):
                if not (prompt == b"User" and rest):
                    self._say(f"334 {base64.b64encode(prompt).decode()}")
                    self._line()
        self._say("235 ok")

    def _mail(self, line: str) -> None:
        self._maybe(Death.AT_MAIL)
        if self.operator.meet(Death.BUSY_AT_MAIL):
            self._say("421 je ferme")
            raise _Dead
        self.recipients = []
        if "MAIL" in self.operator.refuse_at:
            self._say(self.operator.refuse_at["MAIL"])
            return
        self._say("Qui est là ?" if self.operator.meet(Death.NONSENSE_AT_MAIL) else "250 ok")

    def _rcpt(self, line: str) -> None:
        self._maybe(Death.AT_RCPT)
        address = re.findall(r"<([^>]*)>", line)[0]
        if self.operator.meet(Death.BUSY_AT_RCPT) or address in self.operator.defer_once:
            self.operator.defer_once.discard(address)
            self._say("451 plus tard")
        elif self.operator.refuse_recipients or address == self.operator.refuse_address:
            self._say(f"{self.operator.refuse_recipients or 550} {self.operator.refuse_saying}")
        else:
            self.recipients.append(address)
            self._say("250 ok")

    def _data(self, line: str) -> None:
        self._maybe(Death.AT_DATA)
        if self.operator.meet(Death.NONSENSE_AT_DATA):
            self._say("250 donne")
            raise _Dead
        if "DATA" in self.operator.refuse_at:
            self._say(self.operator.refuse_at["DATA"])
            return
        if self.operator.meet(Death.BUSY_AT_DATA):
            self._say("452 plein")
            return
        if self.operator.meet(Death.HALF_REPLY_AT_DATA):
            self.connection.sendall(b"35")
            raise _Dead
        self._say("354 j'ecoute")
        if self.operator.meet(Death.IN_BODY):
            self.connection.recv(200)
            raise _Dead
        self._end(self._body())

    def _end(self, data: bytes) -> None:
        meet = self.operator.meet
        if "." in self.operator.refuse_at:
            self._say(self.operator.refuse_at["."])
            return
        if meet(Death.BUSY_AFTER_DOT):
            self._say("451 pas maintenant")
            return
        if meet(Death.AFTER_DOT_LOST):
            raise _Dead
        self._take(data)
        if meet(Death.AFTER_DOT_TAKEN):
            raise _Dead
        if meet(Death.SILENT_AFTER_DOT_TAKEN):
            time.sleep(self.operator.silence)
            raise _Dead
        if meet(Death.NONSENSE_AFTER_DOT_TAKEN):
            self._say("merci beaucoup")
            raise _Dead
        if meet(Death.HALF_REPLY_AFTER_DOT_TAKEN):
            self.connection.sendall(b"250-on y")
            raise _Dead
        if meet(Death.LONG_REPLY_AFTER_DOT_TAKEN):
            self.connection.sendall(b"250 " + b"x" * 20_000)
            raise _Dead
        if meet(Death.ENDLESS_LINES_AFTER_DOT_TAKEN):
            self._say_without_end("250-on y est presque")
        self._say("250 pris")
        self._maybe(Death.AFTER_250)

    def _say_without_end(self, line: str) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            self._say(line)
            time.sleep(0.02)
        raise _Dead

    def _take(self, data: bytes) -> None:
        found = re.search(rb"^Message-ID:\s*<([^>]+)>", data, re.M | re.I)
        digest = hashlib.sha256(data).digest() if len(data) > 4096 else data
        self.operator.taken.append(
            Taken((found[1].decode() if found else ""), tuple(self.recipients), digest)
        )

    def _body(self) -> bytes:
        while b"\r\n.\r\n" not in self.buffer:
            more = self.connection.recv(65536)
            if not more:
                raise _Dead
            self.buffer += more
        body, _, self.buffer = self.buffer.partition(b"\r\n.\r\n")
        return body + b"\r\n"

    def _quit(self, line: str) -> None:
        self._say("221 au revoir")
        raise _Dead

    def _other(self, line: str) -> None:
        self._say("250 ok" if line.upper() in ("NOOP", "RSET") else "502 inconnu")

    def _say(self, text: str) -> None:
        self.connection.sendall(f"{text}\r\n".encode())

    def _line(self) -> str:
        while b"\r\n" not in self.buffer:
            more = self.connection.recv(65536)
            if not more:
                raise _Dead
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode(errors="replace")

    def _maybe(self, *deaths: Death) -> None:
        for death in deaths:
            if self.operator.meet(death):
                if death.is_silent:
                    time.sleep(self.operator.silence)
                raise _Dead
