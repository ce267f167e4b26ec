"""`python -m simulators.annuaire`: run until SIGTERM."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from simulators.annuaire.resources import Resource, invented, of_territory
from simulators.territory import build_territory

BASE: Final = "/fhir/v2"
KINDS: Final = ("Practitioner", "PractitionerRole", "Organization")
ALLOWED: Final = {"_count", "_lastUpdated", "_id", "active", "identifier", "name", "family", "mailbox-mss", "_page"}
MOST: Final = 200
FAULTS: Final = ("429", "503", "json", "coupure", "boucle", "ailleurs", "perimee", "enorme", "lenteur")


class Store:
    """Everything published: what it was started with, and the files that are put into `ressources/` meanwhile."""

    def __init__(self, folder: Path, resources: Iterable[Resource]) -> None:
        self._folder = folder / "ressources"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._known = {f"{each['resourceType']}/{each['id']}": each for each in resources}

    def of(self, kind: str) -> list[Resource]:
        """Oldest change first, as the gateway's pages are."""
        for path in sorted(self._folder.glob("*.json")):
            each = json.loads(path.read_text(encoding="utf-8"))
            self._known[f"{each['resourceType']}/{each['id']}"] = each
        found = [each for each in self._known.values() if each["resourceType"] == kind]
        return sorted(found, key=lambda each: (_moment(each["meta"]["lastUpdated"]), each["id"]))


class Gateway(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], store: Store, *, key: str, faults: list[str], page_life: float
    ) -> None:
        super().__init__(address, Handler)
        self.store, self.key, self.page_life = store, key, page_life
        self.faults = faults
        self.asked = 0
        self.turn = threading.Lock()

    @property
    def base(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}{BASE}"

    def next_fault(self) -> str:
        """Each in turn, between answers that are well."""
        with self.turn:
            self.asked += 1
            return self.faults[self.asked // 2 % len(self.faults)] if self.faults and self.asked % 2 else ""


class Handler(BaseHTTPRequestHandler):
    server: Gateway
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:  # noqa: N802
        address = urlsplit(self.path)
        kind = address.path.removeprefix(f"{BASE}/")
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if not secrets.compare_digest(self.headers.get("ESANTE-API-KEY", ""), self.server.key):
            self._outcome(401, "Clé d'API absente ou inconnue")
        elif kind not in KINDS:
            self._outcome(404, "Ressource inconnue")
        elif set(asked) - ALLOWED:
            self._outcome(400, f"Paramètre inconnu : {sorted(set(asked) - ALLOWED)[0]}")
        elif not self._misbehaved(kind):
            self._search(kind, asked)

    def _search(self, kind: str, asked: dict[str, str]) -> None:
        try:
            start, made_at = (float(each) for each in asked.get("_page", f"0_{time.time()}").split("_"))
            since = _since(asked.get("_lastUpdated", ""))
            count = min(int(asked.get("_count", "50")), MOST)
        except ValueError:
            self._outcome(400, "Paramètre illisible")
            return
        if time.time() - made_at > self.server.page_life:
            self._outcome(410, "Cette page n'est plus conservée")
            return
        found = [each for each in self.server.store.of(kind) if _is_asked(each, asked, since)]
        page = found[int(start) : int(start) + count]
        links = [{"relation": "self", "url": f"{self.server.base}{self.path.removeprefix(BASE)}"}]
        if int(start) + count < len(found):
            more = asked | {"_page": f"{int(start) + count}_{made_at}"}
            links.append({"relation": "next", "url": f"{self.server.base}/{kind}?{urlencode(more)}"})
        self._json(200, _bundle(page, links, total=len(found), base=self.server.base))

    def _misbehaved(self, kind: str) -> bool:
        fault = self.server.next_fault()
        if fault == "429":
            self._outcome(429, "Trop de requêtes", {"Retry-After": "1"})
        elif fault == "503":
            self._outcome(503, "Indisponible")
        elif fault == "json":
            self._raw(b'{"resourceType": "Bundle", "type": "searchset", "entry": [')
        elif fault == "coupure":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 5000\r\n\r\n{")
            self.close_connection = True
        elif fault == "boucle":
            here = {"relation": "next", "url": f"{self.server.base}{self.path.removeprefix(BASE)}"}
            self._json(200, _bundle([], [here], total=1, base=self.server.base))
        elif fault == "ailleurs":
            away = {"relation": "next", "url": "http://169.254.169.254/latest/meta-data"}
            self._json(200, _bundle([], [away], total=1, base=self.server.base))
        elif fault == "perimee":
            self._stale_page(kind)
        elif fault == "enorme":
            self._raw(b" " * (13 * 1024 * 1024))
        elif fault == "lenteur":
            time.sleep(3)
            return False
        else:
            return False
        return True

    def _stale_page(self, kind: str) -> None:
        """What was true long ago, and then the page that was asked."""
        past = {"name": "ANCIEN NOM", "meta": {"lastUpdated": "2001-01-01T00:00:00+01:00"}}
        old = [each | past for each in self.server.store.of(kind)[:20]]
        again = {"relation": "next", "url": f"{self.server.base}{self.path.removeprefix(BASE)}&active=true"}
        self._json(200, _bundle(old, [again], total=20, base=self.server.base))

    def _outcome(self, status: int, said: str, headers: dict[str, str] | None = None) -> None:
        issue = {"severity": "error", "code": "processing", "diagnostics": said}
        self._json(status, {"resourceType": "OperationOutcome", "issue": [issue]}, headers)

    def _json(self, status: int, said: Resource, headers: dict[str, str] | None = None) -> None:
        self._raw(json.dumps(said, ensure_ascii=False).encode(), status=status, headers=headers)

    def _raw(self, data: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/fhir+json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _bundle(page: list[Resource], links: list[dict[str, str]], *, total: int, base: str) -> Resource:
    entries = [
        {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each, "search": {"mode": "match"}}
        for each in page
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links, "entry": entries}


def _since(said: str) -> datetime | None:
    if not said:
        return None
    if not said.startswith("ge"):
        raise ValueError(said)
    return _moment(said[2:].replace(" ", "+"))


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_asked(each: Resource, asked: dict[str, str], since: datetime | None) -> bool:
    if since is not None and _moment(each["meta"]["lastUpdated"]) < since:
        return False
    named = asked.get("identifier", "").rpartition("|")[2]
    return not named or any(one.get("value") == named for one in each.get("identifier", []))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.annuaire",
        description="Annuaire Santé de démonstration, en FHIR, sur la boucle locale.",
        epilog="Le répertoire reçoit annuaire.json (adresse, pid) ; les fichiers de ressources/ sont publiés.",
    )
    parser.add_argument("--dossier", type=Path, required=True, help="répertoire de l’annuaire")
    parser.add_argument("--cle", required=True, help="clé d’API attendue (ESANTE-API-KEY)")
    parser.add_argument("--port", type=int, default=0, help="port (0 : un port libre)")
    parser.add_argument("--population", type=int, default=300, help="professionnels inventés (300)")
    parser.add_argument("--pannes", default="", help=f"pannes jouées à tour de rôle : {', '.join(FAULTS)}")
    parser.add_argument("--vie-des-pages", type=float, default=600.0, help="durée de vie d’une page, en secondes (600)")
    options = parser.parse_args(arguments)
    at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
    territory = build_territory(until=datetime.fromtimestamp(time.time(), UTC).date(), patients=0)
    store = Store(options.dossier, [*of_territory(territory, at=at), *invented(options.population, at=at)])
    faults = [each for each in options.pannes.split(",") if each in FAULTS]
    gateway = Gateway(
        ("127.0.0.1", options.port), store, key=options.cle, faults=faults, page_life=options.vie_des_pages
    )
    _announce(options.dossier, gateway.base)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    gateway.serve_forever(poll_interval=0.1)
    return 0


def _announce(folder: Path, base: str) -> None:
    draft = folder / f".annuaire.{os.getpid()}"
    draft.write_text(json.dumps({"pid": os.getpid(), "base": base}), encoding="utf-8")
    draft.replace(folder / "annuaire.json")
    print(base, flush=True)


if __name__ == "__main__":
    sys.exit(main())
