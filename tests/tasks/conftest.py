from __future__ import annotations

import pytest

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.kernel.key import Actor
from maillon.professionals.models import Attachment, Professional
from tests.conftest import LONG_AGO, Cast
from tests.documents.conftest import _nobody_is_remembered, jeanne

__all__ = ["_nobody_is_remembered", "jeanne"]


@pytest.fixture
def agnes(cast: Cast) -> Actor:
    """The coordinator of the Tilleuls."""
    person = Professional.objects.create(given_name="Agnès", family_name="Roux", profession_code="330")
    Attachment.objects.create(
        professional=person, structure_id=cast.tilleuls_id, start=LONG_AGO
    )
    return actor_of_account(
        Account.objects.create(identifier="agnes@demo", professional=person, structure_id=cast.tilleuls_id).pk
    )
