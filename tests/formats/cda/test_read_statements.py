"""Problems, allergies, treatments, acts and plans: each goes where a clinician looks for it, and stays what it was."""

from __future__ import annotations

import pytest

from maillon.formats.cda.read import read_cda
from tests.formats.cda.documents import (
    ALLERGY,
    CIS,
    ENTITY,
    LOINC,
    PROBLEM,
    SNOMED,
    cda,
    comment,
    concern,
    consumed,
    medication,
    observation,
    only_medication,
    product,
    quantity,
    related,
    section,
)

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


def test_a_symptom_that_begins_with_no_is_not_an_absence() -> None:
    said = '<value xsi:type="CD"><originalText>Aucune miction depuis hier</originalText></value>'
    document = read_cda(cda(section(concern(observation(said, code=DIAGNOSIS, templates=PROBLEM)), code="11450-4")))
    assert [one.absent for one in document.problems] == [False]


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
