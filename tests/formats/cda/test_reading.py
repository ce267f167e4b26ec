"""`maillon lire`: any file gives its documents or says why not, and the others are still read."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from maillon.formats import reading
from maillon.formats.reading import read_paths, summary
from tests.formats.cda.documents import cda, observation, quantity, section

PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
REPORT = cda(section(observation(quantity("12.4", "g/dL"))))

METADATA = """<SubmitObjectsRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
 xmlns:r="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><r:RegistryObjectList><r:ExtrinsicObject id="Doc1"
 mimeType="text/xml" objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">
<r:Slot name="URI"><r:ValueList><r:Value>DOC0001.XML</r:Value></r:ValueList></r:Slot>
<r:Slot name="hash"><r:ValueList><r:Value>{hash}</r:Value></r:ValueList></r:Slot>
<r:Slot name="size"><r:ValueList><r:Value>{size}</r:Value></r:ValueList></r:Slot>
<r:ExternalIdentifier identificationScheme="urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427" value="{patient}" id="x"
 registryObject="Doc1"/></r:ExtrinsicObject></r:RegistryObjectList></SubmitObjectsRequest>"""


def archive(*, digest: str | None = None, matricule: str = "279035121518989") -> bytes:
    made = io.BytesIO()
    metadata = METADATA.format(
        hash=digest or hashlib.sha1(REPORT).hexdigest(), size=len(REPORT),
        patient=f"{matricule}^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH",
    )  # fmt: skip
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("INDEX.HTM", "<html/>")
        zipped.writestr("README.TXT", "Archive d’essai")
        zipped.writestr("IHE_XDM/SUBSET01/METADATA.XML", metadata)
        zipped.writestr("IHE_XDM/SUBSET01/DOC0001.XML", REPORT)
    return made.getvalue()


@pytest.fixture
def put(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def test_a_cda_gives_one_object_with_the_named_keys(put) -> None:  # type: ignore[no-untyped-def]
    (found,), refused = read_paths([put("cr.xml", REPORT)])
    assert not refused
    assert found["type_label"] == "Synthèse"
    assert found["results"][0]["value"] == "12.4"  # type: ignore[index]
    assert found["sha256"] == hashlib.sha256(REPORT).hexdigest()
    assert found["conformance"] == {"ok": True, "anomalies": []}
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [("scan.pdf", PDF, "application/pdf"), ("note.txt", "Note à relire".encode(), "text/plain"),
     ("photo.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 30, "image/png")],
)  # fmt: skip
def test_a_loose_file_is_a_document_of_which_nothing_is_known(put, name: str, data: bytes, kind: str) -> None:  # type: ignore[no-untyped-def]
    (found,), refused = read_paths([put(name, data)])
    assert not refused
    assert (found["type_code"], found["sections"]) == (None, [])
    (file,) = found["attachments"]  # type: ignore[misc]
    assert (file["media_type"], file["size"], file["title"]) == (kind, len(data), name)
    assert "data" not in file


def test_an_archive_gives_its_documents(put) -> None:  # type: ignore[no-untyped-def]
    (found,), refused = read_paths([put("IHE_XDM.zip", archive())])
    assert not refused
    assert (found["type_code"], found["entry"]) == ("34133-9", "IHE_XDM/SUBSET01/DOC0001.XML")


def test_metadata_about_somebody_else_are_an_anomaly(put) -> None:  # type: ignore[no-untyped-def]
    (found,), refused = read_paths([put("IHE_XDM.zip", archive(matricule="277076322082910"))])
    assert not refused
    said = {one["code"] for one in found["conformance"]["anomalies"]}  # type: ignore[index]
    assert "D-XDM-10" in said
    assert found["conformance"]["ok"] is False  # type: ignore[index]


def test_a_document_that_is_not_the_one_announced_is_refused(put) -> None:  # type: ignore[no-untyped-def]
    (found,), refused = read_paths([put("IHE_XDM.zip", archive(digest="0" * 40))])
    assert refused
    assert found["refused"]["code"] == "E-FMT-40" or found["refused"]["code"] == "E-FMT-41"  # type: ignore[index]


def test_a_mail_gives_each_of_its_attachments(put) -> None:  # type: ignore[no-untyped-def]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "labo@exemple.test", "msp@exemple.test", "Résultats"
    mail.set_content("Bonjour")
    mail.add_attachment(archive(), maintype="application", subtype="zip", filename="IHE_XDM.zip")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="copie.pdf")
    found, refused = read_paths([put("courriel.eml", mail.as_bytes())])
    assert not refused
    assert [one["type_code"] for one in found] == ["34133-9", None]


def test_a_mail_without_attachment_is_its_text(put) -> None:  # type: ignore[no-untyped-def]
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "labo@exemple.test", "Question"
    mail.set_content("Bonjour")
    (found,), refused = read_paths([put("courriel.eml", mail.as_bytes())])
    assert not refused
    assert found["attachments"][0]["title"] == "Question"  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("bombe.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "E-FMT-06"),
        ("page.xml", b"<html/>", "E-CDA-01"),
        ("vide.xml", b"", "E-LIR-03"),
        ("outil.exe", b"MZ" + b"\x00" * 200, "E-LIR-04"),
    ],
)
def test_a_refused_file_says_why_and_the_others_are_read(put, name: str, data: bytes, code: str) -> None:  # type: ignore[no-untyped-def]
    found, refused = read_paths([put(name, data), put("cr.xml", REPORT), "/nulle/part.xml"])
    assert refused
    assert [one.get("refused", {}).get("code") for one in found] == [code, None, "E-LIR-01"]  # type: ignore[attr-defined]


def test_a_failure_that_nobody_foresaw_is_a_refusal(put, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    def broken(*_: object, **__: object) -> None:
        raise KeyError("PAT-TROIS")

    monkeypatch.setattr(reading, "read_cda", broken)
    (found,), refused = read_paths([put("cr.xml", REPORT)])
    assert refused
    assert found["refused"]["code"] == "E-LIR-09"  # type: ignore[index]
    assert "PAT-TROIS" not in str(found)


def test_the_summary_tells_patient_content_and_refusals(put) -> None:  # type: ignore[no-untyped-def]
    said = summary(read_paths([put("cr.xml", REPORT), put("page.xml", b"<html/>"), put("scan.pdf", PDF)])[0])
    assert "Synthèse d’essai – 34133-9 – 12/03/2026" in said
    assert "PAT-TROIS DOMINIQUE MARIE-LOUISE, né(e) le 28/03/1979" in said
    assert "1 section, 1 résultat" in said
    assert "REFUSÉ [E-CDA-01]" in said
    assert "1 pièce jointe" in said
