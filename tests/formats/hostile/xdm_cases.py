"""XDM packages: metadata that disagree with the bytes or the header, spoilt metadata, and odd packages."""

from __future__ import annotations

import hashlib

from tests.formats.hostile.cases import Cases
from tests.formats.hostile.making import INS_TEST, cda, entry_xml, good_xdm, metadata_xml, xdm_of, zip_of

CASES = Cases("xdm")
add = CASES.add

_SUBSET = "IHE_XDM/SUBSET01/"
_OTHER_INS = "274075176079430"


def _package(metadata: bytes, *, files: dict[str, bytes] | None = None) -> bytes:
    return xdm_of(
        {f"{_SUBSET}METADATA.XML": metadata, **({f"{_SUBSET}DOC0001.XML": cda()} if files is None else files)}
    )


def _two_documents(second: bytes, **changes: str) -> bytes:
    told = {"uri": "DOC0002.XML", "unique": "1.2.250.1.213.1.1.99.2", "uuid": "urn:uuid:2", **changes}
    return _package(
        metadata_xml(entry_xml(cda()), entry_xml(second, **told)),
        files={f"{_SUBSET}DOC0001.XML": cda(), f"{_SUBSET}DOC0002.XML": second},
    )


# Bytes that are not those announced.
add("wrong hash", lambda: good_xdm(hash="0" * 40), "fatal E-FMT-41")
add("hash of another document", lambda: good_xdm(cda(title="Autre"), hash="a" * 40, title="Autre"), "fatal E-FMT-41")
add("hash that is no hash", lambda: good_xdm(hash="sans"), "fatal E-FMT-41")
add("wrong size and no hash", lambda: good_xdm(hash="", size="3"), "fatal E-FMT-42")
add("wrong size, right hash", lambda: good_xdm(size="3"), "disagreement E-FMT-42")
add("neither hash nor size", lambda: good_xdm(hash="", size=""), "disagreement D-XDM-01,D-XDM-02")
add("size beyond any number", lambda: good_xdm(size="9" * 400), "disagreement D-XDM-02")

# Doubtful identity.
add(
    "another matricule in the metadata",
    lambda: good_xdm(patient=f"{_OTHER_INS}^^^&amp;{INS_TEST}&amp;ISO^INS"),
    "doubt D-XDM-10",
)
add(
    "real OID in the metadata, test OID in the header",
    lambda: good_xdm(patient="279035121518989^^^&amp;1.2.250.1.213.1.4.8&amp;ISO^INS"),
    "doubt D-XDM-10",
)
add(
    "matricule in the metadata, none in the header",
    lambda: good_xdm(cda(oid="1.2.250.1.999.1", ins="IPP-4")),
    "doubt D-XDM-10",
)
add("another name", lambda: good_xdm(family="DURAND"), "doubt D-XDM-12")
add("another given name", lambda: good_xdm(given="PAULE"), "doubt D-XDM-13")
add("another birth date", lambda: good_xdm(birth="19790329"), "doubt D-XDM-14")
add("another sex", lambda: good_xdm(sex="M"), "doubt D-XDM-15")
add(
    "everything differs",
    lambda: good_xdm(cda(family="MARTIN", given="PAUL", birth="19500201", sex="M")),
    "doubt D-XDM-12,D-XDM-13,D-XDM-14,D-XDM-15",
)
add(
    "two patients in one package",
    lambda: _two_documents(cda(ins=_OTHER_INS), patient=f"{_OTHER_INS}^^^&amp;{INS_TEST}&amp;ISO^INS"),
    "anomaly A-XDM-05",
)
add(
    "submission set for somebody else",
    lambda: _package(metadata_xml(entry_xml(cda()), patient=f"{_OTHER_INS}^^^&amp;{INS_TEST}&amp;ISO^INS")),
    "anomaly A-XDM-05",
)

# Harmless disagreements.
add("another unique id", lambda: good_xdm(unique="1.2.3.4"), "disagreement D-XDM-20")
add("another type", lambda: good_xdm(type="34112-3"), "disagreement D-XDM-21")
add("another date", lambda: good_xdm(created="20260401092000"), "disagreement D-XDM-22")
add("another confidentiality", lambda: good_xdm(confidentiality="R"), "disagreement D-XDM-23")
add("another language", lambda: good_xdm(language="en-US"), "disagreement D-XDM-24")
add("another title", lambda: good_xdm(title="Ordonnance"), "disagreement D-XDM-25")

# Metadata that are missing, spoilt or hostile.
add("no metadata, one CDA", lambda: xdm_of({f"{_SUBSET}DOC0001.XML": cda()}), "anomaly A-XDM-01")
add("metadata cut in the middle", lambda: _package(metadata_xml(entry_xml(cda()))[:400]), "anomaly A-XDM-02")
add("empty metadata", lambda: _package(b""), "anomaly A-XDM-02")
add("metadata of another kind", lambda: _package(b"<html/>"), "anomaly A-XDM-02")
add("metadata with a DOCTYPE", lambda: _package(b"<!DOCTYPE a><a/>"), "refused E-FMT-06")
add("metadata with laughs", lambda: _package(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), "refused E-FMT-06")
add("metadata too deep", lambda: _package(b"<a>" * 300 + b"</a>" * 300), "refused E-FMT-08")
add("metadata in utf-7", lambda: _package(b'<?xml version="1.0" encoding="utf-7"?><a/>'), "refused E-FMT-03")
add("announced document missing", lambda: _package(metadata_xml(entry_xml(cda())), files={}), "refused E-FMT-43")
add(
    "one of two documents missing",
    lambda: _package(metadata_xml(entry_xml(cda()), entry_xml(cda(), uri="DOC0002.XML", uuid="urn:uuid:2"))),
    "anomaly A-XDM-03",
)
add(
    "a CDA that nobody announced",
    lambda: _package(
        metadata_xml(entry_xml(cda())), files={f"{_SUBSET}DOC0001.XML": cda(), f"{_SUBSET}DOC0009.XML": cda()}
    ),
    "anomaly A-XDM-04",
)
add("URI that climbs", lambda: good_xdm(uri="../../INDEX.HTM"), "refused E-FMT-43")
add("URI that climbs, in disguise", lambda: good_xdm(uri="%2e%2e/%2e%2e/INDEX.HTM"), "refused E-FMT-43")
add("URI on the network", lambda: good_xdm(uri="http://127.0.0.1:9/DOC0001.XML"), "refused E-FMT-43")
add("URI on a file", lambda: good_xdm(uri="file:///etc/passwd"), "refused E-FMT-43")
add(
    "the same document described twice",
    lambda: _package(metadata_xml(entry_xml(cda()), entry_xml(cda(), uuid="urn:uuid:2"))),
    "refused E-FMT-44",
)
add(
    "metadata that describe themselves",
    lambda: _package(metadata_xml(entry_xml(cda(), uri="METADATA.XML"))),
    "fatal E-FMT-41",
)
add("nothing but a page", lambda: xdm_of({"INDEX.HTM": b"<html/>"}), "refused E-FMT-40")
add("empty archive", lambda: zip_of([]), "refused E-FMT-40")
add("a package in a package", lambda: xdm_of({"IHE_XDM.ZIP": good_xdm()}), "refused E-FMT-33")
add("not an archive", b"bonjour", "refused E-FMT-20")

# Odd, and read.
add("as it should be", good_xdm, "accepted")
add(
    "names in small letters",
    lambda: xdm_of(
        {
            "ihe_xdm/subset01/metadata.xml": metadata_xml(entry_xml(cda(), uri="DOC0001.XML")),
            "ihe_xdm/subset01/doc0001.xml": cda(),
        }
    ),
    "accepted",
)
add("backslashes", lambda: good_xdm(folder="IHE_XDM\\SUBSET01\\"), "accepted")
add("a folder at the top", lambda: good_xdm(folder="ENVOI/IHE_XDM/SUBSET01/"), "accepted")
add("no folder at all", lambda: good_xdm(folder=""), "anomaly A-XDM-06")
add("URI from the top of the archive", lambda: good_xdm(uri="IHE_XDM/SUBSET01/DOC0001.XML"), "accepted")
add("URI with ./", lambda: good_xdm(uri="./DOC0001.XML"), "accepted")
add("URI in numbered pieces", lambda: good_xdm(uri="1|DOC0001</Value><Value>2|.XML"), "accepted")
add("codes in single quotes", lambda: good_xdm(type="'11502-2'"), "accepted")
add("hash in capitals", lambda: good_xdm(hash=hashlib.sha1(cda()).hexdigest().upper()), "accepted")
add("creation time as local digits", lambda: good_xdm(created="20260301102000"), "accepted")
add("names with accents and hyphens", lambda: good_xdm(family="Pat Trois", given="Dominique"), "accepted")
add("matricule without its key", lambda: good_xdm(patient=f"2790351215189^^^&amp;{INS_TEST}&amp;ISO^INS"), "accepted")
add("sex unknown in the metadata", lambda: good_xdm(sex="U"), "accepted")
add(
    "another prefix for the namespaces",
    lambda: _package(
        metadata_xml(entry_xml(cda()))
        .replace(b'<RegistryObjectList xmlns="', b'<RegistryObjectList xmlns:q="u" xmlns="')
        .replace(b"rim:3.0", b"rim:2.1")
    ),
    "accepted",
)
