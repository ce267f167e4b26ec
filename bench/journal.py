"""What the journal costs: the same page with and without its row, and how fast rows are sealed and proven.

Both variants are the record's page, each in two processes at once (as two workers would), in alternating rounds, with a
durable commit. « Without » is the very statement of the key, its INSERT taken out.

`python -m bench journal`
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

from bench import ground, record

ROUNDS = 60
PER_ROUND = 40
WORKERS = 2
ROWS = 300_000


def main() -> None:
    ground.prepare()
    _pages()
    _proof()


def _pages() -> None:
    workers = {name: [_Worker(name) for _ in range(WORKERS)] for name in ("avec", "sans")}
    rates: dict[str, list[float]] = {name: [] for name in workers}
    for turn in range(ROUNDS + 1):
        for name, team in workers.items():
            started = time.perf_counter()
            for worker in team:
                worker.begin(PER_ROUND if turn else 30)
            for worker in team:
                worker.end()
            if turn:  # the first turn warms up
                rates[name].append(WORKERS * PER_ROUND / (time.perf_counter() - started))
    for team in workers.values():
        for worker in team:
            worker.stop()
    # Round by round: what slows the machine for a while slows both.
    shares = [1 - with_row / without for with_row, without in zip(rates["avec"], rates["sans"], strict=True)]
    for name, found in rates.items():
        print(f"  page {name} la ligne du journal {statistics.median(found):7.0f} pages par seconde")
    print(f"  le journal prend {statistics.median(shares):.0%} du débit (admis 33 %)")


class _Worker:
    def __init__(self, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.journal", "--page", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip
        self.begin(1)
        self.end()

    def begin(self, times: int) -> None:
        assert self._process.stdin
        print(times, file=self._process.stdin, flush=True)

    def end(self) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline().strip() == "fait"

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=10)


def serve(name: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "maillon.settings"
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    if name == "sans":
        _take_the_row_out()
    patients, cookie = record._signed_in("maillon")
    number = os.getpid()
    for line in sys.stdin:
        for _ in range(int(line)):
            number += 1
            record._open(application, patients[number % len(patients)], cookie)
        print("fait", flush=True)


def _take_the_row_out() -> None:
    from maillon.access import keys

    assert "INSERT INTO access_journal" in keys._JOURNAL
    keys._JOURNAL = ""


def _proof() -> None:
    from maillon.access.journal import tend, verify
    from maillon.kernel import sql

    with tempfile.TemporaryDirectory() as folder:
        os.environ["MAILLON_TEMOINS"] = folder
        sql.rows("TRUNCATE access_journal, access_journal_link, access_journal_head")
        sql.rows(_FILL, (ROWS,))
        sql.rows("ANALYZE access_journal")
        started = time.perf_counter()
        assert tend() == ROWS
        seconds = time.perf_counter() - started
        sql.rows("ANALYZE access_journal_link")
        print(
            f"  {ROWS} lignes scellées en {seconds:.1f} s\u202f: {ROWS / seconds:,.0f} par seconde".replace(
                ",", "\u202f"
            )
        )
        report = verify()
        assert report.is_intact, report.findings
        speed = f"{report.rows / report.seconds:,.0f}".replace(",", "\u202f")
        print(
            f"  {report.rows} lignes prouvées en {report.seconds:.1f} s\u202f: {speed} par seconde (visé 50\u202f000)"
        )
        sql.rows("TRUNCATE access_journal, access_journal_link, access_journal_head")


_FILL = """
INSERT INTO access_journal (at, actor_kind, actor_professional_id, actor_structure_id, actor_label,
       actor_profession_code, session_id, assurance, patient_id, action, resource_type, resource_id, purpose, decision,
       rule)
SELECT now(), 'professional', n % 3000, n % 300, 'Dr Prénom NOM' || n % 3000, 'G15_10', n % 9000, 2, n % 146000, 'read',
       'document', gen_random_uuid()::text, 'soin', 'allow', 'medecin_traitant' FROM generate_series(1, %s) n
"""

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", choices=["avec", "sans"])
    asked = parser.parse_args()
    serve(asked.page) if asked.page else main()
