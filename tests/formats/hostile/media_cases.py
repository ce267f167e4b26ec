"""Files that pretend to be something else, and what their bytes say."""

from __future__ import annotations

import codecs
import io
import zipfile

from maillon.formats import media
from tests.formats.hostile.cases import Cases
from tests.formats.hostile.making import cda, pdf_of

CASES = Cases("media")
add = CASES.add


def _office(*members: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, "x")
    return made.getvalue()


def _open_document() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    return made.getvalue()


def kind(media_type: str) -> str:
    return f"kind {media_type} {'shown' if media_type in media.MEDIA_SHOWN else 'not shown'}"


add("a page called image", b"\r\n<!DOCTYPE html><html><script>alert(1)</script>", kind(media.HTML))
add("a page after a mark", codecs.BOM_UTF8 + b"<HTML><body onload=alert(1)>", kind(media.HTML))
add("a page in utf-16", codecs.BOM_UTF16_LE + "<html><script>".encode("utf-16-le"), kind(media.HTML))
add("a page after words", b"Bonjour <script>alert(1)</script>", kind(media.HTML))
add(
    "a drawing that acts",
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    kind(media.SVG),
)
add("a drawing under a prefix", b'<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', kind(media.SVG))
add("XHTML", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', kind(media.HTML))
add("a program", b"MZ\x90\x00" + b"\0" * 60, kind("application/vnd.microsoft.portable-executable"))
add("a program of another kind", b"\x7fELF\x02\x01", kind("application/x-elf"))
add("a medical image with a program in its preamble", b"MZ" + b"\0" * 126 + b"DICM", kind(media.DICOM))
add("an image that is also a page", b"GIF89a/*<script>alert(1)</script>*/", kind(media.GIF))
add("random bytes", bytes(range(256)), kind(media.UNKNOWN))
add("a PDF after other bytes", lambda: b"x" * 500 + pdf_of(), kind(media.PDF))
add("old Word", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 60, kind(media.OLE))
add("Word", lambda: _office("[Content_Types].xml", "word/document.xml"), kind(media.DOCX))
add("Excel", lambda: _office("[Content_Types].xml", "xl/workbook.xml"), kind(media.XLSX))
add("OpenDocument", _open_document, kind(media.ODT))
add("an archive called Word", lambda: _office("x.exe"), kind(media.ZIP))
add("rich text", b"{\\rtf1\\ansi bonjour}", kind(media.RTF))
add("PNG", b"\x89PNG\r\n\x1a\n" + b"\0" * 20, kind(media.PNG))
add("JPEG", b"\xff\xd8\xff\xe0" + b"\0" * 20, kind(media.JPEG))
add("TIFF", b"II*\x00" + b"\0" * 20, kind(media.TIFF))
add("a CDA", cda, kind(media.CDA))
add(
    "a self-presenting CDA",
    b'<x:stylesheet xmlns:x="u"><c:ClinicalDocument xmlns:c="urn:hl7-org:v3"/></x:stylesheet>',
    kind(media.CDA),
)
add("another XML", b"<a/>", kind(media.XML))
add("plain text", b"Compte rendu : tout va bien.", kind(media.TEXT))
add("plain text in latin-1", "Prélèvement".encode("latin-1"), kind(media.TEXT))
