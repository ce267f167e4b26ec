"""Guessing: by a field that nobody asked for, by the delay of a refusal, by the night when the clocks change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from maillon.access.models import Account, BreakGlass, CareTeamMembership, Session, Wish
from maillon.kernel import clock
from maillon.professionals.models import Professional
from tests.seep import samplers, worlds
from tests.seep.answers import Ask, ask
from tests.seep.worlds import Person, World, undone

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------------------------------------ mass assignment


@pytest.mark.parametrize("key", ["nadia", "sylvie", "paul", "jeanne"])
def test_fields_that_no_form_bears_change_nothing(world: World, key: str) -> None:
    """Every form of every route, sent with the columns of our own tables: rights, structures and links stay."""
    person = world.people[key]
    known = samplers.things(world, person)
    for route in samplers.routes():
        if route.callback.method == "GET":
            continue
        address = next(samplers.addresses(route, known))
        with undone():
            before = _rights()
            ask(person, Ask(method="POST", path=address, fields=samplers.MASS_ASSIGNMENT), keep=True)
            assert _rights() == before, address


def _rights() -> list[list[dict[str, Any]]]:
    return [
        list(Account.objects.order_by("pk").values("pk", "is_administrator", "is_referent", "structure_id")),
        list(Professional.objects.order_by("pk").values("pk", "profession_code", "national_id")),
        list(Session.objects.filter(is_regulation=True).order_by("pk").values("pk")),
        list(CareTeamMembership.objects.order_by("pk").values("pk", "patient_id", "professional_id", "structure_id")),
        list(BreakGlass.objects.order_by("pk").values("pk", "patient_id", "until")),
    ]


# ------------------------------------------------------------------------------------------------ emergencies


def test_an_emergency_refused_by_the_patient_is_an_identity_that_does_not_exist(world: World) -> None:
    """Same page, same number of statements: not even who is in danger is told apart from nobody (CSP L1111-17)."""
    paul, unknown = world.people["paul"], world.patients["unknown"]
    with undone():
        worlds.wish(world, "unknown", kind=Wish.Kind.EMERGENCY_REFUSED)
        refused = ask(paul, _urgent(unknown.family, unknown.given, unknown.born))
    typed = _urgent(unknown.family, unknown.given, unknown.born)
    with undone():
        _renamed(unknown.id)
        absent = ask(paul, typed)
    assert refused.status == 422
    assert (refused.body, len(refused.statements)) == (absent.body, len(absent.statements))


def _urgent(family: str, given: str, born: dt.date) -> Ask:
    fields = {
        "nom": family, "prenom": given, "naissance": born.strftime("%d/%m/%Y"), "motif": "urgence_vitale",
        "texte": "Malaise dans la rue, perte de conscience brève.", "preuve": "", "matricule": "",
    }  # fmt: skip
    return Ask(method="POST", path="/urgence", fields=tuple(fields.items()))


def _renamed(patient_id: int) -> None:
    """Nobody bears these traits any more."""
    from maillon.patients.models import Patient

    Patient.objects.filter(pk=patient_id).update(birth_date=dt.date(1901, 1, 1), norm_family="X", norm_given="Y")


# ------------------------------------------------------------------------------------------------ midnight in Paris


@pytest.mark.parametrize("night", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)], ids=["printemps", "automne"])
def test_a_link_ends_at_midnight_in_paris_on_the_night_when_the_clocks_change(world: World, night: dt.date) -> None:
    """Its last day is the eve, or the day itself of 23 or 25 hours; the session is that of the moment."""
    known, eve = world.patients["unknown"], night - dt.timedelta(days=1)
    page, nowhere = f"/dossier/{known.uuid}/synthese", f"/dossier/{worlds.ABSENT}/synthese"
    for last_day in (eve, night):
        midnight = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), clock.PARIS)
        with undone():
            worlds.member(world, "unknown", person="paul", basis="equipe_patient", end=last_day)
            before, _ = _at(world, midnight - dt.timedelta(seconds=1), page, nowhere)
            after, absent = _at(world, midnight, page, nowhere)
        assert before.status == 200
        assert after.status == 404
        assert not after.differs_from(absent)
        assert after.statements == absent.statements


def _at(world: World, moment: dt.datetime, *pages: str) -> list[Any]:
    with undone(), time_machine.travel(moment, tick=False):
        account = Account.objects.get(pk=world.people["paul"].actor.account_id)
        token = worlds.open_session(account, name=f"{moment.timestamp()}")
        paul = Person(key="paul", actor=world.people["paul"].actor, cookies={"maillon": token})
        return [ask(paul, Ask(method="GET", path=page)) for page in pages]


# ------------------------------------------------------------------------------------------------ revocation


def test_a_link_that_ends_closes_the_next_page(world: World) -> None:
    """P4: no page after the end, not one second."""
    hugo, named = world.people["hugo"], world.patients["named"]
    page = Ask(method="GET", path=f"/dossier/{named.uuid}/synthese")
    with undone():
        assert ask(hugo, page).status == 200
        CareTeamMembership.objects.filter(patient_id=named.id, professional_id=hugo.professional_id).update(
            ended_at=clock.now()
        )
        assert ask(hugo, page).status == 404


def test_an_opposition_closes_the_next_page(world: World) -> None:
    nadia, followed = world.people["nadia"], world.patients["second"]
    page = Ask(method="GET", path=f"/dossier/{followed.uuid}/chronologie")
    with undone():
        assert ask(nadia, page).status == 200
        worlds.wish(world, "second", kind=Wish.Kind.OPPOSED_PERSON, person="nadia", since=clock.now())
        assert ask(nadia, page).status == 404
