"""Codes, their labels, and the official tables from type to class and to format."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from maillon.formats.cda.types.registry import STRUCTURED_TYPES
from maillon.terminology import api, convert, tables

LOINC = "2.16.840.1.113883.6.1"
PUBLISHED = Path(__file__).parents[3] / "shared" / "terminology"
LEVEL_1 = ["2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.2.20"]


def test_a_code_is_known_by_its_system() -> None:
    assert api.label("11502-2", LOINC) == "CR d'examens biologiques"
    assert api.label("11502-2", "1.2.3") is None
    assert api.concept("SA52", "1.2.250.1.71.4.2.4") == api.Concept(
        "SA52", "1.2.250.1.71.4.2.4", "Maison de santé ou Pôle de santé"
    )


def test_an_unknown_code_has_no_label() -> None:
    assert [api.label("TRUC", LOINC), api.label("TRUC"), api.label(None), api.label("")] == [None] * 4
    assert api.document_type_label("TRUC") is None


def test_a_code_alone_is_answered_only_when_it_means_one_thing() -> None:
    assert api.label("SA52") == "Maison de santé ou Pôle de santé"
    assert api.label("10") is None  # a class of documents, and roles of several systems


def test_codes_keep_their_signs_and_zeros() -> None:
    assert api.label("<", "2.16.840.1.113883.5.83") == "Inférieur à la limite de détection"


def test_each_type_in_force_but_the_implant_card_has_a_class() -> None:
    types = {each.code for each in api.value_set("JDV_J07_XdsTypeCode_CISIS").concepts}
    assert {code for code in types if api.class_of_type(code) is None} == {"101881-1"}
    assert (api.class_of_type("11502-2"), api.class_label("10")) == ("10", "Compte rendu")


def test_retired_types_are_still_read() -> None:
    assert api.class_of_type("27899-4") is not None
    assert "27899-4" in api.known_types()
    assert "TRUC" not in api.known_types()


@pytest.mark.parametrize(
    ("templates", "media_type", "expected"),
    [
        (LEVEL_1, "application/pdf", "urn:ihe:iti:xds-sd:pdf:2008"),
        (LEVEL_1, "application/rtf", "urn:ihe:iti-fr:xds-sd:rtf:2010"),
        (LEVEL_1, "application/msword", None),
        ([*LEVEL_1[:2], "1.2.250.1.213.1.1.1.5.1"], None, "urn:asip:ci-sis:cse-cs8:2017"),
        ([*LEVEL_1[:2], "1.2.250.1.213.1.1.1.5.1^2024.01"], None, "urn:asip:ci-sis:cse-cs8:2017"),
        ([], None, None),
    ],
)
def test_the_format_follows_from_the_template_or_the_media_type(
    templates: list[str], media_type: str | None, expected: str | None
) -> None:
    assert api.format_of(templates, media_type) == expected


def test_a_value_set_says_where_it_comes_from() -> None:
    types = api.value_set("1.2.250.1.213.1.1.5.471")
    assert (types.name, types.version, len(types.concepts)) == ("JDV_J07_XdsTypeCode_CISIS", "2024-09-27", 114)
    assert types.source.startswith("ansforge/")
    assert ("11502-2", LOINC) in types
    assert ("11502-2", "1.2.3") not in types
    with pytest.raises(KeyError):
        api.value_set("JDV_J99")


def test_every_set_and_table_has_its_provenance() -> None:
    for each in tables.records(tables.SOURCES):
        assert each["name"]
        assert each["version"]
        assert each["source"].startswith("ansforge/")


def test_the_product_works_without_snomed_ct(monkeypatch: pytest.MonkeyPatch) -> None:
    from maillon.terminology import lookup

    monkeypatch.setattr(tables, "SNOMED_CONCEPTS", "absent.csv")
    lookup._dictionary.cache_clear()
    assert api.label("24484000", tables.SNOMED_CT) is None
    assert api.label("11502-2", LOINC) is not None
    lookup._dictionary.cache_clear()
    monkeypatch.undo()
    assert api.label("24484000", tables.SNOMED_CT) == "grave"


def test_units_read_in_french() -> None:
    assert api.unit_label("{tablet}", value="2") == "comprimés"
    assert api.unit_label("{tablet}", value="1.5") == "comprimé"
    assert api.unit_label("10*9/L") == "G/L"
    assert api.unit_label("ug/mL") == "µg/mL"
    assert api.unit_label("d") == "j"
    assert api.unit_label("furlong") == "furlong"
    assert api.unit_label(None) == ""


def test_interpretations_and_identifiers_read_in_french() -> None:
    assert [api.interpretation_label(code) for code in ("H", "L", "N", "A", "ND", "??", None)] == [
        "élevé",
        "bas",
        "normal",
        "anormal",
        "non détecté",
        None,
        None,
    ]
    assert api.identifier_label("1.2.250.1.213.1.4.10") == "INS-NIR de test"
    assert api.identifier_label("1.2.3") is None


def test_every_published_interpretation_has_a_wording_or_its_official_label() -> None:
    for each in api.value_set("JDV_HL7_ObservationInterpretation_CISIS").concepts:
        assert api.interpretation_label(each.code) or api.label(each.code, each.system)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="../shared/terminology est absent")
def test_the_content_is_what_was_published(tmp_path: Path) -> None:
    convert.convert(PUBLISHED, tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (tables.FOLDER / path.name).read_bytes(), path.name
    with (PUBLISHED / "jdv-j07-xds-type-code.csv").open(encoding="utf-8", newline="") as file:
        published = [(each["code"], each["system"], each["display"]) for each in csv.DictReader(file)]
    kept = [(each.code, each.system, each.label) for each in api.value_set("JDV_J07_XdsTypeCode_CISIS").concepts]
    assert kept == published


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="../shared/terminology est absent")
def test_a_table_that_lacks_lines_is_refused(tmp_path: Path) -> None:
    for path in PUBLISHED.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    short = tmp_path / "jdv-j08-xds-confidentiality-code.csv"
    short.write_text("\n".join(short.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
    with pytest.raises(ValueError, match="5 lines, 6 announced"):
        convert.convert(tmp_path, tmp_path / "out")


def test_each_structured_type_announces_the_format_of_the_official_table() -> None:
    """ASS_A11, template → format: the sheet of the type and the table say the same."""
    table = {each["template_id"]: each for each in tables.records(tables.FORMATS)}
    for sheet in STRUCTURED_TYPES:
        official = table[sheet.own_template.partition("^")[0]]
        assert sheet.format == (official["format_code"], official["format_display"]), sheet.name

