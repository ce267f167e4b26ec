"""What no document and no base may ever bring about."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.kernel.key import PatientId
from maillon.patients import ins, matching
from maillon.patients.matching import Claim, Known, Matricule
from maillon.patients.names import Given

MATRICULES = st.sampled_from(
    [Matricule("A" * 15, ins.NIR_TEST), Matricule("B" * 15, ins.NIR_TEST), Matricule("A" * 15, ins.NIR)]
)
NAMES = st.sampled_from(["MARTIN", "MARTIM", "DURAND", "MARTIN DURAND", "JEAN", "JAEN"])
GIVEN = st.sampled_from(
    [
        Given("JEAN", "JEAN PAUL"),
        Given("JEAN", "JEAN"),
        Given("", "JEAN PAUL"),
        Given("JEAN PAUL", ""),
        Given("PAUL", "PAUL JEAN"),
        Given("JAEN", "JAEN"),
        Given("MARTIN", "MARTIN"),
    ]
)
DAYS = st.sampled_from([dt.date(1957, 4, 12), dt.date(1957, 12, 4), dt.date(1957, 4, 13), dt.date(1957, 12, 31)])
DATES = st.one_of(
    st.none(),
    DAYS.map(lambda day: matching.PartialDate(day.year, day.month, day.day)),
    st.just(matching.PartialDate(1957)),
    st.just(matching.PartialDate(1957, 4)),
)
SEXES = st.sampled_from(["F", "M", ""])
PLACES = st.sampled_from(["69383", "38185", ""])

claims = st.builds(
    Claim,
    matricule=st.none() | MATRICULES,
    family=NAMES | st.just(""),
    used_family=NAMES | st.just(""),
    given=GIVEN | st.just(Given("", "")),
    used_given=st.sampled_from(["", "PAUL"]),
    birth_date=DATES,
    sex=SEXES,
    place=PLACES,
    local_ids=st.just(frozenset()),
)


@st.composite
def bases(draw: st.DrawFn) -> list[Known]:
    known = st.builds(
        Known,
        id=st.just(PatientId(0)),
        matricule=st.none() | MATRICULES,
        received=st.frozensets(MATRICULES, max_size=2),
        family=NAMES,
        used_family=NAMES | st.just(""),
        given=GIVEN,
        used_given=st.sampled_from(["", "PAUL"]),
        birth_date=DAYS,
        sex=st.sampled_from(["F", "M", "I"]),
        place=PLACES,
        is_homonym=st.booleans(),
        is_suspect=st.booleans(),
        shares_local_id=st.booleans(),
    )
    drawn = draw(st.lists(known, max_size=4))
    return [
        Known(**{slot: getattr(each, slot) for slot in Known.__slots__} | {"id": PatientId(rank)})
        for rank, each in enumerate(drawn, 1)
    ]


def decided(asked: Claim, base: list[Known]) -> matching.Match:
    if asked.matricule:
        bearers = [each for each in base if asked.matricule == each.matricule or asked.matricule in each.received]
        found = matching.decide_on_matricule(asked, bearers)
        if found is not None:
            return found
    return matching.decide_on_traits(asked, base)


@settings(max_examples=600)
@given(claims, bases())
def test_the_invariants_of_matching(asked: Claim, base: list[Known]) -> None:
    found = decided(asked, base)
    assert (found.patient_id is not None) == (found.verdict == "found")
    if found.verdict == "doubt":
        assert found.reasons
    if found.verdict == "new":
        assert asked.is_sufficient
    if found.verdict == "found":
        chosen = next(each for each in base if each.id == found.patient_id)
        compared = matching.compare(asked, chosen)
        assert not compared.contradicts
        assert compared.strict[:3] == ("same", "same", "same")
        assert not chosen.is_suspect
        if chosen.matricule and asked.matricule:
            assert chosen.matricule == asked.matricule
        if chosen.is_homonym:
            assert compared.matricule == "same"


@settings(max_examples=300)
@given(claims, bases())
def test_two_patients_who_answer_alike_are_never_chosen_between(asked: Claim, base: list[Known]) -> None:
    twins = [
        Known(**{slot: getattr(each, slot) for slot in Known.__slots__} | {"id": PatientId(each.id + shift)})
        for each in base
        for shift in (0, 100)
    ]
    assert decided(asked, twins).verdict != "found"


@settings(max_examples=300)
@given(claims, bases())
def test_a_local_identifier_never_finds_somebody_with_other_traits(asked: Claim, base: list[Known]) -> None:
    sharing = [
        Known(**{slot: getattr(each, slot) for slot in Known.__slots__} | {"shares_local_id": True}) for each in base
    ]
    found = decided(asked, sharing)
    if found.verdict == "found":
        chosen = next(each for each in sharing if each.id == found.patient_id)
        assert not matching.compare(asked, chosen).contradicts
