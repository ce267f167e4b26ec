from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from tests.documents.conftest import _nobody_is_remembered, jeanne
from tests.tasks.conftest import agnes

__all__ = ["_nobody_is_remembered", "agnes", "jeanne"]

FOUR_IN_THE_AFTERNOON = dt.datetime(2026, 12, 1, 16, tzinfo=dt.timezone(dt.timedelta(hours=1)))


@pytest.fixture
def hands() -> Iterator[time_machine.Traveller]:
    """The hands of the clock, which a test moves."""
    with time_machine.travel(FOUR_IN_THE_AFTERNOON, tick=False) as traveller:
        yield traveller
