"""What a file is, by its first bytes; its name and its declared type are only hints between look-alikes."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
GIF = "image/gif"
RTF = "application/rtf"
ZIP = "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
OLE = "application/x-ole-storage"  # Word, Excel and Outlook before 2007
DICOM = "application/dicom"
XML = "text/xml"
CDA = "text/xml+cda"  # ours: the registered type of a CDA is text/xml, which says too little
HTML = "text/html"
SVG = "image/svg+xml"
TEXT = "text/plain"
TNEF = "application/ms-tnef"
UNKNOWN = "application/octet-stream"

# What a browser may show in place. SVG and HTML act; GIF and TIFF are too rare in a record to pay for their decoders.
MEDIA_SHOWN = frozenset({PDF, PNG, JPEG, TEXT, CDA})

# The ending of the name that we give to a file that is handed over.
EXTENSIONS = {
    PDF: "pdf", PNG: "png", JPEG: "jpg", TIFF: "tiff", GIF: "gif", RTF: "rtf", ZIP: "zip", DOCX: "docx", XLSX: "xlsx",
    PPTX: "pptx", ODT: "odt", XML: "xml", CDA: "xml", TEXT: "txt", HTML: "html", SVG: "svg", DICOM: "dcm",
}  # fmt: skip

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"{\\rtf", RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x04\x22\x4d\x18", "application/x-lz4"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")
_OFFICE_MEMBERS = (
    (b"word/", DOCX),
    (b"xl/", XLSX),
    (b"ppt/", PPTX),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", ODT),
)
_OFFICE_SUFFIX = {".docx": DOCX, ".xlsx": XLSX, ".pptx": PPTX, ".odt": ODT}
_ARCHIVES = frozenset(
    {
        ZIP,
        DOCX,
        XLSX,
        PPTX,
        ODT,
        "application/vnd.rar",
        "application/x-7z-compressed",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
        "application/zstd",
        "application/x-lz4",
        "application/vnd.ms-cab-compressed",
        "application/x-tar",
    }
)
_HEAD = 4096
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|title|meta)\b", re.IGNORECASE)
_SVG = re.compile(rb"<(?:[\w.-]+:)?svg\b")
_CLINICAL_DOCUMENT = re.compile(rb"<(?:[\w.-]+:)?ClinicalDocument\b")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(data: bytes, name: str = "") -> str:
    """Media type; UNKNOWN rather than a guess. A CDA is recognised under any prefix or stylesheet around it."""
    head = data[:_HEAD]
    if head.startswith(_ZIP_MAGIC):
        return _kind_of_zip(data, name)
    if head[257:262] == b"ustar":
        return "application/x-tar"
    if head[128:132] == b"DICM":
        return DICOM
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    # Readers accept a PDF whose header comes late, within the first kilobyte.
    if b"%PDF-" in head[:1024]:
        return PDF
    return _kind_of_text(data)


def is_archive(data: bytes) -> bool:
    return sniff(data) in _ARCHIVES


def _kind_of_zip(data: bytes, name: str) -> str:
    for member, media_type in _OFFICE_MEMBERS:
        if data.startswith(member, 30) or _has_member(data, member):
            return media_type
    return _OFFICE_SUFFIX.get(PurePosixPath(name.lower()).suffix, ZIP) if b"[Content_Types].xml" in data else ZIP


def _has_member(data: bytes, prefix: bytes) -> bool:
    """A central directory entry (46 bytes, then its name) begins so."""
    return re.search(rb"PK\x01\x02.{42}" + re.escape(prefix), data[-65536:], re.DOTALL) is not None


def _kind_of_text(data: bytes) -> str:
    text = _as_ascii(data)
    if text is None:
        return UNKNOWN
    start = text[: 64 * 1024].lstrip()
    if start.startswith(b"<"):
        return _kind_of_markup(start)
    return HTML if _HTML.search(start[:1024]) else TEXT


def _kind_of_markup(start: bytes) -> str:
    if _CLINICAL_DOCUMENT.search(start):
        return CDA
    if _HTML.search(start[:_HEAD]):
        return HTML
    if _SVG.search(start[:_HEAD]):
        return SVG
    return XML


def _as_ascii(data: bytes) -> bytes | None:
    """The bytes with UTF-16 folded and marks removed; None when they are no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec = "utf-16-le" if data[0] == 0xFF else "utf-16-be"
        return data[2 : 2 + 128 * 1024].decode(codec, "replace").encode("ascii", "replace")
    text = data.removeprefix(b"\xef\xbb\xbf")
    return None if _CONTROL.search(text[:_HEAD]) else text
