"""The files inside a document: decoded, identified, titled, and said to be damaged when they are."""

from __future__ import annotations

import base64

import pytest

from maillon.formats.cda.read import read_cda
from maillon.formats.document import ClinicalDocument
from tests.formats.cda.documents import (
    LOINC,
    cda,
    level_1,
    observation,
    section,
)

# Attachments ----------------------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def encoded(data: bytes) -> str:
    return base64.encodebytes(data).decode()


def codes_of(document: ClinicalDocument) -> set[str]:
    return {one.code for one in document.conformance.anomalies}


@pytest.mark.parametrize(
    ("declared", "data", "seen"),
    [
        ("application/pdf", PDF, "application/pdf"),
        ("image/png", PNG, "image/png"),
        ("image/jpeg", b"\xff\xd8\xff\xe0" + b"0" * 40, "image/jpeg"),
        ("text/rtf", b"{\\rtf1 Bonjour}", "text/rtf"),
        ("application/rtf", b"{\\rtf1 Bonjour}", "application/rtf"),
    ],
)
def test_a_level_1_document_gives_its_file(declared: str, data: bytes, seen: str) -> None:
    document = read_cda(level_1(f'<text mediaType="{declared}" representation="B64">{encoded(data)}</text>'))
    (found,) = document.attachments
    assert (document.level, found.data, found.media_type, found.size) == (1, data, seen, len(data))
    assert document.conformance.ok


def test_a_level_1_text_is_a_file_too() -> None:
    (found,) = read_cda(level_1('<text mediaType="text/plain">Compte rendu &lt;bref&gt;</text>')).attachments
    assert (found.media_type, found.data) == ("text/plain", b"Compte rendu <bref>")


def test_a_file_that_lies_about_its_type_is_shown_for_what_it_is() -> None:
    document = read_cda(level_1(f'<text mediaType="image/jpeg" representation="B64">{encoded(PNG)}</text>'))
    assert document.attachments[0].media_type == "image/png"
    assert "C-40" in codes_of(document)


def test_a_forgotten_representation_hides_no_pdf() -> None:
    document = read_cda(level_1(f'<text mediaType="application/pdf">{encoded(PDF)}</text>'))
    assert document.attachments[0].data == PDF


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<text mediaType="application/pdf" representation="B64">JVBER*****</text>', "C-43"),
        ('<text mediaType="application/pdf"><reference value="scan.pdf"/></text>', "C-41"),
        ('<text mediaType="application/pdf" representation="B64"/>', "C-42"),
        (f'<text mediaType="application/pdf" representation="B64" integrityCheck="AAAA">{encoded(PDF)}</text>', "C-44"),
        ('<text mediaType="application/pdf" representation="B64" compression="GZ">AAAA</text>', "C-43"),
    ],
)
def test_a_damaged_or_missing_file_is_said_so(text: str, code: str) -> None:
    assert code in codes_of(read_cda(level_1(text)))


def test_an_attached_file_takes_the_title_that_its_organizer_gives() -> None:
    organizer = (
        '<organizer classCode="CLUSTER" moodCode="EVN"><code code="55107-7" displayName="Document attaché"/><component>'
        + observation(
            '<value xsi:type="CD" code="DLU_006" displayName="Attestation"/>', code=f'<code code="69764-9" {LOINC}/>'
        )
        + '</component><component><observationMedia classCode="OBS" moodCode="EVN" ID="doc-1">'
        f'<value mediaType="application/pdf" representation="B64">{encoded(PDF)}</value>'
        "</observationMedia></component></organizer>"
    )
    text = '<paragraph>Voir <renderMultiMedia referencedObject="doc-1"/></paragraph>'
    document = read_cda(cda(section(organizer, text=text, code="55107-7")))
    assert [one.title for one in document.attachments] == ["Attestation"]
    assert 'data-attachment="0"' in document.sections[0].html
    assert document.results == ()
    assert document.conformance.ok
