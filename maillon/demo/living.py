"""The maison de santé as a newcomer finds it: protocols in force, patients followed, somebody away, a campaign under
way. Told once, in one transaction: a demonstration that is resumed finds it as it was left."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction

from maillon.access import api as access_room
from maillon.demo import plans, protocols
from maillon.demo.house import House
from maillon.evaluations import api as evaluations
from maillon.forms import api as forms
from maillon.pathways.api import authoring

MATURITY: Final = "maturite-has-2013"
ASKED_OF_PATIENT: Final = "OBSERVANCE"
AWAY: Final = dt.timedelta(days=9)


def settle_in(house: House) -> None:
    """Idempotent."""
    if authoring.library.versions(house.actor("marchand")):
        return
    with transaction.atomic():
        plans.work(house, protocols.put_in_force(house))
        _away(house)
        _campaign(house)
        _questions_to_the_patient(house)


def _away(house: House) -> None:
    """Dr Benali since yesterday; Dr Morel has what is his."""
    access_room.team.staff.start_replacement(
        house.actor("benali"), replaced_id=house.people["benali"], replacing_id=house.people["morel"],
        start=house.day(0), end=house.day(0) + AWAY, reason="Congés",
    )  # fmt: skip


def _campaign(house: House) -> None:
    """The yearly matrix: two have answered, one has begun, the others have not opened it."""
    leader = house.actor("marchand")
    with house.days_ago(6):
        number = evaluations.campaigns.prepare(leader, MATURITY, until=house.day(0) + dt.timedelta(days=20))
        evaluations.campaigns.open_answers(leader, number)
    for who, level, share in (("lefevre", 2, 1.0), ("marchand", 3, 1.0), ("girard", 2, 0.4)):
        actor = house.actor(who)
        lines = evaluations.answering.mine(actor, number).lines
        for rank, line in enumerate(lines[: round(len(lines) * share)]):
            evaluations.answering.say(actor, number, line.dimension.code, level=max(0, level - rank % 3))
        if share == 1.0:
            evaluations.answering.hand_in(actor, number)


def _questions_to_the_patient(house: House) -> None:
    with house.days_ago(1):
        forms.asked_of_patients.ask(house.key("lefevre", "diabete", resource="questionnaire"), ASKED_OF_PATIENT)
