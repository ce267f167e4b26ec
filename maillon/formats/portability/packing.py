"""Writing one archive of an export: member after member, straight to the disk, in place only once it is whole.

A stop at any moment leaves a draft beside, which the next run writes over. Beyond 4 GiB the archive is a ZIP64, as it
must be; rows are cut in files small enough to be read one at a time.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROWS: Final = "DONNEES"
LARGEST_ROWS: Final = 16 * 1024 * 1024  # of one file of rows
_LEVEL: Final = 4  # a third of the time of level 6, for a few per cent more
_FIRST_ZIP_DAY: Final = (1980, 1, 1, 0, 0, 0)


class Packing:
    """`counts`: how many rows of each table were written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.counts: Counter[str] = Counter()
        self.digest = ""
        self.size = 0

    def put(self, name: str, data: bytes) -> None:
        with self._archive.open(_entry(name), "w") as member:
            member.write(data)

    def put_rows(self, table: str, lines: Iterable[bytes]) -> None:
        """`lines`: JSON objects without their end of line. No file at all for a table that has none."""
        for number, part in enumerate(_parts(lines, self.counts, table), start=1):
            self.put(rows_file(table, number), part)


def rows_file(table: str, number: int) -> str:
    return f"{ROWS}/{table}.jsonl" if number == 1 else f"{ROWS}/{table}-{number:04d}.jsonl"


def rows_files(names: Iterable[str], table: str) -> Iterator[str]:
    """Those of the table, in their order."""
    known, number = set(names), 1
    while rows_file(table, number) in known:
        yield rows_file(table, number)
        number += 1


@contextmanager
def packing(path: Path) -> Iterator[Packing]:
    """The archive is at `path` once the block has ended well, on the disk; its `digest` and `size` are known then."""
    draft = path.with_suffix(".draft")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            packed = Packing(archive)
            yield packed
        file.flush()
        os.fsync(file.fileno())
    packed.size, packed.digest = draft.stat().st_size, digest_of(draft)
    draft.replace(path)
    sync_folder(path.parent)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal, without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_file(path: Path, data: bytes) -> str:
    """Whole or not at all. Its SHA-256 in hexadecimal."""
    draft = path.with_name(path.name + ".draft")
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parts(lines: Iterable[bytes], counts: Counter[str], table: str) -> Iterator[bytes]:
    part: list[bytes] = []
    size = 0
    for line in lines:
        counts[table] += 1
        if part and size + len(line) > LARGEST_ROWS:
            yield b"\n".join(part) + b"\n"
            part, size = [], 0
        part.append(line)
        size += len(line) + 1
    if part:
        yield b"\n".join(part) + b"\n"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_FIRST_ZIP_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


class Handed:
    """What a ZipFile writes into when the ZIP is handed over piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        given = b"".join(self._pieces)
        self._pieces.clear()
        return given


def as_one_zip(folder: Path, files: Iterable[str], *, at_once: int = 1 << 20) -> Iterator[bytes]:
    """A folder as one ZIP that is made while it is read: nothing is written, nothing is held. Names are those of the
    folder; archives within are stored as they are."""
    handed = Handed()
    with zipfile.ZipFile(handed, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for name in files:
            with (folder / name).open("rb") as source, archive.open(_stored(name), "w", force_zip64=True) as member:
                while piece := source.read(at_once):
                    member.write(piece)
                    yield handed.taken()
    yield handed.taken()


def _stored(name: str) -> zipfile.ZipInfo:
    entry = _entry(name)
    entry.compress_type = zipfile.ZIP_STORED
    return entry
