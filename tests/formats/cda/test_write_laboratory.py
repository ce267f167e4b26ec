from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import Contact, write_cda
from maillon.formats.document import ClinicalDocument, Result, Section
from maillon.formats.refusal import Refused
from tests.formats.cda.written import LOINC, attachment, report, reports

HL7 = {"c": "urn:hl7-org:v3"}
CODED_FIELDS = ("results", "acts", "participants", "version", "authors", "custodian", "patient", "orders", "encounter")


def parsed(document: ClinicalDocument) -> etree._Element:
    return etree.fromstring(write_cda(document))


def dangling(root: etree._Element) -> set[str]:
    named = root.xpath("//@ID")
    assert len(named) == len(set(named)), "an ID is used twice"
    pointed = root.xpath("//c:reference/@value", namespaces=HL7) + root.xpath("//@referencedObject")
    return {each.removeprefix("#") for each in pointed} - set(named)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reports())
def test_what_is_written_is_read_back_equal(document: ClinicalDocument) -> None:
    again = read_cda(write_cda(document))
    for name in CODED_FIELDS:
        assert getattr(again, name) == getattr(document, name), name
    assert [section.title for section in again.sections if section.code != "55108-5"] == [
        section.title for section in document.sections
    ]
    assert [each.sha256 for each in again.attachments] == [each.sha256 for each in document.attachments]
    assert again.conformance.anomalies == ()


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reports())
def test_every_reference_resolves_and_every_value_is_told_in_words(document: ClinicalDocument) -> None:
    root = parsed(document)
    assert dangling(root) == set()
    told = " ".join(" ".join(root.xpath("//c:text//text()", namespaces=HL7)).split())
    for result in document.results:
        assert (result.value or result.value_text or "").replace(".", ",") in told.replace(".", ",")
        for old in result.previous:
            assert (old.value or "").replace(".", ",") in told


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reports())
def test_the_same_model_always_gives_the_same_bytes(document: ClinicalDocument) -> None:
    assert write_cda(document) == write_cda(document)


def test_a_negated_result_stays_negated_for_the_eye_and_for_the_program() -> None:
    result = Result(
        code="630-4", system=LOINC, label="Culture", value_text="Escherichia coli", negated=True, section_code="18719-5"
    )
    root = parsed(report(results=(result,)))
    assert root.xpath("//c:observation/@negationInd", namespaces=HL7) == ["true"]
    assert root.xpath("string(//c:content[@ID='r1-val-abs'])", namespaces=HL7) == "absence de Escherichia coli"


def test_a_local_code_stands_as_the_translation_of_an_empty_code() -> None:
    local = Result(code="1234", system="1.2.250.1.999.1.3", label="CRP", value="3", unit="mg/L", section_code="18719-5")
    code = parsed(report(results=(local,))).xpath("//c:entryRelationship/c:observation/c:code", namespaces=HL7)[0]
    assert code.get("code") is None
    assert code.find("c:translation", HL7).get("code") == "1234"
    assert read_cda(write_cda(report(results=(local,)))).results[0].code == "1234"


def test_an_upper_bound_is_an_interval_with_its_unit() -> None:
    bound = Result(code="1988-5", system=LOINC, label="CRP", value_text="< 1,0", unit="mg/L", section_code="18719-5")
    high = parsed(report(results=(bound,))).xpath("//c:observation/c:value/c:high", namespaces=HL7)[0]
    assert (high.get("value"), high.get("unit"), high.get("inclusive")) == ("1.0", "mg/L", "false")


def test_sub_chapters_hold_the_results_of_their_chapter() -> None:
    sections = (
        Section(code="18719-5", system=LOINC, title="Biochimie"),
        Section(code="18717-9", system=LOINC, title="Protéines", level=2),
    )
    result = Result(code="1988-5", system=LOINC, label="CRP", value="3", unit="mg/L", section_code="18717-9")
    document = report(sections=sections, results=(result,))
    again = read_cda(write_cda(document))
    assert [(section.code, section.level) for section in again.sections[:2]] == [("18719-5", 1), ("18717-9", 2)]
    assert again.results[0].section_code == "18717-9"


def test_addresses_and_telecoms_come_from_the_address_book() -> None:
    book = {"1990000037": Contact(address=("12 rue des Carmes", "99200 Valmont"), telecoms=("01 99 00 00 30",))}
    root = etree.fromstring(write_cda(report(), contacts=book))
    assert "12 rue des Carmes" in root.xpath("//c:author//c:streetAddressLine/text()", namespaces=HL7)
    assert "tel:0199000030" in root.xpath("//c:author//c:telecom/@value", namespaces=HL7)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (report(attachments=()), "E-ECR-07"),
        (report(attachments=(attachment(), attachment())), "E-ECR-07"),
        (report(attachments=(attachment(b"not a pdf"),)), "E-ECR-07"),
        (report(results=(Result(code="1", label="x", value="1", section_code="other"),)), "E-ECR-07"),
        (report(results=(Result(label=None, value="1", section_code="18719-5"),)), "E-ECR-06"),
        (report(results=(Result(label="CRP", value="douze", section_code="18719-5"),)), "E-ECR-06"),
        (report(results=(Result(label="CRP", value="12,4", section_code="18719-5"),)), "E-ECR-06"),
        (report(results=(Result(label="CRP", value="1", unit="milli g", section_code="18719-5"),)), "E-ECR-06"),
        (report(results=(Result(label="CRP", value="1", unit="mm[Hg", section_code="18719-5"),)), "E-ECR-06"),
        (report(results=(Result(label="CRP", section_code="18719-5"),)), "E-ECR-06"),
        (report(sections=(Section(code="18719-5", title=None),)), "E-ECR-07"),
        (replace(report(), type_code="34112-3", templates=()), "E-ECR-08"),
    ],
)
def test_a_report_that_would_be_wrong_is_refused(document: ClinicalDocument, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        write_cda(document)
    assert refusal.value.code == code
