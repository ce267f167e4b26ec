"""A demonstration moves its clock, and only a demonstration: never a production, and never for ever."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from maillon.kernel import clock

TRUE = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)
THEN = dt.datetime(2026, 10, 15, 9, tzinfo=dt.UTC)


@pytest.fixture
def demonstration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAILLON_DEMO", "1")
    monkeypatch.setenv("MAILLON_DONNEES", str(tmp_path))


@pytest.mark.usefixtures("demonstration")
def test_a_demonstration_moves_its_clock_and_time_goes_on_from_there() -> None:
    with time_machine.travel(TRUE, tick=False) as traveller:
        clock.move_to(THEN)
        assert (clock.now(), clock.wall()) == (THEN, TRUE)
        assert clock.today() == dt.date(2026, 10, 15)
        traveller.shift(dt.timedelta(seconds=30))
        assert clock.now() == THEN + dt.timedelta(seconds=30)
        clock.put_back()
        assert clock.now() == clock.wall()


@pytest.mark.usefixtures("demonstration")
def test_a_player_that_died_does_not_leave_the_clock_wrong() -> None:
    with time_machine.travel(TRUE, tick=False) as traveller:
        clock.move_to(THEN)
        traveller.shift(clock.LONGEST_SHIFT)
        assert clock.now() == clock.wall()


@pytest.mark.usefixtures("demonstration")
def test_a_file_that_is_spoilt_moves_nothing(tmp_path: Path) -> None:
    (tmp_path / "horloge.json").write_text("{")
    with time_machine.travel(TRUE, tick=False):
        assert clock.now() == TRUE


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize(("name", "value"), [("MAILLON_DEMO", ""), ("MAILLON_INS", "reel")])
def test_the_clock_of_an_installation_is_never_moved(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(TRUE, tick=False):
        clock.move_to(THEN)
        monkeypatch.setenv(name, value)
        assert clock.now() == TRUE
        with pytest.raises(RuntimeError):
            clock.move_to(THEN)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-02-30", "10000-01-01"])
def test_an_instant_that_paris_does_not_have_is_none(text: str) -> None:
    """It would be kept, and break every page that shows it."""
    assert clock.instant(text) is None
