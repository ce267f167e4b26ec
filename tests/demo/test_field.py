"""What rubs and the field days of the demonstration: told through the rooms' own verbs, once."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.demo import deployment, field
from maillon.demo.house import House
from maillon.demo.loading import ADMINISTRATOR, PASSWORD, Loader
from maillon.fielddays import api as fielddays
from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor
from simulators.territory import build_territory
from tests.documents.conftest import _nobody_is_remembered

__all__ = ["_nobody_is_remembered"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("MAILLON_DEMO", "1")
    until = clock.today()
    loader = Loader(build_territory(until=until, patients=2))
    loader.load()
    steward = deployment.fill(
        administrator=loader.accounts[ADMINISTRATOR], password=PASSWORD, ours=loader.structures["msp"]
    )
    assert steward is not None
    loader.accounts[deployment.STEWARD[0]] = steward
    return House.of(loader, until=until)


def steward(house: House) -> Actor:
    return access_room.sessions.actor_of_account(house.accounts[deployment.STEWARD[0]])


def test_irritants_stand_at_every_state_with_who_and_when(house: House) -> None:
    before = clock.wall()
    field.stand(house)
    leader = house.actor("marchand")
    lines = irritants.lines.to_triage(leader)
    states = Counter(Irritant.objects.values_list("state", flat=True))
    assert set(states) == {"nouveau", "trie", "en_cours", "resolu", "ecarte", "reuni"}
    assert all(each.owner and each.action for each in lines if each.state in ("trie", "en_cours"))
    assert all(each.reply for each in lines if each.state in ("resolu", "ecarte"))
    assert sum(each.is_late and each.state != "nouveau" for each in lines) == 1
    assert max(each.reported_at for each in lines) <= before
    assert sum(1 for number in irritants.figures.cost(leader).by_month if number) >= 10
    told = irritants.export.for_vendor(leader)
    assert len(told) >= 4
    assert not any(name in str(told) for name in ("Morel", "Lefèvre", "Caron"))
    assert len(irritants.lines.answered(house.actor("girard"))) == 1  # the older answers have been read
    assert irritants.lines.owned(house.actor("lefevre"))
    assert not JournalEntry.objects.filter(at__lt=before - dt.timedelta(hours=1)).exists()


def test_the_days_show_that_it_went_better_the_second_time(house: House) -> None:
    field.stand(house)
    days = fielddays.reading.days(house.actor("marchand"))
    assert [(each.scenario, each.state) for each in days if each.is_ours] == [
        ("appendicectomie", "preparee"), ("entorse_cheville", "close"), ("entorse_cheville", "close"),
    ]  # fmt: skip
    assert days[0].held_on > house.until
    assert all(each.held_on.weekday() == 3 for each in days)
    assert all(each.said == each.steps for each in days if each.state == "close")
    columns = fielddays.comparing.compare(house.actor("marchand"), "entorse_cheville").columns
    latest, elsewhere, first = columns
    assert (latest.title, first.title) == ("Vallée de l’Aubre", "Vallée de l’Aubre")
    assert elsewhere.title == "Côte d’Erlon"
    assert latest.minutes_lost < first.minutes_lost
    assert (latest.seconds or 0) < (first.seconds or 0)
    assert latest.not_done < first.not_done
    assert len(fielddays.comparing.compare(steward(house), "entorse_cheville").columns) == 3


def test_the_prepared_day_still_lacks_somebody(house: House) -> None:
    field.stand(house)
    prepared = next(each for each in fielddays.reading.days(house.actor("marchand")) if each.state == "preparee")
    parts = fielddays.reading.show(house.actor("marchand"), prepared.uuid).parts
    assert {each.actor for each in parts if not each.holder} == {"biologiste", "pathologiste"}


def test_stood_again_it_changes_nothing(house: House) -> None:
    field.stand(house)
    known = (Irritant.objects.count(), len(fielddays.reading.days(house.actor("marchand"))))
    field.stand(house)
    assert known == (Irritant.objects.count(), len(fielddays.reading.days(house.actor("marchand"))))
