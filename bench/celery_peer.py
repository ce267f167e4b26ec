"""The peer of `bench.outbox`: a Celery application whose one task writes the same row, committed."""

from __future__ import annotations

import os

import psycopg
from celery import Celery

app = Celery("bench", broker=os.environ["MAILLON_BENCH_REDIS"])
app.conf.update(
    task_acks_late=True, worker_prefetch_multiplier=8, task_ignore_result=True, worker_hijack_root_logger=False
)
_links: list[psycopg.Connection[tuple[object, ...]]] = []


@app.task  # type: ignore[untyped-decorator]
def write(number: int) -> None:
    """One connection for each process, kept, as Django would."""
    if not _links:
        _links.append(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True))
    _links[0].execute("INSERT INTO bench_done VALUES (%s)", (number,))
