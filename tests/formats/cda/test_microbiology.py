"""Specimens, isolates and antibiograms of a laboratory report: read, told in words, written again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.coded import Concept, Isolate
from maillon.formats.document import ClinicalDocument, Result, Section, Specimen, Statement
from maillon.formats.refusal import Refused
from tests.formats.cda import samples
from tests.formats.cda.types.test_conformance import some_documents
from tests.formats.cda.written import BIOLOGIST, LOINC, report

HL7 = {"c": "urn:hl7-org:v3"}
SAMPLE = samples.FOLDER / "BIO-CR-BIO_2024.01_Microbiologie_V1.xml"
SNOMED = "2.16.840.1.113883.6.96"
COLI = Isolate(
    organism=Concept(code="112283007", system=SNOMED, label="Escherichia coli (organism)", text="Escherichia coli"),
    id="1.2.250.1.999.1.3.6^1",
    at="2026-05-05T09:00:00+02:00",
)
ANTIBIOGRAM = Concept(code="18769-0", system=LOINC, label="Antibiogramme")
AMPICILLIN = Result(
    code="28-1", system=LOINC, label="Ampicilline [Sensibilité]", value_text="≥ 32", unit="ug/mL", interpretation="R",
    isolate=COLI, group_code=ANTIBIOGRAM, section_code="18725-2",
    method_code=Concept(code="BDB", system="1.2.250.1.213.2.3.5", label="Antibiogramme - bandette gradient"),
)  # fmt: skip
FOUND = Result(label="Isolat", value_text="Escherichia coli", isolate=COLI, section_code="18725-2")
URINE = Specimen(
    material=Concept(code="UR", system="2.16.840.1.113883.18.311", label="Urine"),
    act=Concept(code="5201", system="1.2.250.1.213.2.7", label="EX MICROBIO URINES (ECBU)"),
    start="2026-05-04T07:35:00+02:00",
    received_at="2026-05-04T07:52:00+02:00",
    section_code="18725-2",
)


def culture(*results: Result, **of_the_chapter: object) -> ClinicalDocument:
    chapter = Section(code="18725-2", system=LOINC, title="ECBU")
    return report(results=results, specimens=(URINE,), sections=(replace(chapter, **of_the_chapter),))


def told(document: ClinicalDocument) -> str:
    root = etree.fromstring(write_cda(document))
    return " ".join(" ".join(root.xpath("//c:section/c:text//text()", namespaces=HL7)).split())


@pytest.mark.skipif(not SAMPLE.exists(), reason=samples.samples_missing)
def test_the_official_example_gives_its_germs_its_specimen_and_who_answers_for_it() -> None:
    document = read_cda(SAMPLE.read_bytes())
    germs = dict.fromkeys(one.isolate.organism.text for one in document.results if one.isolate is not None)
    assert list(germs) == ["Escherichia coli", "Streptococcus D."]
    (specimen,) = document.specimens
    assert (specimen.act.code, specimen.received_at) == ("5201", "2024-01-04T07:52+01:00")
    assert document.procedures == ()  # taking a specimen is no act of its own
    chapter = document.sections[0]
    assert (chapter.comment, chapter.validators[0].family_name) == ("Traitement immédiat", "DE SANTS")
    resistant = [one for one in document.results if one.interpretation == "R"]
    assert [one.group for one in resistant] == ["Escherichia coli – Antibiogramme"]


def test_the_narrative_tells_the_specimen_the_germ_and_what_resists() -> None:
    words = told(culture(AMPICILLIN, comment="Traitement immédiat", validators=(BIOLOGIST,)))
    for said in ("EX MICROBIO URINES (ECBU)", "04/05/2026 à 07 h 52", "Isolat : Escherichia coli", "résistant",
                 "Antibiogramme - bandette gradient", "Traitement immédiat", "François DELMAS"):  # fmt: skip
        assert said in words.replace("\u202f", " ")


def test_a_germ_of_which_nothing_else_is_said_is_a_result() -> None:
    again = read_cda(write_cda(culture(FOUND)))
    (only,) = again.results
    assert (only.label, only.value_text, only.at) == ("Isolat", "Escherichia coli", COLI.at)
    assert only.isolate == replace(COLI, status="completed")


def test_a_germ_that_has_an_antibiogram_is_not_told_twice() -> None:
    again = read_cda(write_cda(culture(FOUND, AMPICILLIN)))
    assert [one.code for one in again.results] == ["28-1"]


def test_a_germ_grown_from_one_of_two_specimens_says_from_which() -> None:
    throat = replace(URINE, material=Concept(text="Gorge"), act=None)
    document = replace(culture(replace(FOUND, specimen="Gorge")), specimens=(URINE, throat))
    again = read_cda(write_cda(document))
    assert [one.specimen for one in again.results] == ["Gorge"]


LETTER = some_documents("LDL-EES 2022.01", 1)[0]


@pytest.mark.parametrize(
    "document",
    [
        replace(culture(AMPICILLIN), specimens=(replace(URINE, material=None),)),
        replace(culture(AMPICILLIN), problems=(Statement(label="Cystite"),)),
        culture(replace(AMPICILLIN, subject=Concept(label="mère"))),
        culture(replace(AMPICILLIN, group_code=Concept(code="18769-0", label="Antibiogramme"))),
        replace(LETTER, specimens=(URINE,)),
        replace(LETTER, sections=tuple(replace(one, comment="Traitement immédiat") for one in LETTER.sections)),
    ],
    ids=["specimen", "problem", "relative", "system", "specimens-in-a-letter", "comment-in-a-letter"],
)
def test_what_has_no_place_is_refused(document: ClinicalDocument) -> None:
    with pytest.raises(Refused) as refusal:
        write_cda(document)
    assert refusal.value.code in ("E-ECR-06", "E-ECR-11")
