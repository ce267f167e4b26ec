"""A program of the demonstration ends with whoever started it, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maillon.demo.programs import Programs
from maillon.kernel import config

STARTS = """
import pathlib, sys, time
from maillon.demo.programs import Programs
programs = Programs(pathlib.Path(sys.argv[1]))
programs.start("attend", "http.server", "--bind", "127.0.0.1", "0")
print(programs._running["attend"].pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asked of the Linux kernel")
def test_a_program_ends_with_its_parent_even_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS, str(tmp_path)], cwd=config.ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    assert parent.wait(10) == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while _is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


ENDS = """
import pathlib, signal, sys, time
journal = pathlib.Path("{folder}/journal")
def end(*_):
    time.sleep(0.2)
    journal.open("a").write(sys.argv[1])
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path("{folder}", sys.argv[1]).touch()
time.sleep(60)
"""


def test_programs_end_one_after_another_the_last_one_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "finit.py").write_text(ENDS.format(folder=tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    programs = Programs(tmp_path / "journaux")
    for name in ("a", "b", "c"):
        programs.start(name, "finit", name)
        while not (tmp_path / name).exists():
            time.sleep(0.02)
    programs.stop()
    assert (tmp_path / "journal").read_text() == "cba"


def _is_alive(pid: int) -> bool:
    """A zombie that nobody has buried yet is not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
