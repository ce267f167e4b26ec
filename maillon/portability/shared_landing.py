"""What lands and is of no single record: the directory, the journal of the installation that was left, the mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from maillon.kernel import sql
from maillon.kernel.text import json_text
from maillon.portability.landing import PATIENTS, Landing, keep_shelf, refuse_other_counts
from maillon.portability.models import Arrival
from maillon.portability.opened import UNREADABLE_ROWS
from maillon.portability.rows import AT_ONCE, Row
from maillon.portability.tables import Part, tables
from maillon.portability.transverse import FORMER, HEADS, JOURNAL


def land_directory(landing: Landing, announced: dict[str, int]) -> None:
    """What contradicts ours (an account of the same name for somebody else) is left out, and counted."""
    refuse_other_counts(landing.archive, announced, tables(Part.DIRECTORY))
    for table in tables(Part.DIRECTORY):
        landing.land(table, landing.archive.rows(table.name), is_strict=False)


def land_shared(landing: Landing, announced: dict[str, int], arrival: Arrival) -> None:
    """The directory has landed already, before every record."""
    refuse_other_counts(landing.archive, announced, tables(Part.MAIL))
    keep_shelf(landing.archive)
    for table in tables(Part.MAIL):
        landing.land(table, landing.archive.rows(table.name), is_strict=False)
    _land_journal(landing, arrival.pk, landing.archive.rows(JOURNAL), landing.archive.rows(HEADS))
    _land_former(landing)


def _land_journal(landing: Landing, arrival: int, entries: Iterator[Row], heads: Iterator[Row]) -> None:
    """As an annex: our own journal is ours alone, and the old chain is proven by its own heads."""
    for some in _by(entries):
        ours = [
            {
                "arrival": arrival, "entry": _number(row, "n", "entry_id"), "canonical": row.get("canonical"),
                "patient": _patient(landing, row), "seq": row.get("seq"), "hash": row.get("hash"),
            }
            for row in some
        ]  # fmt: skip
        landing.added[JOURNAL] += len(sql.rows(_ADD_ENTRIES, {"rows": json_text(ours)}))
    for some in _by(heads):
        ours = [{"arrival": arrival, "number": row.get("number"), "line": row.get("line")} for row in some]
        landing.added[HEADS] += len(sql.rows(_ADD_HEADS, {"rows": json_text(ours)}))


def _land_former(landing: Landing) -> None:
    """The journals that the installation had itself taken over."""
    for said in landing.archive.rows(FORMER[0]):
        number = said.get("n")
        row, _ = Arrival.objects.get_or_create(
            export_id=said["export_id"],
            defaults={
                "instance": said["instance"], "export_type": "MASSIF", "export_status": "COMPLETE",
                "structure": str(said.get("structure", ""))[:200], "public_key": str(said.get("public_key", ""))[:64],
                "extracted_at": said["extracted_at"], "began_at": said["extracted_at"],
                "ended_at": said["extracted_at"],
            },
        )  # fmt: skip
        _land_journal(
            landing, row.pk,
            (each for each in landing.archive.rows(FORMER[1]) if each.get("arrival") == number),
            (each for each in landing.archive.rows(FORMER[2]) if each.get("arrival") == number),
        )  # fmt: skip


def _patient(landing: Landing, row: Row) -> int | None:
    number = row.get("patient_id")
    return landing.find(PATIENTS, number) if isinstance(number, int) else None


def _number(row: Row, *names: str) -> int:
    found = next((row[name] for name in names if isinstance(row.get(name), int)), None)
    if found is None:
        raise UNREADABLE_ROWS
    return int(found)


def _by(rows: Iterator[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


_ADD_ENTRIES: Final[Any] = """
INSERT INTO portability_former_journal (arrival_id, entry_id, patient_id, canonical, seq, hash)
SELECT arrival, entry, patient, canonical, seq, decode(hash, 'hex')
  FROM json_to_recordset(%(rows)s::json)
       AS r(arrival bigint, entry bigint, patient bigint, canonical text, seq bigint, hash text)
    ON CONFLICT (arrival_id, entry_id) DO NOTHING RETURNING id
"""
_ADD_HEADS: Final[Any] = """
INSERT INTO portability_former_head (arrival_id, number, line)
SELECT arrival, number, line FROM json_to_recordset(%(rows)s::json) AS r(arrival bigint, number bigint, line text)
    ON CONFLICT (arrival_id, number) DO NOTHING RETURNING id
"""
