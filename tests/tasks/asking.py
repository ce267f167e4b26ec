"""Short words for what the tests of the room ask and raise."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from maillon.access.models import Replacement
from maillon.access.sessions import actor_of_account
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.conftest import Cast

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def to_do(access: Access, cast: Cast, **said: Any) -> UUID:
    given = {"title": "Rappeler le patient", "due_at": clock.now() + DAY, "structure_id": cast.tilleuls_id} | said
    return _kept(tasks.ask, access, given)


def alert(access: Access, cast: Cast, **said: Any) -> UUID:
    given = {
        "title": "INR à 6,4", "level": "rouge", "reason": "INR à 6,4 le 24/11/2026, cible 2,5",
        "due_at": clock.now() + 2 * HOUR, "structure_id": cast.tilleuls_id,
    } | said  # fmt: skip
    return _kept(tasks.raise_alert, access, given)


def _kept(verb: Any, access: Access, given: dict[str, Any]) -> UUID:
    uuid: UUID = given.pop("uuid", None) or uuid4()
    if "professional_id" not in given and "role_code" not in given:
        given["professional_id"] = access.actor.professional_id
    verb(access, uuid=uuid, **given)
    return uuid


def absent(actor: Actor, replacing: Actor | None, *, starts: int = 0, days: int = 3) -> Replacement:
    """For `days` days after its first, which is today or in `starts` days."""
    start = clock.today() + starts * DAY
    return Replacement.objects.create(
        replaced_id=actor.professional_id, replacing_id=replacing.professional_id if replacing else None,
        start=start, end=start + days * DAY, reason="Congés", recorded_by="essai",
    )  # fmt: skip


def ended(absence: Replacement) -> None:
    Replacement.objects.filter(pk=absence.pk).update(ended_at=clock.now(), ended_by="essai")


def again(actor: Actor) -> Actor:
    """As their next request finds them."""
    assert actor.account_id is not None
    return actor_of_account(actor.account_id)


def row(uuid: UUID) -> Task:
    return Task.objects.get(uuid=uuid)
