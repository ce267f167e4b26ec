"""Nothing seeps: somebody from whom data are hidden cannot tell whether there are any."""

from __future__ import annotations

import os
import time

import pytest

from tests.seep import mutations
from tests.seep.twins import Twins
from tests.seep.worlds import ASKING, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAIRS = int(os.environ.get("MAILLON_SEEP_PAIRS", "5000"))
SEED = int(os.environ.get("MAILLON_SEEP_SEED", "20260331"))


def test_twins_that_differ_in_hidden_data_answer_alike(world: World) -> None:
    began = time.monotonic()
    found = Twins(world, seed=SEED).compare(PAIRS, people=ASKING)
    print(
        f"\n{found.pairs} pairs, {len(found.seeps)} differences, seed {SEED}, {time.monotonic() - began:.0f} s"
        f"\nstatuses {dict(found.statuses)}\nchanges {dict(found.changes)}"
    )
    assert not found.seeps, "\n".join(map(str, found.seeps))
    assert not found.faults, "\n".join(found.faults[:20])


def test_each_hidden_change_alone_is_not_noticed(world: World) -> None:
    """Whoever it is hidden from, however few they are."""
    twins = Twins(world, seed=SEED)
    for change in mutations.ALL:
        twins.only = (change,)
        found = twins.compare(30, people=ASKING)
        assert found.changes[change.__name__]
        assert not found.seeps, "\n".join(map(str, found.seeps))
