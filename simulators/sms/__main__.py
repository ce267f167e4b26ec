"""`python -m simulators.sms --dossier D --jeton J`: the provider on the loopback, until SIGTERM.

What it delivers is written in D/messages, where the telephone of the demonstration shows it; D receives `sms.json`
(address). What it has taken is on its disk before it answers.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hmac
import json
import os
import re
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MOBILE = re.compile(r"0[67]\d{8}|\+[1-9]\d{7,14}")
REFERENCE = re.compile(r"[0-9a-f-]{36}")
LONGEST = 459  # three concatenated messages
NOBODY, SWITCHED_OFF = "404", "503"
Answer = tuple[int, dict[str, Any]]


class Provider:
    """Each message is a file under its reference: a second one of the same reference is the first."""

    def __init__(self, folder: Path) -> None:
        self.kept, self.telephone = folder / "sms", folder / "messages"
        for each in (self.kept, self.telephone):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)

    def take(self, said: dict[str, Any]) -> Answer:
        to, text, reference = (said.get(name) for name in ("to", "text", "reference"))
        if not isinstance(to, str) or not MOBILE.fullmatch(to):
            return 422, {"reason": "Ce n’est pas un numéro de téléphone portable."}
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            return 422, {"reason": f"Un message compte de 1 à {LONGEST} caractères."}
        if not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
            return 422, {"reason": "Chaque message porte une référence (UUID)."}
        if self._read(reference) is None:
            self._deliver(to, text, reference)
        return 202, {"state": "accepted"}

    def became(self, reference: str) -> Answer:
        found = self._read(reference)
        return (404, {}) if found is None else (200, found)

    def _deliver(self, to: str, text: str, reference: str) -> None:
        reasons = {NOBODY: "Numéro inconnu", SWITCHED_OFF: "Téléphone éteint pendant 48 heures"}
        reason = reasons.get(to[-3:])
        if reason is None:
            at = dt.datetime.fromtimestamp(time.time(), dt.UTC)
            note = {"to": to, "channel": "sms", "text": text, "at": at.isoformat()}
            _write(self.telephone / f"{at:%Y%m%dT%H%M%S%f}-{reference[:6]}.json", note)
        state = {"state": "failed", "reason": reason} if reason else {"state": "delivered"}
        _write(self.kept / f"{reference}.json", state)

    def _read(self, reference: str) -> dict[str, Any] | None:
        path = self.kept / f"{reference}.json"
        if not REFERENCE.fullmatch(reference) or not path.exists():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


def _write(path: Path, said: dict[str, Any]) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def handler(provider: Provider, token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 64 * 1024))
            self._answer(lambda: provider.take(_read_json(body)))

        def do_GET(self) -> None:
            self._answer(lambda: provider.became(self.path.rpartition("/")[2]))

        def _answer(self, work: Any) -> None:
            is_known = hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {token}")
            status, said = work() if is_known else (401, {"reason": "Jeton inconnu"})
            data = json.dumps(said, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.sms", description="Un opérateur de SMS simulé, sur la boucle locale."
    )
    parser.add_argument("--dossier", type=Path, required=True, help="dossier des messages et du téléphone")
    parser.add_argument("--jeton", required=True, help="jeton que le client présente")
    parser.add_argument("--port", type=int, default=0, help="port (0 : un port libre)")
    options = parser.parse_args(arguments)
    server = ThreadingHTTPServer(
        ("127.0.0.1", options.port), handler(Provider(options.dossier), options.jeton)
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    address = f"http://127.0.0.1:{server.server_address[1]}/messages"
    _write(options.dossier / "sms.json", {"pid": os.getpid(), "address": address})
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
