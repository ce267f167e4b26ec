"""What the reader takes from each shape of entry, on documents written here."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.formats.cda import plain_result
from maillon.formats.cda.read import open_cda, read_cda
from maillon.formats.refusal import Refused
from tests.formats.cda.documents import (
    HEADER,
    LOINC,
    SNOMED,
    cda,
    comment,
    level_1,
    observation,
    only_result,
    quantity,
    related,
    section,
)

# The header -----------------------------------------------------------------------------------------------------


def test_the_header_is_read_in_full() -> None:
    document = read_cda(cda())
    assert (document.type_code, document.type_label, document.title) == ("34133-9", "Synthèse", "Synthèse d’essai")
    assert document.created_at == "2026-03-12T11:30:00+01:00"
    assert (document.version.id, document.version.set_id) == ("1.2.250.1.999.1^DOC-1", "1.2.250.1.999.1^SERIE-1")
    assert (document.version.number, document.version.replaces) == (2, "1.2.250.1.999.1^DOC-0")
    traits = document.patient
    assert (traits.ins, traits.ins_oid) == ("279035121518989", "1.2.250.1.213.1.4.10")
    assert (traits.birth_family_name, traits.used_family_name) == ("PAT-TROIS", "DURAND")
    assert (traits.birth_given_names, traits.first_birth_given_name) == ("DOMINIQUE MARIE-LOUISE", "DOMINIQUE")
    assert (traits.birth_date, traits.sex, traits.birth_place_code) == ("1979-03-28", "F", "51215")
    assert [one.extension for one in traits.local_ids] == ["IPP-7"]
    (author,) = document.authors
    assert (author.id, author.given_name, author.family_name) == ("899000000110", "Claire", "MOREL")
    assert (author.organization_id, author.profession_code) == ("1990000016", "G15_10/SM26")
    (act,) = document.acts
    assert (act.code, act.start, act.performer_name) == ("34117-2", "2026-03-12T11:00:00+01:00", "DR Claire MOREL")
    assert document.encounter is not None
    assert (document.encounter.code, document.encounter.facility_type) == ("AMB", "SA52")
    assert [one.role for one in document.participants] == ["legalAuthenticator"]
    assert document.conformance.ok


def test_a_document_that_appends_to_another_does_not_replace_it() -> None:
    related_document = HEADER["related"].replace("RPLC", "APND")
    assert read_cda(cda(related=related_document)).version.replaces is None


def test_two_patients_in_one_document_are_counted() -> None:
    assert read_cda(cda(patient=HEADER["patient"] * 2)).patients_named == 2


def test_a_stylesheet_wrapped_around_the_document_is_looked_through() -> None:
    inside = cda(section(observation(quantity("12.4", "g/dL")))).decode().split("?>", 1)[1]
    wrapped = (
        f'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">{inside}</xsl:stylesheet>'
    )
    assert read_cda(wrapped.encode()).results == read_cda(inside.encode()).results != ()


def test_prefixed_names_are_read_as_the_others() -> None:
    plain = cda(section(observation(quantity("12.4", "g/dL")))).decode()
    prefixed = plain.replace("</", "</c:").replace("<", "<c:").replace("<c:/c:", "</c:").replace("<c:?", "<?")
    prefixed = prefixed.replace('xmlns="', 'xmlns:c="').replace('xsi:type="PQ"', 'xsi:type="c:PQ"')
    assert read_cda(prefixed.encode()).results == read_cda(plain.encode()).results != ()


def test_a_document_outside_the_namespace_is_read_and_flagged() -> None:
    lost = cda(section(observation(quantity("12.4", "g/dL")))).replace(b'xmlns="urn:hl7-org:v3"', b"")
    document = read_cda(lost)
    assert document.results[0].value == "12.4"
    assert "C-45" in {one.code for one in document.conformance.anomalies}


@pytest.mark.parametrize("data", [b"<html/>", b"<ClinicalDocumentary/>", b"<a><b/></a>"])
def test_what_is_no_cda_is_refused_in_french(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_cda(data)
    assert caught.value.code == "E-CDA-01"
    assert "CDA" in caught.value.message


def test_an_empty_clinical_document_is_read_with_its_anomalies() -> None:
    document = read_cda(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')
    assert (document.type_code, document.sections, document.patients_named) == (None, (), 0)
    assert not document.conformance.ok


# Results --------------------------------------------------------------------------------------------------------

RANGE = (
    '<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="11.5" unit="g/dL"/>'
    '<high value="15.5" unit="g/dL"/></value></observationRange></referenceRange>'
)


def test_a_measure_has_its_value_unit_flag_and_range() -> None:
    flag = '<interpretationCode code="L" codeSystem="2.16.840.1.113883.5.83"/>'
    found = only_result(observation(quantity("10.2", "g/dL"), more=flag + RANGE))
    assert (found.value, found.unit, found.interpretation) == ("10.2", "g/dL", "L")
    assert (found.low, found.high, found.at) == ("11.5", "15.5", "2026-03-12T10:15:00+01:00")


@pytest.mark.parametrize(
    ("value", "words", "unit"),
    [
        ('<value xsi:type="IVL_PQ"><high value="1.0" unit="mg/L"/></value>', "< 1,0", "mg/L"),
        ('<value xsi:type="IVL_PQ"><high value="1.0" unit="mg/L" inclusive="false"/></value>', "< 1,0", "mg/L"),
        ('<value xsi:type="IVL_PQ"><high value="1.0" unit="mg/L" inclusive="true"/></value>', "≤ 1,0", "mg/L"),
        ('<value xsi:type="IVL_PQ"><low value="0.512" unit="ug/mL" inclusive="true"/></value>', "≥ 0,512", "ug/mL"),
        ('<value xsi:type="IVL_PQ"><low value="5" unit="/mL"/><high value="10" unit="/mL"/></value>', "5 – 10", "/mL"),
        ('<value xsi:type="BL" value="false"/>', "Non", None),
        ('<value xsi:type="ST">Aspect trouble</value>', "Aspect trouble", None),
        ('<value xsi:type="ED">&lt;1.0 mg/L</value>', "<1.0 mg/L", None),
        ('<value xsi:type="TS" value="20190712"/>', "12/07/2019", None),
        ('<value xsi:type="IVL_TS"><low value="20260101"/><high value="20260110"/></value>',
         "du 01/01/2026 au 10/01/2026", None),
        ('<value xsi:type="RTO"><numerator xsi:type="INT" value="1"/><denominator xsi:type="INT" value="128"/></value>',
         "1/128", None),
        (f'<value xsi:type="CD" code="260385009" {SNOMED} displayName="négatif"/>', "négatif", None),
        ('<value xsi:type="CE"><originalText>Rares colonies</originalText></value>', "Rares colonies", None),
    ],
)  # fmt: skip
def test_every_kind_of_value_reads_as_a_person_would_say_it(value: str, words: str, unit: str | None) -> None:
    found = only_result(observation(value))
    assert (found.value, found.value_text, found.unit) == (None, words, unit)


def test_a_whole_number_is_a_value() -> None:
    assert only_result(observation('<value xsi:type="INT" value="2"/>')).value == "2"


def test_the_second_unit_is_kept() -> None:
    found = only_result(
        observation('<value xsi:type="PQ" value="0.92" unit="g/L"><translation value="5.1" unit="mmol/L"/></value>')
    )
    assert (found.value, found.unit, found.other_value, found.other_unit) == ("0.92", "g/L", "5.1", "mmol/L")


def test_a_local_code_stands_in_for_a_missing_loinc() -> None:
    code = (
        '<code><originalText><reference value="#crp"/></originalText>'
        '<translation code="1234" codeSystem="1.2.250.1.999.4" displayName="CRP ultrasensible"/></code>'
    )
    found = only_result(observation(quantity("3", "mg/L"), code=code), text='<content ID="crp">CRP</content>')
    assert (found.code, found.system, found.label) == ("1234", "1.2.250.1.999.4", "CRP")
    assert found.translations == (("1234", "1.2.250.1.999.4", "CRP ultrasensible"),)


def test_an_earlier_value_is_not_a_result_of_today() -> None:
    earlier = related(observation(quantity("13.1", "g/dL"), time='<effectiveTime value="20250301"/>'), "REFR")
    found = only_result(observation(quantity("12.4", "g/dL"), more=earlier))
    assert [(old.value, old.unit, old.at) for old in found.previous] == [("13.1", "g/dL", "2025-03-01")]


def test_another_observation_referred_to_is_a_result_of_its_own() -> None:
    other = related(observation('<value xsi:type="BL" value="true"/>', code=f'<code code="ORG-184" {LOINC}/>'), "REFR")
    document = read_cda(cda(section(observation(quantity("12.4", "g/dL"), more=other))))
    assert [one.code for one in document.results] == ["718-7", "ORG-184"]
    assert document.results[1].group == "Hémoglobine"


def test_a_negated_observation_stays_negated() -> None:
    found = only_result(observation(quantity("1", "1"), attributes='negationInd="true"'))
    assert found.negated


def test_a_value_that_is_not_given_is_absent_and_not_empty() -> None:
    found = only_result(observation('<value xsi:type="CO" nullFlavor="UNK"/>'))
    assert (found.absent, found.value, found.value_text) == (True, None, None)


def test_a_reference_that_points_nowhere_loses_nothing_else() -> None:
    document = read_cda(cda(section(observation(quantity("12.4", "g/dL"), more=comment("#perdu")))))
    assert (document.results[0].value, document.results[0].comment) == ("12.4", None)
    assert "C-30" in {one.code for one in document.conformance.anomalies}


ISOLATE = f"""<act classCode="ACT" moodCode="EVN"><code code="18725-2" {LOINC} displayName="Microbiologie"/>
<entryRelationship typeCode="COMP"><procedure classCode="PROC" moodCode="EVN"><code code="5201"
 codeSystem="1.2.250.1.213.2.7" displayName="ECBU"/><participant typeCode="PRD">
<participantRole classCode="SPEC"><playingEntity><code code="UR"
 codeSystem="2.16.840.1.113883.18.311" displayName="Urine"/></playingEntity></participantRole></participant></procedure>
</entryRelationship><entryRelationship typeCode="COMP"><organizer classCode="CLUSTER" moodCode="EVN">
<statusCode code="completed"/><effectiveTime value="20260313"/><specimen><specimenRole>
<specimenPlayingEntity classCode="MIC"><code code="112283007" {
    SNOMED
} displayName="Escherichia coli"/></specimenPlayingEntity></specimenRole></specimen><component>
<organizer classCode="BATTERY" moodCode="EVN"><code code="18769-0" {LOINC} displayName="Antibiogramme"/><component>
{
    observation(
        '<value xsi:type="IVL_PQ"><low value="8" unit="mg/L" inclusive="true"/></value>',
        time="",
        code=f'<code code="18862-3" {LOINC} displayName="Amoxicilline"/>',
        more='<interpretationCode code="R" codeSystem="2.16.840.1.113883.5.83"/>',
    )
}
</component></organizer></component></organizer></entryRelationship></act>"""


def test_an_antibiogram_names_its_germ_its_specimen_and_its_answer() -> None:
    document = read_cda(cda(section(ISOLATE, code="18725-2")))
    (found,) = document.results
    assert (found.group, found.specimen) == ("Escherichia coli – Antibiogramme", "Urine")
    assert (found.value_text, found.unit, found.interpretation) == ("≥ 8", "mg/L", "R")
    assert found.at == "2026-03-13"
    assert [one.label for one in document.procedures] == ["ECBU"]


def test_a_germ_without_antibiogram_is_still_a_result() -> None:
    alone = ISOLATE[: ISOLATE.index("<component>")] + "</organizer></entryRelationship></act>"
    (found,) = read_cda(cda(section(alone, code="18725-2"))).results
    assert found.value_text == "Escherichia coli"


CODES = st.sampled_from(["718-7", "2823-3", ""])
TEXTS = st.sampled_from(["Hémoglobine", " Deux  mots ", ""])


@settings(max_examples=300)
@given(
    code=CODES, label=TEXTS, value=st.sampled_from(["12.4", "0", ""]), unit=st.sampled_from(["g/dL", ""]),
    kind=st.sampled_from(["PQ", "INT", "REAL", "ST", "c:PQ"]), flag=st.sampled_from(["H", "", None]),
    system=st.sampled_from(["2.16.840.1.113883.5.83", "2.16.840.1.113883.6.1"]),
    low=st.sampled_from(["1", "", None]), high=st.sampled_from(["2", None]),
    more=st.sampled_from(["", "<text>Un texte</text>", comment("#x"), RANGE, quantity("1", "g")]),
    negated=st.booleans(),
)  # fmt: skip
def test_the_quick_reading_of_a_plain_result_gives_what_the_full_one_gives(
    code: str, label: str, value: str, unit: str, kind: str, flag: str | None, system: str, low: str | None,
    high: str | None, more: str, negated: bool,
) -> None:  # fmt: skip
    bounds = "".join(
        f'<{name} value="{bound}"/>' for name, bound in (("low", low), ("high", high)) if bound is not None
    )
    interpretation = (
        f'<interpretationCode code="{flag}" codeSystem="{system}" displayName="Dit"/>' if flag is not None else ""
    )
    written = observation(
        f'<value xsi:type="{kind}" value="{value}" unit="{unit}"/>',
        code=f'<code code="{code}" {LOINC} displayName="{label}"/>',
        more=f"{interpretation}<referenceRange><observationRange><value xsi:type='IVL_PQ'>{bounds}</value>"
        f"</observationRange></referenceRange>{more}",
        attributes='negationInd="true"' if negated else "",
    )
    data = cda(section(written))
    quick = open_cda(data).results
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("maillon.formats.cda.entries.plain_result", lambda *_: None)
        assert open_cda(data).results == quick


def test_the_quick_reading_is_taken_by_a_plain_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("maillon.formats.cda.results.result")
    assert plain_result.make_result is not None
    assert only_result(observation(quantity("10.2", "g/dL"), more=RANGE)).high == "15.5"


PDF = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()

# Filing ---------------------------------------------------------------------------------------------------------


def test_filing_and_the_whole_reading_agree() -> None:
    data = cda(section(observation(quantity("12.4", "g/dL")), text="<paragraph>Bilan de contrôle</paragraph>"))
    digest, document = open_cda(data).for_filing(), read_cda(data)
    assert digest.results == document.results
    assert digest.header.patient == document.patient
    assert "Bilan de contrôle" in digest.plain_text
    assert digest.attachment_count == len(document.attachments)


def test_filing_decodes_no_file_and_makes_no_html(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maillon.formats.cda.read.read_attachments", None)
    monkeypatch.setattr("maillon.formats.cda.read.to_html", None)
    data = level_1(f'<text mediaType="application/pdf" representation="B64">{PDF}</text>')
    assert open_cda(data).for_filing().attachment_count == 1


# Whatever the tree, nothing but Refused -------------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        "component",
        "structuredBody",
        "section",
        "entry",
        "observation",
        "act",
        "organizer",
        "procedure",
        "supply",
        "substanceAdministration",
        "encounter",
        "entryRelationship",
        "value",
        "code",
        "text",
        "title",
        "effectiveTime",
        "low",
        "high",
        "consumable",
        "manufacturedProduct",
        "manufacturedMaterial",
        "participant",
        "participantRole",
        "playingEntity",
        "referenceRange",
        "observationRange",
        "recordTarget",
        "patientRole",
        "patient",
        "name",
        "family",
        "author",
        "table",
        "tr",
        "td",
        "list",
        "item",
        "content",
        "observationMedia",
        "doseQuantity",
        "period",
        "translation",
        "originalText",
        "reference",
        "qualifier",
        "specimen",
        "nonXMLBody",
        "documentationOf",
        "serviceEvent",
        "performer",
        "componentOf",
    ]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        [
            "code",
            "value",
            "unit",
            "root",
            "extension",
            "xsi:type",
            "moodCode",
            "classCode",
            "typeCode",
            "ID",
            "representation",
            "mediaType",
            "nullFlavor",
            "negationInd",
            "displayName",
            "codeSystem",
            "qualifier",
            "colspan",
            "operator",
        ]
    ),
    st.sampled_from(
        [
            "",
            "#",
            "1",
            "x",
            "PQ",
            "CD",
            "IVL_TS",
            "TS",
            "INT",
            "EVN",
            "20261399",
            "2026",
            "B64",
            "48767-8",
            "1.2.250.1.213.1.4.10",
            "true",
            "BR",
            "REFR",
            "A",
            "99999999999999999999",
            "SEV",
        ]
    ),
    max_size=4,
)
TREES = st.recursive(
    st.tuples(NAMES, ATTRIBUTES, st.sampled_from(["", "texte", "é ≤ 3"]), st.just(())),
    lambda inner: st.tuples(NAMES, ATTRIBUTES, st.sampled_from(["", "x"]), st.lists(inner, max_size=4).map(tuple)),
    max_leaves=40,
)


def written(tree: tuple[str, dict[str, str], str, tuple[object, ...]]) -> str:
    name, attributes, text, children = tree
    said = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"<{name} {said}>{text}{''.join(written(child) for child in children)}</{name}>"  # type: ignore[arg-type]


@settings(max_examples=250)
@given(st.lists(TREES, max_size=4))
def test_any_tree_of_cda_elements_is_read_without_failing(
    trees: list[tuple[str, dict[str, str], str, tuple[object, ...]]],
) -> None:
    body = "".join(map(written, trees))
    for data in (
        cda(body),
        cda(f"<component><section>{body}</section></component>"),
        cda(f"<component><section><entry>{body}</entry></section></component>"),
    ):
        document = read_cda(data)
        assert document.size == len(data)
        open_cda(data).for_filing()


@settings(max_examples=100)
@given(st.data())
def test_a_header_that_lacks_anything_is_read_without_failing(data: st.DataObject) -> None:
    missing = data.draw(st.sets(st.sampled_from(sorted(HEADER))))
    document = read_cda(cda(**dict.fromkeys(missing, "")))
    assert missing - {"recipient", "participant", "order", "related"} == set() or not document.conformance.ok


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<component><section>", "</section></component>"),
        ("<component><section><entry>" + "<act><entryRelationship typeCode='COMP'>" * 80, ""),
        ("<component><section><entry>" + "<observation moodCode='EVN'><entryRelationship typeCode='SUBJ'>" * 80, ""),
        ("<component><section><entry>" + "<observation moodCode='INT'><entryRelationship typeCode='SUBJ'>" * 80, ""),
        ("<component><section><entry>" + "<substanceAdministration><entryRelationship typeCode='COMP'>" * 80, ""),
        ("<component><section><text>" + "<list><item><content styleCode='Bold'>" * 55, ""),
    ],
)
def test_the_deepest_document_that_is_admitted_is_read(opening: str, closing: str) -> None:
    names = [tag[1:].split(" ")[0].rstrip(">") for tag in opening.replace("><", ">|<").split("|")]
    closed = "".join(f"</{name}>" for name in reversed(names))
    times = 90 if closing else 1
    document = read_cda(cda(opening * times + closed * times))
    assert len(document.sections) == times


def test_a_text_copied_by_many_references_is_cut_and_shown_whole_in_its_section() -> None:
    nested = "".join(f'<content ID="c{level}">' for level in range(100)) + "mot " * 20_000 + "</content>" * 100
    entries = [observation(f'<value xsi:type="ED"><reference value="#c{level}"/></value>') for level in range(100)]
    document = read_cda(cda(section(*entries, text=nested)))
    assert all(len(one.value_text or "") <= 20_001 for one in document.results)
    assert len(document.sections[0].text) == 4 * 20_000 - 1


def test_a_unit_made_to_exhaust_is_only_odd() -> None:
    document = read_cda(cda(section(observation(quantity("1", "10*" * 5_000 + "!")))))
    assert "C-35" in {one.code for one in document.conformance.anomalies}
