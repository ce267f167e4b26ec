"""ZIP archives: names that escape, sizes that lie, bombs, and odd archives of honest producers."""

from __future__ import annotations

import gzip
import io
import random
import stat
import tarfile
import zipfile

from tests.formats.hostile.cases import Cases
from tests.formats.hostile.making import Entry, deflated, zip_of

CASES = Cases("zip")
add = CASES.add

UNREADABLE, ENTRIES, BIG, BOMB = (f"refused E-FMT-{n}" for n in (20, 21, 22, 23))
ESCAPES, DUPLICATE, SPECIAL, ENCRYPTED = (f"refused E-FMT-{n}" for n in (24, 25, 26, 27))
DISKS, OVERLAP, LYING, CRC = (f"refused E-FMT-{n}" for n in (28, 29, 30, 31))
COMMENT, NESTED, METHOD, DECEPTIVE = (f"refused E-FMT-{n}" for n in (32, 33, 34, 35))

_DOC = Entry(name=b"DOC0001.XML", data=b"<a/>" * 20)


def _named(*names: bytes) -> bytes:
    return zip_of([Entry(name=name, data=b"x") for name in names])


add("empty", b"", UNREADABLE)
add("not a ZIP", b"Bonjour" * 20, UNREADABLE)
add("only the beginning", lambda: zip_of([_DOC])[:60], UNREADABLE)
add("cut in its directory", lambda: zip_of([_DOC])[:-10], UNREADABLE)
add("only the end record, cut", b"PK\x05\x06\x00", UNREADABLE)
add("a program before it", lambda: zip_of([_DOC], prefix=b"MZ" + b"\0" * 500), UNREADABLE)
add("a PDF before it", lambda: zip_of([_DOC], prefix=b"%PDF-1.7\n%%EOF\n"), UNREADABLE)
add("bytes after it", lambda: zip_of([_DOC], suffix=b"<script>"), UNREADABLE)
add("more entries announced than there are", lambda: zip_of([_DOC], count=2), UNREADABLE)
add("fewer entries announced than there are", lambda: zip_of([_DOC, Entry(name=b"b", data=b"b")], count=1), LYING)
add("201 entries", lambda: _named(*(b"f%d" % n for n in range(201))), ENTRIES)
add("60 000 entries", lambda: _named(*(b"f%d" % n for n in range(60_000))), ENTRIES)
add("one entry too large", lambda: zip_of([Entry(name=b"a", data=random.Random(1).randbytes(520_000) * 101)]), BIG)
add(
    "a hundred megabytes in pieces",
    lambda: zip_of([Entry(name=b"f%d" % n, data=b"", packed=b"x" * 21_000, size=2_000_000) for n in range(60)]),
    BIG,
)
add(
    "forty-two: zeros by the gigabyte", lambda: zip_of([Entry(name=b"a", packed=b"x" * 4000, size=4_000_000_000)]), BOMB
)
add("fifty megabytes of zeros", lambda: zip_of([Entry(name=b"a", data=b"\0" * 50_000_000)]), BOMB)
add("zeros announced as one byte", lambda: zip_of([Entry(name=b"a", data=b"\0" * 50_000_000, size=1, crc=0)]), LYING)
add("longer than announced", lambda: zip_of([Entry(name=b"a", data=b"abcdef", size=3)]), LYING)
add("shorter than announced", lambda: zip_of([Entry(name=b"a", data=b"abc", size=300)]), LYING)
add("stored, longer than announced", lambda: zip_of([Entry(name=b"a", data=b"abcdef", method=0, size=3)]), LYING)
add("packed size beyond the end", lambda: zip_of([Entry(name=b"a", data=b"abc", packed_size=5000)]), LYING)
add("another size in the local header", lambda: zip_of([Entry(name=b"a", data=b"abc", local_size=4)]), LYING)
add("another name in the local header", lambda: zip_of([Entry(name=b"a.xml", data=b"abc", local_name=b"a.exe")]), LYING)
add("another method in the local header", lambda: zip_of([Entry(name=b"a", data=b"abc", local_method=0)]), LYING)
add(
    "bytes after the end of the stream",
    lambda: zip_of([Entry(name=b"a", data=b"abc", packed=deflated(b"abc") + b"zz")]),
    LYING,
)
add("a folder with content", lambda: zip_of([Entry(name=b"dossier/", data=b"abc")]), LYING)
add("wrong checksum", lambda: zip_of([Entry(name=b"a", data=b"abc", crc=1)]), CRC)
add("stream that is no stream", lambda: zip_of([Entry(name=b"a", data=b"abc", packed=b"\xff\xff\xff")]), CRC)

add("climbs two folders", lambda: _named(b"../../etc/passwd"), ESCAPES)
add("climbs in the middle", lambda: _named(b"IHE_XDM/../../x"), ESCAPES)
add("climbs with backslashes", lambda: _named(b"..\\..\\x.dll"), ESCAPES)
add("climbs with three points", lambda: _named(b"a/.../x"), ESCAPES)
add("absolute", lambda: _named(b"/etc/passwd"), ESCAPES)
add("absolute with a backslash", lambda: _named(b"\\windows\\x"), ESCAPES)
add("network share", lambda: _named(b"\\\\serveur\\partage\\x"), ESCAPES)
add("drive letter", lambda: _named(b"C:\\x.exe"), ESCAPES)
add("drive letter without slash", lambda: _named(b"c:x.exe"), ESCAPES)
add("NUL in a name", lambda: _named(b"x.pdf\x00.exe"), DECEPTIVE)
add("line break in a name", lambda: _named(b"x\r\ny"), DECEPTIVE)
add("reversed name", lambda: _named("rapport\u202efdp.exe".encode()), DECEPTIVE)
add("empty name", lambda: _named(b""), DECEPTIVE)
add("name of 300 letters", lambda: _named(b"a" * 300), DECEPTIVE)
add("name that is no utf-8", lambda: zip_of([Entry(name=b"\xff\xfe", data=b"x", flags=0x0800)]), DECEPTIVE)
add("same name twice", lambda: _named(b"a.xml", b"a.xml"), DUPLICATE)
add("same name but for capitals", lambda: _named(b"DOC.XML", b"doc.xml"), DUPLICATE)
add("same name, composed and not", lambda: _named("é.xml".encode(), "e\u0301.xml".encode()), DUPLICATE)
add("same name by another separator", lambda: _named(b"a/b.xml", b"a\\b.xml"), DUPLICATE)
add("same name after ./", lambda: _named(b"a.xml", b"./a.xml"), DUPLICATE)
add("a file that is also a folder", lambda: _named(b"a", b"a/b.xml"), DUPLICATE)
add("symbolic link", lambda: zip_of([Entry(name=b"a", data=b"/etc/passwd", mode=stat.S_IFLNK | 0o777)]), SPECIAL)
add("named pipe", lambda: zip_of([Entry(name=b"a", mode=stat.S_IFIFO | 0o644)]), SPECIAL)
add("device", lambda: zip_of([Entry(name=b"a", mode=stat.S_IFCHR | 0o644)]), SPECIAL)
add("encrypted", lambda: zip_of([Entry(name=b"a", data=b"abc", flags=1)]), ENCRYPTED)
add("strongly encrypted", lambda: zip_of([Entry(name=b"a", data=b"abc", flags=0x41)]), ENCRYPTED)
add("encrypted with AES", lambda: zip_of([Entry(name=b"a", data=b"abc", method=99)]), ENCRYPTED)
add("second disk of two", lambda: zip_of([_DOC], disk=1), DISKS)
add("entry on another disk", lambda: zip_of([Entry(name=b"a", data=b"abc", disk=3)]), DISKS)
add(
    "two entries on the same bytes",
    lambda: zip_of([Entry(name=b"a", data=b"abc"), Entry(name=b"a", data=b"abc", offset=0)]).replace(b"a", b"a"),
    DUPLICATE,
)


def _overlapping() -> bytes:
    """Every entry of the directory names the same compressed kernel, under the one name that its header has."""
    kernel = Entry(name=b"a", data=b"A" * 900_000)
    inner = zip_of([kernel])
    end = inner.index(b"PK\x01\x02")
    hidden = inner[:end]
    return zip_of(
        [
            Entry(name=b"b", data=hidden, method=0, packed=hidden),
            Entry(name=b"a", data=kernel.data, packed=b"", packed_size=len(deflated(kernel.data)), offset=31),
        ]
    )


def _quoting() -> bytes:
    """A stream that runs on into the next entry's header."""
    first = Entry(name=b"a", data=b"A" * 50, method=0, packed_size=60, size=60, packed=b"A" * 50)
    return zip_of([first, Entry(name=b"b", data=b"B" * 50, method=0)])


add("an entry inside another", _overlapping, OVERLAP)
add("an entry that runs into the next", _quoting, OVERLAP)
add("comment of two kilobytes", lambda: zip_of([_DOC], comment=b"c" * 2048), COMMENT)
add("comment of an entry of two kilobytes", lambda: zip_of([Entry(name=b"a", data=b"x", comment=b"c" * 2048)]), COMMENT)
add("method deflate64", lambda: zip_of([Entry(name=b"a", data=b"abc", method=9)]), METHOD)
add("method bzip2", lambda: zip_of([Entry(name=b"a", data=b"abc", method=12)]), METHOD)
add("method lzma", lambda: zip_of([Entry(name=b"a", data=b"abc", method=14)]), METHOD)


def _tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a"))
    return made.getvalue()


def _holding(data: bytes) -> bytes:
    return zip_of([Entry(name=b"DOC0001.XML", data=data)])


add("a ZIP in a ZIP", lambda: _holding(zip_of([_DOC])), NESTED)
add("an empty ZIP in a ZIP", lambda: _holding(zip_of([])), NESTED)
add("gzip in a ZIP", lambda: _holding(gzip.compress(b"x")), NESTED)
add("tar in a ZIP", lambda: _holding(_tar()), NESTED)
add("7z in a ZIP", lambda: _holding(b"7z\xbc\xaf\x27\x1c" + b"\0" * 30), NESTED)
add("rar in a ZIP", lambda: _holding(b"Rar!\x1a\x07\x01\x00" + b"\0" * 30), NESTED)
add("xz in a ZIP", lambda: _holding(b"\xfd7zXZ\x00" + b"\0" * 30), NESTED)

# Odd, and read.


def _shrinking(size: int) -> bytes:
    source = random.Random(2)
    return b"".join(source.randbytes(1000) * 50 for _ in range(size // 50_000))


class _Pipe(io.RawIOBase):
    """Forces zipfile to write sizes after the bytes."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written += bytes(data)
        return len(data)


def _by_zipfile(*, wide: bool = False, piped: bool = False) -> bytes:
    target = _Pipe() if piped else io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IHE_XDM/", "")
        with archive.open("IHE_XDM/DOC0001.XML", "w", force_zip64=wide) as file:
            file.write(b"<a/>" * 50)
        archive.writestr("INDEX.HTM", "<html/>")
    return bytes(target.written) if isinstance(target, _Pipe) else target.getvalue()


add("by zipfile", _by_zipfile, "accepted")
add("sizes after the bytes", lambda: _by_zipfile(piped=True), "accepted")
add("wide sizes", lambda: _by_zipfile(wide=True), "accepted")
add(
    "sizes after the bytes, by hand", lambda: zip_of([Entry(name=b"a", data=b"abc", descriptor=True), _DOC]), "accepted"
)
add("backslashes that do not climb", lambda: _named(b"IHE_XDM\\SUBSET01\\DOC0001.XML"), "accepted")
add(
    "a folder at the top",
    lambda: zip_of([Entry(name=b"envoi/"), Entry(name=b"envoi/INDEX.HTM", data=b"x")]),
    "accepted",
)
add("a folder announced twice", lambda: zip_of([Entry(name=b"a/"), Entry(name=b"a/"), _DOC]), "accepted")
add("a small file of zeros", lambda: zip_of([Entry(name=b"a", data=b"\0" * 900_000)]), "accepted")
add("a short comment", lambda: zip_of([_DOC], comment="Créé par un logiciel".encode()), "accepted")
add("a name in an old code page", lambda: _named("Résumé.txt".encode("cp437")), "accepted")
add("a name in utf-8 that does not say so", lambda: _named("Résumé.txt".encode()), "accepted")
add("an unknown extra field", lambda: zip_of([Entry(name=b"a", data=b"x", extra=b"\x75\x70\x02\x00ab")]), "accepted")
add("200 entries", lambda: _named(*(b"f%d" % n for n in range(200))), "accepted")
add(
    "forty-five megabytes, stored", lambda: zip_of([Entry(name=b"a", data=b"texte " * 7_500_000, method=0)]), "accepted"
)
add(
    "ninety megabytes in two files that shrink fifty times",
    lambda: zip_of([Entry(name=name, data=_shrinking(45_000_000)) for name in (b"a", b"b")]),
    "accepted",
)
add("no entry at all", lambda: zip_of([]), "accepted")
