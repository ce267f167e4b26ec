"""`python -m simulators.phone`: one page, on the loopback, until SIGTERM.

The folder holds `totp.json` ([{"name", "account", "secret"}]) and `messages/*.json` ({"to", "channel", "text", "at"}).
"""

from __future__ import annotations

import argparse
import datetime as dt
import html
import json
import os
import re
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyotp

STEP = 30
REFRESH = 5  # seconds
LAST_MESSAGES = 50
PARIS = ZoneInfo("Europe/Paris")

STYLE = """
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; background: #eef1f4; color: #161616; }
  main { max-width: 32rem; margin: 0 auto; padding: 1.5rem 1rem; }
  h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
  .notice { background: #fff3cd; border-left: 4px solid #b34000; padding: .5rem .75rem; }
  ul { list-style: none; padding: 0; margin: 0; }
  li { background: #fff; border: 1px solid #c5cbd3; border-radius: .5rem; padding: .6rem .9rem; margin: .4rem 0; }
  .code { float: right; font: 600 1.5rem/1.2 ui-monospace, monospace; letter-spacing: .12em; }
  small { color: #42484f; display: block; }
  p.text { margin: .25rem 0 0; white-space: pre-line; overflow-wrap: anywhere; }
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.phone",
        description="Le téléphone de démonstration, sur la boucle locale\u202f: codes de connexion, SMS et courriels.",
        epilog="Le dossier contient totp.json et messages/*.json, et reçoit telephone.json (adresse).",
    )
    parser.add_argument("--dossier", type=Path, required=True, help="dossier à montrer")
    parser.add_argument("--port", type=int, default=0, help="port (0 : un port libre)")
    options = parser.parse_args(arguments)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), _handler(options.dossier))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _announce(options.dossier, f"http://127.0.0.1:{server.server_address[1]}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


def page(folder: Path, *, now: float) -> str:
    return f"""<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{REFRESH}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Téléphone de démonstration</title>
<style>{STYLE}</style></head><body><main><h1>Téléphone de démonstration</h1>
<p class="notice">Chacun a le sien dans la vie\u202f; ici, tous tiennent sur une page.</p>
<h2>Codes de connexion <small>encore {STEP - int(now) % STEP} s</small></h2><ul>{"".join(_codes(folder, now))}</ul>
<h2>Messages reçus</h2><ul>{"".join(_messages(folder)) or "<li>Aucun message.</li>"}</ul>
</main></body></html>"""


def _codes(folder: Path, now: float) -> list[str]:
    found = _read(folder / "totp.json")
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    return [
        f'<li><span class="code">{pyotp.TOTP(each["secret"]).at(moment)}</span>{_said(each["name"])}'
        f"<small>{_said(each['account'])}</small></li>"
        for each in (found if isinstance(found, list) else [])
    ]


def _messages(folder: Path) -> list[str]:
    found = [_read(path) for path in (folder / "messages").glob("*.json")]
    whole = [each for each in found if isinstance(each, dict)]
    recent = sorted(whole, key=lambda each: str(each.get("at")), reverse=True)[:LAST_MESSAGES]
    return [
        f"<li><small>{_said(each.get('channel'))} à {_said(each.get('to'))} · {_moment(each.get('at'))}</small>"
        f'<p class="text">{_pressed(_said(each.get("text")))}</p></li>'
        for each in recent
    ]


def _moment(value: object) -> str:
    """« 29/11/2026 à 01:17 », at the hour of Paris; what is no instant, as it is."""
    try:
        at = dt.datetime.fromisoformat(str(value)).astimezone(PARIS)
    except ValueError:
        return _said(value)
    return f"{at:%d/%m/%Y} à {at:%H:%M}"


def _pressed(text: str) -> str:
    """Its addresses are links, as on a telephone."""
    return re.sub(r"https?://[^\s<]+", r'<a href="\g<0>">\g<0></a>', text)


def _said(value: object) -> str:
    return html.escape(str(value or ""))


def _read(path: Path) -> Any:
    """A file that is being written, or is not there yet, shows nothing."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _handler(folder: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = page(folder, now=time.time()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _announce(folder: Path, address: str) -> None:
    draft = folder / f".telephone.{os.getpid()}"
    draft.write_text(json.dumps({"pid": os.getpid(), "address": address}), encoding="utf-8")
    draft.replace(folder / "telephone.json")


if __name__ == "__main__":
    sys.exit(main())
