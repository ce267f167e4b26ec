"""One record as one archive: an IHE XDM tree with every version of its documents, and the rows of the record.

Everything is read with a key. The record is held still while it is read: nothing is filed in it meanwhile, and the rows
speak of the documents that are there.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats import media
from maillon.formats.document import NO_INFORMATION, LocalId, PatientTraits
from maillon.formats.portability import pages
from maillon.formats.portability.manifest import ArchiveEntry, Missing
from maillon.formats.portability.metadata import LeavingDocument, LeavingSubset, write_metadata
from maillon.formats.portability.packing import ROWS, Packing, packing
from maillon.kernel import clock, sql
from maillon.kernel.key import Access
from maillon.patients import api as patients
from maillon.portability import rows
from maillon.portability.describing import described
from maillon.portability.packed import (
    Mentions,
    carried_with_a_record,
    left_behind,
    of_one_record,
    put_elsewhere,
    put_shelf,
    put_table,
)
from maillon.portability.tables import Table, table_of

SUBSET: Final = 500  # documents of one submission set
VISITORS: Final = "access_visitor"
CHAPTERS: Final = f"{ROWS}/rubriques.json"
TRACES: Final = "TRACES/acces.ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the archive says of the export that it is part of. `root`: the OID under which this installation numbers."""

    root: str
    instance: UUID
    export_id: UUID
    extracted_at: str
    organization: str
    is_unit: bool
    with_traces: bool = False


@dataclass(slots=True)
class _Record:
    access: Access
    setting: Setting
    packed: Packing
    patient: PatientTraits = PatientTraits()
    mentions: Mentions = field(default_factory=Mentions)
    marks: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[str, str] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)  # documents
    lost: list[Missing] = field(default_factory=list)  # messages
    listed: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    stated: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def write_record(access: Access, path: Path, *, code: str, setting: Setting) -> tuple[ArchiveEntry, Mentions]:
    """The file at `path`, and what the manifest says of it."""
    sql.rows("SELECT id FROM patients_patient WHERE id = %s FOR SHARE", (access.patient_id,))
    with packing(path) as packed:
        record = _Record(access=access, setting=setting, packed=packed, patient=_traits(access, setting))
        _put_documents(record)
        for table in carried_with_a_record(access, unit=setting.is_unit):
            if table.name != "documents_document":
                _put(record, table)
        packed.put(CHAPTERS, _chapters(record))
        put_elsewhere(packed, record.mentions)
        if setting.with_traces and access.scope == "whole":
            packed.put(TRACES, b"".join(access_room.journal.audit_events(access)))
        packed.put("INDEX.HTM", pages.patient_index("Dossier de santé", record.listed))
        packed.put("README.TXT", pages.patient_readme(len(record.entries), len(record.missing)))
    entry = ArchiveEntry(
        code=code, kind="PATIENT", patient=access.patient_uuid, size=packed.size, sha256=packed.digest,
        counts=dict(packed.counts), missing=(*record.missing, *record.lost),
    )  # fmt: skip
    return entry, record.mentions


def _put(record: _Record, table: Table) -> None:
    condition, parameters = of_one_record(record.access, table)
    if table.name == "record_statement":
        _note_chapters(record, condition, parameters)
    if table.name == VISITORS:  # who represents the patient may have no record of their own: the wall hides them
        with access_room.wall.beside():
            put_table(record.packed, record.mentions, table, condition, parameters)
        return
    without = left_behind(table) if record.setting.is_unit else ()
    put_table(record.packed, record.mentions, table, condition, parameters, without=without)
    if table.told.shelf:
        asked = f"SELECT DISTINCT t.sha256 FROM {table.name} t WHERE {condition} ORDER BY 1"  # noqa: S608
        record.lost += put_shelf(record.packed, [bytes(digest) for (digest,) in sql.rows(asked, parameters)])


# ------------------------------------------------------------------------------------------------ documents


def _put_documents(record: _Record) -> None:
    table = table_of("documents_document")
    condition, parameters = of_one_record(record.access, table)
    for document, kind in sql.rows(_MARKS, {"patient": record.access.patient_id, "now": clock.now()}):
        record.marks[document].append(kind)
    held = f"SELECT t.unique_id, t.uuid FROM documents_document t WHERE {condition}"  # noqa: S608
    record.entries = {unique_id: f"urn:uuid:{known}" for unique_id, known in sql.rows(held, parameters)}

    def placed() -> Iterator[bytes]:
        subset = _Subset(record, number=1)
        for line in rows.lines_out(table, condition, parameters):
            if subset.is_full:
                subset.close()
                subset = _Subset(record, number=subset.number + 1)
            row = orjson.loads(line)
            record.mentions.note(table, row)
            yield orjson.dumps(row | {"_fichier": subset.put(row)})
        subset.close()

    # Each document goes to the archive while its row is made; a file of rows is written between two documents.
    record.packed.put_rows(table.name, placed())


class _Subset:
    def __init__(self, record: _Record, *, number: int) -> None:
        self.record, self.number = record, number
        self.folder = f"IHE_XDM/SUBSET{number:02d}"
        self.documents: list[LeavingDocument] = []
        self.seen = 0

    @property
    def is_full(self) -> bool:
        return self.seen >= SUBSET

    def put(self, row: rows.Row) -> str | None:
        """Its place in the archive; none when its bytes are gone, which the manifest says."""
        self.seen += 1
        digest = bytes.fromhex(row["sha256"].removeprefix("\\x"))
        try:
            data = documents.bytes_of(digest)
        except documents.BytesMissing:
            self.record.missing.append(Missing(unique_id=row["unique_id"], why="octets absents ou altérés"))
            return None
        extension = media.EXTENSIONS.get(row["media_type"], "bin").upper()
        name = f"DOC{self.seen:05d}.{extension}"
        self.record.packed.put(f"{self.folder}/{name}", data)
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()  # the choice of the standard
        marks = self.record.marks.get(row["n"], [])
        self.documents.append(described(row, data, path=name, sha1=sha1, marks=marks))
        return f"{self.folder}/{name}"

    def close(self) -> None:
        if not self.documents:
            return
        setting, access = self.record.setting, self.record.access
        subset = LeavingSubset(
            unique_id=f"{setting.root}.{setting.export_id.int % 10**12}.{access.patient_id}.{self.number}",
            source_id=setting.root, submitted_at=setting.extracted_at, title="Export du dossier",
            organization=setting.organization, patient=self.record.patient, entries=self.record.entries,
        )  # fmt: skip
        self.record.packed.put(f"{self.folder}/METADATA.XML", write_metadata(self.documents, subset))
        self.record.listed.append((self.folder, [(each.path, each.title) for each in self.documents]))


_MARKS: Final = """
SELECT document_id, kind FROM access_document_mark
 WHERE patient_id = %(patient)s AND lifted_at IS NULL AND (until IS NULL OR until > %(now)s)
"""

# ------------------------------------------------------------------------------------------------ the patient


def _traits(access: Access, setting: Setting) -> PatientTraits:
    """As the metadata name them: the matricule of a qualified identity, else our own number (RNIV)."""
    identity = patients.identity(access)
    ours = LocalId(root=setting.root, extension=str(access.patient_uuid))
    return replace(identity.traits(with_ins=identity.is_qualified), local_ids=(ours,))


# ------------------------------------------------------------------------------------------------ what is not recorded

KINDS: Final = ("problem", "allergy", "medication", "vaccination", "procedure", "device", "plan")


def _note_chapters(record: _Record, condition: str, parameters: dict[str, Any]) -> None:
    text = (
        "SELECT DISTINCT t.kind, CASE WHEN t.absent THEN 'aucun_connu' WHEN t.negated THEN 'nie' ELSE 'affirme' END"  # noqa: S608
        f" FROM record_statement t WHERE t.is_current AND {condition}"
        f" AND NOT (t.absent AND t.code LIKE '%%{NO_INFORMATION}')"
    )
    for kind, said in sql.rows(text, parameters):
        record.stated[kind].add(said)


def _chapters(record: _Record) -> bytes:
    """« Aucun connu » is a statement; « non renseigné » is that nobody stated anything, or said just that (HL7 IPS,
    no-procedure-info). They are never mixed up."""
    said = {kind: sorted(record.stated.get(kind, ())) or ["non_renseigne"] for kind in KINDS}
    return orjson.dumps(said, option=orjson.OPT_INDENT_2)
