"""Work that comes back: once each time, by one worker, and a failure holds up no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from maillon.kernel import clock, periodic

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    ran: list[str] = []
    monkeypatch.setattr(periodic, "_works", {})

    @periodic.every(HOUR, "cassé")
    def broken() -> None:
        raise RuntimeError("no")

    @periodic.every(HOUR, "bon")
    def good() -> None:
        ran.append("bon")

    return ran  # type: ignore[return-value]


@pytest.mark.django_db
def test_each_work_runs_when_its_time_has_come(works: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with time_machine.travel(clock.now(), tick=False) as hands:
        assert periodic.run_due() == 2
        assert periodic.run_due() == 0  # another worker, at the same moment
        hands.shift(dt.timedelta(minutes=59))
        assert periodic.run_due() == 0
        hands.shift(dt.timedelta(minutes=1))
        assert periodic.run_due() == 2
    assert works == ["bon", "bon"]
    assert "cassé failed: RuntimeError" in caplog.text
    assert periodic.names() == ("bon", "cassé")


@pytest.mark.django_db
def test_a_clock_that_was_ahead_and_is_put_right_stops_nothing(works: list[str]) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(days=400), tick=False):
        assert periodic.run_due() == 2
    assert periodic.run_due() == 2
    assert periodic.run_due() == 0
