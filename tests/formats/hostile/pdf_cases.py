"""PDF: everything that may act when a document is opened, bombs, and plain ones that must stay unflagged."""

from __future__ import annotations

import io
import zlib

import pikepdf

from tests.formats.hostile.cases import Cases
from tests.formats.hostile.making import pdf_of, stream

CASES = Cases("pdf")
add = CASES.add

JS, OPEN_JS = "neutralised JavaScript", "neutralised JavaScript,OpenAction"
UNREADABLE = "refused E-FMT-60"
_ALERT = "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


def _link(action: str) -> bytes:
    return pdf_of("", f"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A {action} >>", page="/Annots [4 0 R]")


add("JavaScript when opened", lambda: pdf_of(f"/OpenAction {_ALERT}"), OPEN_JS)
add("JavaScript when opened, elsewhere", lambda: pdf_of("/OpenAction 4 0 R", _ALERT), OPEN_JS)
add(
    "JavaScript in a stream",
    lambda: pdf_of("/OpenAction << /S /JavaScript /JS 4 0 R >>", stream(b"app.alert(1)")),
    OPEN_JS,
)
add("JavaScript in disguise", lambda: pdf_of("/Open#41ction << /S /J#61vaScript /#4aS (app.alert\\(1\\)) >>"), OPEN_JS)
add("JavaScript among the names", lambda: pdf_of(f"/Names << /JavaScript << /Names [(a) {_ALERT}] >> >>"), JS)
add("JavaScript on a link", lambda: _link(_ALERT), JS)
add(
    "JavaScript after a harmless action",
    lambda: pdf_of(f"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next {_ALERT} >>"),
    JS,
)
add("JavaScript on a page", lambda: pdf_of(page=f"/AA << /O {_ALERT} >>"), "neutralised AA,JavaScript")
add("JavaScript on the document", lambda: pdf_of(f"/AA << /WC {_ALERT} >>"), "neutralised AA,JavaScript")
add(
    "JavaScript on a field",
    lambda: pdf_of("/AcroForm << /Fields [4 0 R] >>", f"<< /FT /Tx /T (a) /AA << /K {_ALERT} >> >>"),
    "neutralised AA,JavaScript",
)
add("JavaScript nobody refers to", lambda: pdf_of("", _ALERT), JS)
add("a program launched", lambda: pdf_of("/OpenAction << /S /Launch /F (cmd.exe) >>"), "neutralised Launch,OpenAction")
add(
    "a program launched by a link",
    lambda: _link("<< /S /Launch /Win << /F (cmd.exe) /P (/c calc) >> >>"),
    "neutralised Launch",
)
add(
    "another file opened",
    lambda: _link("<< /S /GoToR /F (\\\\\\\\serveur\\\\x.pdf) /D [0 /Fit] >>"),
    "neutralised GoToR",
)
add("an embedded file opened", lambda: _link("<< /S /GoToE /D [0 /Fit] /T << /R /C /N (a) >> >>"), "neutralised GoToE")
add("a form sent", lambda: _link("<< /S /SubmitForm /F (http://127.0.0.1:9/) >>"), "neutralised SubmitForm")
add("data imported", lambda: _link("<< /S /ImportData /F (a.fdf) >>"), "neutralised ImportData")
add(
    "a form of XML (XFA)", lambda: pdf_of("/AcroForm << /Fields [] /XFA 4 0 R >>", stream(b"<xdp/>")), "neutralised XFA"
)
add(
    "an embedded file",
    lambda: pdf_of(
        "/Names << /EmbeddedFiles << /Names [(a) 4 0 R] >> >>",
        "<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>",
        stream(b"MZ", "/Type /EmbeddedFile"),
    ),
    "neutralised EmbeddedFile",
)
add(
    "a file pinned on a page",
    lambda: pdf_of(
        "",
        "<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS << /Type /Filespec /F (a) >> >>",
        page="/Annots [4 0 R]",
    ),
    "neutralised EmbeddedFile",
)
add(
    "rich media",
    lambda: pdf_of(
        "", "<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] /RichMediaContent << >> >>", page="/Annots [4 0 R]"
    ),
    "neutralised RichMedia",
)
add("a link to a file", lambda: _link("<< /S /URI /URI (file:///etc/passwd) >>"), "neutralised URI")
add("a link to a share", lambda: _link("<< /S /URI /URI (\\\\\\\\serveur\\\\partage) >>"), "neutralised URI")
add("a link that is a script", lambda: _link("<< /S /URI /URI (JavaScript:alert\\(1\\)) >>"), "neutralised URI")
add(
    "an address opened at once",
    lambda: pdf_of("/OpenAction << /S /URI /URI (http://127.0.0.1:9/) >>"),
    "neutralised OpenAction",
)
add(
    "a stream kept in another file",
    lambda: pdf_of("", stream(b"", "/F (\\\\\\\\serveur\\\\x) /FFilter /FlateDecode"), page="/Contents 4 0 R"),
    "neutralised ExternalStream",
)
add(
    "code in a font matrix",
    lambda: pdf_of(
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /A /FontMatrix [1 2 3 4 5 (0\\); alert\\('1')] >>",
        page="/Resources << /Font << /F1 4 0 R >> >>",
    ),
    "neutralised FontMatrix",
)


def _packed_away() -> bytes:
    """The action is inside a compressed object stream: no name is visible in the bytes."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))
    return _saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _saved(pdf: pikepdf.Pdf, **how: object) -> bytes:
    written = io.BytesIO()
    pdf.save(written, **how)
    return written.getvalue()


def _locked(user: str) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    return _saved(pdf, encryption=pikepdf.Encryption(owner="proprietaire", user=user))


def _bomb(times: int) -> bytes:
    packed = zlib.compress(b"q Q " * (times * 250_000), 9)
    for _ in range(2):
        packed = zlib.compress(packed, 9)
    return pdf_of("", stream(packed, "/Filter [/FlateDecode /FlateDecode /FlateDecode]"), page="/Contents 4 0 R")


def _metadata_bomb() -> bytes:
    return pdf_of(
        "/Metadata 4 0 R", stream(zlib.compress(b" " * 900_000_000, 9), "/Type /Metadata /Filter /FlateDecode")
    )


add("JavaScript in a compressed object", _packed_away, OPEN_JS)
add(
    "JavaScript in a damaged file", lambda: pdf_of(f"/OpenAction {_ALERT}").replace(b"startxref", b"startxxxx"), OPEN_JS
)
add(
    "JavaScript beside a wrong table",
    lambda: pdf_of(f"/OpenAction {_ALERT}").replace(b"xref\n0", b"xref\n9"),
    "active JavaScript",
)
add(
    "JavaScript in a file that cannot be repaired",
    b"%PDF-1.7\n1 0 obj << /S /JavaScript /JS (a) >> endobj",
    "active JavaScript",
)
add("locked by a password", lambda: _locked("secret"), "refused E-FMT-62")
add("not a PDF", b"Bonjour" * 100, UNREADABLE)
add("only a header", b"%PDF-1.7\n", UNREADABLE)
add("empty", b"", "refused E-FMT-01")
add("random bytes after a header", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, UNREADABLE)
add("a page tree that is its own parent", lambda: pdf_of().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"), UNREADABLE)
add("arrays nested 50 000 times", lambda: pdf_of(f"/X {'[' * 50_000}{']' * 50_000}"), UNREADABLE)
add("a gigabyte of metadata", _metadata_bomb, "refused E-FMT-61")
add("a page of 200 megabytes, packed three times", lambda: _bomb(200), "accepted")
add("300 000 objects", lambda: pdf_of("", *["null"] * 300_000), "refused E-FMT-61")

# Plain ones.
add("one page", pdf_of, "accepted")
add("opens on a page", lambda: pdf_of("/OpenAction [3 0 R /Fit]"), "accepted")
add("opens on a page by an action", lambda: pdf_of("/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"), "accepted")
add("a link to a site", lambda: _link("<< /S /URI /URI (https://esante.gouv.fr/) >>"), "accepted")
add(
    "a form without script",
    lambda: pdf_of("/AcroForm << /Fields [4 0 R] >>", "<< /FT /Tx /T (nom) /V (x) >>"),
    "accepted",
)
add(
    "the word JavaScript in its text",
    lambda: pdf_of("", stream(b"BT (/JavaScript /Launch) Tj ET"), page="/Contents 4 0 R"),
    "accepted",
)
add(
    "claims PDF/A",
    lambda: pdf_of("/Metadata 4 0 R", stream(b"<x pdfaid:part='1'/>", "/Type /Metadata /Subtype /XML")),
    "accepted",
)
add("no password needed to read", lambda: _locked(""), "accepted")
add("bytes before the header", lambda: b"\n\n" + pdf_of(), "accepted")
add("a damaged table", lambda: pdf_of().replace(b"startxref", b"startxxxx"), "accepted")
