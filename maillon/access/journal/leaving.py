"""The journal as it leaves for another installation, and how anybody proves it there: the sealed rows as the chain
hashed them, and the signed heads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from maillon.access.journal import chain, heads
from maillon.access.refusal import AccessDenied
from maillon.kernel import sql
from maillon.kernel.key import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """`canonical`: the text that `hash` is of, after the hash of the row before."""

    seq: int
    entry_id: int
    patient_id: int | None
    canonical: str
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    rows: int
    heads: int
    findings: tuple[str, ...]


def sealed_until(actor: Actor) -> int:
    """The last row that a signed head proves: what is later is the beginning of the next story."""
    _for_a_program(actor)
    found = sql.row("SELECT seq FROM access_journal_head ORDER BY number DESC LIMIT 1")
    return int(found[0]) if found else 0


def sealed_rows(actor: Actor, *, after: int, until: int, most: int = 5_000) -> Iterator[SealedRow]:
    _for_a_program(actor)
    while after < until:
        found = sql.rows(_SEALED, {"after": after, "until": until, "most": most})
        if not found:
            return
        for seq, entry_id, patient_id, canonical, digest in found:
            yield SealedRow(
                seq=seq, entry_id=entry_id, patient_id=patient_id, canonical=canonical, hash=bytes(digest)
            )
        after = found[-1][0]


def head_lines(actor: Actor, *, until: int) -> list[tuple[int, str]]:
    """(number, line as it was signed and exported) of the heads that prove rows up to `until`."""
    _for_a_program(actor)
    return [
        (number, line)
        for number, line in sql.rows(
            "SELECT number, line FROM access_journal_head WHERE seq <= %(until)s ORDER BY number", {"until": until}
        )
    ]


def prove(rows: Iterable[tuple[int, str, bytes]], lines: Iterable[str], *, keys: frozenset[str]) -> ChainReport:
    """(seq, canonical, hash) in the order of `seq` from 1, and the heads that were signed: does each row follow from
    the one before, and does each head name the row that it should?"""
    findings: list[str] = []
    wanted = _wanted(lines, keys, findings)
    previous, expected = chain.GENESIS, 1
    for seq, canonical, digest in rows:
        if seq != expected:
            findings.append(f"Il manque des lignes entre {expected} et {seq}.")
            break
        if chain.hashed(previous, canonical) != digest:
            findings.append(f"La ligne {seq} n’est pas celle qui a été scellée.")
        for head in wanted.pop(seq, ()):
            if head.hash != digest:
                findings.append(f"Le témoin {head.number} n’est pas celui de la ligne {seq}.")
        previous, expected = digest, expected + 1
    heads_left = [head for seq, held in wanted.items() if seq for head in held]
    findings += [f"Le témoin {head.number} nomme une ligne absente." for head in heads_left[:20]]
    return ChainReport(rows=expected - 1, heads=_number(lines), findings=tuple(findings[:50]))


def _wanted(lines: Iterable[str], keys: frozenset[str], findings: list[str]) -> dict[int, list[heads.Head]]:
    found: dict[int, list[heads.Head]] = {}
    previous = heads.FIRST
    for rank, line in enumerate(lines, start=1):
        try:
            head = heads.read(line, keys)
        except heads.Unreadable:
            findings.append(f"Le témoin de rang {rank} n’est pas signé par une clé admise.")
            continue
        if head.previous != previous:
            findings.append(f"Le témoin {head.number} ne suit pas celui qui le précède.")
        previous = head.digest
        found.setdefault(head.seq, []).append(head)
    return found


def _number(lines: Iterable[str]) -> int:
    return sum(1 for _ in lines)


def _for_a_program(actor: Actor) -> None:
    if actor.kind != "machine":
        raise AccessDenied


_SEALED = f"""
SELECT l.seq, j.id, j.patient_id, {chain.CANONICAL}, l.hash
  FROM access_journal_link l JOIN access_journal j ON j.id = l.entry_id
 WHERE l.seq > %(after)s AND l.seq <= %(until)s ORDER BY l.seq LIMIT %(most)s
"""  # noqa: S608
