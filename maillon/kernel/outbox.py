"""Durable jobs in PostgreSQL: written with the fact, leased with SKIP LOCKED in batches, retried, swept after a crash.

A worker that dies leaves a lease that runs out; the job is then taken again. So a handler must be idempotent. The
number of attempts tells one lease from the next: a worker that was slow leaves alone what another took.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction

from maillon.kernel import clock, sql

log = logging.getLogger(__name__)

Payload = dict[str, Any]
Handler = Callable[[Payload], None]
ManyHandler = Callable[[list[Payload]], None]
_handlers: dict[str, Handler] = {}
_beginnings: dict[str, Handler] = {}
_together: dict[str, ManyHandler] = {}

LEASE = dt.timedelta(minutes=2)
LONGEST_WAIT = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedJob:
    id: int
    kind: str
    payload: Payload
    attempts: int
    until: dt.datetime


def handles(kind: str, *, begin: Handler | None = None) -> Callable[[Handler], Handler]:
    """`begin` runs in a transaction of its own before the work: a work that touches the outside world leaves there the
    trace that it was begun, which its death does not undo."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        if begin is not None:
            _beginnings[kind] = begin
        return handler

    return register


def handles_together(kind: str) -> Callable[[ManyHandler], ManyHandler]:
    """For work that touches our base alone: the jobs of a batch are one call and one transaction. When it fails, each
    is tried by itself, so that one that is broken holds up no other."""

    def register(handler: ManyHandler) -> ManyHandler:
        _together[kind] = handler
        _handlers[kind] = lambda payload: handler([payload])
        return handler

    return register


def enqueue(kind: str, payload: Payload, *, key: str | None = None, due_at: dt.datetime | None = None) -> None:
    """Promise a job in the current transaction. With a `key`, a second promise of the same is silent."""
    sql.rows(_ENQUEUE, (kind, orjson.dumps(payload).decode(), key, due_at or clock.now()))


_ENQUEUE = """
INSERT INTO kernel_job (kind, payload, key, due_at) VALUES (%s, %s::jsonb, %s, %s) ON CONFLICT (key) DO NOTHING
"""


def enqueue_many(kind: str, payloads: Iterable[Payload], *, due_at: dt.datetime | None = None) -> None:
    """Promise many jobs in the current transaction, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO kernel_job (kind, payload, due_at)
               SELECT %s, each, %s FROM jsonb_array_elements(%s::jsonb) each""",
            [kind, due_at or clock.now(), orjson.dumps(list(payloads)).decode()],
        )


def run_due(*, batch: int = 20, together: int = 200) -> int:
    """Take and run one batch of due jobs, and a larger one of those that are done together. Returns how many were
    taken."""
    many, jobs = _lease(together, of_those=True), _lease(batch)
    by_kind: dict[str, list[LeasedJob]] = defaultdict(list)
    for job in many:
        by_kind[job.kind].append(job)
    broken = [job for kind, some in by_kind.items() if not _ran_together(kind, some) for job in some]
    for job in (*broken, *jobs):
        _run(job)
    return len(many) + len(jobs)


def waiting() -> int:
    """Jobs not yet done, due or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_job")
        (count,) = cursor.fetchone()
    return int(count)


def due() -> int:
    """Jobs whose hour has come and that are not done yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_job WHERE due_at <= %s", [clock.now()])
        (count,) = cursor.fetchone()
    return int(count)


def _lease(batch: int, *, of_those: bool = False) -> list[LeasedJob]:
    """The batch is an array, which is chosen once: a plan may run a subquery of `IN` again for each row. A lease that
    ends later than any could was written by a clock that was wrong."""
    moment = clock.wall()
    until = moment + LEASE
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE kernel_job SET leased_until = %(until)s, attempts = attempts + 1
             WHERE id = ANY(ARRAY(SELECT id FROM kernel_job
                                   WHERE due_at <= %(now)s
                                     AND (leased_until IS NULL OR leased_until NOT BETWEEN %(true)s AND %(latest)s)
                                     AND (kind = ANY(%(together)s)) = %(of_those)s
                                   ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
            RETURNING id, kind, payload, attempts
            """,
            {
                "until": until, "latest": until + LEASE, "true": moment, "now": clock.now(),
                "batch": batch, "together": list(_together), "of_those": of_those,
            },  # fmt: skip
        )
        rows = sorted(cursor.fetchall())
    return [
        LeasedJob(id=row[0], kind=row[1], payload=_payload(row[2]), attempts=row[3], until=until) for row in rows
    ]


def _payload(stored: Any) -> Payload:
    payload: Payload = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return payload


def _ran_together(kind: str, jobs: list[LeasedJob]) -> bool:
    try:
        with transaction.atomic():
            _together[kind]([job.payload for job in jobs])
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM kernel_job WHERE id = ANY(%s)", [[job.id for job in jobs]])
    except Exception as error:  # noqa: BLE001 (each is then tried by itself, and says what is wrong with it)
        log.warning("%s jobs (%s) failed together: %s", len(jobs), kind, type(error).__name__)
        return False
    return True


def _run(job: LeasedJob) -> None:
    """The handler's work and the end of the job are one transaction."""
    if not _is_still_ours(job):
        return
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


def _is_still_ours(job: LeasedJob) -> bool:
    """The jobs before it may have lasted longer than the lease; it is then taken once more, unless another took it."""
    moment = clock.wall()
    if moment < job.until:
        return True
    asked = {"until": moment + LEASE, "id": job.id, "attempts": job.attempts}
    return bool(sql.rows(_HOLD, asked))


_HOLD = """
UPDATE kernel_job SET leased_until = %(until)s WHERE id = %(id)s AND attempts = %(attempts)s RETURNING id
"""


def _forget(job: LeasedJob) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_job WHERE id = %s", [job.id])


def _postpone(job: LeasedJob, error: Exception) -> None:
    wait = min(dt.timedelta(seconds=2 ** min(job.attempts, 12)), LONGEST_WAIT)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_job SET leased_until = NULL, due_at = %s, last_error = %s WHERE id = %s AND attempts = %s",
            [clock.now() + wait, type(error).__name__[:300], job.id, job.attempts],
        )
