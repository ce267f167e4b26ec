from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.prescribing.cards import LONGEST_SUMMARY, ORDER, Card, ordered, shortened
from maillon.prescribing.prescription import ATC, CIS, Line, Product, Products
from maillon.prescribing.situation import Situation
from tests.prescribing.cases import KNOWN, cards_of, line, patient

NAMES = [each.name for each in KNOWN.substances.values()]
# Written lines: names that meet (anticoagulants, AINS, statins…), any other, unknown ones, badly written ones.
MEETING = ("ibuprofène", "kétoprofène", "warfarine", "miconazole", "Advil", "Augmentin", "amoxicilline", "metformine",
           "simvastatine", "clarithromycine", "bromazépam", "diazépam", "ramipril", "spironolactone")  # fmt: skip
LINES = st.builds(
    Line,
    text=st.one_of(
        st.sampled_from(MEETING),
        st.sampled_from(NAMES),
        st.sampled_from(("Zolvadrine", "Attelle", "paracétamol 1 g, 1 comprimé par jour, 5 jours", "")),
        st.tuples(st.sampled_from(NAMES), st.sampled_from(MEETING)).map(" et ".join),
    ),
    renews=st.booleans(),
)
PATIENTS = st.builds(
    patient,
    age=st.sampled_from((4, 25, 50, 80)),
    sex=st.sampled_from(("F", "M")),
    allergies=st.sampled_from((None, (), ("Pénicilline",), ("Ibuprofène", "Arachide"))),
    treatments=st.lists(st.sampled_from((*MEETING, "Zolvadrine")), max_size=4).map(tuple),
    filtration=st.sampled_from((None, "25", "38", "90")),
    is_pregnant=st.sampled_from((None, True, False)),
)


@settings(max_examples=120)
@given(patient=PATIENTS, lines=st.lists(LINES, max_size=6), drawn=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(patient: Situation, lines: list[Line], drawn: object) -> None:
    shuffled = list(lines)
    drawn.shuffle(shuffled)  # type: ignore[attr-defined]
    assert cards_of(*lines, of=patient) == cards_of(*shuffled, of=patient)


@settings(max_examples=200)
@given(patient=PATIENTS, lines=st.lists(LINES, max_size=5), more=LINES)
def test_a_line_more_never_takes_a_card_away_nor_makes_it_milder(
    patient: Situation, lines: list[Line], more: Line
) -> None:
    before, after = cards_of(*lines, of=patient), cards_of(*lines, more, of=patient)
    assert before.keys() <= after.keys()
    assert all(ORDER.index(after[key].indicator) <= ORDER.index(card.indicator) for key, card in before.items())


@settings(max_examples=120)
@given(patient=PATIENTS, lines=st.lists(LINES, max_size=6))
def test_every_line_is_checked_or_said_not_to_be(patient: Situation, lines: list[Line]) -> None:
    found = cards_of(*lines, of=patient)
    for each in lines:
        alone = cards_of(each, of=patient)
        assert alone.keys() <= found.keys()
    said = " ".join(f"{card.summary} {card.detail}" for card in found.values()).casefold()
    assert "aucune interaction" not in said
    assert all(0 < len(card.summary) <= LONGEST_SUMMARY and card.source for card in found.values())


# ------------------------------------------------------------------------------------------------ each check


@pytest.mark.parametrize(
    ("allergy", "medicine", "key", "indicator"),
    [
        ("Amoxicilline", "Amoxicilline", "allergie:amoxicilline:amoxicilline", "critical"),
        ("Bêta-lactamines", "Céfixime", "allergie:betalactamines:cefixime", "critical"),
        ("Pénicilline G", "Augmentin", "allergie:penicillines:amoxicilline", "critical"),
        ("Amoxicilline", "Cloxacilline", "allergie-croisee:penicillines:cloxacilline", "critical"),
        ("Pénicilline", "Ceftriaxone", "allergie-croisee:penicillines:ceftriaxone", "warning"),
        ("Aspirine", "Ibuprofène", "allergie-croisee:acide acetylsalicylique:ibuprofene", "critical"),
        ("Clamoxyl", "Amoxicilline", "allergie:amoxicilline:amoxicilline", "critical"),
        ("Arachide", "Amoxicilline", "allergie-non-controlee:arachide", "info"),
    ],
)
def test_an_allergy_meets_its_substance_its_class_and_its_crossings(
    allergy: str, medicine: str, key: str, indicator: str
) -> None:
    assert cards_of(medicine, of=patient(allergies=(allergy,)))[key].indicator == indicator


def test_an_allergy_to_one_class_does_not_speak_of_another() -> None:
    found = cards_of("Azithromycine 250 mg", of=patient(allergies=("Pénicilline",)))
    assert not [key for key in found if key.startswith("allergie")]


def test_e_lap_05_what_nobody_said_of_allergies_is_told_and_none_known_is_not() -> None:
    card = cards_of("Paracétamol", of=patient(allergies=None))["allergies-non-renseignees"]
    assert (card.code, card.must_answer) == ("E-LAP-05", True)
    assert "allergies-non-renseignees" not in cards_of("Paracétamol", of=patient(allergies=()))


@pytest.mark.parametrize(
    ("one", "other", "indicator"),
    [
        ("Simvastatine", "Clarithromycine", "critical"), ("Ramipril", "Spironolactone", "warning"),
        ("Warfarine", "Amiodarone", "info"), ("Morphine", "Oxazépam", "info"),
    ],
)  # fmt: skip
def test_the_four_levels_of_the_thesaurus_are_told_by_their_urgency(one: str, other: str, indicator: str) -> None:
    found = [card for key, card in cards_of(one, other).items() if key.startswith("interaction:")]
    assert [card.indicator for card in found] == [indicator]
    assert found[0].must_answer is (indicator == "critical")


def test_a_rule_excepts_what_it_excepts() -> None:
    assert not [key for key in cards_of("Colchicine", "Spiramycine") if key.startswith("interaction:")]
    assert [key for key in cards_of("Colchicine", "Josacine") if key.startswith("interaction:")]


def test_two_treatments_of_the_record_are_not_told_when_neither_is_prescribed() -> None:
    found = cards_of("Paracétamol", of=patient(treatments=("Warfarine", "Miconazole")))
    assert not [key for key in found if key.startswith("interaction:")]


def test_the_treatments_of_a_record_are_reviewed_when_it_is_opened() -> None:
    found = cards_of(Line(text="Warfarine 5 mg"), Line(text="Miconazole"), is_review=True)
    assert found["interaction:miconazole:warfarine"].indicator == "critical"
    assert not [key for key in found if key.startswith(("posologie", "dci"))]  # how others wrote is not asked


def test_a_treatment_that_is_renewed_is_not_its_own_duplicate() -> None:
    of = patient(treatments=("Metformine 1 g",))
    assert "doublon:metformine" not in cards_of(line("Metformine 1 g", renews=True), of=of)
    assert cards_of("Metformine 1 g", of=of)["doublon:metformine"].indicator == "info"


def test_the_two_substances_of_one_medicine_are_no_duplicate_of_each_other() -> None:
    assert not [key for key in cards_of("Bactrim forte") if key.startswith(("classe", "doublon"))]


def test_pregnancy_stated_excluded_or_unsaid() -> None:
    young = {"age": 30, "sex": "F"}
    assert cards_of("Ramipril", of=patient(**young, is_pregnant=True))["grossesse:ramipril"].indicator == "critical"
    assert cards_of("Ramipril", of=patient(**young))["grossesse:ramipril"].indicator == "warning"
    assert "grossesse:ramipril" not in cards_of("Ramipril", of=patient(**young, is_pregnant=False))
    assert "grossesse:ramipril" not in cards_of("Ramipril", of=patient(age=30, sex="M"))
    assert "grossesse:ramipril" not in cards_of("Ramipril", of=patient(age=70, sex="F"))
    unsaid = cards_of("Doxycycline", of=patient(**young))  # only what is contra-indicated asks when nothing is said
    assert "grossesse:doxycycline" not in unsaid


def test_a_renal_table_without_a_value_says_that_nothing_was_checked() -> None:
    card = cards_of("Metformine 1 g")["rein:metformine"]
    assert card.indicator == "info"
    assert "Non contrôlé" in card.detail
    assert not any(row.is_here for row in card.table)


def test_e_lap_06_a_child_without_a_weight() -> None:
    child = patient(age=4)
    assert cards_of("Amoxicilline", of=child)["poids"].code == "E-LAP-06"
    assert "poids" not in cards_of("Amoxicilline", of=child, weight="16")
    assert "poids" not in cards_of("Amoxicilline", of=patient(age=4, weight="16"))
    assert "poids" not in cards_of("Amoxicilline", of=patient(age=18))
    assert "poids" not in cards_of("Macrogol", of=child)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Paracétamol 1 g", "Posologie et durée"), ("Paracétamol 1 g, 3 fois par jour", "Durée"),
        ("Paracétamol 1 g, 5 jours", "Posologie"), ("Paracétamol 1 g, 1 comprimé x 3 /j, 5 j", ""),
        ("Bisoprolol 2,5 mg, 1 le matin, 3 mois", ""), ("Fosfomycine 3 g, prise unique", ""),
        ("Prednisone 20 mg 1-0-0 pendant sept jours puis arrêt, une semaine", ""),
    ],
)  # fmt: skip
def test_e_lap_01_posology_and_duration_are_written(text: str, missing: str) -> None:
    found = [card for key, card in cards_of(Line(text=text)).items() if key.startswith("posologie:")]
    assert [card.summary.partition(" à écrire")[0] for card in found] == ([missing] if missing else [])
    assert all(card.code == "E-LAP-01" and card.must_answer for card in found)


def test_e_lap_01_a_duration_for_the_whole_prescription_is_enough() -> None:
    assert not [key for key in cards_of(Line(text="Paracétamol 1 g, 3 par jour"), duration="5 jours") if "posol" in key]


def test_e_lap_04_a_brand_alone_wants_its_common_denomination() -> None:
    (card,) = [each for key, each in cards_of("Doliprane 1 g").items() if key.startswith("dci:")]
    assert (card.code, card.detail) == ("E-LAP-04", "Écrivez\u202f: paracétamol.")
    assert not [key for key in cards_of("Paracétamol (Doliprane) 1 g") if key.startswith("dci:")]
    assert [key for key in cards_of("Augmentin (amoxicilline) 1 g") if key.startswith("dci:")]  # half of it is not said


# ------------------------------------------------------------------------------------------------ recognising


BDPM = Products(
    by_name={
        "doliprane": Product("DOLIPRANE 500 mg, comprimé", ("PARACÉTAMOL",)),
        "amoxicilline arrow": Product("AMOXICILLINE ARROW 1 g", ("AMOXICILLINE TRIHYDRATÉE",)),
        "rarissime": Product("RARISSIME 5 mg", ("CHLORHYDRATE DE RARISSIMINE",)),
        "melange": Product("MÉLANGE 5 mg", ("CODÉINE (PHOSPHATE DE) HÉMIHYDRATÉ", "RARISSIMINE")),
    },
    by_code={(CIS, "60000001"): Product("MÉLANGE 5 mg", ("CODÉINE", "RARISSIMINE"))},
)


def test_a_speciality_is_recognised_by_its_longest_name_and_its_salt() -> None:
    found = cards_of("AMOXICILLINE ARROW 1 g", of=patient(allergies=("Pénicilline",)), products=BDPM)
    assert "allergie:penicillines:amoxicilline" in found


def test_a_substance_outside_of_the_knowledge_is_named_as_not_checked() -> None:
    found = [each for key, each in cards_of("Rarissime 5 mg", products=BDPM).items() if key.startswith("hors-base:")]
    assert found[0].summary.startswith("Non contrôlé\u202f: CHLORHYDRATE DE RARISSIMINE")
    both = cards_of("Mélange 5 mg", "Buprénorphine", products=BDPM)
    assert "interaction:buprenorphine:codeine" in both  # what is known of it is checked
    assert [key for key in both if key.startswith("hors-base:")]


def test_a_code_is_enough() -> None:
    coded = Line(text="Comprimé blanc, 1 par jour, 3 jours", code="B01AA03", system=ATC)
    assert "interaction:miconazole:warfarine" in cards_of(coded, "Miconazole")
    assert "interaction:buprenorphine:codeine" in cards_of(
        Line(text="x", code="60000001", system=CIS), "Buprénorphine", products=BDPM
    )


def test_a_treatment_of_the_record_that_is_not_recognised_is_told_once() -> None:
    found = cards_of("Paracétamol", of=patient(treatments=("Zolvadrine", "Gouttes du soir")))
    assert found["dossier-non-reconnu"].summary == "Non contrôlé\u202f: 2 traitements du dossier hors de la base."


# ------------------------------------------------------------------------------------------------ cards


def test_a_card_is_short_and_kept_at_its_most_urgent() -> None:
    with pytest.raises(ValueError, match="140"):
        Card(key="k", indicator="info", summary="x" * 141, source="s")
    assert len(shortened("mot " * 60)) <= LONGEST_SUMMARY
    mild, urgent = (Card(key="k", indicator=each, summary="s", source="s") for each in ("info", "critical"))
    assert ordered([mild, urgent]) == (urgent,)


def test_every_shipped_rule_can_be_met() -> None:
    """A row of the tables that no prescription can ever raise would be a promise that is not kept."""
    for rule in {rule for held in KNOWN.interactions.values() for rule in held}:
        ones = [each for each in KNOWN.substances.values() if rule.a in each.targets and each.name not in rule.sauf]
        others = [each for each in KNOWN.substances.values() if rule.b in each.targets and each.name not in rule.sauf]
        assert any(rule in KNOWN.between(a, b) for a in ones for b in others if a != b), rule


@pytest.mark.parametrize(
    ("prescribed", "held", "key"),
    [
        (("spironolactone", "éplérénone"), (), "interaction:eplerenone:spironolactone"),
        (("spironolactone",), ("éplérénone",), "interaction:eplerenone:spironolactone"),
        (("spironolactone et éplérénone",), (), "interaction:eplerenone:spironolactone"),
        (("gentamicine", "amikacine"), (), "interaction:amikacine:gentamicine"),
    ],
)
def test_two_of_one_class_that_are_contraindicated_are_told_so(
    prescribed: tuple[str, ...], held: tuple[str, ...], key: str
) -> None:
    """« Same class » alone is a warning or less, which asks for no answer."""
    card = cards_of(*prescribed, of=patient(treatments=held))[key]
    assert (card.indicator, card.must_answer) == ("critical", True)


def test_two_of_one_class_say_their_level_wherever_the_other_stands() -> None:
    with_record = cards_of("ibuprofène", of=patient(treatments=("kétoprofène",)))
    assert with_record["classe:ibuprofene:ketoprofene"].indicator == "warning"
    on_one_line = cards_of("ibuprofène et kétoprofène")
    assert on_one_line["classe:ibuprofene:ketoprofene"].indicator == "warning"
    apart = cards_of("ibuprofène", "kétoprofène")
    assert "interaction:ibuprofene:ketoprofene" not in apart  # told by the class, as loudly
    assert apart["classe:ibuprofene:ketoprofene"].indicator == "warning"
