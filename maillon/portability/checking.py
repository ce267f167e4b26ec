"""`maillon verifier-export`: is an export what it says, without any base?

Every file has its checksum, every archive its digest, every document its SHA-256 and its XDS metadata, every table its
number of rows, every reference its row, every line of the journal its place in the chain and every head its signature.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from maillon.access import api as access_room
from maillon.formats.archive import open_archive_file
from maillon.formats.portability.manifest import CHECKSUMS, ArchiveEntry, Manifest, Missing, read_checksums
from maillon.formats.portability.packing import digest_of
from maillon.formats.refusal import Refused
from maillon.formats.wording import counted
from maillon.formats.xdm_metadata import XdmMetadata, read_metadata
from maillon.portability.opened import Opened, opened, read_folder
from maillon.portability.packed import SHELF
from maillon.portability.rows import Row
from maillon.portability.tables import Part, Table, every_table
from maillon.portability.transverse import HEADS, JOURNAL

MOST_SHOWN: Final = 100
Progress = Callable[[ArchiveEntry], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`where`: an archive or a file, never a patient."""

    code: str
    where: str
    message: str


@dataclass(slots=True)
class Report:
    manifest: Manifest
    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    archives: int = 0
    documents: int = 0
    missing: int = 0
    links: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    journal_rows: int = 0
    heads: int = 0

    @property
    def is_sound(self) -> bool:
        return self.count == 0

    def note(self, code: str, where: str, message: str) -> None:
        self.count += 1
        if len(self.findings) < MOST_SHOWN:
            self.findings.append(Finding(code=code, where=where, message=message))


def check(folder: Path, *, keys: frozenset[str] | None = None, progress: Progress | None = None) -> Report:
    """`keys`: the public keys admitted for the heads of the journal; without them, the one that the export names.
    Refused (E-POR-01, E-POR-02) when there is no manifest to speak of; anything else is a finding."""
    report = Report(manifest=read_folder(folder))
    _check_checksums(folder, report)
    numbers = _Numbers()
    transverse_first = sorted(report.manifest.archives, key=lambda each: each.kind == "PATIENT")
    for entry in transverse_first:
        try:
            with opened(folder, entry) as archive:
                _check_archive(archive, entry, report, numbers)
        except Refused as refused:
            report.note(refused.code, entry.path, refused.message)
        report.archives += 1
        if progress:
            progress(entry)
    numbers.check_rest(report)
    _check_journal(folder, report, keys or frozenset({report.manifest.key}))
    return report


# ------------------------------------------------------------------------------------------------ files


def _check_checksums(folder: Path, report: Report) -> None:
    try:
        announced = read_checksums((folder / CHECKSUMS).read_bytes())
    except OSError:
        report.note("E-POR-03", CHECKSUMS, "Le fichier des sommes de contrôle manque\u202f: l’export n’est pas fini.")
        return
    except Refused as refused:
        report.note(refused.code, CHECKSUMS, refused.message)
        return
    archives = {each.path: each.sha256 for each in report.manifest.archives}
    for path, digest in announced.items():
        if path in archives:  # its bytes are read below, once
            is_right = archives[path] == digest
        else:
            place = folder / path
            is_right = place.is_file() and not place.is_symlink() and digest_of(place) == digest
        if not is_right:
            report.note("E-POR-03", path, "La somme de contrôle n’est pas celle du fichier.")
    for path in sorted(set(archives) - set(announced)):
        report.note("E-POR-03", path, "L’archive n’a pas de somme de contrôle.")


# ------------------------------------------------------------------------------------------------ one archive


def _check_archive(archive: Opened, entry: ArchiveEntry, report: Report, numbers: _Numbers) -> None:
    numbers.open(archive)
    found: Counter[str] = Counter()
    metadata = dict(_metadata(archive))
    missing = 0
    for table in every_table():
        for row in archive.rows(table.name):
            found[table.name] += 1
            report.links += numbers.note(table, row)
            if table.name == "documents_document":
                missing += _check_document(archive, row, metadata, entry, report)
    for name in (JOURNAL, HEADS):
        found[name] = sum(1 for _ in archive.rows(name))
    announced = {name: number for name, number in entry.counts.items() if not name.startswith("portability_")}
    if {name: number for name, number in found.items() if number} != announced:
        report.note("E-POR-08", entry.path, "Le nombre de lignes n’est pas celui que le manifeste annonce.")
    if entry.kind == "PATIENT" and missing != sum(1 for each in entry.missing if not _is_of_the_shelf(each)):
        report.note("E-POR-08", entry.path, "Les documents sans octets ne sont pas ceux que le manifeste annonce.")
    if metadata:
        described = counted(len(metadata), "document")
        report.note("E-POR-08", entry.path, f"{described} sans donnée, que METADATA.XML décrit.")
    for name in archive.archive:
        if name.startswith(f"{SHELF}/"):
            _check_mail(archive, name, entry, report)
    report.rows += found
    report.missing += len(entry.missing)
    numbers.close(entry, report)


def _is_of_the_shelf(each: Missing) -> bool:
    """Bytes of a message, which no identifier of a document names."""
    return len(each.unique_id) == 64 and set(each.unique_id) <= set("0123456789abcdef")


def _metadata(archive: Opened) -> Iterator[tuple[str, XdmMetadata]]:
    """Place in the archive → what METADATA.XML says of it."""
    for name in archive.archive:
        if name.endswith("/METADATA.XML"):
            folder = name.rpartition("/")[0]
            for each in read_metadata(archive.archive[name]).documents:
                yield f"{folder}/{each.uri}", each


def _check_document(
    archive: Opened, row: Row, metadata: dict[str, XdmMetadata], entry: ArchiveEntry, report: Report
) -> int:
    """1 when its bytes are missing, which is no finding when the manifest says so."""
    report.documents += 1
    try:
        data = archive.document(row)
    except Refused as refused:
        report.note(refused.code, entry.path, refused.message)
        metadata.pop(str(row.get("_fichier")), None)
        return 0
    if data is None:
        return 1
    said = metadata.pop(str(row["_fichier"]), None)
    if said is None:
        report.note("E-POR-08", entry.path, "Un document n’a pas de métadonnées XDS.")
        return 0
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    if (said.hash_sha1, said.size, said.unique_id) != (sha1, len(data), row.get("unique_id")):
        report.note("E-POR-07", entry.path, "Les métadonnées XDS ne sont pas celles du document.")
    return 0


def _check_mail(archive: Opened, name: str, entry: ArchiveEntry, report: Report) -> None:
    digest = hashlib.sha256(archive.archive[name]).hexdigest()
    if digest.upper() != name.rpartition("/")[2].removesuffix(".BIN"):
        report.note("E-POR-07", entry.path, "Un message n’a pas l’empreinte que son nom annonce.")


# ------------------------------------------------------------------------------------------------ references


class _Numbers:
    """Which rows there are, and which are named: of the directory for ever, of one archive while it is open."""

    def __init__(self) -> None:
        self.shared: set[tuple[str, int]] = set()
        self.here: set[tuple[str, int]] = set()
        self.asked: set[tuple[str, int]] = set()
        self.elsewhere: dict[tuple[str, int], Row] = {}
        self.patients: set[str] = set()
        self.documents: set[str] = set()
        self.messages: set[str] = set()
        self.promised: list[tuple[str, str, str]] = []

    def open(self, archive: Opened) -> None:
        self.here, self.asked, self.elsewhere = set(), set(), archive.elsewhere()

    def note(self, table: Table, row: Row) -> int:
        """How many links the row holds."""
        if "n" in row:
            (self.shared if table.part is Part.DIRECTORY else self.here).add((table.name, row["n"]))
        if table.name == "patients_patient":
            self.patients.add(str(row.get("uuid")))
        if table.name == "documents_document":
            self.documents.add(str(row.get("uuid")))
        if table.name == "exchange_message":
            self.messages.add(str(row.get("uuid")))
        named = {
            (target, row[column]) for column, target in table.references.items() if row.get(column) is not None
        } | {(target, each) for column, target in table.told.lists.items() for each in row.get(column) or ()}
        self.asked |= named
        return len(named)

    def close(self, entry: ArchiveEntry, report: Report) -> None:
        for target, number in sorted(self.asked - self.here - self.shared):
            promise = self.elsewhere.get((target, number))
            if promise is None:
                report.note("E-POR-09", entry.path, f"Un lien nomme une ligne de {target} qui n’est pas dans l’export.")
            else:
                self.promised.append((entry.path, target, str(promise.get("uuid"))))

    def check_rest(self, report: Report) -> None:
        """What an archive says is in another one is there, when everything leaves."""
        known = {
            "patients_patient": self.patients, "documents_document": self.documents, "exchange_message": self.messages,
        }  # fmt: skip
        for path, target, uuid in self.promised:
            if uuid not in known.get(target, set()) and report.manifest.export_type == "MASSIF":
                report.note("E-POR-09", path, f"Un lien nomme une ligne de {target} qu’aucune archive ne contient.")


# ------------------------------------------------------------------------------------------------ the journal


def _check_journal(folder: Path, report: Report, keys: frozenset[str]) -> None:
    """A second reading, in the order of the chain: one file of rows is in memory at a time."""
    carrying = [each for each in report.manifest.archives if {JOURNAL, HEADS} & each.counts.keys()]
    if not carrying:
        return
    try:
        lines = [row["line"] for row in _read(folder, carrying, HEADS)]
        sealed = (
            (row["seq"], row["canonical"], bytes.fromhex(row["hash"])) for row in _read(folder, carrying, JOURNAL)
        )
        proven = access_room.journal.prove(sealed, lines, keys=keys)
    except (Refused, KeyError, TypeError, ValueError, OSError):
        report.note("E-POR-40", "JOURNAL", "Le journal de l’installation quittée est illisible.")
        return
    report.journal_rows, report.heads = proven.rows, proven.heads
    for finding in proven.findings:
        report.note("E-POR-40", "JOURNAL", finding)


def _read(folder: Path, carrying: list[ArchiveEntry], table: str) -> Iterator[Row]:
    for entry in carrying:
        with open_archive_file(folder / entry.path) as archive:
            yield from Opened(archive).rows(table)
