"""(g) Durable jobs: our outbox beside Celery with Redis, doing the same work, in one run.

The job writes one row in PostgreSQL, committed. Ours: promised in the transaction of its fact, leased, done in one
transaction for a batch (kernel.outbox, one process). Celery: `delay`, Redis with « appendfsync always », two prefork
processes, acknowledged once done (acks_late), so that a killed worker loses nothing there either. Redis comes from
Debian's package redis-server; without it the bench says so and measures ours alone.

`python -m bench outbox`
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import ground

JOBS = 5_000
BATCHES = (1, 20, 200)
AIM = "visé 20 fois"
TABLE = "bench_done"


def main(*, jobs: int = JOBS) -> None:
    ground.NAME = "maillon_bench_travaux"
    ground.prepare(patients=0, documents=0)
    _table()
    ours = {batch: _ours(jobs, batch) for batch in BATCHES}
    for batch, (promised, done) in ours.items():
        print(f"outbox, lots de {batch:>3} : promis {jobs / promised:8.0f}/s, faits {jobs / done:8.0f}/s, "
              f"les deux {jobs / (promised + done):8.0f}/s")  # fmt: skip
    if shutil.which("redis-server") is None:
        print("Celery et Redis : non mesurés, redis-server n’est pas installé (paquet Debian redis-server)")
        return
    with _redis() as url:
        promised, done = _celery(url, jobs)
    print(f"Celery et Redis    : promis {jobs / promised:8.0f}/s, faits {jobs / done:8.0f}/s")
    best_promised, best_done = ours[200]
    print(
        f"rapport, travaux faits par seconde : {done / best_done:.1f} fois ({AIM}) ; promis : {promised / best_promised:.1f} fois"
    )


def _table() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (number integer NOT NULL)")


def _ours(jobs: int, batch: int) -> tuple[float, float]:
    """Seconds to promise, by hundreds as a fact with its reactions would, and to do."""
    from django.db import connection, transaction

    from maillon.kernel import outbox

    _empty()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE kernel_job")
    began = time.perf_counter()
    for start in range(0, jobs, 100):
        with transaction.atomic():
            outbox.enqueue_many("bench.row", [{"number": number} for number in range(start, start + 100)])
    promised = time.perf_counter()
    _register(batch)
    while outbox.run_due(together=batch):
        pass
    done = time.perf_counter()
    assert _count() == jobs
    return promised - began, done - promised


def _register(batch: int) -> None:
    from django.db import connection

    from maillon.kernel import outbox

    def write(payloads: list[outbox.Payload]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} SELECT unnest(%s::int[])",  # noqa: S608 (constant)
                [[each["number"] for each in payloads]],
            )

    outbox.handles_together("bench.row")(write)


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")


def _count() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608 (constant)
        return int(cursor.fetchone()[0])


@contextmanager
def _redis() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="maillon-redis-") as folder, socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        held.close()
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes",
             "--appendfsync", "always", "--save", ""],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("redis-server did not start")


def _celery(url: str, jobs: int) -> tuple[float, float]:
    """Promised first, then a worker is started on the full queue; its own start is not counted."""
    _empty()
    os.environ["MAILLON_BENCH_REDIS"] = url
    from bench.celery_peer import write

    began = time.perf_counter()
    for number in range(jobs):
        write.delay(number)
    promised = time.perf_counter() - began
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "bench.celery_peer", "worker", "--concurrency", "2", "--loglevel", "ERROR"],
        cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not (first := _count()):
            time.sleep(0.005)
        began = time.perf_counter()
        while (seen := _count()) < jobs:
            if worker.poll() is not None:
                raise RuntimeError("the Celery worker ended")
            time.sleep(0.02)
        return promised, (time.perf_counter() - began) * jobs / (seen - first)
    finally:
        worker.terminate()
        worker.wait(30)


if __name__ == "__main__":
    main()
