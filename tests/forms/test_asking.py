"""The meaning of a questionnaire: conditions, calculations that never take a missing answer for a good one, typed
values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.forms import api as forms
from maillon.forms.asking import Sheet, inconclusive
from maillon.forms.definition import read_text
from maillon.kernel.key import Access
from maillon.record.models import Observation
from tests.conftest import Cast
from tests.forms.test_definition import WHOLE

TODAY = dt.date(2026, 3, 31)


def filled(code: str, born: dt.date | None = None, **said: str | list[str]) -> Sheet:
    asked = forms.definition(code)
    assert asked is not None
    answers = {name: typed if isinstance(typed, list) else [typed] for name, typed in said.items()}
    return forms.sheet(asked, answers, respondent=forms.Respondent(birth_date=born), today=TODAY)


def text(sheet: Sheet, code: str) -> str:
    value = sheet.lines[code].value
    return value.text if value is not None else "inconnu"


# ------------------------------------------------------------------------------------------------ AC5.2

FIVE = {"imc": "24", "leucocytes": "13,2", "crp": "22", "perforation": "non", "diametre": "9"}


def test_ac5_2_five_criteria_are_eligible() -> None:
    sheet = filled("SAT", **FIVE)
    assert (text(sheet, "total"), text(sheet, "eligible")) == ("5", "oui")


def test_ac5_2_crp_64_is_four_and_eligible() -> None:
    sheet = filled("SAT", **FIVE | {"crp": "64"})
    assert (text(sheet, "total"), text(sheet, "eligible")) == ("4", "oui")


def test_ac5_2_crp_64_and_diameter_12_is_three_and_not_eligible() -> None:
    sheet = filled("SAT", **FIVE | {"crp": "64", "diametre": "12"})
    assert (text(sheet, "total"), text(sheet, "eligible")) == ("3", "non")


def test_ac5_2_a_missing_item_never_counts_one() -> None:
    """« non concluable », unless the other four are there: eligible then, and what is missing is shown."""
    without = {name: value for name, value in FIVE.items() if name != "crp"}
    sheet = filled("SAT", **without)
    assert (text(sheet, "total"), text(sheet, "eligible")) == ("inconnu", "oui")
    assert inconclusive(sheet.lines["eligible"], sheet.lines) == "non renseigné\u202f: CRP"
    assert inconclusive(sheet.lines["total"], sheet.lines) == "non concluable, il manque\u202f: CRP"
    three = filled("SAT", **without | {"diametre": "12"})
    assert (text(three, "eligible"), three.lines["eligible"].lacks) == ("inconnu", ("crp",))
    two = filled("SAT", **without | {"diametre": "12", "imc": "30"})
    assert text(two, "eligible") == "non", "whatever the CRP"


_CRITERIA: dict[str, Callable[[Decimal], bool]] = {
    "imc": lambda value: value < 28, "leucocytes": lambda value: value < 15, "crp": lambda value: value < 30,
    "diametre": lambda value: value <= 10,
}  # fmt: skip


@settings(max_examples=60)
@given(
    values=st.fixed_dictionaries({}, optional={name: st.integers(9, 60) for name in _CRITERIA}),
    perforation=st.sampled_from(("oui", "non", "")),
)
def test_saint_antoine_is_the_count_of_what_is_known_and_nothing_else(
    values: dict[str, int], perforation: str
) -> None:
    known = [_CRITERIA[name](Decimal(value)) for name, value in values.items()]
    known += [perforation == "non"] if perforation else []
    sheet = filled("SAT", perforation=perforation, **{name: str(value) for name, value in values.items()})
    sure, missing = sum(known), 5 - len(known)
    expected = "oui" if sure >= 4 else "non" if sure + missing < 4 else "inconnu"
    assert text(sheet, "eligible") == expected
    assert text(sheet, "total") == ("inconnu" if missing else str(sure))


# ------------------------------------------------------------------------------------------------ conditions, values


def test_a_question_that_does_not_stand_counts_for_nothing_and_keeps_its_text() -> None:
    sheet = filled("CHUTE", chute="non", nombre="5", peur="non", instabilite="non")
    assert not sheet.lines["nombre"].stands
    assert sheet.lines["nombre"].typed == ("5",)
    assert text(sheet, "repetees") == "inconnu"
    assert sheet.groups == (True, False)


def test_what_is_not_decided_does_not_stand() -> None:
    assert not filled("CHUTE").lines["tug"].stands


def test_age_is_counted_on_the_day() -> None:
    assert text(filled("SAT", born=dt.date(2011, 4, 1)), "moins_de_15_ans") == "oui"
    assert text(filled("SAT", born=dt.date(2011, 3, 31)), "moins_de_15_ans") == "non"
    assert text(filled("SAT"), "moins_de_15_ans") == "inconnu"


ASKED = read_text(
    WHOLE.replace(
        "exemples:",
        """  - code: deux
    titre: Deux
    questions:
      - {code: e, texte: E, genre: decimal, min: -1}
      - {code: f, texte: F, genre: date}
      - {code: g, texte: G, genre: heure}
      - {code: h, texte: H, genre: ligne, longueur: 5}
exemples:""",
    ),
    "ESSAI.yaml",
)


def read(code: str, *typed: str) -> str:
    line = forms.sheet(ASKED, {code: typed, "a": ["3"]} if code != "a" else {code: typed},
                       respondent=forms.Respondent(), today=TODAY).lines[code]  # fmt: skip
    return line.fault.code if line.fault else (line.value.text if line.value else "")


@pytest.mark.parametrize(
    ("code", "typed", "found"),
    [
        ("a", "3", "3"), ("a", " 3 ", "3"), ("a", "3,0", "3.0"), ("a", "3,5", "E-QST-11"), ("a", "11", "E-QST-12"),
        ("a", "-1", "E-QST-12"), ("a", "trois", "E-QST-11"), ("a", "1e3", "E-QST-11"), ("a", "٣", "E-QST-11"),
        ("a", "9" * 40, "E-QST-11"), ("a", "", ""), ("a", "\0", ""),
        ("e", "1 234,5", "1234.5"), ("e", "1\u202f234,5", "1234.5"), ("e", "-0,5", "-0.5"), ("e", "-2", "E-QST-12"),
        ("e", "12 345 678", "12345678"), ("e", "- 0,5", "-0.5"), ("e", "37 5", "E-QST-11"), ("e", "120 80", "E-QST-11"),
        ("e", "1234 567", "E-QST-11"), ("e", "3\n4", "E-QST-11"),
        ("b", "x", "x"), ("b", "z", "E-QST-15"), ("c", "oui", "oui"), ("c", "peut-être", "E-QST-15"),
        ("f", "31032026", "2026-03-31"), ("f", "31/03/2026", "2026-03-31"), ("f", "2026-03-31", "2026-03-31"),
        ("f", "31022026", "E-QST-13"), ("f", "demain", "E-QST-13"),
        ("g", "8h30", "08:30"), ("g", "08:30", "08:30"), ("g", "8 h", "08:00"), ("g", "0830", "08:30"),
        ("g", "25:00", "E-QST-14"), ("h", "abcde", "abcde"), ("h", "abcdef", "E-QST-16"),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_or_said(code: str, typed: str, found: str) -> None:
    assert read(code, typed) == found


def test_two_answers_where_one_is_asked_are_none() -> None:
    assert read("b", "x", "y") == "E-QST-15"
    assert read("d", "p", "p") == ""
    assert read("d", "q") == "E-QST-15"


# ------------------------------------------------------------------------------------------------ from the record


def test_what_the_record_knows_is_proposed_in_its_unit_and_within_its_days(
    cast: Cast, key: Callable[..., Access], followed: Access
) -> None:
    def result(code: str, value: str, unit: str, days: int) -> None:
        from maillon.access import api as access_room
        from maillon.kernel import clock

        Observation.objects.create(
            patient_id=followed.patient_id, at=clock.now() - dt.timedelta(days=days), code=code,
            system="2.16.840.1.113883.6.1", label="x", value=Decimal(value), unit=unit,
            type_bit=access_room.matrix.bit_of("11502-2"),
        )  # fmt: skip

    result("1988-5", "22", "mg/L", 1)
    result("6690-2", "13.2", "10*9/L", 5)
    result("39156-5", "24", "lb/in2", 1)
    access = key(cast.claire)
    lines = forms.read(access, forms.begin(access, "SAT")).sheet.lines
    assert lines["crp"].typed == ("22",)
    assert lines["leucocytes"].typed == (), "too old"
    assert lines["imc"].typed == (), "another unit"
