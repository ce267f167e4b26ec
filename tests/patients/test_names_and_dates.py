"""Names and dates as they are kept, typed, compared."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.kernel.message import UserMessage
from maillon.patients import dates, names
from maillon.patients.dates import PartialDate
from maillon.patients.name_index import variants_of, words_of

ANYTHING = st.text(max_size=30)
WORDS = st.text(alphabet="ABCDEIMNRT", min_size=3, max_size=9)


@pytest.mark.parametrize(
    ("written", "trait", "folded"),
    [
        ("D’Aubigné-Roël", "D'AUBIGNE-ROEL", "D AUBIGNE ROEL"),
        ("Œdipa Çelik", "OEDIPA CELIK", "OEDIPA CELIK"),
        ("Lætitia", "LAETITIA", "LAETITIA"),
        ("Straße Łukasz Đặng", "STRASSE LUKASZ DANG", "STRASSE LUKASZ DANG"),
        ("DURAND -- MARTIN", "DURAND--MARTIN", "DURAND MARTIN"),
        ("  jean\u00a0 pierre, 3 ", "JEAN PIERRE", "JEAN PIERRE"),
        ("Müller", "MULLER", "MULLER"),
        ("李", "", ""),
        ("-'", "", ""),
    ],
)
def test_names_take_the_letters_of_the_national_traits(written: str, trait: str, folded: str) -> None:
    assert (names.trait_form(written), names.fold(written)) == (trait, folded)


@settings(max_examples=300)
@given(ANYTHING)
def test_writing_a_trait_twice_changes_nothing(text: str) -> None:
    trait = names.trait_form(text)
    assert names.trait_form(trait) == trait
    assert names.fold(names.fold(text)) == names.fold(text) == names.fold(trait)
    assert set(trait) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ '-")


def test_the_first_given_name_begins_the_list_and_hyphen_is_a_blank() -> None:
    assert names.begins("Jean-François", "JEAN FRANCOIS ZOE")
    assert names.begins("Jean", "JEAN-FRANCOIS")
    assert not names.begins("Zoé", "JEAN FRANCOIS ZOE")
    assert not names.begins("Jea", "JEAN")
    assert not names.begins("", "JEAN")


@settings(max_examples=300)
@given(WORDS, st.integers(0, 8), st.sampled_from("ABCDEIMNRT"), st.integers(0, 3))
def test_one_slip_is_a_typo_and_the_dictionary_finds_it(word: str, place: int, letter: str, kind: int) -> None:
    place %= len(word)
    slip = [
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :],
    ][kind]
    assert names.is_typo(word, slip) == (word != slip)
    assert names.is_typo(slip, word) == (word != slip)
    if len(slip) >= 3:
        assert variants_of(word) & variants_of(slip)


@pytest.mark.parametrize(("left", "right"), [("EMMA", "ANNA"), ("MARTIN", "MARTINEZ"), ("JEAN", "JANE")])
def test_two_slips_are_no_typo(left: str, right: str) -> None:
    assert not names.is_typo(left, right)


def test_particles_are_left_out_and_names_of_several_words_also_stick_together() -> None:
    assert words_of("LE GOFF") == {"GOFF", "LEGOFF"}
    assert words_of("D AUBIGNE ROEL") == {"AUBIGNE", "ROEL", "DAUBIGNEROEL"}
    assert words_of("LE") == {"LE"}


@pytest.mark.parametrize("text", ["01021950", "01/02/1950", "1/2/1950", "01.02.1950", "01-02-1950", " 01021950 "])
def test_a_date_is_typed_as_people_type_it(text: str) -> None:
    assert dates.typed(text) == dt.date(1950, 2, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1/2/50", "E-DAT-02"),
        ("010250", "E-DAT-02"),
        ("31022020", "E-DAT-01"),
        ("bonjour", "E-DAT-01"),
        ("", "E-DAT-01"),
        ("01/02.1950", "E-DAT-01"),
    ],
)
def test_what_is_no_whole_date_is_refused_with_advice(text: str, code: str) -> None:
    with pytest.raises(UserMessage) as refused:
        dates.typed(text)
    assert refused.value.code == code
    assert "01021950" in refused.value.message


def test_a_search_by_date_takes_two_digits_of_year_for_both_centuries() -> None:
    assert dates.searched("010220 MAR") == ([dt.date(1920, 2, 1), dt.date(2020, 2, 1)], "MAR")
    assert dates.searched("01/02/1950") == ([dt.date(1950, 2, 1)], "")
    assert dates.searched("010299") == ([dt.date(1999, 2, 1)], "")  # 2099 is not born yet
    assert dates.searched("MARTIN") is None
    assert dates.searched("99999999 X") == ([], "X")


@pytest.mark.parametrize(
    ("iso", "completed"),
    [("1950", dt.date(1950, 12, 31)), ("1950-02", dt.date(1950, 2, 1)), ("1950-02-03", dt.date(1950, 2, 3))],
)
def test_partial_dates_are_completed_as_the_rniv_says(iso: str, completed: dt.date) -> None:
    read = dates.read(iso)
    assert read is not None
    assert read.completed() == completed


@settings(max_examples=200)
@given(ANYTHING)
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    dates.read(text)
    dates.searched(text)


def test_dates_are_alike_when_swapped_or_one_digit_off() -> None:
    known = dt.date(1957, 4, 12)
    asked = [
        PartialDate(1957, 4, 12),
        PartialDate(1957, 12, 4),
        PartialDate(1957, 4, 13),
        PartialDate(1957),
        PartialDate(1983, 4, 12),
    ]
    assert [dates.likeness(each, known) for each in asked] == ["same", "near", "near", "unknown", "different"]
    assert dates.likeness(None, known) == "unknown"
