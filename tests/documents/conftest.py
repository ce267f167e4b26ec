from __future__ import annotations

import pytest

from maillon.documents import filing
from maillon.kernel.key import PatientId
from tests.conftest import Cast
from tests.documents import making


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    """Authors are remembered for half a minute; here the people of one test are gone in the next."""
    filing._known_authors.clear()


@pytest.fixture
def jeanne(cast: Cast) -> PatientId:
    """A patient whom the Tilleuls follow."""
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    return patient
