from __future__ import annotations

import pytest

from maillon.kernel.key import Access, PatientId
from tests.conftest import Cast
from tests.web import world


@pytest.fixture
def followed(cast: Cast) -> Access:
    """A patient of the Tilleuls with a story, a synthesis and a médecin traitant; a machine's key."""
    access = world.follow(world.register("diabete"), cast, treating=cast.claire)
    world.file_story(access, "diabete", reader=cast.claire, most=6)
    world.file_synthesis(access)
    return access


@pytest.fixture
def patient_id(followed: Access) -> PatientId:
    return followed.patient_id
