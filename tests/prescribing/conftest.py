from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.kernel.key import Access, Actor
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered
from tests.prescribing import told
from tests.web import world

__all__ = ["_nobody_is_remembered"]


@pytest.fixture(autouse=True)
def _within_the_year_of_the_base() -> Iterator[None]:
    with time_machine.travel(told.A_DAY_OF_THE_BASE):
        yield


@pytest.fixture
def followed(cast: Cast) -> Access:
    """A patient of the Tilleuls, born in 1957, of whom nothing is said yet; a machine's key."""
    return world.follow(world.register("diabete"), cast, treating=cast.karim)


@pytest.fixture
def key(followed: Access) -> Callable[[Actor], Access]:
    def cut(actor: Actor) -> Access:
        return access_room.open_record(actor, followed.patient_id, purpose=access_room.rule.usual_purpose(actor))

    return cut
