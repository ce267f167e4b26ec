"""What the reader takes from each shape of entry, on documents written here."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.formats.cda import plain_result
from maillon.formats.cda.read import open_cda, read_cda
from maillon.formats.document import ClinicalDocument, Result, Statement
from maillon.formats.refusal import Refused
from tests.formats.cda.documents import (
    ALLERGY,
    ENTITY,
    HEADER,
    LOINC,
    PROBLEM,
    SNOMED,
    cda,
    comment,
    concern,
    level_1,
    medication,
    observation,
    product,
    quantity,
    related,
    section,
)

CIS = 'codeSystem="1.2.250.1.213.2.3.1"'


def consumed(code: str) -> str:
    return f"<consumable>{product(code)}</consumable>"


def only_result(*entries: str, text: str = "") -> Result:
    (found,) = read_cda(cda(section(*entries, text=text))).results
    return found


def only_medication(*entries: str, text: str = "") -> Statement:
    (found,) = read_cda(cda(section(*entries, text=text, code="10160-0"))).medications
    return found


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


@settings(max_examples=300, deadline=None)
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


# Problems and allergies -----------------------------------------------------------------------------------------

DIAGNOSIS = f'<code code="282291009" {SNOMED} displayName="diagnostic"/>'
ASTHMA = '<value xsi:type="CD" code="J45.9" codeSystem="2.16.840.1.113883.6.3" displayName="Asthme"/>'


def coded_observation(code: str, value: str) -> str:
    return observation(f'<value xsi:type="CD" {value}/>', code=f"<code {code}/>", time="")


def test_a_problem_has_its_status_severity_certainty_and_comment() -> None:
    more = (
        related(
            coded_observation(
                'code="SEV" codeSystem="2.16.840.1.113883.5.4"', f'code="6736007" {SNOMED} displayName="modéré"'
            )
        )
        + related(coded_observation(f'code="33999-4" {LOINC}', 'code="active" displayName="Actif"'), "REFR")
        + related(coded_observation(f'code="66455-7" {LOINC}', 'code="confirmed" displayName="Confirmé"'))
        + comment("#note")
    )
    problem = observation(
        ASTHMA, code=DIAGNOSIS, templates=PROBLEM, more=more, time='<effectiveTime><low value="2019"/></effectiveTime>'
    )
    document = read_cda(
        cda(section(concern(problem), code="11450-4", text='<content ID="note">Depuis l’enfance</content>'))
    )
    (found,) = document.problems
    assert (found.code, found.label, found.kind) == ("J45.9", "Asthme", "282291009")
    assert (found.status, found.severity, found.comment) == ("active", "modéré", "Depuis l’enfance")
    assert (found.start, found.details) == ("2019", (("Certitude", "Confirmé"),))
    assert document.results == ()


def test_a_problem_without_its_template_is_known_by_its_code() -> None:
    document = read_cda(cda(section(concern(observation(ASTHMA, code=DIAGNOSIS)), code="11450-4")))
    assert [one.label for one in document.problems] == ["Asthme"]


def test_a_negated_problem_stays_negated_and_a_refuted_one_too() -> None:
    denied = observation(ASTHMA, code=DIAGNOSIS, templates=PROBLEM, attributes='negationInd="true"')
    certainty = related(coded_observation(f'code="66455-7" {LOINC}', 'code="refuted" displayName="Réfuté"'))
    refuted = observation(ASTHMA, code=DIAGNOSIS, templates=PROBLEM, more=certainty)
    document = read_cda(cda(section(concern(denied), concern(refuted), code="11450-4")))
    assert [one.negated for one in document.problems] == [True, True]


ABSENT = 'codeSystem="2.16.840.1.113883.5.1150.1"'


def test_no_known_problem_allergy_or_treatment_is_said_absent() -> None:
    problem = observation(
        f'<value xsi:type="CD" code="no-known-problems" {ABSENT}/>', code=DIAGNOSIS, templates=PROBLEM
    )
    allergy = observation(f'<value xsi:type="CD" code="no-known-allergies" {ABSENT}/>', templates=ALLERGY)
    treatment = medication(consumed(f'<code code="no-medication-info" {ABSENT}/>'))
    none_known = f'<code code="no-known-medications" {ABSENT} displayName="Pas de traitement connu"/>'
    in_code = medication(consumed('<code nullFlavor="NA"/>'), code=none_known)
    act = f'<procedure classCode="PROC" moodCode="EVN"><code code="no-known-procedures" {ABSENT}/></procedure>'
    document = read_cda(cda(section(concern(problem), concern(allergy), treatment, in_code, act)))
    said = [*document.problems, *document.allergies, *document.medications, *document.procedures]
    assert [one.absent for one in said] == [True] * 5


def test_no_known_allergy_in_snomed_or_in_words_is_absent_too() -> None:
    snomed = observation(f'<value xsi:type="CD" code="716186003" {SNOMED}/>', templates=ALLERGY)
    words = observation(
        '<value xsi:type="CD"><originalText>Aucune allergie connue</originalText></value>', templates=ALLERGY
    )
    document = read_cda(cda(section(concern(snomed), concern(words), code="48765-2")))
    assert [one.absent for one in document.allergies] == [True, True]


def agent(code: str) -> str:
    return (
        '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">'
        f"{code}</playingEntity></participantRole></participant>"
    )


def test_an_allergy_names_its_agent_its_reactions_and_those_that_did_not_happen() -> None:
    severe = related(coded_observation('code="SEV"', f'code="24484000" {SNOMED} displayName="grave"'))
    oedema = observation(
        f'<value xsi:type="CD" code="41291007" {SNOMED} displayName="œdème"/>', templates=PROBLEM, more=severe
    )
    hives = observation(f'<value xsi:type="CD" code="126485001" {SNOMED} displayName="urticaire"/>', templates=PROBLEM,
                        attributes='negationInd="true"')  # fmt: skip
    allergy = observation(
        '<value xsi:type="CD"/>',
        code=f'<code code="416098002" {SNOMED} displayName="allergie médicamenteuse"/>',
        more=agent(f'<code code="60234100" {CIS} displayName="PARACETAMOL"/>')
        + related(oedema, "MFST")
        + related(hives, "MFST"),
    )
    document = read_cda(cda(section(concern(allergy), code="48765-2")))
    (found,) = document.allergies
    assert (found.code, found.label, found.kind_label) == ("60234100", "PARACETAMOL", "allergie médicamenteuse")
    assert found.reactions == ("œdème (grave)", "absence\u202f: urticaire")
    assert found.status == "active"
    assert document.problems == ()


def test_a_disease_of_the_mother_is_not_a_problem_of_the_patient() -> None:
    family = (
        '<organizer classCode="CLUSTER" moodCode="EVN"><subject><relatedSubject><code code="MTH" displayName="Mère"/>'
        "</relatedSubject></subject><component>"
        + observation(ASTHMA, code=DIAGNOSIS, templates='<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13.3"/>')
        + "</component></organizer>"
    )
    document = read_cda(cda(section(family, code="10157-6")))
    assert document.problems == ()
    assert [(one.group, one.value_text) for one in document.results] == [("Mère", "Asthme")]


# Treatments -----------------------------------------------------------------------------------------------------

PLAVIX = product(
    f'<code code="63564053" {CIS} displayName="PLAVIX 75 mg"><translation code="3400938022209" '
    'codeSystem="1.2.250.1.213.2.3.2" displayName="PLAVIX 75 mg, boîte de 30"/></code>',
    more='<pharm:asSpecializedKind><pharm:generalizedMedicineClass><pharm:code code="B01AC04" '
    'codeSystem="2.16.840.1.113883.6.73" displayName="clopidogrel"/></pharm:generalizedMedicineClass>'
    "</pharm:asSpecializedKind>",
)
STRUCTURED = (
    '<effectiveTime xsi:type="IVL_TS"><low value="20260101"/><high value="20260201"/></effectiveTime>'
    '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>'
    '<routeCode code="20053000" displayName="Voie orale"/>'
    '<doseQuantity><low value="1" unit="{tablet}"/><high value="2" unit="{tablet}"/></doseQuantity>'
    '<maxDoseQuantity><numerator value="4" unit="{tablet}"/><denominator value="1" unit="d"/></maxDoseQuantity>'
)


def test_a_structured_dosage_gives_fields_and_a_sentence() -> None:
    found = only_medication(medication(f"{STRUCTURED}<consumable>{PLAVIX}</consumable>"))
    assert (found.code, found.label, found.route) == ("63564053", "PLAVIX 75 mg", "Voie orale")
    assert (found.dose, found.dose_unit, found.frequency) == ("1 à 2", "{tablet}", "toutes les 12 heures")
    assert (found.start, found.end) == ("2026-01-01", "2026-02-01")
    assert found.posology is not None
    assert found.posology.startswith("1 à 2 comprimés, toutes les 12 heures, maximum")
    assert [code for code, _, _ in found.translations] == ["3400938022209", "B01AC04"]


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ('<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="1" unit="d"/></effectiveTime>',
         "1 fois par jour"),
        ('<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="2" unit="wk"/></effectiveTime>',
         "toutes les 2 semaines"),
        ('<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="ACV"/></effectiveTime>', "avant le dîner"),
        ('<effectiveTime xsi:type="SXPR_TS" operator="A"><comp xsi:type="EIVL_TS"><event code="CM"/></comp>'
         '<comp xsi:type="EIVL_TS"><event code="HS"/></comp></effectiveTime>', "au petit déjeuner et au coucher"),
        ('<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"><translation><originalText>3 fois/j'
         "</originalText></translation></period></effectiveTime>", "3 fois/j"),
    ],
)  # fmt: skip
def test_every_rhythm_reads_in_french(time: str, said: str) -> None:
    assert only_medication(medication(f"{time}<consumable>{PLAVIX}</consumable>")).frequency == said


def test_a_free_dosage_is_found_in_the_row_of_the_product() -> None:
    table = (
        "<table><thead><tr><th>Médicament</th><th>Posologie</th></tr></thead><tbody><tr>"
        '<td><content ID="med">PLAVIX</content></td><td>1 comprimé le soir pendant 8 jours</td></tr></tbody></table>'
    )
    entry = medication(consumed('<code><originalText><reference value="#med"/></originalText></code>'), mood="INT")
    found = only_medication(entry, text=table)
    assert (found.label, found.posology, found.mood) == ("PLAVIX", "1 comprimé le soir pendant 8 jours", "INT")


def test_doses_that_follow_one_another_are_one_treatment() -> None:
    steps = "".join(
        related(medication(f'<doseQuantity value="{dose}" unit="mg"/><effectiveTime xsi:type="IVL_TS">'
                           f'<low value="{day}"/></effectiveTime><consumable/>'), "COMP")
        for dose, day in (("60", "20260101"), ("40", "20260108"))
    )  # fmt: skip
    found = only_medication(medication(f"<consumable>{PLAVIX}</consumable>{steps}"))
    assert found.posology == "60 mg à partir du 01/01/2026, 40 mg à partir du 08/01/2026"


def test_flags_beside_a_prescription_are_details_and_measures_stay_results() -> None:
    flag = related(
        observation('<value xsi:type="BL" value="false"/>', code='<code code="MED-574" displayName="ALD"/>'), "COMP"
    )
    weight = related(
        observation(quantity("59", "kg"), code=f'<code code="29463-7" {LOINC} displayName="Poids"/>'), "COMP"
    )
    supply = related('<supply classCode="SPLY" moodCode="RQO"><quantity value="2" unit="30009000"/></supply>', "COMP")
    entry = medication(f"<repeatNumber value='3'/><consumable>{PLAVIX}</consumable>{flag}{weight}{supply}", mood="INT")
    document = read_cda(cda(section(entry, code="57828-6")))
    (found,) = document.medications
    assert (found.quantity, found.details) == ("2", (("ALD", "Non"), ("Renouvellements", "3")))
    assert [(one.label, one.value, one.unit) for one in document.results] == [("Poids", "59", "kg")]


VACCINE = product(f'<code code="60917345" {CIS} displayName="REVAXIS"/>', more="<lotNumberText>A12</lotNumberText>")


def test_a_vaccination_done_refused_and_planned_are_told_apart() -> None:
    code = '<code code="IMMUNIZ" codeSystem="2.16.840.1.113883.5.4"/>'
    rank = related(observation('<value xsi:type="INT" value="2"/>', code=f'<code code="30973-2" {LOINC}/>'))
    done = medication(f'<effectiveTime value="20260105"/><consumable>{VACCINE}</consumable>{rank}', code=code)
    refused = medication(f"<consumable>{VACCINE}</consumable>", code=code, attributes='negationInd="true"')
    planned = medication(f"<consumable>{VACCINE}</consumable>", code=code, mood="INT")
    document = read_cda(cda(section(done, refused, planned, code="11369-6")))
    assert [(one.negated, one.lot, one.rank) for one in document.vaccinations] == [
        (False, "A12", "2"),
        (True, "A12", None),
    ]
    assert document.vaccinations[0].start == "2026-01-05"
    assert [(one.label, one.mood) for one in document.plan] == [("REVAXIS", "INT")]


def test_what_a_pharmacy_gave_is_a_treatment_and_a_wheelchair_is_a_device() -> None:
    given = (
        f'<supply classCode="SPLY" moodCode="EVN"><quantity value="2"/><product>{PLAVIX}</product>'
        '<performer><time value="20260107"/></performer></supply>'
    )
    chair = (
        '<supply classCode="SPLY" moodCode="INT"><participant typeCode="DEV"><participantRole classCode="MANU">'
        '<playingDevice><code code="Y122103" codeSystem="1.2.250.1.213.2.68" displayName="FAUTEUIL ROULANT"/>'
        "</playingDevice></participantRole></participant></supply>"
    )
    document = read_cda(cda(section(given, chair, code="60590-7")))
    assert [(one.label, one.quantity, one.start) for one in document.medications] == [
        ("PLAVIX 75 mg", "2", "2026-01-07")
    ]
    assert [(one.label, one.mood) for one in document.devices] == [("FAUTEUIL ROULANT", "INT")]


# Acts, plan, and what is not understood -------------------------------------------------------------------------


@pytest.mark.parametrize("mood", ["INT", "RQO", "PRP", "ARQ", "GOL"])
def test_what_is_wanted_is_never_shown_as_done(mood: str) -> None:
    code = '<code code="MED-1126" displayName="Radiographie"/>'
    site = (
        f'<targetSiteCode code="361292008" {SNOMED} displayName="cheville"><qualifier><name code="106233006"/>'
        '<value code="7771000" displayName="gauche"/></qualifier></targetSiteCode>'
    )
    encounter = f'<encounter classCode="ENC" moodCode="{mood}">{code}</encounter>'
    procedure = f'<procedure classCode="PROC" moodCode="{mood}">{code}</procedure>'
    wanted = observation(code=code, mood=mood, more=site)
    document = read_cda(cda(section(wanted, encounter, procedure, code="18776-5")))
    assert [one.mood for one in document.plan] == [mood] * 3
    assert document.plan[0].site == "cheville (gauche)"
    assert (document.results, document.procedures) == ((), ())


def test_an_act_done_keeps_its_reason_site_and_performer() -> None:
    act = (
        '<procedure classCode="PROC" moodCode="EVN"><code code="DDAF004" displayName="Dilatation"/>'
        f'<effectiveTime value="20180114"/><performer><assignedEntity>{ENTITY}</assignedEntity></performer>'
        + related('<act classCode="ACT" moodCode="EVN"><code code="I21.1" displayName="Infarctus"/></act>', "RSON")
        + "</procedure>"
    )
    (found,) = read_cda(cda(section(act, code="47519-4"))).procedures
    assert found.start == "2018-01-14"
    assert found.details == (("Effectué par", "DR Claire MOREL – Maison de santé des Tilleuls"), ("Motif", "Infarctus"))


def test_an_entry_that_is_not_understood_is_counted_and_its_text_shown() -> None:
    circle = '<regionOfInterest classCode="ROIOVL" moodCode="EVN"><code code="CIRCLE"/></regionOfInterest>'
    unknown = (circle, "<mystery/>")
    (found,) = read_cda(
        cda(section(*unknown, observation(quantity("1", "g")), text="Ce que la machine n’a pas su lire"))
    ).sections
    assert (found.unread_entries, found.text) == (2, "Ce que la machine n’a pas su lire")


def test_sections_keep_their_nesting() -> None:
    inner = section(observation(quantity("2", "g")), title="Dedans", code="18719-5")
    document = read_cda(cda(section(title="Dehors", inside=inner) + section(title="Après")))
    assert [(one.title, one.level) for one in document.sections] == [("Dehors", 1), ("Dedans", 2), ("Après", 1)]
    assert document.results[0].section_code == "18719-5"


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
    data = level_1(f'<text mediaType="application/pdf" representation="B64">{encoded(PDF)}</text>')
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


@settings(max_examples=250, deadline=None)
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


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_header_that_lacks_anything_is_read_without_failing(data: st.DataObject) -> None:
    missing = data.draw(st.sets(st.sampled_from(sorted(HEADER))))
    document = read_cda(cda(**dict.fromkeys(missing, "")))
    assert missing - {"recipient", "participant", "order", "related"} == set() or not document.conformance.ok
