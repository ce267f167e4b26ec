"""XML: encodings, DOCTYPE and entities, bombs of depth and size, spoilt files, and odd ones that must be read."""

from __future__ import annotations

import codecs

from tests.formats.hostile.cases import Cases

CASES = Cases("xml")
add = CASES.add

_SAID = '<?xml version="1.0" encoding="{}"?><a>é</a>'


def _declared(name: str, codec: str, mark: bytes = b"") -> bytes:
    return mark + _SAID.format(name).encode(codec)


NOT_ADMITTED = "refused E-FMT-03"
CONTRADICTED = "refused E-FMT-04"
BROKEN = "refused E-FMT-05"
DOCTYPE = "refused E-FMT-06"
MALFORMED = "refused E-FMT-07"
TOO_DEEP = "refused E-FMT-08"
ATTRIBUTES = "refused E-FMT-09"
NODES = "refused E-FMT-10"

# Encodings.
add("utf-7 that hides a tag", b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-script+AD4-</a>', NOT_ADMITTED)
add("utf-7 from the first byte", b'+ADw?xml version="1.0"?+AD4 +ADw-a/+AD4-', NOT_ADMITTED)
add("utf-32 little-endian with its mark", _declared("UTF-32", "utf-32-le", codecs.BOM_UTF32_LE), NOT_ADMITTED)
add("utf-32 big-endian with its mark", _declared("UTF-32", "utf-32-be", codecs.BOM_UTF32_BE), NOT_ADMITTED)
add("utf-32 without mark", _declared("UTF-32", "utf-32-le"), NOT_ADMITTED)
add("utf-32 big-endian without mark", _declared("UTF-32", "utf-32-be"), NOT_ADMITTED)
add("EBCDIC", _SAID.format("cp037").encode("cp037"), NOT_ADMITTED)
add("EBCDIC declared in ASCII", b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><a/>', NOT_ADMITTED)
add("shift_jis", b'<?xml version="1.0" encoding="Shift_JIS"?><a>\x81\x5c</a>', NOT_ADMITTED)
add("gb18030", b'<?xml version="1.0" encoding="GB18030"?><a/>', NOT_ADMITTED)
add("koi8-r", b'<?xml version="1.0" encoding="KOI8-R"?><a/>', NOT_ADMITTED)
add("us-ascii is outside the list", b'<?xml version="1.0" encoding="US-ASCII"?><a/>', NOT_ADMITTED)
add("iso-2022-jp", b'<?xml version="1.0" encoding="ISO-2022-JP"?><a/>', NOT_ADMITTED)
add("an encoding that does not exist", b'<?xml version="1.0" encoding="x-imaginaire"?><a/>', NOT_ADMITTED)
add("utf-16 little-endian without mark", _declared("UTF-16", "utf-16-le"), NOT_ADMITTED)
add("utf-16 big-endian without mark", _declared("UTF-16", "utf-16-be"), NOT_ADMITTED)
add("utf-16 declared by ASCII bytes", b'<?xml version="1.0" encoding="UTF-16"?><a/>', CONTRADICTED)
add("utf-16 mark, utf-8 declared", _declared("UTF-8", "utf-16-le", codecs.BOM_UTF16_LE), CONTRADICTED)
add("utf-8 mark, iso-8859-1 declared", _declared("ISO-8859-1", "utf-8", codecs.BOM_UTF8), CONTRADICTED)
add("little-endian mark, big-endian declared", _declared("UTF-16BE", "utf-16-le", codecs.BOM_UTF16_LE), CONTRADICTED)
add("utf-8 declared, latin-1 bytes", _declared("UTF-8", "latin-1"), BROKEN)
add("overlong utf-8", b"<a>\xc0\xbcscript\xc0\xbe</a>", BROKEN)
add("surrogate in utf-8", b"<a>\xed\xa0\x80</a>", BROKEN)
add("half a character of utf-16", _declared("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE) + b"\x00", BROKEN)
add("byte that windows-1252 does not have", b'<?xml version="1.0" encoding="Windows-1252"?><a>\x81</a>', BROKEN)

# DOCTYPE and entities.
_LAUGHS = b'<!DOCTYPE l [<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)
add("billion laughs", _LAUGHS + b"]><l>&a11;</l>", DOCTYPE)
add(
    "quadratic blow-up",
    lambda: b'<!DOCTYPE l [<!ENTITY a "' + b"A" * 100_000 + b'">]><l>' + b"&a;" * 30_000 + b"</l>",
    DOCTYPE,
)
add("external entity on a file", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', DOCTYPE)
add("external entity on the network", b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><a>&x;</a>', DOCTYPE)
add("external DTD", b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', DOCTYPE)
add("public DTD", b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/x.dtd"><html/>', DOCTYPE)
add("parameter entity", b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]><a/>', DOCTYPE)
add("DOCTYPE after a declaration and comments", b'<?xml version="1.0"?><!-- --><?p q?>\n<!DOCTYPE a><a/>', DOCTYPE)
add("DOCTYPE after ten thousand comments", b"<!-- -->" * 10_000 + b"<!DOCTYPE a><a/>", DOCTYPE)
add("DOCTYPE in lower case", b"<!doctype html><html></html>", DOCTYPE)
add("DOCTYPE in utf-16", codecs.BOM_UTF16_LE + '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16-le"), DOCTYPE)
add("DOCTYPE after the utf-8 mark", codecs.BOM_UTF8 + b"<!DOCTYPE a><a/>", DOCTYPE)
add("attribute list of a DTD", b'<!DOCTYPE a [<!ATTLIST a onload CDATA "alert(1)">]><a/>', DOCTYPE)
add("entity without DTD", b"<a>&inconnue;</a>", MALFORMED)
add("HTML entity", b"<a>d&eacute;j&agrave;</a>", MALFORMED)

# Bombs.
add("201 levels", b"<a>" * 201 + b"</a>" * 201, TOO_DEEP)
add("250 levels", b"<a>" * 250 + b"</a>" * 250, TOO_DEEP)
add("5 000 levels", b"<a>" * 5000 + b"</a>" * 5000, TOO_DEEP)
add("100 000 levels", lambda: b"<a>" * 100_000 + b"</a>" * 100_000, TOO_DEEP)
add("300 levels beside eleven megabytes of text", lambda: b"<a>" * 300 + b"A" * 11_000_000 + b"</a>" * 300, TOO_DEEP)
add("1 900 levels in a large file", lambda: b"<a>" * 1900 + b"A" * 11_000_000 + b"</a>" * 1900, TOO_DEEP)
add("levels never closed", lambda: b"<a>" * 390_000, TOO_DEEP)
add("501 attributes", b"<a " + b" ".join(b'n%d="1"' % n for n in range(501)) + b"/>", ATTRIBUTES)
add("100 000 attributes", lambda: b"<a " + b" ".join(b'n%d="1"' % n for n in range(100_000)) + b"/>", NODES)
add(
    "600 attributes in a large file",
    lambda: b"<a " + b" ".join(b'n%d="1"' % n for n in range(600)) + b">" + b"A" * 11_000_000 + b"</a>",
    ATTRIBUTES,
)
add(
    "100 000 namespaces",
    lambda: b"<a " + b" ".join(b'xmlns:n%d="u%d"' % (n, n) for n in range(100_000)) + b"/>",
    ATTRIBUTES,
)
add("a million elements", lambda: b"<a>" + b"<b/>" * 1_000_000 + b"</a>", NODES)
add("four million elements", lambda: b"<a>" + b"<b/>" * 4_000_000 + b"</a>", NODES)
add("a flood of attributes", lambda: b"<a>" + b'<b c="" d="" e="" f="" g="" h=""/>' * 100_000 + b"</a>", NODES)
add("a million comments", lambda: b"<a>" + b"<!---->" * 1_000_000 + b"</a>", NODES)
add("150 000 different names", lambda: b"<a>" + b"".join(b"<n%d/>" % n for n in range(150_000)) + b"</a>", NODES)
add(
    "100 000 different attributes",
    lambda: b"<a>" + b"".join(b'<b n%d="" m%d=""/>' % (n, n) for n in range(50_000)) + b"</a>",
    NODES,
)
add("larger than the limit", lambda: b"<a>" + b"A" * (21 * 1024 * 1024) + b"</a>", "refused E-FMT-02")
add("a name of 100 000 letters", b"<" + b"a" * 100_000 + b"/>", MALFORMED)

# Spoilt.
add("empty", b"", "refused E-FMT-01")
add("blank", b" \r\n\t ", "refused E-FMT-01")
add("only a mark", codecs.BOM_UTF8, "refused E-FMT-01")
add("plain text", b"Bonjour, voici le compte rendu.", MALFORMED)
add("JSON", b'{"resourceType": "Bundle"}', MALFORMED)
add("cut in the middle", b"<a><b>texte", MALFORMED)
add("two roots", b"<a/><b/>", MALFORMED)
add("NUL in the text", b"<a>x\x00y</a>", MALFORMED)
add("reference to NUL", b"<a>&#0;</a>", MALFORMED)
add("control character", b"<a>\x08</a>", MALFORMED)
add("same attribute twice", b'<a b="1" b="2"/>', MALFORMED)
add("prefix without namespace", b"<p:a/>", MALFORMED)
add("same attribute through two prefixes", b'<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', MALFORMED)
add("comment never closed", lambda: b"<!-- " + b"- " * 2_000_000, MALFORMED)
add("instruction never closed", lambda: b"<?p " + b"? " * 2_000_000, MALFORMED)
add("CDATA never closed", lambda: b"<a><![CDATA[" + b"]]" * 2_000_000, MALFORMED)
add("a run of opening brackets", lambda: b"<" * 390_000, MALFORMED)
add("random bytes", bytes(range(1, 256)) * 40, MALFORMED)
add("version 2.0", b'<?xml version="2.0"?><a/>', MALFORMED)

# Odd, and read.
add("utf-8 with its mark", _declared("UTF-8", "utf-8", codecs.BOM_UTF8), "accepted")
add("utf-16 little-endian with its mark", _declared("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE), "accepted")
add("utf-16 big-endian with its mark", _declared("utf-16", "utf-16-be", codecs.BOM_UTF16_BE), "accepted")
add("utf-16 that says nothing", codecs.BOM_UTF16_LE + "<a>é</a>".encode("utf-16-le"), "accepted")
add("iso-8859-1", _declared("ISO-8859-1", "latin-1"), "accepted")
add("iso-8859-15", _declared("iso-8859-15", "iso8859-15"), "accepted")
add(
    "windows-1252 in single quotes",
    "<?xml version='1.0' encoding='windows-1252'?><a>œ</a>".encode("cp1252"),
    "accepted",
)
add("no declaration", "<a>é</a>".encode(), "accepted")
add("blank line before the declaration", b'\r\n<?xml version="1.0" encoding="UTF-8"?><a/>', "accepted")
add("a stylesheet instruction", b'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl" type="text/xsl"?><a/>', "accepted")
add("DOCTYPE written in a comment", b"<!-- <!DOCTYPE a> --><a/>", "accepted")
add("DOCTYPE written in CDATA", b'<a><![CDATA[<!DOCTYPE a [<!ENTITY x "y">]>&x;]]></a>', "accepted")
add("200 levels", b"<a>" * 200 + b"</a>" * 200, "accepted")
add("500 attributes", b"<a " + b" ".join(b'n%d="1"' % n for n in range(500)) + b"/>", "accepted")
add("eleven megabytes of base64", lambda: b"<a><text>" + b"QUJD\n" * 2_300_000 + b"</text></a>", "accepted")
add(
    "an inclusion, which is not followed",
    b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></a>',
    "accepted",
)
add(
    "a namespace written again on every element",
    lambda: b"<a>" + b'<b xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="ST"/>' * 5000 + b"</a>",
    "accepted",
)
add(
    "self-presenting", b'<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:t/></x:stylesheet>', "accepted"
)
