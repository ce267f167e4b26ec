"""A program of the demonstration ends with whoever started it, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def _is_alive(pid: int) -> bool:
    """A zombie that nobody has buried yet is not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
