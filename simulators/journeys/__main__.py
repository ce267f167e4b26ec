"""`python -m simulators.journeys --dossier D --qui imagerie`: somebody outside, at their own software, until SIGTERM.

D holds `monde.json` (operator, national record, day on which ages are told), and for `--qui logiciel`, the practice
software of people who work in Maillon, `acces.json` (its FHIR credentials); it receives `imagerie.json` (address).
What they do is asked by POST /ordre, as their hands would on their keyboard; everything else is a protocol.
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import json
import os
import signal
import sys
import traceback
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from simulators.journeys.cast import with_outside
from simulators.journeys.depositing import Line, feed, held
from simulators.journeys.mailing import Operator, look_for, post
from simulators.journeys.orders import Order, person_of
from simulators.journeys.software import Line as Fhir
from simulators.journeys.software import deposit
from simulators.journeys.writing import from_the_patient, written
from simulators.outgoing import RenderedDocument, address_book, render
from simulators.people import Territory
from simulators.territory import build_territory

WHO = ("patient", "hopital", "laboratoire", "imagerie", "pharmacie", "samu", "logiciel")


class Office:
    """One house, or one citizen, with their mailbox and their line to the national record."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @functools.cached_property
    def territory(self) -> Territory:
        return with_outside(build_territory(until=dt.date.fromisoformat(self._world()["until"])))

    def do(self, order: Order) -> dict[str, Any]:
        return {
            "relever": self._look, "publier": self._publish, "deposer": self._deposit, "consulter": self._consult,
        }[order.what](order)  # fmt: skip

    def _deposit(self, order: Order) -> dict[str, Any]:
        """By the interface of the house where the author works; the national record by the software's own line."""
        made = render(written(order, self.territory).document, contacts=address_book(self.territory))
        said = json.loads((self._folder / "acces.json").read_text(encoding="utf-8"))
        place, is_same = deposit(Fhir(**said[order.author]), made)
        if order.to_dmp:
            self._feed(order, made)
        return self._told(made) | {"place": place, "reads_again": is_same}

    def _publish(self, order: Order) -> dict[str, Any]:
        world = self._world()
        contacts = address_book(self.territory)
        by_patient = not order.author
        outgoing = (from_the_patient if by_patient else written)(order, self.territory)
        made = render(outgoing.document, contacts=contacts)
        operator = _operator(world)
        message, taken = ("", True)
        if order.addresses:
            message, taken = post(operator, outgoing, made, territory=self.territory, again=order.again)
        if order.to_dmp and not by_patient:
            self._feed(order, made)
        return self._told(made) | {"message": message, "taken": taken}

    def _feed(self, order: Order, made: RenderedDocument) -> None:
        author = self.territory.professional(order.author)
        feed(Line(**self._world()["dmp"]), made, author=author, house=self.territory.structure(author.structure))

    def _consult(self, order: Order) -> dict[str, Any]:
        reader, person = self.territory.professional(order.author), person_of(order.person)
        house = self.territory.structure(reader.structure)
        return {"titles": held(Line(**self._world()["dmp"]), person, reader=reader, house=house)}

    def _told(self, made: RenderedDocument) -> dict[str, Any]:
        document = made.document
        return {
            "id": (document.version.id or "").upper(), "type": document.type_code, "title": document.title,
            "level": document.level,
        }  # fmt: skip

    def _look(self, order: Order) -> dict[str, Any]:
        found = look_for(_operator(self._world()), order.mailbox, order.wanted, patience=order.patience)
        return {"found": {identifier: asdict(each) for identifier, each in found.items()}}

    def _world(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self._folder / "monde.json").read_text(encoding="utf-8"))
        return said


def _operator(world: dict[str, Any]) -> Operator:
    said = world["operator"]
    return Operator(**said | {"accounts": Path(said["accounts"])})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.journeys",
        description="Un acteur extérieur d’un parcours, dans son logiciel\u202f: il ne parle que les protocoles.",
    )
    parser.add_argument("--dossier", type=Path, required=True, help="dossier du monde")
    parser.add_argument("--qui", choices=WHO, required=True, help="qui il est")
    options = parser.parse_args(arguments)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(Office(options.dossier)))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    announced = options.dossier / f"{options.qui}.json"
    draft = announced.with_name(f".{announced.name}.{os.getpid()}")
    draft.write_text(json.dumps({"pid": os.getpid(), "port": server.server_address[1]}), encoding="utf-8")
    draft.replace(announced)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


def _handler(office: Office) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                said = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                status, answer = 200, office.do(Order.of_json(said))
            except Exception as error:  # noqa: BLE001 (whatever happens at their desk, they say so)
                traceback.print_exc()
                status, answer = 422, {"refused": f"{type(error).__name__}: {error}"[:300]}
            data = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


if __name__ == "__main__":
    sys.exit(main())
