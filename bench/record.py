"""(b) Opening a record: whole page, access rule, 50 documents, journal row; beside a stock Django page and beside
pgbench.

Both pages run in a process of their own, called through WSGI without a socket, in alternating rounds; pgbench runs
the very
statements that our page sends. The patients are those with at least 50 documents, drawn at random, as their physician.

`python -m bench record`
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from bench import ground
from bench.bare import captured, pgbench

ROUNDS = 8
PER_ROUND = 100
PASSWORD = "mot de passe du banc"


def main() -> None:
    ground.prepare()
    pages = {name: _Page(name) for name in ("maillon", "django")}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
    for turn in range(ROUNDS + 1):
        for name, page in pages.items():
            found = page.run(PER_ROUND if turn else 30)
            if turn:  # the first turn warms up
                taken[name].append(found)
    statements = pages["maillon"].statements()
    for page in pages.values():
        page.stop()
    _report(taken, statements)


def _report(taken: dict[str, list[tuple[float, float]]], statements: str) -> None:
    wall = {name: statistics.median(each[0] for each in times) for name, times in taken.items()}
    cpu = {name: statistics.median(each[1] for each in times) for name, times in taken.items()}
    for name in taken:
        print(f"  page {name:10} {wall[name] * 1e3:7.2f} ms, dont processeur Python {cpu[name] * 1e3:6.2f} ms")
    limit = pgbench(statements, seconds=6)
    print(f"  pgbench, mêmes instructions   {limit * 1e3:7.2f} ms")
    print(f"  {wall['django'] / wall['maillon']:.1f} fois la page Django courante (visé 10)")
    print(f"  {limit / wall['maillon']:.0%} de pgbench (visé 20 %)")


class _Page:
    """One page in its own process: it answers « N » by the seconds, wall and processor, of a request."""

    def __init__(self, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.record", "--page", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip

    def run(self, times: int) -> tuple[float, float]:
        wall, cpu = self._ask(str(times)).split()
        return float(wall), float(cpu)

    def statements(self) -> str:
        return self._ask("statements")

    def stop(self) -> None:
        self._ask("stop", wait=False)
        self._process.wait(timeout=10)

    def _ask(self, word: str, *, wait: bool = True) -> str:
        assert self._process.stdin and self._process.stdout
        print(word, file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip() if wait else ""


def serve(name: str) -> None:
    settings = "bench.stock.settings" if name == "django" else "maillon.settings"
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    patients, cookie = _signed_in(name)
    number = 0
    for line in sys.stdin:
        word = line.strip()
        if word == "stop":
            return
        if word == "statements":
            print(captured(lambda: _open(application, patients[0], cookie)), flush=True)
            continue
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(int(word)):
            number += 1
            _open(application, patients[number % len(patients)], cookie)
        print((time.perf_counter() - wall) / int(word), (time.process_time() - cpu) / int(word), flush=True)


def _open(application: Any, patient: str, cookie: str) -> bytes:
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/dossier/{patient}/chronologie",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": cookie,
        "HTTP_ACCEPT_ENCODING": "",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    body = b"".join(application(environ, lambda code, headers: status.append(code)))
    assert status == ["200 OK"], (status, body[:300])
    assert body.count(b"Compte rendu") >= 50
    return body


def _signed_in(name: str) -> tuple[list[str], str]:
    """The physician with the most documented patients, those who open to them with fifty documents, and a session's
    cookie."""
    from maillon.access.models import Account
    from maillon.kernel import sql

    doctor, structure = sql.rows(
        """SELECT m.professional_id, t.structure_id
             FROM access_care_team_membership m JOIN professionals_attachment t ON t.professional_id = m.professional_id
            WHERE m.basis = 'medecin_traitant'
              AND (SELECT count(*) FROM record_timeline e WHERE e.patient_id = m.patient_id) >= 50
            GROUP BY 1, 2 ORDER BY count(*) DESC, 1 LIMIT 1"""
    )[0]
    patients = [
        str(row[0])
        for row in sql.rows(
            """SELECT p.uuid FROM access_care_team_membership m JOIN patients_patient p ON p.id = m.patient_id
                WHERE (m.professional_id = %(doctor)s OR m.structure_id = %(structure)s)
                  AND (SELECT count(*) FROM record_timeline e WHERE e.patient_id = p.id AND e.confidentiality = 'N'
                          AND NOT EXISTS (SELECT 1 FROM access_document_mark k WHERE k.document_id = e.document_id)
                      ) >= 50
                  AND NOT EXISTS (SELECT 1 FROM access_wish w WHERE w.patient_id = p.id
                                     AND w.kind = 'opposition_personne' AND w.professional_id = %(doctor)s)
                ORDER BY p.uuid""",
            {"doctor": doctor, "structure": structure},
        )
    ]
    account, _ = Account.objects.get_or_create(
        professional_id=doctor, defaults={"identifier": f"banc-{doctor}", "structure_id": structure}
    )
    if not account.has_usable_password() or not account.check_password(PASSWORD):
        account.set_password(PASSWORD)  # once: a new hash would end the other page's session
        account.save()
    if name == "django":
        return patients, f"sessionid={_stock_session(account)}"
    from maillon.access import api as access

    token = access.sessions.open_session(
        account.pk, method=access.sessions.Method.CODE, browser=access.sessions.Browser(), situations=[structure]
    )
    return patients, f"maillon={token}"


def _stock_session(account: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    call_command("migrate", "sessions", verbosity=0)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--page")
    asked = parser.parse_args()
    serve(asked.page) if asked.page else main()
