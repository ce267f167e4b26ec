"""ZIP archives from outside, whose files are never written on a disk.

The central directory is checked whole before one byte is decompressed; each entry is then decompressed with its
announced size as its budget. Python's zipfile is not used: depending on its patch level it accepts overlapping
entries, cuts names at a NUL, and trusts sizes until the checksum.

What a stranger sends is small and opened whole in memory (`open_archive`). What leaves one installation for another may
be larger than any memory: it stays a file, of which one entry at a time is decompressed (`open_archive_file`).
"""

from __future__ import annotations

import mmap
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from maillon.formats import media
from maillon.formats import refusal_codes as codes
from maillon.formats.refusal_codes import refusal

MAX_ARCHIVE = 60 * 1024 * 1024
MAX_ENTRIES = 200
MAX_ENTRY = 50 * 1024 * 1024
MAX_TOTAL = 100 * 1024 * 1024
MAX_RATIO = 100
RATIO_FLOOR = 1024 * 1024  # a blank form or a run of zeros this small may shrink as much as it likes
MAX_COMMENT = 1024
MAX_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`total`: of all entries, once decompressed; `ratio`: of one entry. An archive within an archive is read by
    nobody: it is refused, unless documents are carried as they are."""

    archive: int = MAX_ARCHIVE
    entries: int = MAX_ENTRIES
    entry: int = MAX_ENTRY
    total: int = MAX_TOTAL
    ratio: int = MAX_RATIO
    may_hold_archives: bool = False


RECEIVED = Limits()
# One entry is in memory at a time: the whole may be as large as a disk.
LEAVING = Limits(
    archive=1 << 42, entries=2_000_000, entry=128 * 1024 * 1024, total=1 << 43, ratio=400, may_hold_archives=True
)
Bytes = bytes | mmap.mmap

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_SIZES_FOLLOW = 0x0008
_UTF8_NAME = 0x0800
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    raw_name: bytes
    name: str
    is_folder: bool
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int


class Archive(Mapping[str, bytes]):
    """Files by name, in the order of the archive; names use « / », folders are left out."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def __getitem__(self, name: str) -> bytes:
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class ArchiveFile(Mapping[str, bytes]):
    """The same over a file that stays on its disk: an entry is decompressed when it is asked for, and checked then."""

    def __init__(self, data: Bytes, places: dict[str, tuple[_Entry, int, int]], limits: Limits) -> None:
        self._data, self._places, self._limits = data, places, limits

    def __getitem__(self, name: str) -> bytes:
        entry, begin, end = self._places[name]
        return _content(self._data[begin:end], entry, self._limits)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def open_archive(data: bytes) -> Archive:
    """Refused (E-FMT-20 to E-FMT-35) as a whole when anything in it is doubtful."""
    places = _checked_places(data, RECEIVED)
    return Archive({name: _content(data[begin:end], entry, RECEIVED) for name, (entry, begin, end) in places.items()})


@contextmanager
def open_archive_file(path: Path, limits: Limits = LEAVING) -> Iterator[ArchiveFile]:
    """Refused at once for what its directory says; an entry that lies is refused when it is asked for."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise refusal(codes.ZIP_UNREADABLE)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield ArchiveFile(data, _checked_places(data, limits), limits)


def _checked_places(data: Bytes, limits: Limits) -> dict[str, tuple[_Entry, int, int]]:
    """Name → its entry, and where its packed bytes begin and end."""
    if len(data) > limits.archive:
        raise refusal(codes.ZIP_TOO_BIG)
    start, count, directory_size = _directory(data, limits)
    entries = _entries(data, start=start, count=count, end=start + directory_size)
    _refuse_dangerous(entries)
    _refuse_duplicates(entries)
    _refuse_bombs(entries, limits)
    spans = [_span(data, entry) for entry in entries]
    _refuse_overlap(spans, start)
    return {
        entry.name: (entry, begin, end)
        for entry, (_, begin, end, _) in zip(entries, spans, strict=True)
        if not entry.is_folder
    }


def _directory(data: Bytes, limits: Limits) -> tuple[int, int, int]:
    """(offset, number of entries, size) of the central directory."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        raise refusal(codes.ZIP_UNREADABLE)
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(data, at)
    if comment > MAX_COMMENT:
        raise refusal(codes.ZIP_COMMENT)
    if at + _END.size + comment != len(data):
        raise refusal(codes.ZIP_UNREADABLE)
    directory_end = at
    if data[at - 20 : at - 16] == b"PK\x06\x07":
        directory_end, here, count, size, offset = _directory64(data, at - 20)
    elif disk or first_disk or here != count:
        raise refusal(codes.ZIP_MULTI_DISK)
    if count > limits.entries:
        raise refusal(codes.ZIP_TOO_MANY_ENTRIES)
    if offset + size != directory_end:
        raise refusal(codes.ZIP_UNREADABLE)
    return offset, count, size


def _directory64(data: Bytes, locator: int) -> tuple[int, int, int, int, int]:
    _, disk, at, disks = _END64_LOCATOR.unpack_from(data, locator)
    if disk or disks > 1:
        raise refusal(codes.ZIP_MULTI_DISK)
    if at + _END64.size != locator or data[at : at + 4] != b"PK\x06\x06":
        raise refusal(codes.ZIP_UNREADABLE)
    _, _, _, _, disk, first_disk, here, count, size, offset = _END64.unpack_from(data, at)
    if disk or first_disk or here != count:
        raise refusal(codes.ZIP_MULTI_DISK)
    return at, here, count, size, offset


def _entries(data: Bytes, *, start: int, count: int, end: int) -> list[_Entry]:
    entries = []
    at = start
    for _ in range(count):
        if at + _CENTRAL.size > end or data[at : at + 4] != b"PK\x01\x02":
            raise refusal(codes.ZIP_UNREADABLE)
        entry, at = _entry(data, at)
        entries.append(entry)
    if at != end:
        raise refusal(codes.ZIP_LYING)
    return entries


def _entry(data: Bytes, at: int) -> tuple[_Entry, int]:
    fields = _CENTRAL.unpack_from(data, at)
    _, _, _, flags, method, _, _, crc, packed, size, name_size, extra_size, comment_size, disk, _, mode, offset = fields
    name_at = at + _CENTRAL.size
    raw_name = data[name_at : name_at + name_size]
    extra = data[name_at + name_size : name_at + name_size + extra_size]
    size, packed, offset = _wide_sizes(extra, (size, packed, offset))
    if disk not in (0, 0xFFFF):
        raise refusal(codes.ZIP_MULTI_DISK)
    if comment_size > MAX_COMMENT:
        raise refusal(codes.ZIP_COMMENT)
    name, is_folder = _safe_name(raw_name, is_utf8=bool(flags & _UTF8_NAME))
    entry = _Entry(
        raw_name=raw_name,
        name=name,
        is_folder=is_folder,
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        offset=offset,
        mode=mode >> 16,
    )
    return entry, name_at + name_size + extra_size + comment_size


def _wide_sizes(extra: bytes, narrow: tuple[int, ...]) -> tuple[int, ...]:
    """Some producers write every size as ZIP64; a field set to all ones is then found in extra field 1."""
    if 0xFFFFFFFF not in narrow:
        return narrow
    wide = iter(_zip64_numbers(extra))
    try:
        return tuple(next(wide) if value == 0xFFFFFFFF else value for value in narrow)
    except (StopIteration, RuntimeError):
        raise refusal(codes.ZIP_LYING) from None


def _zip64_numbers(extra: bytes) -> tuple[int, ...]:
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<2H", extra, at)
        if tag == 1:
            body = extra[at + 4 : at + 4 + size]
            return struct.unpack_from(f"<{min(len(body) // 8, 3)}Q", body)
        at += 4 + size
    return ()


def _safe_name(raw: bytes, *, is_utf8: bool) -> tuple[str, bool]:
    name = _decoded_name(raw, is_utf8=is_utf8).replace("\\", "/")
    if len(raw) > MAX_NAME or any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name):
        raise refusal(codes.ZIP_DECEPTIVE_NAME)
    steps = [step for step in name.split("/") if step not in ("", ".")]
    if name.startswith("/") or _DRIVE.match(name) or any(step.strip(". ") == "" for step in steps):
        raise refusal(codes.ZIP_ESCAPES)
    if not steps:
        raise refusal(codes.ZIP_DECEPTIVE_NAME)
    return unicodedata.normalize("NFC", "/".join(steps)), name.endswith("/")


def _decoded_name(raw: bytes, *, is_utf8: bool) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if is_utf8:
            raise refusal(codes.ZIP_DECEPTIVE_NAME) from None
        return raw.decode("cp437")


def _refuse_dangerous(entries: list[_Entry]) -> None:
    for entry in entries:
        if entry.flags & _ENCRYPTED or entry.method == 99:
            raise refusal(codes.ZIP_ENCRYPTED)
        if entry.method not in (_STORED, _DEFLATED):
            raise refusal(codes.ZIP_METHOD)
        if stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise refusal(codes.ZIP_SPECIAL_FILE)


def _refuse_duplicates(entries: list[_Entry]) -> None:
    files = [_folded(entry.name) for entry in entries if not entry.is_folder]
    folders = {"/".join(name.split("/")[:depth]) for name in files for depth in range(1, name.count("/") + 1)}
    folders.update(_folded(entry.name) for entry in entries if entry.is_folder)
    if len(set(files)) < len(files) or folders.intersection(files):
        raise refusal(codes.ZIP_DUPLICATE)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _refuse_bombs(entries: list[_Entry], limits: Limits) -> None:
    if any(entry.is_folder and entry.size for entry in entries):
        raise refusal(codes.ZIP_LYING)
    if any(entry.size > max(RATIO_FLOOR, limits.ratio * entry.packed) for entry in entries):
        raise refusal(codes.ZIP_BOMB)
    if max((entry.size for entry in entries), default=0) > limits.entry:
        raise refusal(codes.ZIP_TOO_BIG)
    if sum(entry.size for entry in entries) > limits.total:
        raise refusal(codes.ZIP_TOO_BIG)


def _span(data: Bytes, entry: _Entry) -> tuple[int, int, int, int]:
    """(local header, first byte, end of the packed bytes, end with the data descriptor)."""
    if entry.offset + _LOCAL.size > len(data) or data[entry.offset : entry.offset + 4] != b"PK\x03\x04":
        raise refusal(codes.ZIP_UNREADABLE)
    _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack_from(data, entry.offset)
    name_at = entry.offset + _LOCAL.size
    begin = name_at + name_size + extra_size
    extra = data[name_at + name_size : begin]
    end = begin + entry.packed
    if end > len(data):
        raise refusal(codes.ZIP_LYING)
    if data[name_at : name_at + name_size] != entry.raw_name or method != entry.method:
        raise refusal(codes.ZIP_LYING)
    if (flags ^ entry.flags) & _ENCRYPTED:
        raise refusal(codes.ZIP_ENCRYPTED)
    size, packed = _wide_sizes(extra, (size, packed))
    _refuse_contradiction(entry, flags=flags, announced=(crc, packed, size))
    descriptor = 12 if flags & _SIZES_FOLLOW else 0  # at least: its mark and wide sizes are optional
    return entry.offset, begin, end, end + descriptor


def _refuse_contradiction(entry: _Entry, *, flags: int, announced: tuple[int, int, int]) -> None:
    truth = (entry.crc, entry.packed, entry.size)
    if flags & _SIZES_FOLLOW:
        # Sizes are then unknown when the header is written: zero, or the truth; anything else is a lie.
        if any(said not in (0, true) for said, true in zip(announced, truth, strict=True)):
            raise refusal(codes.ZIP_LYING)
    elif announced != truth:
        raise refusal(codes.ZIP_LYING)


def _refuse_overlap(spans: list[tuple[int, int, int, int]], directory: int) -> None:
    if spans and min(begin for begin, _, _, _ in spans) != 0:  # a program or a PDF placed before the archive
        raise refusal(codes.ZIP_UNREADABLE)
    at = 0
    for begin, _, _, end in sorted(spans):
        if begin < at or end > directory:
            raise refusal(codes.ZIP_OVERLAP)
        at = end


def _content(packed: bytes, entry: _Entry, limits: Limits) -> bytes:
    content = packed if entry.method == _STORED else _inflated(packed, entry.size)
    if len(content) != entry.size:
        raise refusal(codes.ZIP_LYING)
    if zlib.crc32(content) != entry.crc:
        raise refusal(codes.ZIP_CRC)
    if not limits.may_hold_archives and media.is_archive(content):
        raise refusal(codes.ZIP_NESTED)
    return content


def _inflated(packed: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(packed, size + 1)
    except zlib.error:
        raise refusal(codes.ZIP_CRC) from None
    if len(content) > size or not inflater.eof or inflater.unused_data:
        raise refusal(codes.ZIP_LYING)
    return content
