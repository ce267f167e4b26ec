from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from maillon.formats import datamatrix
from maillon.formats.document import ClinicalDocument, Section, Statement
from maillon.formats.pdf_blocks import blocks_of_html, blocks_of_text
from maillon.formats.pdf_layout import LAYOUTS
from maillon.formats.pdf_write import write_pdf
from maillon.formats.refusal import Refused
from tests.formats import preflight
from tests.formats.kinds import CARE_PLAN, CONTACTS, KINDS, MINUTES, OPERATION, PROTOCOL, REFERRAL


def text_of(document: ClinicalDocument, **options: object) -> str:
    pages = PdfReader(io.BytesIO(write_pdf(document, contacts=CONTACTS, **options))).pages  # type: ignore[arg-type]
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_an_independent_validator_finds_each_kind_right(tmp_path: Path) -> None:
    if not preflight.is_there():
        pytest.skip(f"Apache Preflight est absent (paquets Debian\u202f: {preflight.PACKAGES})")
    for name, document in KINDS.items():
        data = write_pdf(document, contacts=CONTACTS, identity_status="QUAL", draft=name == "rcp")
        (tmp_path / f"{name}.pdf").write_bytes(data)
    assert preflight.refused_of(tmp_path) == []
    (tmp_path / "faux.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    assert preflight.refused_of(tmp_path) != []


@pytest.mark.parametrize("name", KINDS)
def test_every_font_is_embedded_and_nothing_is_transparent(name: str) -> None:
    with pikepdf.open(io.BytesIO(write_pdf(KINDS[name], identity_status="QUAL"))) as pdf:
        fonts = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/FontDescriptor" in each]
        assert fonts
        assert all(any(str(key).startswith("/FontFile") for key in dict(each.FontDescriptor)) for each in fonts)
        for each in pdf.objects:
            if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
                assert "/SMask" not in each or each.SMask == pikepdf.Name("/None")
                assert float(each.get("/CA", 1)) == float(each.get("/ca", 1)) == 1
        assert "/Encrypt" not in pdf.trailer


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lettre", ["Saint-Aubin, le 31/03/2026", "Objet : Demande d’avis", "Dr Karim ROUSSEL", "99300 Bellerive",
                    "• hypertension", "Amlodipine 5 mg 1 comprimé le matin 2015", "N° RPPS : 99000000037"]),
        ("operatoire", ["Intervention du : 31/03/2026 à 15 h 10, jusqu’à 15 h 55", "Opérateur : Dr Karim ROUSSEL",
                        "2. coagulation", "Consignes au retour"]),
        ("urgences", ["Arrivée : 31/03/2026 à 18 h 40", "Sortie : 31/03/2026 à 21 h 05", "Conduite à tenir"]),
        ("kinesitherapie", ["Prescrit le : 31/03/2026", "À l’attention de : M. Paul LEROY", "Signature et cachet"]),
        ("certificat", ["Fait à Saint-Aubin, le 31/03/2026", "remis en main propre"]),
        ("rcp", ["Participants", "Sonia PETIT Infirmier", "Proposition"]),
        ("plan", ["Actions prévues", "01/04/2026 au 30/06/2026", "Médecin traitant", "Équipe de soins",
                  "Le patient ou son représentant"]),
        ("protocole", ["Annule et remplace la version précédente de ce document (version 2)", "Fond d’œil"]),
    ],
)  # fmt: skip
def test_each_kind_says_what_its_readers_look_for(name: str, expected: list[str]) -> None:
    told = text_of(KINDS[name])
    for words in ("PAT-TROIS DOMINIQUE", "née le 28/03/1979", "279035121518989", "page 1/1", *expected):
        assert " ".join(words.split()) in told


def symbols_of(pdf: bytes) -> list[bytes]:
    pictures = [picture.image for page in PdfReader(io.BytesIO(pdf)).pages for picture in page.images]
    padded = []
    for each in pictures:
        assert each is not None
        ground = Image.new("L", (each.width + 40, each.height + 40), 255)
        ground.paste(each.convert("L"), (20, 20))
        padded.append(ground)
    return [found.bytes for ground in padded for found in zxingcpp.read_barcodes(ground)]


def test_the_symbol_of_a_qualified_identity_is_read_back_from_the_page() -> None:
    (read,) = symbols_of(write_pdf(REFERRAL, identity_status="QUAL"))
    assert read == datamatrix.message(REFERRAL.patient, identity_status="QUAL").encode()
    assert "INS à scanner" in text_of(REFERRAL, identity_status="QUAL")


@pytest.mark.parametrize("status", [None, "PROV", "RECUP", "VALI"])
def test_no_symbol_for_another_identity(status: str | None) -> None:
    assert symbols_of(write_pdf(REFERRAL, identity_status=status)) == []
    assert "INS à scanner" not in text_of(REFERRAL, identity_status=status)


def test_a_qualified_identity_that_cannot_be_encoded_is_refused_rather_than_printed_without() -> None:
    with pytest.raises(Refused) as refused:
        write_pdf(replace(REFERRAL, patient=replace(REFERRAL.patient, birth_date="1979")), identity_status="QUAL")
    assert refused.value.code == "E-DMX-02"


def test_a_signed_document_says_by_whom_and_when_and_asks_for_no_pen() -> None:
    told = text_of(PROTOCOL, signed=True)
    assert "Signé électroniquement par Dr Hélène MARTIN le 31/03/2026 à 10 h 20" in told
    assert "Le professionnel" not in told
    assert "Signé électroniquement" not in text_of(PROTOCOL)


def test_a_draft_says_so_and_is_validated_by_nobody() -> None:
    told = text_of(MINUTES, draft=True)
    assert "PROJET" in told
    assert "Validé par" not in told
    assert "PROJET" not in text_of(MINUTES)


def test_a_long_document_repeats_who_the_patient_is_on_each_page() -> None:
    long = replace(OPERATION, sections=tuple(Section(title=f"Temps {n}", text="Texte. " * 150) for n in range(12)))
    pages = PdfReader(io.BytesIO(write_pdf(long, contacts=CONTACTS))).pages
    assert len(pages) > 2
    assert all("PAT-TROIS DOMINIQUE – 28/03/1979" in page.extract_text() for page in pages)


def test_a_section_without_words_tells_what_is_coded_under_it() -> None:
    section = Section(code="10160-0", title="Traitements")
    treatment = Statement(label="Amlodipine 5 mg", posology="1 le matin", start="2015", section_code="10160-0")
    none = Statement(label="allergie à la pénicilline", negated=True, section_code="10160-0")
    told = text_of(replace(CARE_PLAN, sections=(section,), medications=(treatment,), allergies=(none,)))
    assert "Amlodipine 5 mg, 1 le matin, 2015" in told
    assert "absence d’allergie à la pénicilline" in told


def test_no_type_is_laid_out_twice_and_each_code_is_national() -> None:
    import csv

    with Path("content/terminologie/concepts.csv").open(encoding="utf-8") as lines:
        known = {row["code"] for row in csv.DictReader(lines) if row["set"] == "jdv-j07-xds-type-code"}
    assert set(LAYOUTS) <= known


# The words of a section.


def test_plain_text_has_lists_and_tables() -> None:
    first, items, numbered, table = blocks_of_text("Bonjour\n- un\n• deux\n\n1. premier\n2) second\na\tb\nc\td\te")
    assert first == {"kind": "paragraph", "runs": [{"t": "Bonjour", "b": False}]}
    assert [item["runs"][0]["t"] for item in items["items"]] == ["un", "deux"]
    assert (items["ordered"], numbered["ordered"]) == (False, True)
    assert [[cell["runs"][0]["t"] for cell in row] for row in table["rows"]] == [["a", "b", ""], ["c", "d", "e"]]


def test_a_narrative_keeps_its_lists_its_tables_and_its_emphasis() -> None:
    html = (
        "<p>Vu <strong>ce jour</strong></p><ul><li>un<ul><li>dedans</li></ul></li><li>deux</li></ul>"
        "<table><caption>Bilan</caption><thead><tr><th>A</th><th>B</th></tr></thead>"
        "<tbody><tr><td rowspan='2'>x</td><td>y<br>z</td></tr><tr><td>w</td></tr></tbody></table>fin &amp; suite"
    )
    paragraph, items, caption, table, last = blocks_of_html(html)
    assert paragraph["runs"] == [{"t": "Vu ", "b": False}, {"t": "ce jour", "b": True}]
    assert [(item["depth"], item["runs"][0]["t"]) for item in items["items"]] == [(0, "un"), (1, "dedans"), (0, "deux")]
    assert caption["runs"] == [{"t": "Bilan", "b": True}]
    assert table["heads"] == 1
    assert [[cell["runs"][0]["t"] if cell["runs"] else "" for cell in row] for row in table["rows"]] == [
        ["A", "B"],
        ["x", "y\nz"],
        ["", "w"],
    ]
    assert last["runs"][0]["t"] == "fin & suite"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<table></table>",
        "<table><tr><td>a",
        "<table><tr><td colspan='90'>a</td></tr><tr><td>b</td><td>c</td></tr></table>",
        "<table><tr><td rowspan='90'>a</td></tr></table>",
        "<td>seul</td></table></ul></li>",
        "<ul><li><table><tr><td>a</td></tr></table></li></ul>",
        "<table><tr><th>seul en-tête</th></tr></table>",
        "<p>#panic() $x$ @y</p>",
        "<table><tr>" + "<td>x</td>" * 40 + "</tr></table>",
    ],
)
def test_a_crooked_narrative_is_laid_out_all_the_same(html: str) -> None:
    assert write_pdf(replace(REFERRAL, sections=(Section(title="T", html=html),))).startswith(b"%PDF-1.4")
