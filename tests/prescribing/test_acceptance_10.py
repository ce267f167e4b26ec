"""AC10.1 to AC10.6 of the domain sheets (§10), on the base that is shipped. What passes through the pages and the
record is in tests/web/test_prescribing.py; the speed is a ratio of `bench.prescribing`."""

from __future__ import annotations

import datetime as dt

from tests.prescribing.cases import KNOWN, TODAY, cards_of, patient


def test_ac10_1_amoxicilline_for_an_allergy_to_penicillin_is_one_critical_card() -> None:
    found = cards_of("Amoxicilline 1 g", of=patient(allergies=("Allergie à la pénicilline",)))
    critical = [card for card in found.values() if card.indicator == "critical"]
    assert [card.key for card in critical] == ["allergie:penicillines:amoxicilline"]
    assert critical[0].must_answer  # passed over with a reason only: tests/prescribing/test_answers.py
    assert "pénicilline" in critical[0].summary


def test_ac10_2_two_presentations_of_ibuprofene_are_a_duplicate() -> None:
    found = cards_of("Ibuprofène 400 mg", "Advil 200 mg")
    assert found["doublon:ibuprofene"].indicator == "warning"


def test_ac10_2_ibuprofene_and_ketoprofene_are_of_one_class() -> None:
    card = cards_of("Ibuprofène 400 mg", "Kétoprofène 100 mg")["classe:ibuprofene:ketoprofene"]
    assert card.indicator == "warning"
    assert "M01AE" in card.detail
    assert "Association déconseillée" in card.detail


def test_ac10_3_an_antivitamin_k_and_miconazole_are_told_at_their_level_with_the_date_of_the_source() -> None:
    for avk in ("Warfarine 5 mg", "Fluindione 20 mg", "Acénocoumarol 4 mg"):
        found = cards_of("Miconazole gel buccal", of=patient(treatments=(avk,)))
        (card,) = [each for key, each in found.items() if key.startswith("interaction:")]
        assert card.indicator == "critical"
        assert card.summary.startswith("Contre-indication")
        assert "Thésaurus" in card.source
        assert f"{KNOWN.base.date:%d/%m/%Y}" in card.source
        assert f"base {KNOWN.base.version}" in card.source


def test_ac10_4_an_unknown_medicine_is_not_checked_and_never_said_to_be_safe() -> None:
    found = cards_of("Zolvadrine 20 mg")
    (card,) = found.values()
    assert card.summary.startswith("Non contrôlé")
    said = " ".join(f"{each.summary} {each.detail}" for each in found.values()).casefold()
    assert "aucune interaction" not in said


def test_ac10_5_metformine_with_a_filtration_of_38_shows_the_table_and_computes_nothing() -> None:
    card = cards_of("Metformine 2 g", of=patient(filtration="38"))["rein:metformine"]
    assert [(row.bounds, row.is_here) for row in card.table] == [
        ("de 60 à moins de 90", False), ("de 45 à moins de 60", False), ("de 30 à moins de 45", True),
        ("moins de 30", False),
    ]  # fmt: skip
    assert "DFG à 38" in card.summary
    assert f"{TODAY:%d/%m/%Y}" in card.summary
    assert "CKD-EPI" in card.detail
    assert "mg" not in card.summary  # no dose but those of the table
    assert "2 g" in card.detail  # what was written stays as it was


def test_ac10_6_knowledge_of_366_days_is_silent_and_says_so() -> None:
    late = patient(allergies=("Pénicilline",), today=TODAY + dt.timedelta(days=366))
    found = cards_of("Amoxicilline 1 g", "Miconazole", of=late)
    (card,) = found.values()
    assert card.code == "E-LAP-03"
    assert card.summary.startswith("Rien n’est contrôlé")
    assert not card.must_answer  # prescribing goes on


def test_e_lap_03_knowledge_is_fresh_until_180_days_told_until_365_then_silent() -> None:
    def banner(days: int) -> list[str]:
        of = patient(allergies=("Pénicilline",), today=TODAY + dt.timedelta(days=days))
        return [card.key for card in cards_of("Amoxicilline", of=of).values()]

    assert "base-ancienne" not in banner(180)
    assert {"base-ancienne", "allergie:penicillines:amoxicilline"} <= set(banner(181))
    assert {"base-ancienne", "allergie:penicillines:amoxicilline"} <= set(banner(365))
    assert banner(366) == ["base-ancienne"]
