"""The fourteen official samples: nothing missing beside a naive count, and the values a clinician looks for."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from lxml import etree

from maillon.formats.cda.read import read_cda
from maillon.formats.document import ClinicalDocument
from maillon.formats.reading import read_paths
from tests.formats.cda.samples import FOLDER, SAMPLES, sample_data, samples_missing

pytestmark = pytest.mark.skipif(not SAMPLES, reason=samples_missing)

NS = "{urn:hl7-org:v3}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"

_READ: dict[str, ClinicalDocument] = {}


def document_of(name: str) -> ClinicalDocument:
    if name not in _READ:
        _READ[name] = read_cda(sample_data(name))
    return _READ[name]


def sample(beginning: str) -> ClinicalDocument:
    (name,) = (one for one in SAMPLES if one.startswith(beginning))
    return document_of(name)


def elements(name: str, *tags: str) -> Iterator[etree._Element]:
    yield from etree.fromstring(sample_data(name), etree.XMLParser(huge_tree=True)).iter(*(NS + tag for tag in tags))


def within(element: etree._Element, tag: str) -> bool:
    return any(True for _ in element.iterancestors(NS + tag))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_section_is_there_with_its_title(name: str) -> None:
    expected = [one.findtext(NS + "title") for one in elements(name, "section")]
    found = document_of(name).sections
    assert len(found) == len(expected)
    assert all(title is None or not title.strip() or one.title == " ".join(title.split())
               for one, title in zip(found, expected, strict=True))  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_every_file_is_there(name: str) -> None:
    media = [*elements(name, "observationMedia"), *elements(name, "nonXMLBody")]
    found = document_of(name).attachments
    assert len(found) == len(media)
    assert all(one.data.startswith((b"%PDF-", b"\x89PNG")) and one.size == len(one.data) for one in found)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_quantity_observed_is_a_result_with_its_unit(name: str) -> None:
    expected = sorted(
        (one.find(NS + "code").get("code"), value.get("value"), value.get("unit"))
        for one in elements(name, "observation")
        for value in one.findall(NS + "value")
        if value.get(XSI) in ("PQ", "INT") and one.find(NS + "code").get("code") != "30973-2"
    )
    found = sorted((one.code, one.value, one.unit) for one in document_of(name).results if one.value is not None)
    assert [tuple(map(str, one)) for one in found] == [tuple(map(str, one)) for one in expected]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_medicine_is_a_treatment_a_vaccination_or_planned(name: str) -> None:
    expected = [
        one for one in elements(name, "substanceAdministration") if one.getparent().tag == NS + "entry"
    ]  # those nested are the cause of an adverse effect
    document = document_of(name)
    planned = [one for one in document.plan if one.kind in ("IMMUNIZ", "INITIMMUNIZ", "BOOSTER")]
    assert len(document.medications) + len(document.vaccinations) + len(planned) == len(expected)
    assert all(one.label for one in (*document.medications, *document.vaccinations))


@pytest.mark.parametrize("name", SAMPLES)
def test_no_entry_is_left_unread_but_the_one_that_says_nothing(name: str) -> None:
    unread = sum(one.unread_entries for one in document_of(name).sections)
    assert unread == (1 if name.startswith("CANCER-FRCP") else 0)  # a problem without code, text nor a target


@pytest.mark.parametrize("name", SAMPLES)
def test_the_patient_and_the_header_are_read(name: str) -> None:
    document = document_of(name)
    traits = document.patient
    assert (traits.ins, traits.ins_oid) == ("279035121518989", "1.2.250.1.213.1.4.10")
    assert (traits.birth_family_name, traits.first_birth_given_name) == ("PAT-TROIS", "DOMINIQUE")
    assert (traits.birth_date, traits.sex, traits.birth_place_code) == ("1979-03-28", "F", "51215")
    assert document.patients_named == 1
    assert document.type_code
    assert document.title
    assert document.created_at
    assert all(author.id and (author.family_name or author.device) for author in document.authors)
    assert document.custodian
    assert document.acts
    assert document.encounter
    assert len(document.acts) == len([*elements(name, "documentationOf")])


@pytest.mark.parametrize("name", SAMPLES)
def test_the_anomalies_of_the_samples_are_few_and_known(name: str) -> None:
    """Dangling references (C-30), a zone written +100 (C-31), hours without a zone (C-32), a PNG called JPEG (C-40)."""
    assert {one.code for one in document_of(name).conformance.anomalies} <= {"C-30", "C-31", "C-32", "C-40"}


def test_the_dangling_references_of_all_the_samples_are_counted() -> None:
    said = [one.message for name in SAMPLES for one in document_of(name).conformance.anomalies if one.code == "C-30"]
    assert len(said) == 9


def test_the_antibiogram_reads_resistant_intermediate_sensitive() -> None:
    found = {
        (one.group, one.label.split(" ")[0]): one for one in sample("BIO-CR-BIO_2024.01_Micro").results if one.label
    }
    germ = "Escherichia coli – Antibiogramme"
    answers = {
        drug: found[(germ, drug)].interpretation for drug in ("Amoxicilline+clavulanate", "Ampicilline", "Gentamicine")
    }
    assert answers == {"Amoxicilline+clavulanate": "R", "Ampicilline": "I", "Gentamicine": "S"}
    assert found[(germ, "Amoxicilline+clavulanate")].value_text == "≥ 0,512"
    assert found[(germ, "Amoxicilline+clavulanate")].unit == "ug/mL"
    assert found[("Escherichia coli", "Bactérie")].value == "100000"
    assert {one.specimen for one in sample("BIO-CR-BIO_2024.01_Micro").results} == {"Urine"}


def test_a_result_with_a_local_code_only_keeps_its_name_and_bound() -> None:
    (found,) = sample("BIO-CR-BIO_2024.01_CRP").results
    assert (found.label, found.code, found.system) == ("CRP", "1234", "1.2.250.1.2.3.4")
    assert (found.value_text, found.unit, found.high, found.interpretation) == ("≤ 1,0", "mg/L", "5.0", "N")


def test_the_allergy_of_the_admission_letter_has_its_severity_and_its_denied_reaction() -> None:
    (found,) = sample("LDL-EES").allergies
    assert (found.label, found.severity, found.status) == ("PARACETAMOL", "modéré", "active")
    assert found.reactions == ("absence\u202f: urticaire",)


def test_the_dosages_read_as_written() -> None:
    first, second = sample("eP-MED-DM").medications
    assert first.posology is not None
    assert first.posology.startswith("1 à 2 comprimés 3 fois/j")
    assert (second.posology, second.start, second.end) == ("2 applications par jour", "2023-12-01", "2023-12-06")
    plavix, coumadine = sample("VSM").medications
    assert (plavix.dose, plavix.dose_unit, plavix.frequency) == ("2", "{tablet}", "1 fois par jour")
    assert coumadine.frequency == "toutes les 6 heures"


def test_the_patient_summary_has_all_its_lists() -> None:
    document = sample("IPS-FR")
    assert [one.code for one in document.problems] == ["E06.3", "T89", "114", "658", "R69", "G45.9", "N10"]
    assert document.allergies[0].reactions[0] == "Bronchospasme d'origine médicamenteuse (modéré)"
    assert document.medications[0].posology == "1 comprimé, 1 fois/j"
    assert [(one.lot, one.rank) for one in document.vaccinations] == [("4456672", "2"), ("4456668", "1")]
    assert [one.label for one in document.devices][0] == "STIMULATEUR CARDIAQUE IMPLANTABLE TRIPLE CHAMBRE"
    assert len(document.plan) == 6
    assert (document.version.number, document.version.replaces) == (2, "8D5E778C-E155-4685-95C6-5FF65A362964")


def test_the_imaging_request_is_urgent_and_says_which_side() -> None:
    knee, ankle = sample("IMG-DA-IMG_2024.01_Radio").plan
    assert (knee.site, ankle.site) == ("région entière du genou (gauche)", "région entière de la cheville (gauche)")
    assert any(name == "Priorité" and said.startswith("Urgent") for name, said in ankle.details)


def test_all_the_samples_print_as_one_json_array() -> None:
    objects, refused = read_paths([FOLDER / name for name in SAMPLES])
    assert (len(objects), refused) == (len(SAMPLES), False)
    printed = json.dumps(objects, ensure_ascii=False)
    assert "JVBERi0" not in printed
    wanted = {"type_code", "type_label", "title", "created_at", "confidentiality", "language", "version", "patient",
              "authors", "custodian", "recipients", "acts", "encounter", "sections", "results", "problems", "allergies",
              "medications", "vaccinations", "procedures", "devices", "attachments", "conformance", "sha256",
              "size"}  # fmt: skip
    assert all(wanted <= set(one) for one in objects)
