"""Mails: depth, number, headers and senders that lie; reports; and odd messages that must be read."""

from __future__ import annotations

import base64

from tests.formats.hostile.cases import Cases
from tests.formats.hostile.making import mail_of, multipart

CASES = Cases("mail")
add = CASES.add

BIG, DEEP, PARTS, HEADERS, NOTHING = (f"refused E-FMT-{n}" for n in (50, 51, 52, 53, 54))
AMBIGUOUS = "anomaly A-MEL-01"
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nBonjour\r\n"


def _nested(levels: int, *, kind: bytes = b"mixed") -> bytes:
    body = b"Content-Type: text/plain\r\n\r\nfond"
    for level in range(levels):
        mark = b"n%d" % level
        body = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n--%s\r\n%s\r\n--%s--\r\n' % (
            kind,
            mark,
            mark,
            body,
            mark,
        )
    return b"From: Labo <labo@lilas.mssante.test>\r\nSubject: n\r\n" + body


def _same_boundary(levels: int) -> bytes:
    opening = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n'
    return b"From: a@b.test\r\n" + opening * levels + b"Content-Type: text/plain\r\n\r\nfond\r\n--x--\r\n"


def _messages(levels: int) -> bytes:
    message = mail_of()
    for level in range(levels):
        message = multipart(b"Content-Type: message/rfc822\r\n\r\n" + message, boundary=b"niveau-%d" % level)
    return message


def _attached(name: bytes, data: bytes, kind: bytes = b"application/pdf") -> bytes:
    return (
        b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; " + name + b"\r\n\r\n" + base64.encodebytes(data)
    )


# Size, depth, number.
add("empty", b"", "refused E-FMT-01")
add("blank", b"\r\n\r\n", "refused E-FMT-01")
add("46 megabytes", lambda: mail_of(b"x" * (46 * 1024 * 1024)), BIG)
add("21 levels", lambda: _nested(21), DEEP)
add("3 000 levels", lambda: _nested(3000), DEEP)
add(
    "the same boundary at 20 000 levels",
    lambda: b"From: a@b.test\r\n" + b'Content-Type: multipart/mixed; boundary="x%d"\r\n\r\n--x%d\r\n' % (1, 1) * 20_000,
    PARTS,
)
add("the same boundary at 500 levels", lambda: _same_boundary(500), PARTS)
add("201 parts", lambda: multipart(*[_TEXT] * 201), PARTS)
add("100 000 parts", lambda: multipart(*[_TEXT] * 100_000), PARTS)
add("a flood of lines that begin like the boundary", lambda: multipart(b"\r\n" + b"\n--frontierX" * 500_000), PARTS)
add("a boundary of one letter, forty megabytes", lambda: multipart(_TEXT + b"\n--a-" * 8_000_000, boundary=b"a"), PARTS)
add(
    "five thousand messages in one another",
    lambda: b"From: a@b.test\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "anomaly A-MEL-03",
)
add("100 000 header lines", lambda: mail_of(headers=b"X-A: b\r\n" * 100_000), HEADERS)
add("a header of a megabyte", lambda: mail_of(headers=b"X-A: " + b"b" * 1_000_000 + b"\r\n"), HEADERS)
add("a header folded 100 000 times", lambda: mail_of(headers=b"X-A: b\r\n" + b" b\r\n" * 100_000), HEADERS)
add("NUL in a header", lambda: mail_of(headers=b"X-A: b\x00c\r\n"), HEADERS)
add("no header at all", b"\r\nBonjour", NOTHING)
add("a PDF", b"%PDF-1.7\n%%EOF", NOTHING)
add("a ZIP", b"PK\x05\x06" + b"\x01" * 18, NOTHING)

# Costly to read.
add("an opening comment repeated 60 000 times", lambda: mail_of(sender=b"(" * 60_000 + b"a@b.test"), AMBIGUOUS)
add("a label of 4 000 encoded words", lambda: mail_of(sender=b"=?utf-8?q?a?= " * 4_000 + b"<a@b.test>"), "accepted")
add("100 000 recipients", lambda: mail_of(headers=b"To: " + b"a@b.test," * 20_000 + b"\r\n"), "accepted")
add(
    "parameters without end",
    lambda: mail_of(headers=b"Content-Type: text/plain" + b";a" * 60_000 + b"\r\n"),
    "accepted",
)
add(
    "a quote never closed",
    lambda: mail_of(headers=b'Content-Type: text/plain; name="' + b"\\" * 60_000 + b"\r\n"),
    "accepted",
)
add(
    "ten megabytes of brackets in HTML",
    lambda: mail_of(b"<" * 10_000_000, headers=b"Content-Type: text/html\r\n"),
    "anomaly A-MEL-05",
)
add(
    "script tags never closed",
    lambda: mail_of(b"<script>" * 200_000, headers=b"Content-Type: text/html\r\n"),
    "accepted",
)
add("a text of ten megabytes", lambda: mail_of(b"Bonjour \r\n" * 1_000_000), "anomaly A-MEL-05")
add(
    "base64 that is none",
    lambda: mail_of(b"\xff\xfe!!" * 1000, headers=b"Content-Transfer-Encoding: base64\r\n"),
    "accepted",
)
add(
    "thirty megabytes attached",
    lambda: multipart(_TEXT, _attached(b'filename="a.pdf"', b"%PDF-1.7" + b"\0" * 30_000_000)),
    "accepted",
)

# Who wrote it.
add("an address as the name of another", lambda: mail_of(sender=b"alice@mssante.fr <bob@evil.example>"), AMBIGUOUS)
add("the same in quotes", lambda: mail_of(sender=b'"alice@mssante.fr" <bob@evil.example>'), AMBIGUOUS)
add("the same encoded", lambda: mail_of(sender=b"=?utf-8?q?alice=40mssante=2Efr?= <bob@evil.example>"), AMBIGUOUS)
add("two authors", lambda: mail_of(sender=b"alice@mssante.fr, bob@evil.example"), AMBIGUOUS)
add("two From lines", lambda: mail_of(headers=b"From: bob@evil.example\r\n"), AMBIGUOUS)
add("two pairs of brackets", lambda: mail_of(sender=b"<alice@mssante.fr> <bob@evil.example>"), AMBIGUOUS)
add("an address in quotes before the domain", lambda: mail_of(sender=b'"alice@mssante.fr"@evil.example'), AMBIGUOUS)
add("a bracket never closed", lambda: mail_of(sender=b"Alice <bob@evil.example"), AMBIGUOUS)
add("words after the address", lambda: mail_of(sender=b"Alice <bob@evil.example> alice@mssante.fr"), AMBIGUOUS)
add("no author", lambda: mail_of(sender=b""), AMBIGUOUS)
add("a group", lambda: mail_of(sender=b"amis: alice@mssante.fr, bob@evil.example;"), AMBIGUOUS)
add("a name with a comma and no quotes", lambda: mail_of(sender=b"DUPONT, Jean <a@b.test>"), AMBIGUOUS)

# Contents to set aside.
add(
    "a body in utf-7",
    lambda: mail_of(b"+ADw-script+AD4-", headers=b"Content-Type: text/plain; charset=utf-7\r\n"),
    "anomaly A-MEL-02",
)
add(
    "a body in utf-32",
    lambda: mail_of(b"a\0\0\0", headers=b"Content-Type: text/plain; charset=utf-32\r\n"),
    "anomaly A-MEL-02",
)
add(
    "a program called PDF",
    lambda: multipart(_TEXT, _attached(b'filename="cr.pdf"', b"MZ\x90\x00" + b"\0" * 50)),
    "anomaly A-MEL-04",
)
add(
    "a page called image",
    lambda: multipart(_TEXT, _attached(b'filename="x.png"', b"<html><script>", b"image/png")),
    "anomaly A-MEL-04",
)
add("a message in a message in a message", lambda: _messages(3), "anomaly A-MEL-03")
add("a digest of thirty messages", lambda: multipart(*[b"\r\n" + mail_of()] * 30, kind=b"digest"), "anomaly A-MEL-03")
add(
    "a name that climbs", lambda: multipart(_TEXT, _attached(b'filename="../../etc/cron.d/x"', b"%PDF-1.7")), "accepted"
)
add(
    "a name that reads backwards",
    lambda: multipart(_TEXT, _attached(b"filename*=UTF-8''rapport%E2%80%AEfdp.exe", b"%PDF-1.7")),
    "accepted",
)
add(
    "a name with a line break",
    lambda: multipart(_TEXT, _attached(b"filename*=UTF-8''a%0D%0AX-Bad:%20b.pdf", b"%PDF-1.7")),
    "accepted",
)
add("NUL in the text", lambda: mail_of(b"a\x00b"), "accepted")
add(
    "an attachment of Outlook (TNEF)",
    lambda: multipart(
        _TEXT, _attached(b'filename="winmail.dat"', b"\x78\x9f\x3e\x22" + b"\0" * 20, b"application/ms-tnef")
    ),
    "accepted",
)
add(
    "signed (S/MIME)",
    lambda: multipart(
        _TEXT,
        _attached(b'filename="smime.p7s"', b"\x30\x80" + b"\0" * 9, b"application/pkcs7-signature"),
        kind=b"signed",
    ),
    "accepted",
)

# Odd, and read.
add("a simple message", mail_of, "accepted")
add("bare line feeds", lambda: multipart(_TEXT, _TEXT).replace(b"\r\n", b"\n"), "accepted")
add("the closing boundary is missing", lambda: multipart(_TEXT, _TEXT, closed=False), "accepted")
add("twenty levels", lambda: _nested(20), "accepted")
add("200 parts in all", lambda: multipart(*[_TEXT] * 199), "accepted")
add("a line of a mailbox before it", lambda: b"From labo Sun Mar  1 10:00:00 2026\n" + mail_of(), "accepted")
add("a subject in raw latin-1", lambda: mail_of(headers="Comments: Prélèvement\r\n".encode("latin-1")), "accepted")
add(
    "an announced multipart without boundary", lambda: mail_of(headers=b"Content-Type: multipart/mixed\r\n"), "accepted"
)
add("a date that does not exist", lambda: mail_of(headers=b"Date: Mon, 99 Foo 20261 99:99:99 +9999\r\n"), "accepted")
