from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.evaluations import api as evaluations
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Attachment, Professional
from tests.charter.conftest import agnes
from tests.conftest import LONG_AGO, Cast

__all__ = ["agnes"]

MATURITY = "maturite-has-2013"
OTHERS = (("Rose", "G15_60"), ("Marc", "G15_70"), ("Lise", "G15_21"), ("Hugo", "G15_10"), ("Anne", "G15_60"))


def refusal(verb: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(UserMessage) as caught, transaction.atomic():
        verb(*arguments, **named)
    return caught.value.code


def engage(structure_id: int, given: str, profession: str) -> Actor:
    person = Professional.objects.create(given_name=given, family_name="Essai", profession_code=profession)
    Attachment.objects.create(
        professional=person, structure_id=structure_id, start=LONG_AGO
    )
    identifier = f"{given.lower()}@essai"
    account = Account.objects.create(identifier=identifier, professional=person, structure_id=structure_id)
    return actor_of_account(account.pk)


@pytest.fixture
def ten(cast: Cast, agnes: Actor) -> list[Actor]:
    """Ten members: three physicians, three nurses, and one each of physiotherapist, pharmacist, secretary and
    coordinator."""
    others = [engage(cast.tilleuls_id, given, profession) for given, profession in OTHERS]
    return [cast.claire, cast.karim, cast.nadia, cast.sylvie, agnes, *others]


@pytest.fixture
def opened(agnes: Actor, ten: list[Actor]) -> int:
    number = evaluations.campaigns.prepare(agnes, MATURITY)
    evaluations.campaigns.open_answers(agnes, number)
    return number


def answer(actor: Actor, number: int, level: int | None = 2, comment: str = "") -> None:
    """Every dimension alike, handed in."""
    for each in evaluations.answering.mine(actor, number).lines:
        evaluations.answering.say(actor, number, each.dimension.code, level=level, comment=comment)
    evaluations.answering.hand_in(actor, number)


def close(agnes: Actor, number: int, people: list[Actor], levels: list[int]) -> None:
    for actor, level in zip(people, levels, strict=True):
        answer(actor, number, level)
    evaluations.campaigns.close_answers(agnes, number)
