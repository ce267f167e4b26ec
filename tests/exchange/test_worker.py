"""`maillon facteur`: one round does all, SIGTERM ends it cleanly, a database that goes away is waited for."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.db import OperationalError
from psycopg.errors import ProgramLimitExceeded

from maillon.exchange import api as exchange
from maillon.exchange.models import OutgoingMail
from maillon.kernel import clock
from tests.exchange.conftest import Desk
from tests.exchange.letters import LABORATORY, report
from tests.mailservers.account import Endpoint

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_one_drain_collects_files_answers_and_indexes(
    post: Desk, laboratory: Endpoint, known: Callable[..., object]
) -> None:
    from maillon.documents.models import Content

    known()
    laboratory.send([post.mailbox.address], report("1.2.9.1", notify=LABORATORY), report("1.2.9.2"))
    exchange.Worker(interval=60).drain()
    assert [each.state for each in post.documents()] == ["filed", "filed"]
    assert OutgoingMail.objects.get().state == "sent"
    assert not Content.objects.filter(search__isnull=True).exists()


@pytest.mark.django_db
def test_what_waits_for_its_hour_is_looked_at_each_minute_and_when_a_demonstration_leaps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swept: list[dt.datetime] = []
    monkeypatch.setattr("maillon.exchange.worker.tasks.escalate_due", lambda: bool(swept.append(clock.now())))
    worker, nine = exchange.Worker(interval=60), dt.datetime(2026, 11, 24, 9, tzinfo=clock.PARIS)
    for moment in (
        nine, nine + dt.timedelta(seconds=59), nine + dt.timedelta(seconds=60), nine - dt.timedelta(days=40),
        nine - dt.timedelta(days=39),
    ):
        with time_machine.travel(moment, tick=False):
            worker.round()
    assert len(swept) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", [ProgramLimitExceeded(), KeyError()])
@pytest.mark.parametrize("part", ["outbox.run_due", "documents.index_words", "tasks.escalate_due", "directory.is_due"])
def test_a_part_of_the_round_that_fails_each_time_takes_nothing_from_the_others(
    monkeypatch: pytest.MonkeyPatch, part: str, trouble: Exception
) -> None:
    done: list[str] = []

    def does(name: str) -> Callable[[], bool]:
        return lambda: bool(done.append(name))

    parts = ["outbox.run_due", "documents.index_words", "tasks.escalate_due", "periodic.run_due", "directory.is_due",
             "access_room.journal.tend", "access_room.journal.note_week"]  # fmt: skip
    for each in parts:
        monkeypatch.setattr(f"maillon.exchange.worker.{each}", does(each))
    monkeypatch.setattr(f"maillon.exchange.worker.{part}", lambda: _raise(trouble))
    exchange.Worker(interval=60).round()
    assert done == [each for each in parts if each != part]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [None, "08006", "53100", "57P01"])
def test_a_round_ends_where_the_database_goes_away(monkeypatch: pytest.MonkeyPatch, state: str | None) -> None:
    cause = psycopg.OperationalError() if state is None else psycopg.errors.lookup(state)()
    monkeypatch.setattr("maillon.exchange.worker.outbox.run_due", lambda: _raise(cause))
    with pytest.raises(OperationalError):
        exchange.Worker(interval=60).round()


def _raise(trouble: Exception) -> bool:
    """As Django says what psycopg said."""
    if isinstance(trouble, psycopg.OperationalError):
        raise OperationalError from trouble
    raise trouble


def test_a_database_that_goes_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = exchange.Worker(interval=0.01)
    rounds: list[int] = []

    def round_(self: exchange.Worker) -> bool:
        rounds.append(1)
        if len(rounds) < 3:
            raise OperationalError
        self.stop()
        return False

    monkeypatch.setattr(exchange.Worker, "round", round_)
    monkeypatch.setattr("maillon.exchange.worker.connection.close", lambda: None)
    running = threading.Thread(target=worker.run)
    running.start()
    running.join(5)
    assert not running.is_alive()
    assert len(rounds) == 3


def test_sigterm_ends_the_command_with_success() -> None:
    """On the tests' own cluster; its base `maillon` may be empty, which is a database error to wait through."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "maillon.settings", "MAILLON_JOURNAL": "CRITICAL"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "maillon.cli", "facteur", "--intervalle", "0.2"], cwd=ROOT, env=environment
    )
    deadline = time.monotonic() + 60
    while not _catches_sigterm(worker.pid) and time.monotonic() < deadline:
        assert worker.poll() is None
        time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0


def _catches_sigterm(pid: int) -> bool:
    """The command is ready to be stopped: the kernel knows its handler."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)
