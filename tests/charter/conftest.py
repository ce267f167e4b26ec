from __future__ import annotations

import datetime as dt

import pytest

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.professionals.models import Attachment, Professional
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered, jeanne

__all__ = ["_nobody_is_remembered", "jeanne"]


@pytest.fixture
def agnes(cast: Cast) -> Actor:
    """The coordinator of the Tilleuls: she writes its charter."""
    person = Professional.objects.create(given_name="Agnès", family_name="Roux", profession_code="330")
    Attachment.objects.create(
        professional=person, structure_id=cast.tilleuls_id, start=clock.today() - dt.timedelta(days=900)
    )
    return actor_of_account(
        Account.objects.create(identifier="agnes@demo", professional=person, structure_id=cast.tilleuls_id).pk
    )
