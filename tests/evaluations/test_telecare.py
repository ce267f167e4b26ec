"""Télésoin: which acts may be done from afar (sheet §6, AC6.6)."""

from __future__ import annotations

import pytest

from maillon.evaluations import api as evaluations
from maillon.kernel.message import UserMessage

telecare = evaluations.telecare


def refused(code: str) -> str:
    with pytest.raises(UserMessage) as caught:
        telecare.must_be_eligible(code)
    return caught.value.code


def test_ac6_6_a_dressing_is_refused_and_an_interview_accepted() -> None:
    assert refused("pansement") == "E-TLM-07"
    assert telecare.must_be_eligible("entretien-pharmaceutique").dire == "Entretien pharmaceutique"


@pytest.mark.parametrize("code", ["mesure-instrumentee", "radiographie"])
def test_an_act_that_needs_an_instrument_is_refused(code: str) -> None:
    assert refused(code) == "E-TLM-07"


def test_an_act_that_nobody_knows_is_refused() -> None:
    assert refused("absent") == "E-TLM-11"
    assert refused("consentement") == "E-TLM-11", "a condition is no act"


def test_conditions_are_those_of_the_law() -> None:
    assert {each.aide for each in telecare.conditions()} >= {"CSP R6316-2", "CSP R6316-3", "CSP R6316-4"}


def test_an_act_that_touches_is_never_eligible() -> None:
    acts = telecare.grid().criteria_of("actes")
    assert {bool(telecare.why_not(each)) for each in acts} == {True, False}
    assert all(telecare.why_not(each) for each in acts if each.contact_physique or each.materiel)
    assert all(each.professions for each in acts)
