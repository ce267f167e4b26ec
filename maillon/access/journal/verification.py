"""The proof of the journal: every row against its link, every link against the one before, both against the heads that
another place holds.

Promised: any edit, deletion, insertion or truncation of what the last exported head attests. What is younger is only
promised from the next head on. One pass, in the order of the chain, in one snapshot, with workers writing beside.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction

from maillon.access.journal import chain, heads
from maillon.kernel import clock, sql

PAGE = 20_000
MOST_FINDINGS = 50
TOLERANCE = chain.LONGEST_TRANSACTION
_MICROSECOND = dt.timedelta(microseconds=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(slots=True, kw_only=True)
class Report:
    """`findings` are French sentences, in the order met, at most MOST_FINDINGS of `count`."""

    rows: int = 0
    heads: int = 0
    last_head_at: dt.datetime | None = None
    seconds: float = 0.0
    count: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return self.count == 0

    def found(self, sentence: str) -> None:
        self.count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(sentence)


def verify(*, witness: Path | None = None, keys: frozenset[str] | None = None) -> Report:
    """`witness`: the folder of the exported heads, as it is in the other place; `keys`: the public keys trusted."""
    started, began = time.perf_counter(), clock.wall()
    report = Report()
    kept = heads.files(witness or heads.folder())  # before the snapshot: what is exported is in the base
    with _snapshot():
        attested = _Attested(report, heads.lines(kept), keys or frozenset({heads.public_key()}))
        attested.finish(_walk(report, attested))
        _unsealed(report)
        _unexported(report, attested.number, began)
    report.seconds = time.perf_counter() - started
    return report


@contextmanager
def _snapshot() -> Iterator[None]:
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            sql.rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class _Attested:
    """The exported heads, one after the other, each verified with the one before and with its row in the base."""

    def __init__(self, report: Report, lines: Iterator[str], keys: frozenset[str]) -> None:
        self.report = report
        self.number = 0
        self.before: heads.Head | None = None  # the last head met by the walk
        self._heads = self._verified(lines, keys)
        self.next = next(self._heads, None)

    def meets(self, seq: int, digest: bytes) -> None:
        """The walk has come to the row that the next heads attest."""
        while self.next is not None and self.next.seq <= seq:
            if self.next.seq and self.next.hash != digest:
                since = self.before.seq if self.before else 0
                self.report.found(
                    f"Le témoin n°\u202f{self.next.number} du {_said(self.next.at)} ne reconnaît pas la ligne {seq}"
                    f"\u202f: la chaîne a été refaite entre les lignes {since + 1} et {seq}."
                )
            self._advance()

    def finish(self, last: int) -> None:
        """What is attested beyond the end of the chain has been cut off."""
        if self.next is not None:
            self.report.found(
                f"Chaîne tronquée après la ligne {last}\u202f: le témoin n°\u202f{self.next.number} du "
                f"{_said(self.next.at)} atteste {self.next.seq} lignes."
            )
        while self.next is not None:
            self._advance()

    def _advance(self) -> None:
        self.before, self.next = self.next, next(self._heads, None)

    def _verified(self, lines: Iterator[str], keys: frozenset[str]) -> Iterator[heads.Head]:
        previous = heads.FIRST
        for line in lines:
            try:
                head = heads.read(line, keys)
            except heads.Unreadable:
                self.report.found(f"Témoin illisible ou signature fausse après le témoin n°\u202f{self.number}.")
                continue
            if head.number != self.number + 1:
                self.report.found(
                    f"Témoins absents de l’export entre le n°\u202f{self.number} et le n°\u202f{head.number}."
                )
            elif head.previous != previous:
                self.report.found(f"Le témoin n°\u202f{head.number} ne suit pas le témoin n°\u202f{self.number}.")
            self._in_the_base(head)
            self.number, previous = head.number, head.digest
            self.report.heads += 1
            self.report.last_head_at = head.at
            yield head

    def _in_the_base(self, head: heads.Head) -> None:
        kept = sql.row(_HEAD, (head.number,))
        if kept is None:
            self.report.found(f"Le témoin n°\u202f{head.number} exporté n’est plus dans la base.")
        elif (kept[0], kept[1], bytes(kept[2]), kept[3], kept[4]) != (
            head.at, head.seq, head.hash, head.last_entry_id, head.line
        ):  # fmt: skip
            self.report.found(f"Le témoin n°\u202f{head.number} a été modifié dans la base.")


def _walk(report: Report, attested: _Attested) -> int:
    """Row by row in the order of the chain. A broken place is told once: the walk goes on from what is written.
    The number of the last row."""
    number, last = 0, chain.GENESIS
    attested.meets(0, last)
    earliest = _earliest(attested)
    while page := sql.rows(_LINES, (number, PAGE)):
        for seq, entry, previous, digest, at, canonical in page:
            if seq != number + 1:
                report.found(_absent(number + 1, seq - 1))
            elif previous != last:
                report.found(f"Le maillon {seq} ne suit pas le maillon {number}\u202f: l’un des deux a été modifié.")
            if at is None:  # no such row in the journal
                report.found(_absent(seq, seq, entry))
            elif chain.hashed(previous, canonical) != digest:
                report.found(f"La ligne {seq} (entrée {entry}) ou son maillon a été modifié.")
            elif at < earliest:
                report.found(
                    f"La ligne {seq} (entrée {entry}) est antidatée\u202f: elle porte la date du "
                    f"{_said(_EPOCH + at * _MICROSECOND)}, bien avant le témoin qui la précède."
                )
            number, last = seq, digest
            if attested.next is not None and attested.next.seq <= seq:
                attested.meets(seq, digest)
                earliest = _earliest(attested)
        report.rows += len(page)
    return number


def _earliest(attested: _Attested) -> int:
    """No row sealed after a head may be dated well before it (microseconds since 1970)."""
    if attested.before is None:
        return 0
    return (attested.before.at - TOLERANCE - _EPOCH) // _MICROSECOND


def _absent(first: int, last: int, entry: int | None = None) -> str:
    which = f"Ligne {first} absente" if first == last else f"Lignes {first} à {last} absentes"
    where = f" (entrée {entry} du journal)" if entry is not None else ""
    return f"{which}{where}\u202f; la chaîne ne se vérifie plus à partir de la ligne {last + 1}."


def _unsealed(report: Report) -> None:
    """A row older than the last head that no link holds: put in afterwards, or its link taken out."""
    if report.last_head_at is None:
        _unattested(report)
        return
    for entry, at in sql.rows(_UNSEALED, (report.last_head_at - TOLERANCE,)):
        report.found(
            f"L’entrée {entry} du {_said(at)} n’a pas de maillon\u202f: ajoutée après coup, ou retirée de la chaîne."
        )


def _unattested(report: Report) -> None:
    """Without any exported head nothing is proven. That is right only of a journal that has just begun."""
    oldest = sql.row("SELECT min(at) FROM (SELECT at FROM access_journal ORDER BY id LIMIT 1000) first")
    if oldest and oldest[0] and oldest[0] < clock.wall() - TOLERANCE:
        report.found(
            "Aucun témoin exporté\u202f: rien ne prouve le journal. Le dossier des témoins est-il le bon\u202f?"
        )


def _unexported(report: Report, number: int, began: dt.datetime) -> None:
    """A stop between signing and writing leaves one head to export; more are an export that was cut. Those signed while
    the proof was beginning are of the next one."""
    ((last,),) = sql.rows("SELECT COALESCE(max(number), 0) FROM access_journal_head WHERE at <= %s", (began,))
    if last > number + 1:
        report.found(f"Export tronqué\u202f: il s’arrête au témoin n°\u202f{number}, la base en a signé {last}.")


def _said(moment: dt.datetime) -> str:
    return f"{clock.in_paris(moment):%d/%m/%Y à %H:%M:%S}"


_LINES = f"""
SELECT l.seq, l.entry_id, l.previous, l.hash, (extract(epoch FROM j.at) * 1000000)::bigint, {chain.CANONICAL}
  FROM access_journal_link l LEFT JOIN access_journal j ON j.id = l.entry_id
 WHERE l.seq > %s ORDER BY l.seq LIMIT %s
"""  # noqa: S608
_HEAD = "SELECT at, seq, hash, last_entry_id, line FROM access_journal_head WHERE number = %s"
_UNSEALED = """
SELECT j.id, j.at FROM access_journal j LEFT JOIN access_journal_link l ON l.entry_id = j.id
 WHERE l.entry_id IS NULL AND j.at < %s ORDER BY j.id LIMIT 1000
"""
