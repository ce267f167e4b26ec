"""Who keeps what up to date, and what is « à vérifier »."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.charter import api as charter
from maillon.charter.models import Confirmation
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.professionals.api import PROFESSIONS
from tests.conftest import Cast
from tests.documents import making

NOON = dt.datetime(2026, 11, 24, 11, 0, tzinfo=dt.UTC)


def key(patient: PatientId, actor: Actor) -> Access:
    return making.key(patient, actor)


def mine(access: Access) -> set[str]:
    return {line.code for line in charter.items(access) if line.is_mine}


def line(access: Access, code: str) -> charter.ItemLine:
    return next(each for each in charter.items(access) if each.code == code)


@pytest.fixture
def treated(cast: Cast, jeanne: PatientId) -> PatientId:
    making.link(jeanne, cast.claire, access_room.Basis.TREATING)
    return jeanne


def test_each_keeps_what_the_sheet_says(cast: Cast, agnes: Actor, treated: PatientId) -> None:
    """Domain sheet §8.4."""
    assert mine(key(treated, cast.claire)) == {
        "allergies", "problemes", "traitements", "vaccins", "plan_de_soins", "directives", "synthese",
    }  # fmt: skip
    assert mine(key(treated, cast.karim)) == {"vaccins"}, "a physician who is not the médecin traitant"
    assert mine(key(treated, cast.nadia)) == {"coordonnees", "vaccins", "plaies_constantes"}
    assert mine(key(treated, cast.sylvie)) == {"identite", "coordonnees"}
    assert mine(key(treated, agnes)) == {"plan_de_soins", "contacts_equipe"}


def test_ages_owners_and_events_are_those_of_the_sheet() -> None:
    months = {each.code: each.frais_mois for each in charter.responsibilities().points}
    assert months == {
        "identite": None, "coordonnees": 12, "allergies": 12, "problemes": 12, "traitements": 6, "vaccins": None,
        "plan_de_soins": 6, "plaies_constantes": None, "directives": 24, "synthese": 12, "contacts_equipe": 6,
    }  # fmt: skip
    roles = charter.responsibilities().roles
    assert {code for role in roles for code in role.professions} <= set(PROFESSIONS)
    known = {role.code for role in roles}
    assert all(set(each.tenu_par) <= known and each.tenu_par for each in charter.responsibilities().points)


def test_an_item_is_to_verify_until_it_is_confirmed_and_again_when_it_is_old(cast: Cast, treated: PatientId) -> None:
    access = key(treated, cast.claire)
    assert line(access, "allergies").is_stale
    with time_machine.travel(NOON, tick=False):
        charter.confirm(access, "allergies")
        confirmed = line(access, "allergies")
        assert (confirmed.is_stale, confirmed.confirmed_by, confirmed.age_days) == (False, "Dr Claire Morel", 0)
    with time_machine.travel(dt.datetime(2027, 11, 24, 22, 0, tzinfo=dt.UTC), tick=False):
        assert not line(access, "allergies").is_stale, "twelve months, in Paris"
    with time_machine.travel(dt.datetime(2027, 11, 24, 23, 30, tzinfo=dt.UTC), tick=False):
        old = line(access, "allergies")
        assert (old.is_stale, old.age_days) == (True, 366)
        charter.confirm(access, "allergies")
        assert not line(access, "allergies").is_stale
    assert Confirmation.objects.count() == 2, "none is deleted"


def test_what_one_does_not_keep_is_not_confirmed(cast: Cast, treated: PatientId) -> None:
    with pytest.raises(UserMessage) as caught:
        charter.confirm(key(treated, cast.nadia), "allergies")
    assert (caught.value.code, "médecin traitant" in caught.value.message) == ("E-RES-01", True)
    with pytest.raises(access_room.AccessDenied):
        charter.confirm(key(treated, cast.claire), "inconnu")
    assert not Confirmation.objects.exists()


def test_a_secretary_sees_what_she_keeps_and_nothing_else(cast: Cast, treated: PatientId) -> None:
    charter.confirm(key(treated, cast.claire), "directives")
    assert {each.code for each in charter.items(key(treated, cast.sylvie))} == {"identite", "coordonnees"}
    assert "directives" in {each.code for each in charter.items(key(treated, cast.nadia))}


def test_the_author_alone_sees_no_item(cast: Cast, treated: PatientId) -> None:
    making.link(treated, cast.paul, access_room.Basis.AUTHOR)
    assert charter.items(key(treated, cast.paul)) == ()


def test_a_consent_makes_nobody_responsible(cast: Cast, treated: PatientId) -> None:
    from maillon.access.models import Wish
    from maillon.kernel import clock

    Wish.objects.create(
        patient_id=treated, kind="consentement", professional_id=cast.paul.professional_id, since=clock.now(),
        channel="oral", recorded_by="essai",
    )  # fmt: skip
    access = key(treated, cast.paul)
    assert len(charter.items(access)) == 11
    assert mine(access) == set()


def test_a_confirmation_is_that_of_one_record(cast: Cast, treated: PatientId) -> None:
    other = making.patient()
    making.link(other, cast.claire, access_room.Basis.TREATING)
    charter.confirm(key(treated, cast.claire), "allergies")
    assert line(key(other, cast.claire), "allergies").confirmed_at is None
