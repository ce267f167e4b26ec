from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest
from pypdf import PdfReader

from maillon.formats.document import ClinicalDocument, PreviousValue, Result, Section
from maillon.formats.pdf_write import write_pdf
from maillon.formats.wording import shown_date, shown_range, shown_value
from tests.formats.cda.written import LOINC, TRAITS, letter, report

POTASSIUM = Result(
    code="2823-3",
    system=LOINC,
    label="Potassium",
    value="5.9",
    unit="mmol/L",
    low="3.5",
    high="5.1",
    interpretation="H",
    section_code="18719-5",
    previous=(PreviousValue(value="5.2", unit="mmol/L", at="2026-01-04T08:00:00+01:00"),),
)


def text_of(document: ClinicalDocument) -> str:
    pages = PdfReader(io.BytesIO(write_pdf(document))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_report_is_pdf_a_1b() -> None:
    with pikepdf.open(io.BytesIO(write_pdf(report()))) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("1", "B")
        assert pdf.pdf_version == "1.4"
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert "/JavaScript" not in pdf.Root.get("/Names", {})


def test_the_banner_says_who_the_patient_is_and_whose_matricule_it_is() -> None:
    told = text_of(report())
    for expected in (
        "PAT-TROIS DOMINIQUE",
        "née le 28/03/1979",
        "279035121518989 [INS-NIR de test]",
        "51215",
        "page 1/1",
    ):
        assert expected in told
    assert "Sans matricule INS" in text_of(report(patient=replace(TRAITS, ins=None, ins_oid=None)))


def test_results_are_told_with_their_unit_their_range_and_what_is_abnormal() -> None:
    told = text_of(report(results=(POTASSIUM,)))
    for expected in ("Potassium", "5,9 mmol/L", "(élevé)", "3,5 à 5,1", "5,2 mmol/L (04/01/2026)"):
        assert expected in told


def test_paragraphs_of_a_letter_are_on_the_page() -> None:
    sections = (Section(title="Motif", text="Douleur.\nDepuis hier."), Section(title="Conclusion", text="Guérison."))
    told = text_of(letter(sections=sections, attachments=()))
    assert "Motif Douleur. Depuis hier. Conclusion Guérison." in told


@pytest.mark.parametrize("hostile", ['#import "x"', "$ #panic() $", "]#let", "\\ * _ ` < @", '#read("/etc/passwd")'])
def test_text_is_never_read_as_a_program(hostile: str) -> None:
    assert " ".join(hostile.split()) in text_of(letter(sections=(Section(title="Motif", text=hostile),)))


def test_a_long_report_goes_on_over_numbered_pages() -> None:
    results = tuple(replace(POTASSIUM, label=f"Examen {number}") for number in range(120))
    assert "page 3/3" in text_of(report(results=results)) or "page 4/4" in text_of(report(results=results))


def test_the_same_model_gives_the_same_bytes() -> None:
    assert write_pdf(report()) == write_pdf(report())


def test_values_ranges_and_dates_read_in_french() -> None:
    assert shown_value(POTASSIUM) == "5,9 mmol/L"
    assert shown_value(Result(value_text="< 1,0", unit="mg/L")) == "< 1,0 mg/L"
    assert shown_value(Result(value="2.4", unit="1")) == "2,4"
    assert shown_range(Result(high="5.1")) == "inférieur à 5,1"
    assert shown_range(Result(low="60")) == "supérieur à 60"
    assert shown_date("2026-05") == "05/2026"
    assert shown_date("2026-05-04T14:30:00+02:00", with_time=True) == "04/05/2026 à 14\u202fh\u202f30"
