"""Durable jobs in PostgreSQL: written with the fact, leased with SKIP LOCKED in batches, retried, swept after a crash.

A worker that dies leaves a lease that runs out; the job is then taken again. So a handler must be idempotent.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction

from maillon.kernel import clock

log = logging.getLogger(__name__)

Payload = dict[str, Any]
Handler = Callable[[Payload], None]
_handlers: dict[str, Handler] = {}
_beginnings: dict[str, Handler] = {}

LEASE = dt.timedelta(minutes=2)
LONGEST_WAIT = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedJob:
    id: int
    kind: str
    payload: Payload
    attempts: int


def handles(kind: str, *, begin: Handler | None = None) -> Callable[[Handler], Handler]:
    """`begin` runs in a transaction of its own before the work: a work that touches the outside world leaves there the
    trace that it was begun, which its death does not undo."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        if begin is not None:
            _beginnings[kind] = begin
        return handler

    return register


def enqueue(kind: str, payload: Payload, *, key: str | None = None, due_at: dt.datetime | None = None) -> None:
    """Promise a job in the current transaction. With a `key`, a second promise of the same is silent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_job (kind, payload, key, due_at) VALUES (%s, %s, %s, %s) ON CONFLICT (key) DO NOTHING",
            [kind, orjson.dumps(payload).decode(), key, due_at or clock.now()],
        )


def run_due(*, batch: int = 20) -> int:
    """Take and run one batch of due jobs. Returns how many were taken."""
    jobs = _lease(batch)
    for job in jobs:
        _run(job)
    return len(jobs)


def waiting() -> int:
    """Jobs not yet done, due or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_job")
        (count,) = cursor.fetchone()
    return int(count)


def _lease(batch: int) -> list[LeasedJob]:
    """The batch is an array, which is chosen once: a plan may run a subquery of `IN` again for each row."""
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE kernel_job SET leased_until = %(until)s, attempts = attempts + 1
             WHERE id = ANY(ARRAY(SELECT id FROM kernel_job
                                   WHERE due_at <= %(now)s AND (leased_until IS NULL OR leased_until < %(now)s)
                                   ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
            RETURNING id, kind, payload, attempts
            """,
            {"until": moment + LEASE, "now": moment, "batch": batch},
        )
        rows = sorted(cursor.fetchall())
    return [LeasedJob(id=row[0], kind=row[1], payload=_payload(row[2]), attempts=row[3]) for row in rows]


def _payload(stored: Any) -> Payload:
    payload: Payload = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return payload


def _run(job: LeasedJob) -> None:
    """The handler's work and the end of the job are one transaction."""
    try:
        if job.kind in _beginnings:
            with transaction.atomic():
                _beginnings[job.kind](job.payload)
        with transaction.atomic():
            _handlers[job.kind](job.payload)
            _forget(job)
    except Exception as error:  # noqa: BLE001 (whatever a handler does, the worker lives and the job is kept)
        log.warning("job %s (%s) failed, attempt %s: %s", job.id, job.kind, job.attempts, type(error).__name__)
        _postpone(job, error)


def _forget(job: LeasedJob) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_job WHERE id = %s", [job.id])


def _postpone(job: LeasedJob, error: Exception) -> None:
    wait = min(dt.timedelta(seconds=2 ** min(job.attempts, 12)), LONGEST_WAIT)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_job SET leased_until = NULL, due_at = %s, last_error = %s WHERE id = %s",
            [clock.now() + wait, type(error).__name__[:300], job.id],
        )
