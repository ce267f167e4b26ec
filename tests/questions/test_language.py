"""What each word of the language means, on small records that a reader can check by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from maillon.kernel.message import UserMessage
from maillon.questions.answering import first_day
from maillon.questions.api import Fact, Kind, Subject, answer, read_question, shown, sql_of
from maillon.questions.facts import age_in_years
from maillon.questions.syntax import DEEPEST, LONGEST, Window
from tests.questions.extract import extract

TODAY = dt.date(2026, 11, 28)
PARIS = ZoneInfo("Europe/Paris")


def fact(kind: Kind, code: str, day: str = "2026-11-01", value: str | None = None, **more: Any) -> Fact:
    moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(9), PARIS)
    measured = Decimal(value) if value is not None else None
    return Fact(id=more.pop("id", 1), kind=kind, code=code, at=moment, value=measured, **more)


def hba1c(value: str, day: str = "2026-11-01", **more: Any) -> Fact:
    return fact(Kind.OBSERVATION, "4548-4", day, value, **({"unit": "%", "label": "HbA1c"} | more))


DIABETES = fact(Kind.PROBLEM, "E11.9", label="Diabète de type 2")
A, B, C = hba1c("8.3", "2026-03-12", id=1), hba1c("7.1", "2026-06-12", id=2), hba1c("6.9", "2026-11-01", id=3)

CASES: list[tuple[str, Subject, bool | None]] = [
    # A diagnosis: said, denied, « aucun », ended, not spoken of.
    ('diagnostic("E11*")', Subject(facts=(DIABETES,)), True),
    ('diagnostic("E11")', Subject(facts=(DIABETES,)), None),
    ('diagnostic("E11", "E11.9")', Subject(facts=(DIABETES,)), True),
    ('diagnostic("E11*")', Subject(facts=(fact(Kind.PROBLEM, "E11.9", negated=True),)), False),
    ('diagnostic("E11*")', Subject(facts=(fact(Kind.PROBLEM, "no-known-problems", absent=True),)), False),
    ('diagnostic("E11*")', Subject(facts=(fact(Kind.ALLERGY, "no-known-allergies", absent=True),)), None),
    ('diagnostic("E11*")', Subject(facts=(fact(Kind.PROBLEM, "E11.9", until=TODAY),)), True),
    ('diagnostic("E11*")', Subject(facts=(fact(Kind.PROBLEM, "E11.9", until=TODAY - dt.timedelta(days=1)),)), False),
    ('diagnostic("E11*")', Subject(facts=(fact(Kind.PROBLEM, "E11.9", "2026-11-29"),)), None),
    ('diagnostic("E11*") depuis 1 mois', Subject(facts=(fact(Kind.PROBLEM, "E11.9", "2026-10-28"),)), True),
    ('diagnostic("E11*") depuis 1 mois', Subject(facts=(fact(Kind.PROBLEM, "E11.9", "2026-10-27"),)), None),
    ('non diagnostic("E11*")', Subject(), None),
    # Three values: one false decides « et », one true decides « ou ».
    ('diagnostic("E11*") et sexe = "F"', Subject(sex="M"), False),
    ('diagnostic("E11*") et sexe = "F"', Subject(sex="F"), None),
    ('diagnostic("E11*") ou sexe = "F"', Subject(sex="F"), True),
    ('sexe = "F"', Subject(), None),
    # The latest value counts; inconnu never counts as normal.
    ('résultat("4548-4") >= 7', Subject(facts=(A, B, C)), False),
    ('premier(résultat("4548-4")) >= 7', Subject(facts=(A, B, C)), True),
    ('résultat("4548-4") >= 7', Subject(facts=(A, fact(Kind.OBSERVATION, "4548-4", text="hémolysé", id=9))), None),
    ('résultat("4548-4") >= 7 "%"', Subject(facts=(A,)), True),
    ('résultat("4548-4") >= 7 "mmol/mol"', Subject(facts=(A,)), None),
    ('résultat("4548-4") >= 7', Subject(), None),
    ('résultat("4548-4") >= cible("hba1c") + 1,0', Subject(facts=(A,), parameters={"hba1c": Decimal("7.3")}), True),
    ('résultat("4548-4") >= cible("hba1c") + 1,0', Subject(facts=(A,)), None),
    # A bound given by the laboratory decides only what it excludes.
    ('résultat("4548-4") < 6', Subject(facts=(hba1c("5", comparator="<"),)), True),
    ('résultat("4548-4") < 4', Subject(facts=(hba1c("5", comparator="<"),)), None),
    ('résultat("4548-4") >= 5', Subject(facts=(hba1c("5", comparator="<"),)), False),
    ('résultat("4548-4") >= 5', Subject(facts=(hba1c("5", comparator="<="),)), None),
    ('5 <= résultat("4548-4")', Subject(facts=(hba1c("5", comparator=">"),)), True),
    ('résultat("4548-4") != 5', Subject(facts=(hba1c("5", comparator=">"),)), True),
    ('résultat("4548-4") + 1 > 5', Subject(facts=(hba1c("5", comparator=">"),)), None),
    # Counting.
    ('au_moins(2, résultat("4548-4") >= 7)', Subject(facts=(A, B, C)), True),
    ('au_moins(2, résultat("4548-4") depuis 6 mois >= 7)', Subject(facts=(A, B, C)), False),
    ('au_moins(2, résultat("4548-4") depuis 12 mois)', Subject(facts=(A, C)), True),
    ('au_moins(1, résultat("4548-4"))', Subject(), False),
    ('au_moins(1, résultat("4548-4") > 5)', Subject(facts=(hba1c("6", comparator="<"),)), None),
    ('au_moins(1, diagnostic("E11*"))', Subject(facts=(DIABETES,)), True),
    # Drawn from a series.
    ('minimum(résultat("4548-4")) = 6,9', Subject(facts=(A, B, C)), True),
    ('maximum(résultat("4548-4")) = 8.3', Subject(facts=(A, B, C)), True),
    ('maximum(résultat("4548-4")) = 8.3', Subject(facts=(A, hba1c("67", unit="mmol/mol", id=9))), None),
    ('moyenne(résultat("4548-4")) = 7.6', Subject(facts=(A, C)), True),
    ('variation(résultat("4548-4")) <= -10', Subject(facts=(A, B, C)), True),
    ('variation(résultat("4548-4")) <= -10', Subject(facts=(A,)), None),
    ('délai(résultat("4548-4")) = 27', Subject(facts=(A, B, C)), True),
    ('délai(résultat("4548-4")) > 35', Subject(), None),
    # Age, answers, what is known.
    ("âge >= 18", Subject(birth_date=dt.date(2008, 11, 28)), True),
    ("âge >= 18", Subject(birth_date=dt.date(2008, 11, 29)), False),
    ("âge >= 18", Subject(), None),
    ('réponse("chute", "peur") = "oui"', Subject(facts=(fact(Kind.ANSWER, "chute/peur", text="oui"),)), True),
    ('réponse("chute", "nombre") >= 2', Subject(facts=(fact(Kind.ANSWER, "chute/nombre", value="2"),)), True),
    ('réponse("chute", "peur") != "oui"', Subject(), None),
    ("renseigné(âge)", Subject(), False),
    ('renseigné(diagnostic("E11*"))', Subject(), False),
    ('renseigné(résultat("4548-4") depuis 12 mois) et renseigné(sexe)', Subject(facts=(A,), sex="F"), True),
    # A document or a step of the plan is there or is not: never inconnu.
    ('document("11502-2")', Subject(), False),
    ('document("11502-2")', Subject(facts=(fact(Kind.DOCUMENT, "11502-2"),)), True),
    ('non document("11490-0") depuis 1 jour', Subject(facts=(fact(Kind.DOCUMENT, "11490-0"),)), True),
    ('au_moins(2, étape("M2"))', Subject(facts=(fact(Kind.STEP, "M2"),)), False),
    ('délai(étape("M2")) > 20', Subject(facts=(fact(Kind.STEP, "M2"),)), True),
    ('délai(étape("M2")) > 20', Subject(), None),
    ('non (diagnostic("E11*") et âge < 18)', Subject(birth_date=dt.date(1950, 1, 1)), True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "subject", "expected"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_word_means_the_same_in_both_engines(text: str, subject: Subject, expected: bool | None) -> None:
    question = read_question(text)
    assert answer(question, subject, today=TODAY).truth is expected
    ((_, everybody),) = extract({1: subject}).execute(sql_of(question, today=TODAY)).fetchall()
    assert everybody is expected


REFUSED = [
    ("", 1, "s’arrête trop tôt"),
    ("âge", 4, "vrai ou de faux"),
    ("âge >=", 7, "s’arrête trop tôt"),
    ("âge >= 18 ?", 11, "« ? » n’est pas compris"),
    ('diagnostik("E11")', 1, "« diagnostik » est inconnu"),
    ('diagnostic("E*11")', 18, "étoile"),
    ('diagnostic("*")', 15, "étoile"),
    ("diagnostic(E11)", 12, "codes entre guillemets"),
    ('résultat("4548-4"', 18, "« ) » était attendu, et non la fin"),
    ('résultat("4548-4") depuis un an', 27, "durée"),
    ('résultat("4548-4") depuis 3 lunes', 27, "durée"),
    ('résultat("4548-4")', 19, "vrai ou de faux"),
    ('dernier(diagnostic("E11")) > 2', 26, "résultat(…) ou réponse(…)"),
    ('réponse("chute") > 2', 16, "réponse("),
    ('au_moins(0, résultat("x"))', 10, "entier, 1 ou plus"),
    ('au_moins(résultat("x"))', 10, "entier, 1 ou plus"),
    ('sexe > 3', 9, "un nombre"),
    ('document("11502-2") > 3', 24, "n’ont pas de valeur"),
    ('dernier(étape("M2")) > 3', 20, "n’ont pas de valeur"),
    ('document("11502-2") = "oui"', None, "n’ont pas de valeur"),
    ('résultat("x") < "oui"', 22, "= ou !="),
    ('âge >= 18 sexe = "F"', 11, "n’était pas attendu"),
    ('âge >= 18 et\nsexxe = "F"', 1, "« sexxe »"),
    ("(" * (DEEPEST + 1) + "âge > 1", DEEPEST + 2, "parenthèses"),
    ("âge > 1 et " * (LONGEST // 10), None, "dépasse"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "words"), REFUSED, ids=range(len(REFUSED)))
def test_a_mistake_is_said_with_its_place(text: str, column: int | None, words: str) -> None:
    with pytest.raises(UserMessage) as refused:
        read_question(text)
    said = refused.value.message.replace("\u202f", " ")
    assert refused.value.code == "E-QUE-01"
    assert words in said
    if column is not None:
        assert f"ligne {1 + text.count(chr(10))}, colonne {column} :" in said


def test_an_answer_says_what_it_rests_on() -> None:
    asked = read_question('âge >= 18 et diagnostic("E11*") et résultat("4548-4") >= cible("hba1c") + 1')
    person = Subject(
        birth_date=dt.date(1958, 1, 1), facts=(DIABETES, A), parameters={"hba1c": Decimal("7.0")}
    )
    found = answer(asked, person, today=TODAY)
    assert found.truth is True
    assert [reason.text for reason in found.because] == [
        "68 ans (âge ≥ 18)",
        "Diabète de type 2 le 01/11/2026 (diagnostic E11*)",
        "HbA1c 8,3 % le 12/03/2026 (résultat 4548-4 ≥ cible hba1c + 1)",
    ]
    assert found.because[2].facts == (A,)


def test_what_was_found_is_dated_of_its_day_in_paris() -> None:
    """An analysis of half past midnight comes from the base as the evening before, in UTC."""
    late = dataclasses.replace(A, at=dt.datetime(2026, 3, 12, 23, 30, tzinfo=dt.UTC))
    found = answer(read_question('résultat("4548-4") >= 7'), Subject(facts=(late,)), today=TODAY)
    assert [reason.text for reason in found.because] == ["HbA1c 8,3 % le 13/03/2026 (résultat 4548-4 ≥ 7)"]


def test_an_answer_names_only_what_decided() -> None:
    asked = read_question('âge >= 18 et diagnostic("E11*") et sexe = "F"')
    missing = answer(asked, Subject(birth_date=dt.date(1958, 1, 1), sex="F"), today=TODAY)
    assert (missing.truth, [reason.text for reason in missing.because]) == (
        None, ["rien au dossier (diagnostic E11*)"],
    )  # fmt: skip
    refused = answer(asked, Subject(birth_date=dt.date(2020, 1, 1)), today=TODAY)
    assert (refused.truth, [reason.text for reason in refused.because]) == (False, ["6 ans (âge ≥ 18)"])


@pytest.mark.parametrize(
    ("length", "unit", "today", "expected"),
    [
        (3, "mois", "2026-05-31", "2026-02-28"),
        (3, "mois", "2028-05-31", "2028-02-29"),
        (1, "ans", "2028-02-29", "2027-02-28"),
        (12, "mois", "2026-01-15", "2025-01-15"),
        (30, "jours", "2026-03-30", "2026-02-28"),
        (9999, "ans", "2026-01-15", "0001-01-01"),
        (999_999, "jours", "2026-01-15", "0001-01-01"),
        (99_999_999_999, "jours", "2026-01-15", "0001-01-01"),
    ],
)
def test_a_window_opens_on_the_day_that_a_person_would_say(length: int, unit: Any, today: str, expected: str) -> None:
    found = first_day(Window(length, unit), dt.date.fromisoformat(today))
    assert found == dt.date.fromisoformat(expected)


def test_born_on_the_29th_of_february_one_is_older_on_the_first_of_march() -> None:
    assert age_in_years(dt.date(2008, 2, 29), dt.date(2026, 2, 28)) == 17
    assert age_in_years(dt.date(2008, 2, 29), dt.date(2026, 3, 1)) == 18


def test_a_question_reads_in_french() -> None:
    asked = read_question('au_moins(2, résultat("4548-4") depuis 12 mois >= 7 "%") ou non renseigné(sexe)')
    assert shown(asked) == "(au moins 2 résultat 4548-4 depuis 12 mois ≥ 7 %) ou (non (sexe renseigné))"
