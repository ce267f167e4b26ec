from __future__ import annotations

from collections.abc import Callable

import pytest

from maillon.access import api as access_room
from maillon.kernel.key import Access, Actor
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered
from tests.web import world

__all__ = ["_nobody_is_remembered"]


@pytest.fixture
def followed(cast: Cast) -> Access:
    """A patient of the Tilleuls, qualified, with a synthesis, and Karim as médecin traitant; a machine's key."""
    access = world.follow(world.register("diabete"), cast, treating=cast.karim)
    world.file_synthesis(access)
    return access


@pytest.fixture
def key(followed: Access) -> Callable[..., Access]:
    def cut(actor: Actor, patient: Access | None = None) -> Access:
        return access_room.open_record(
            actor, (patient or followed).patient_id, purpose=access_room.rule.usual_purpose(actor)
        )

    return cut
