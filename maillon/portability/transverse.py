"""What is of no single patient: the directory and the agenda, the journal with its signed heads, the mail.

Only an export of everything carries the journal and the mail; the others carry the people whom their records name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from maillon.access import api as access_room
from maillon.formats.portability import calendar, pages
from maillon.formats.portability.manifest import ArchiveEntry, Missing
from maillon.formats.portability.packing import Packing, packing
from maillon.kernel import sql
from maillon.kernel.key import Actor
from maillon.portability.packed import Mentions, put_elsewhere, put_shelf, put_table
from maillon.portability.tables import Part, tables

JOURNAL: Final = "access_journal"  # DONNEES/access_journal.jsonl: {seq, n, patient_id, canonical, hash}
HEADS: Final = "access_journal_head"  # {number, line}
FORMER: Final = ("portability_arrival", "portability_former_journal", "portability_former_head")
LINKS_AT_ONCE: Final = 200_000
MESSAGES_AT_ONCE: Final = 500


def write_directory(
    path: Path, *, code: str, named: Mapping[str, Set[int]] | None, instance: UUID
) -> ArchiveEntry:
    """`named`: table → numbers of the rows that a unit or targeted export names; its directory says who they are and
    where they work, which protocols their plans follow and which sessions they attended, nothing of their accounts nor
    of the house. None: everything."""
    known = {
        "people": sorted((named or {}).get("professionals_professional", ())),
        "protocols": sorted((named or {}).get("pathways_protocol_version", ())),
        "sessions": sorted((named or {}).get("pathways_education_session", ())),
    }
    with packing(path) as packed:
        mentions = Mentions()
        for table in tables(Part.DIRECTORY):
            condition = _NAMED.get(table.name, "") if named is not None else "true"
            if condition:
                put_table(packed, mentions, table, condition, known)
        if named is None:
            packed.put(calendar.NAME, calendar.write_calendar(_absences(), instance=str(instance)))
        packed.put("README.TXT", pages.transverse_readme())
    return _entry(code, packed)


def write_journal(actor: Actor, path: Path, *, code: str, after: int, until: int, with_heads: bool) -> ArchiveEntry:
    """Rows sealed after `after`, up to `until`: each as the chain hashed it."""
    with packing(path) as packed:
        sealed = access_room.journal.sealed_rows(actor, after=after, until=min(until, after + LINKS_AT_ONCE))
        packed.put_rows(JOURNAL, (_sealed(row) for row in sealed))
        if with_heads:
            lines = access_room.journal.head_lines(actor, until=until)
            packed.put_rows(HEADS, (orjson.dumps({"number": number, "line": line}) for number, line in lines))
            _put_former(packed)
        packed.put("README.TXT", pages.transverse_readme())
    return _entry(code, packed)


def write_mail(path: Path, *, code: str, after: int) -> ArchiveEntry:
    """Some messages as they came, the documents found in them, and where each is."""
    with packing(path) as packed:
        mentions = Mentions()
        numbers = [number for (number,) in sql.rows(_MESSAGES, {"after": after, "most": MESSAGES_AT_ONCE})]
        for table in tables(Part.MAIL):
            column = "id" if table.name == "exchange_message" else "message_id"
            put_table(packed, mentions, table, f"t.{column} = ANY(%(numbers)s)", {"numbers": numbers})
        missing = put_shelf(packed, _bytes_of(numbers))
        put_elsewhere(packed, mentions)
        packed.put("README.TXT", pages.transverse_readme())
    return _entry(code, packed, tuple(missing))


def last_journal_row(actor: Actor) -> int:
    """Sealed and signed just now: what is written later is of the next story."""
    access_room.journal.tend()
    return access_room.journal.sealed_until(actor)


def message_starts() -> list[int]:
    """After which message each archive of mail begins."""
    return [number for (number,) in sql.rows(_STARTS, {"most": MESSAGES_AT_ONCE})]


def _absences() -> Iterator[calendar.Absence]:
    for number, start, end, who, by, reason, at in sql.rows(_ABSENCES):
        yield calendar.Absence(number=number, start=start, end=end, who=who, replaced_by=by, reason=reason, at=_utc(at))


def _utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC)


def _sealed(row: access_room.journal.SealedRow) -> bytes:
    said: dict[str, Any] = {
        "seq": row.seq, "n": row.entry_id, "patient_id": row.patient_id, "canonical": row.canonical,
        "hash": row.hash.hex(),
    }  # fmt: skip
    return orjson.dumps(said)


def _put_former(packed: Packing) -> None:
    """The journals of the installations that were left before this one leave with it: their chain never breaks."""
    for table, asked in zip(FORMER, (_FORMER_ARRIVALS, _FORMER_ROWS, _FORMER_HEADS), strict=True):
        packed.put_rows(table, _lines(asked))


def _lines(asked: str) -> Iterator[bytes]:
    last = 0
    while True:
        found = sql.rows(asked, {"last": last})
        yield from (str(line).encode() for _, line in found)
        if not found:
            return
        last = found[-1][0]


def _bytes_of(messages: list[int]) -> list[bytes]:
    return [bytes(digest) for (digest,) in sql.rows(_SHELF, {"numbers": messages})]


def _entry(code: str, packed: Packing, missing: tuple[Missing, ...] = ()) -> ArchiveEntry:
    return ArchiveEntry(
        code=code, kind="TRANSVERSE", patient=None, size=packed.size, sha256=packed.digest, counts=dict(packed.counts),
        missing=missing,
    )  # fmt: skip


# Who is named, who pilots what is followed, and where they work; what was attended, under which version.
_FOLLOWED: Final = (
    "({v}.id = ANY(%(protocols)s) OR EXISTS (SELECT 1 FROM pathways_education_session s"
    " WHERE s.version_id = {v}.id AND s.id = ANY(%(sessions)s)))"
)
_NAMED: Final = {
    "professionals_structure": "true",
    "professionals_professional": "(t.id = ANY(%(people)s) OR EXISTS (SELECT 1 FROM pathways_protocol_version v"  # noqa: S608 (constants)
                                  f" WHERE v.pilot_id = t.id AND {_FOLLOWED.format(v='v')}))",
    "professionals_attachment": "t.professional_id = ANY(%(people)s)",
    "pathways_protocol_version": _FOLLOWED.format(v="t"),
    "pathways_education_session": "t.id = ANY(%(sessions)s)",
}  # fmt: skip
_MESSAGES: Final = "SELECT id FROM exchange_message WHERE id > %(after)s ORDER BY id LIMIT %(most)s"
_STARTS: Final = """
SELECT COALESCE(before, 0) FROM (
  SELECT lag(id) OVER (ORDER BY id) AS before, row_number() OVER (ORDER BY id) AS rank FROM exchange_message
) numbered WHERE rank %% %(most)s = 1 ORDER BY 1
"""
# The message itself, and what of it is filed nowhere.
_SHELF: Final = """
SELECT m.sha256 FROM exchange_message m WHERE m.id = ANY(%(numbers)s)
UNION
SELECT r.sha256 FROM exchange_received_document r
 WHERE r.message_id = ANY(%(numbers)s) AND r.document_id IS NULL ORDER BY 1
"""
_ABSENCES: Final = """
SELECT a.id, a.start, a."end", concat_ws(' ', w.given_name, w.family_name),
       concat_ws(' ', b.given_name, b.family_name), a.reason, a.created_at
  FROM access_replacement a JOIN professionals_professional w ON w.id = a.replaced_id
  LEFT JOIN professionals_professional b ON b.id = a.replacing_id
 WHERE a.ended_at IS NULL ORDER BY a.start, a.id
"""
_FORMER_ARRIVALS: Final = """
SELECT a.id, jsonb_build_object('n', a.id, 'export_id', a.export_id, 'instance', a.instance, 'structure', a.structure,
       'public_key', a.public_key, 'extracted_at', a.extracted_at)::text
  FROM portability_arrival a WHERE a.id > %(last)s ORDER BY a.id LIMIT 2000
"""
_FORMER_ROWS: Final = """
SELECT f.id, jsonb_build_object('arrival', f.arrival_id, 'entry_id', f.entry_id, 'patient_id', f.patient_id,
       'canonical', f.canonical, 'seq', f.seq, 'hash', encode(f.hash, 'hex'))::text
  FROM portability_former_journal f WHERE f.id > %(last)s ORDER BY f.id LIMIT 2000
"""
_FORMER_HEADS: Final = """
SELECT h.id, jsonb_build_object('arrival', h.arrival_id, 'number', h.number, 'line', h.line)::text
  FROM portability_former_head h WHERE h.id > %(last)s ORDER BY h.id LIMIT 2000
"""
