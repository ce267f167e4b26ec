"""Deaths of remote ends and of workers, at every step of sending and of collecting receipts.

`make deaths` (or MAILLON_DEATHS=3000) runs the whole; the default run draws a few from a new seed each time.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maillon.exchange.collecting import collect
from maillon.exchange.models import Mailbox
from tests.exchange.letters import report
from tests.exchange.outgoing.collecting_ordeal import Receipts
from tests.exchange.outgoing.conftest import Record
from tests.exchange.outgoing.deaths import Ordeal
from tests.exchange.outgoing.falling import Fall, FallingOperator, Step, Way, every_fall
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


@pytest.fixture
def falling(posted: Record, tmp_path: Path) -> Iterator[FallingOperator]:
    """Between the mailbox and its operator."""
    assert posted.desk.endpoint is not None
    operator = FallingOperator(tmp_path / "tombant", posted.desk.endpoint, random.Random(SEED)).start()
    Mailbox.objects.filter(pk=posted.desk.mailbox.pk).update(imap_port=operator.port, ca_file=operator.ca_file)
    yield operator
    operator.stop()


def test_the_operator_falls_at_every_step_of_a_collection(
    posted: Record,
    falling: FallingOperator,
    laboratory: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("imap.CONNECT_SECONDS", "imap.READ_SECONDS", "patience.ANSWER_SECONDS"):  # less than its silences
        monkeypatch.setattr(f"maillon.exchange.{name}", 0.3)
    receipts = Receipts(record=posted, sender=laboratory, operator=falling, chance=random.Random(SEED))
    began = time.monotonic()
    receipts.run(DEATHS // 2)
    with capsys.disabled():
        print(
            f"\nseed {SEED}: {len(falling.falls)} deaths of the operator at {len(set(falling.falls))} of "
            f"{len(every_fall())} (step, way), {sum(each.way.is_ambiguous for each in falling.falls)} ambiguous; "
            f"{falling.sessions} sessions, {receipts.told} told on the mailbox; {receipts.returned.total()} reports "
            f"given for {len(receipts.returned)}, {receipts.copies} kept twice; {time.monotonic() - began:.0f} s"
        )
    assert receipts.broken == [], f"MAILLON_GRAINE={SEED} replays it"


def test_a_line_that_never_carries_a_whole_batch_empties_the_mailbox_nevertheless(
    posted: Record, falling: FallingOperator, laboratory: Endpoint
) -> None:
    assert posted.desk.endpoint is not None
    laboratory.send([posted.desk.endpoint.address], *(report(f"1.2.6.{number}") for number in range(24)))
    falling.carries = 20_000  # some four of them
    for _ in range(8):
        collect(Mailbox.objects.get(pk=posted.desk.mailbox.pk))
    assert len(posted.desk.messages()) == 24
    assert Mailbox.objects.get(pk=posted.desk.mailbox.pk).last_error == ""


def test_a_line_that_falls_while_signing_in_says_nothing_of_the_password(
    posted: Record, falling: FallingOperator
) -> None:
    for way, words in ((Way.AFTER, "interrompu"), (Way.NO, "refuse l’identifiant")):
        falling.fall_at(Fall(Step.LOGIN, way))
        collect(Mailbox.objects.get(pk=posted.desk.mailbox.pk))
        assert words in Mailbox.objects.get(pk=posted.desk.mailbox.pk).last_error
