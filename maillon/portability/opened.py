"""An archive of an export, opened to be verified or taken over: nothing in it is believed before it is checked."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from maillon.formats.archive import ArchiveFile, open_archive_file
from maillon.formats.portability.manifest import NAME, ArchiveEntry, Manifest, read_manifest
from maillon.formats.portability.packing import digest_of, rows_files
from maillon.formats.refusal import Refused
from maillon.portability.packed import ELSEWHERE
from maillon.portability.rows import Row, read_line

LARGEST_MANIFEST: Final = 256 * 1024 * 1024
BYTES_MISSING: Final = None

NOT_AN_EXPORT: Final = Refused("E-POR-01", "Ce dossier ne contient pas d’export\u202f: MANIFEST.XML manque.")
NOT_A_FILE: Final = Refused("E-POR-04", "Un fichier de l’export manque, ou est un lien vers ailleurs.")
ALTERED: Final = Refused("E-POR-05", "Une archive n’est pas celle que le manifeste annonce (taille ou empreinte).")
UNREADABLE_ROWS: Final = Refused("E-POR-06", "Un fichier de données d’une archive est illisible.")
OTHER_BYTES: Final = Refused("E-POR-07", "Un document de l’archive n’a pas l’empreinte que ses données annoncent.")
OTHER_COUNTS: Final = Refused("E-POR-08", "Une archive ne contient pas ce que le manifeste annonce.")


def read_folder(folder: Path) -> Manifest:
    """Refused: E-POR-01, E-POR-02."""
    path = folder / NAME
    if not _is_plain(path) or path.stat().st_size > LARGEST_MANIFEST:
        raise NOT_AN_EXPORT
    return read_manifest(path.read_bytes())


class Opened:
    """One archive, its rows by table, its documents by row."""

    def __init__(self, archive: ArchiveFile) -> None:
        self.archive = archive

    def rows(self, table: str) -> Iterator[Row]:
        for name in rows_files(self.archive, table):
            yield from _rows(self.archive[name])

    def elsewhere(self) -> dict[tuple[str, int], Row]:
        """(table, number) → how the row that is carried by another archive is found."""
        if ELSEWHERE not in self.archive:
            return {}
        try:
            return {(row["table"], row["n"]): row for row in _rows(self.archive[ELSEWHERE])}
        except (KeyError, TypeError):
            raise UNREADABLE_ROWS from None

    def document(self, row: Row) -> bytes | None:
        """The bytes of a row of documents_document; None when the export says that they are missing."""
        place = row.get("_fichier")
        if place is BYTES_MISSING:
            return None
        if place not in self.archive:
            raise OTHER_COUNTS
        data = self.archive[place]
        if hashlib.sha256(data).hexdigest() != str(row.get("sha256", "")).removeprefix("\\x"):
            raise OTHER_BYTES
        return data


@contextmanager
def opened(folder: Path, entry: ArchiveEntry) -> Iterator[Opened]:
    """Refused when the file is not the one that the manifest announces, or is hostile."""
    path = folder / entry.path
    if not _is_plain(path) or not _is_plain(path.parent, folder=True):
        raise NOT_A_FILE
    if path.stat().st_size != entry.size or digest_of(path) != entry.sha256:
        raise ALTERED
    with open_archive_file(path) as archive:
        yield Opened(archive)


def _rows(data: bytes) -> Iterator[Row]:
    for line in data.splitlines():
        try:
            yield read_line(line)
        except ValueError:
            raise UNREADABLE_ROWS from None


def _is_plain(path: Path, *, folder: bool = False) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)
