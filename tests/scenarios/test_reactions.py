"""What the platform notices while a run is played is kept with it, once; at any other time, nowhere here."""

from __future__ import annotations

from uuid import uuid4

import pytest

from maillon.noticed.events import IrritantNoticed
from maillon.scenarios import api as scenarios
from maillon.scenarios.reactions import irritant_noticed

pytestmark = pytest.mark.django_db
runs = scenarios.runs
TOLD = IrritantNoticed(
    code="IR11", fact="non_lu", severity=3, structure_id=1, document=uuid4(), at="2026-11-28T10:00:00+00:00"
)


def test_told_twice_it_is_kept_once_and_survives_the_end_of_the_run() -> None:
    run = runs.ask("entorse_cheville", asked_by="essai")
    irritant_noticed(TOLD)
    assert not runs.noticed(run)
    assert runs.take_next() == run
    irritant_noticed(TOLD)
    irritant_noticed(TOLD)
    runs.end(run, observed={"non_lus_24h": 1})
    assert [each["fait"] for each in runs.noticed(run)] == ["non_lu"]
    figures = {each.code: each for each in runs.read(run).figures}
    assert figures["non_lus"].is_alarming
