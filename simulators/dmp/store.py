"""What the record holds: an SQLite file, so that it outlives the program and a test can look into it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from maillon.formats.xdm_metadata import XdmMetadata, read_metadata
from maillon.formats.xds.ebrim import extrinsic_object, submit_objects

_TABLES = """
CREATE TABLE IF NOT EXISTS record (ins TEXT PRIMARY KEY, oid TEXT, state TEXT, closed_because TEXT, treating TEXT);
CREATE TABLE IF NOT EXISTS authorisation (ins TEXT, national_id TEXT, status TEXT, PRIMARY KEY (ins, national_id));
CREATE TABLE IF NOT EXISTS document (unique_id TEXT PRIMARY KEY, ins TEXT, entry_uuid TEXT UNIQUE, metadata BLOB,
  data BLOB, replaced_by TEXT);
CREATE TABLE IF NOT EXISTS submission (number INTEGER PRIMARY KEY, unique_id TEXT UNIQUE, entry_uuid TEXT, ins TEXT,
  at TEXT, members TEXT, replaces TEXT);
CREATE TABLE IF NOT EXISTS access (at TEXT, national_id TEXT, ins TEXT, what TEXT, mode TEXT, reason TEXT);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    ins: str
    oid: str
    state: str  # ACTIF | FERME
    closed_because: str = ""
    treating: str = ""  # national id of the médecin traitant


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    entry: XdmMetadata
    ins: str
    replaced_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    unique_id: str
    entry_uuid: str
    at: str
    members: tuple[str, ...]
    replaces: tuple[tuple[str, str], ...]  # (new, old) entryUUID


class Store:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)
        self._lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def open_record(self, record: Record) -> None:
        """What is there already stays: the patient may have closed it since."""
        self._run(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            record.ins, record.oid, record.state, record.closed_because, record.treating,
        )  # fmt: skip

    def record(self, ins: str) -> Record | None:
        row = self._run("SELECT ins, oid, state, closed_because, treating FROM record WHERE ins = ?", ins).fetchone()
        if row is None:
            return None
        return Record(ins=row[0], oid=row[1], state=row[2], closed_because=row[3], treating=row[4])

    def authorisation(self, ins: str, national_id: str) -> str:
        row = self._run(
            "SELECT status FROM authorisation WHERE ins = ? AND national_id = ?", ins, national_id
        ).fetchone()
        return str(row[0]) if row else "NON_EXISTE"

    def authorise(self, ins: str, national_id: str, status: str) -> None:
        self._run("INSERT OR REPLACE INTO authorisation VALUES (?, ?, ?)", ins, national_id, status)

    def note_access(self, *said: str) -> None:
        self._run("INSERT INTO access VALUES (?, ?, ?, ?, ?, ?)", *said)

    def add(self, entry: XdmMetadata, ins: str, data: bytes) -> None:
        self._run(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, '')",
            entry.unique_id, ins, entry.entry_uuid, _written(entry), data,
        )  # fmt: skip

    def change(self, held: Held, entry: XdmMetadata, *, replaced_by: str = "") -> None:
        self._run(
            "UPDATE document SET entry_uuid = ?, metadata = ?, replaced_by = ? WHERE unique_id = ?",
            entry.entry_uuid, _written(entry), replaced_by or held.replaced_by, entry.unique_id,
        )  # fmt: skip

    def documents(self, ins: str) -> list[Held]:
        rows = self._run("SELECT metadata, ins, replaced_by FROM document WHERE ins = ? ORDER BY rowid", ins).fetchall()
        return [_held(row) for row in rows]

    def by_unique_id(self, unique_id: str) -> Held | None:
        row = self._run(
            "SELECT metadata, ins, replaced_by FROM document WHERE unique_id = ?", unique_id
        ).fetchone()
        return _held(row) if row else None

    def by_entry(self, entry_uuid: str) -> Held | None:
        row = self._run(
            "SELECT metadata, ins, replaced_by FROM document WHERE entry_uuid = ?", entry_uuid
        ).fetchone()
        return _held(row) if row else None

    def data_of(self, unique_id: str) -> bytes:
        row = self._run("SELECT data FROM document WHERE unique_id = ?", unique_id).fetchone()
        return bytes(row[0])

    def submit(self, submission: Submission, ins: str) -> None:
        self._run(
            "INSERT INTO submission (unique_id, entry_uuid, ins, at, members, replaces) VALUES (?, ?, ?, ?, ?, ?)",
            submission.unique_id, submission.entry_uuid, ins, submission.at, json.dumps(submission.members),
            json.dumps(submission.replaces),
        )  # fmt: skip

    def is_submitted(self, unique_id: str) -> bool:
        return self._run("SELECT 1 FROM submission WHERE unique_id = ?", unique_id).fetchone() is not None

    def submissions(self, ins: str, *, since: str = "") -> list[Submission]:
        """`since`: an ISO instant in UTC; the same second counts."""
        rows = self._run(
            "SELECT unique_id, entry_uuid, at, members, replaces FROM submission WHERE ins = ? AND at >= ? "
            "ORDER BY number", ins, since,
        ).fetchall()  # fmt: skip
        return [
            Submission(
                unique_id=row[0], entry_uuid=row[1], at=row[2], members=tuple(json.loads(row[3])),
                replaces=tuple((new, old) for new, old in json.loads(row[4])),
            )
            for row in rows
        ]  # fmt: skip

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        with self._lock:
            return self._connection.execute(statement, values)


def _written(entry: XdmMetadata) -> bytes:
    return etree.tostring(submit_objects(extrinsic_object(entry)))


def _held(row: tuple[bytes, str, str]) -> Held:
    entry = read_metadata(bytes(row[0])).documents[0]
    return Held(entry=replace(entry, replaces=()), ins=row[1], replaced_by=row[2])
