from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from maillon.formats.tabular import as_csv, harmless

FORMULAS = ("=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\0=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0")


@pytest.mark.parametrize("typed", FORMULAS)
def test_no_cell_is_run_by_a_spreadsheet(typed: str) -> None:
    assert harmless(typed) == f"'{typed}"


def test_a_number_stays_a_number() -> None:
    assert harmless(Decimal("-1.5")) == "-1.5"


def test_what_is_written_is_read_back() -> None:
    written = as_csv(("a", "b"), [("été ; 1", 'dit « "oui" »'), (None, "ligne\nsuivante")])
    read = list(csv.reader(io.StringIO(written.decode("utf-8-sig")), delimiter=";"))
    assert read == [["a", "b"], ["été ; 1", 'dit « "oui" »'], ["", "ligne\nsuivante"]]
