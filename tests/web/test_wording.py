from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from maillon.web import labels, wording


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)):
        yield


@pytest.mark.parametrize(
    ("born", "said"),
    [
        (dt.date(1992, 3, 31), "34 ans"),
        (dt.date(1992, 4, 1), "33 ans"),
        (dt.date(2025, 10, 31), "5 mois"),
        (dt.date(2024, 3, 31), "2 ans"),
        (dt.date(2024, 4, 1), "23 mois"),
        (dt.date(2026, 3, 19), "12 jours"),
        (dt.date(2026, 3, 31), "0 jour"),
    ],
)
def test_ages(born: dt.date, said: str) -> None:
    assert wording.age(born) == said.replace(" ", wording.NARROW)


def test_dates_are_those_of_paris() -> None:
    assert wording.day(dt.datetime(2026, 3, 31, 22, 30, tzinfo=dt.UTC)) == "01/04/2026"
    assert wording.moment(dt.datetime(2026, 3, 31, 7, 5, tzinfo=dt.UTC)) == "31/03/2026 à 09\u202fh\u202f05"
    assert wording.day("2026-03") == "03/2026"


def test_numbers() -> None:
    assert wording.decimal(Decimal("5.40000000")) == "5,4"
    assert wording.decimal(Decimal("1200")) == "1200"
    assert wording.counted(0, "document") == "0\u202fdocument"
    assert wording.counted(2, "document") == "2\u202fdocuments"
    assert wording.size(33_000) == "33\u202fKo"


def test_a_due_date_is_told_by_days() -> None:
    now = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
    assert wording.due(now + dt.timedelta(hours=2)) == "aujourd’hui"
    assert wording.due(now - dt.timedelta(days=1)) == "hier"
    assert wording.due(now - dt.timedelta(days=9)) == "il y a 9\u202fjours"
    assert wording.due(now + dt.timedelta(days=5)) == "05/04/2026"


def test_a_browser_is_recognised_by_its_owner() -> None:
    assert wording.browser("Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/140.0") == "Firefox, Windows"
    assert wording.browser("") == "Navigateur inconnu"


@pytest.mark.parametrize(
    ("code", "shown"), [("S", ("S", "sensible")), ("I", ("I", "intermédiaire")), ("R", ("R", "résistant"))]
)
def test_an_antibiogram_is_told_whichever_way_it_goes(code: str, shown: tuple[str, str]) -> None:
    mark = labels.flag(code, is_abnormal=code == "R")
    assert mark is not None
    assert (mark.letter, mark.word) == shown
