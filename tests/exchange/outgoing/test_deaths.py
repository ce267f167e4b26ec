"""Deaths of remote ends and of workers, at every step of sending and of collecting receipts.

`make deaths` (or MAILLON_DEATHS=3000) runs the whole; the default run draws a few from a new seed each time.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.exchange.outgoing.conftest import Record
from tests.exchange.outgoing.deaths import Ordeal, Receipts
from tests.exchange.outgoing.operators import Death, MortalOperator
from tests.exchange.outgoing.test_transport import _at
from tests.mailservers.account import Endpoint

pytestmark = pytest.mark.django_db
DEATHS = int(os.environ.get("MAILLON_DEATHS", "12"))
SEED = int(os.environ.get("MAILLON_GRAINE", "0")) or random.SystemRandom().randrange(1, 10**6)


def test_operators_and_workers_die_at_every_step_of_a_submission(
    record: Record, mortal: MortalOperator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _at(record, mortal)
    mortal.silence = 0.25
    for name, seconds in (("SECONDS", 0.2), ("FINAL_SECONDS", 0.2)):
        monkeypatch.setattr(f"maillon.exchange.smtp.{name}", seconds)
    ordeal = Ordeal(record=record, operator=mortal, chance=random.Random(SEED))
    began = time.monotonic()
    ordeal.run(DEATHS // 2)
    with capsys.disabled():
        print(
            f"\nseed {SEED}: {len(mortal.deaths)} deaths of the operator at {len(set(mortal.deaths))} of {len(Death)} "
            f"steps, {sum(ordeal.workers.values())} of the worker; {len(mortal.taken)} mails taken, {ordeal.copies} "
            f"copies for {ordeal.ambiguous} answers lost; {ordeal.retried} given to somebody and sent again; "
            f"{time.monotonic() - began:.0f} s"
        )
    assert ordeal.broken == [], f"MAILLON_GRAINE={SEED} replays it"


def test_the_line_falls_anywhere_while_receipts_are_collected(
    posted: Record, laboratory: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    receipts = Receipts(record=posted, sender=laboratory, chance=random.Random(SEED))
    began = time.monotonic()
    receipts.run(DEATHS // 2)
    with capsys.disabled():
        print(f"\nseed {SEED}: {receipts.cuts} cuts of the IMAP line; {time.monotonic() - began:.0f} s")
    assert receipts.broken == [], f"MAILLON_GRAINE={SEED} replays it"
