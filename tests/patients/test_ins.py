"""The matricule: shape, key, environment, and what it says of the traits."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.patients import ins

OFFICIAL = ["279035121518989", "277076322082910", "274075176079430", "289057545611404", "221042545611404"]
WITH_A_WRONG_KEY = {"253097812634581": "43", "288091234567823": "94", "269105462400138": "71"}


@pytest.mark.parametrize("matricule", OFFICIAL[:2])
def test_official_test_matricules_are_right(matricule: str) -> None:
    checked = ins.check(matricule, oid=ins.NIR_TEST)
    assert checked.is_qualifiable
    assert (checked.kind, checked.environment) == ("INS-NIR de test", ins.Environment.TEST)


@pytest.mark.parametrize(("matricule", "key"), WITH_A_WRONG_KEY.items())
def test_official_examples_with_a_wrong_key_are_seen(matricule: str, key: str) -> None:
    checked = ins.check(matricule, oid=ins.NIR_TEST)
    assert ins.key_of(matricule[:13]) == key
    assert (checked.is_well_formed, checked.has_right_key, checked.problems) == (True, False, (ins.BAD_KEY,))


@pytest.mark.parametrize(
    ("first_thirteen", "key"),
    [
        ("179082A004023", "13"),
        ("1790819004023", "13"),
        ("288122B033031", "93"),
        ("2881218033031", "93"),
        ("12345", None),
    ],
)
def test_corsica_counts_as_19_and_18(first_thirteen: str, key: str | None) -> None:
    assert ins.key_of(first_thirteen) == key


def test_blanks_and_case_of_a_typed_matricule_do_not_matter() -> None:
    assert ins.check("2 79 03 51 215 189 89", oid=ins.NIR_TEST).is_qualifiable
    corsican = "179082a004023"
    assert ins.check(corsican + str(ins.key_of(corsican.upper())), oid=ins.NIR_TEST).has_right_key


@pytest.mark.parametrize(
    "odd", ["", None, "123456789012345", "٢79035121518989", "279035121518989000", "2A", "²79035121518989"]
)
def test_odd_input_is_answered(odd: str | None) -> None:
    assert not ins.check(odd, oid=ins.NIR_TEST).is_well_formed
    assert ins.coherence(odd, sex="F", birth_date=dt.date(1979, 3, 28)) == ()


@settings(max_examples=200)
@given(st.text(max_size=20), st.one_of(st.none(), st.text(max_size=20)))
def test_nothing_raises(matricule: str, oid: str | None) -> None:
    checked = ins.check(matricule, oid=oid)
    assert not checked.is_qualifiable
    ins.coherence(matricule, sex=matricule, birth_date=dt.date(2000, 1, 1))
    ins.key_of(matricule)


@settings(max_examples=100)
@given(st.integers(10**12, 4 * 10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: int, place: int, shift: int) -> None:
    digits = str(number)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert ins.key_of(digits) != ins.key_of(wrong)


def test_real_test_and_demonstration_ranges_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILLON_INS", raising=False)
    assert [ins.is_accepted(oid) for oid in (ins.NIR, ins.NIA, ins.NIR_TEST, ins.NIR_DEMO, None)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    monkeypatch.setenv("MAILLON_INS", "reel")
    assert [ins.is_accepted(oid) for oid in (ins.NIR, ins.NIA, ins.NIR_TEST, ins.NIR_DEMO)] == [
        True,
        True,
        False,
        False,
    ]
    assert ins.check(OFFICIAL[0], oid=ins.NIR_TEST).problems == (ins.OTHER_ENVIRONMENT,)


def test_an_unknown_oid_forbids_to_qualify() -> None:
    assert ins.check(OFFICIAL[0], oid="1.2.3").problems == (ins.UNKNOWN_OID,)
    assert ins.check(OFFICIAL[0]).problems == (ins.UNKNOWN_OID,)


def test_where_matricule_and_traits_differ_is_told() -> None:
    assert ins.coherence(OFFICIAL[0], sex="F", birth_date=dt.date(1979, 3, 28)) == ()
    assert ins.coherence(OFFICIAL[0], sex="M", birth_date=dt.date(1980, 4, 28)) == (
        ins.SEX_DIFFERS,
        ins.YEAR_DIFFERS,
        ins.MONTH_DIFFERS,
    )
    assert ins.coherence(OFFICIAL[0], sex="I", birth_date=None) == ()


def test_an_unknown_month_of_the_registry_says_nothing_of_the_month() -> None:
    assert ins.coherence("279505121518900", sex="F", birth_date=dt.date(1979, 3, 28)) == ()
