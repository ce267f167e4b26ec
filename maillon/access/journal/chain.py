"""The chain of the journal: committed rows, sealed one after the other, each by a hash that holds all those before it.

Writing a row costs what it did: the chain is made afterwards, by one sealer at a time, a few seconds later. Rows are
sealed as they become visible, so that a long transaction that commits out of the order of the numbers is no anomaly.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import transaction

from maillon.kernel import clock, sql

GENESIS = bytes(32)
LONGEST_TRANSACTION = dt.timedelta(minutes=5)  # what commits later than that after its date is a finding
LOCK = 0x6D61696C6C6F6E  # one sealer at a time, whatever the number of workers
BATCH = 20_000

# Every column of the row, in one text of which nothing can slide into the next value. Never change it: a column that
# is added takes a form of its own, for the rows that are sealed from then on.
CANONICAL = """json_build_array(j.id, (extract(epoch FROM j.at) * 1000000)::bigint, j.actor_kind,
  j.actor_professional_id, j.actor_structure_id, j.actor_label, j.actor_profession_code, j.session_id, j.assurance,
  j.on_behalf_of_id, j.patient_id, j.action, j.resource_type, j.resource_id, j.type_code, j.purpose, j.decision,
  j.rule)::text"""


def hashed(previous: bytes, canonical: str) -> bytes:
    return hashlib.sha256(previous + canonical.encode()).digest()


def seal() -> int:
    """Every committed row that is not sealed yet. How many were."""
    sealed = 0
    while batch := _seal_batch():
        sealed += batch
        if batch < BATCH:
            break
    return sealed


def is_sealer() -> bool:
    """Until the end of the transaction, nobody else lengthens the chain or signs its end."""
    found = sql.row("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,))
    return bool(found and found[0])


@transaction.atomic
def _seal_batch() -> int:
    if not is_sealer():
        return 0
    rows = sql.rows(_UNSEALED, {"done_before": clock.wall() - 3 * LONGEST_TRANSACTION, "limit": BATCH})
    if not rows:
        return 0
    seq, last = sql.row(_LAST) or (0, GENESIS)
    chain = [bytes(last)]
    for _, canonical in rows:
        chain.append(hashed(chain[-1], canonical))
    numbers = list(range(seq + 1, seq + 1 + len(rows)))
    sql.rows(_ADD, (numbers, [entry for entry, _ in rows], chain[:-1], chain[1:]))
    return len(rows)


_LAST = "SELECT seq, hash FROM access_journal_link ORDER BY seq DESC LIMIT 1"
# Below what an old head had sealed, every transaction is over: whatever has no link there is for the verification.
_UNSEALED = f"""
SELECT j.id, {CANONICAL} FROM access_journal j LEFT JOIN access_journal_link l ON l.entry_id = j.id
 WHERE l.entry_id IS NULL
   AND j.id > COALESCE((SELECT h.last_entry_id FROM access_journal_head h WHERE h.at <= %(done_before)s
                         ORDER BY h.number DESC LIMIT 1), 0)
 ORDER BY j.id LIMIT %(limit)s
"""  # noqa: S608
_ADD = """
INSERT INTO access_journal_link (seq, entry_id, previous, hash)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[])
"""
