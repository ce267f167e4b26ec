"""Every hostile, doubtful or odd file gets its exact verdict, in little time and memory, and harms nobody."""

from __future__ import annotations

import functools
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from tests.formats.hostile import observing, payloads
from tests.formats.hostile.cases import Case
from tests.formats.hostile.observing import READERS

MAX_SECONDS, MAX_MEGABYTES = 2.0, 256
ROOT = Path(__file__).resolve().parents[3]
CASES: list[Case] = [
    case for reader in READERS for case in importlib.import_module(f"tests.formats.hostile.{reader}_cases").CASES
]


@functools.cache
def observed(reader: str) -> dict[str, list[object]]:
    """One process reads all the files of a reader, one after the other: the last line proves that it outlived them."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.formats.hostile.observing", reader],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, run.stderr[-2000:]
    assert lines[-1] == ["alive"]
    return {str(line[0]): line[1:] for line in lines[:-1]}


@pytest.mark.parametrize("case", CASES, ids=[f"{case.reader}: {case.name}" for case in CASES])
def test_a_file_gets_its_verdict_in_little_time_and_memory(case: Case) -> None:
    verdict, seconds, megabytes = observed(case.reader)[case.name]
    assert verdict == case.verdict
    assert isinstance(seconds, float)
    assert isinstance(megabytes, int)
    assert seconds < MAX_SECONDS
    assert megabytes < MAX_MEGABYTES


def test_the_catalogue_is_large_and_its_names_are_unique() -> None:
    hostile = [case for case in CASES if case.verdict != "accepted"]
    assert len(hostile) >= 150
    assert len(CASES) - len(hostile) >= 20
    assert len({(case.reader, case.name) for case in CASES}) == len(CASES)


def test_the_memory_of_a_glutton_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(observing.OBSERVERS, "glutton", lambda data: len(b"x" * 300_000_000))
    assert observing.measure("glutton", b"")[2] >= 280


def test_the_payloads_for_narratives_are_many_and_well_formed() -> None:
    assert len(set(payloads.NARRATIVE_PAYLOADS)) >= 60
    for payload in payloads.NARRATIVE_PAYLOADS:
        etree.fromstring(f"<text>{payload}</text>")
