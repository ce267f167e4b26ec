"""Killing the worker, the database or the mail operator at any moment loses nothing and files nothing twice.

A few deaths here; `make kills` (or MAILLON_KILLS=200) is the whole.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("MAILLON_KILLS", "50"))


@pytest.mark.slow
def test_kills_during_an_intake_lose_nothing_and_file_nothing_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = int(os.environ.get("MAILLON_GRAINE", "0")) or random.SystemRandom().randrange(1, 10**6)
    folder = Path(tempfile.mkdtemp(prefix="maillon-kill-", dir="/tmp"))
    folder.chmod(0o755)  # the database's own user enters it
    try:
        done = subprocess.run(
            [
                sys.executable, "-m", "tests.exchange.arena",
                "--folder", folder, "--seed", str(seed), "--kills", str(KILLS), "--letters", str(KILLS * 7 // 4),
            ],
            cwd=ROOT, capture_output=True, text=True, timeout=420, check=False,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert done.returncode == 0, f"seed {seed} (MAILLON_GRAINE={seed} replays it)\n{done.stderr[-4000:]}"
    report = json.loads(done.stdout)
    total = sum(report["kills"].values())
    with capsys.disabled():
        print(f"\n{total} kills {report['kills']}, {report['letters']} messages, {report['seconds']}")
    assert report["broken"] == [], f"seed {seed} (MAILLON_GRAINE={seed} replays it)"
    assert total >= KILLS
    assert set(report["kills"]) == {"worker", "database", "operator"}
