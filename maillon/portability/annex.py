"""The journals of the installations that were left: proven again here, by their own heads and their own keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from maillon.access import api as access_room
from maillon.kernel import sql
from maillon.portability.models import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexReport:
    structure: str
    instance: str
    rows: int
    heads: int
    findings: tuple[str, ...]


def prove_annexes(*, keys: frozenset[str] | None = None) -> list[AnnexReport]:
    """`keys`: the keys that those installations had published; without them, the one that each export named."""
    found = []
    for arrival in Arrival.objects.order_by("pk"):
        lines = [line for (line,) in sql.rows(_HEADS, (arrival.pk,))]
        if not lines:
            continue
        admitted = keys or frozenset({arrival.public_key})
        proven = access_room.journal.prove(_sealed(arrival.pk), lines, keys=admitted)
        found.append(
            AnnexReport(
                structure=arrival.structure, instance=str(arrival.instance), rows=proven.rows, heads=proven.heads,
                findings=proven.findings,
            )  # fmt: skip
        )
    return found


def _sealed(arrival: int) -> Iterator[tuple[int, str, bytes]]:
    last = 0
    while found := sql.rows(_ROWS, {"arrival": arrival, "last": last}):
        yield from ((seq, canonical, bytes(digest)) for seq, canonical, digest in found)
        last = found[-1][0]


_ROWS: Final = """
SELECT seq, canonical, hash FROM portability_former_journal
 WHERE arrival_id = %(arrival)s AND seq > %(last)s ORDER BY seq LIMIT 5000
"""
_HEADS: Final = "SELECT line FROM portability_former_head WHERE arrival_id = %s ORDER BY number"
