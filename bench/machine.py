"""What machine this is, printed with every figure."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def described() -> str:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "?",
    )
    memory = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line)
    return f"{os.cpu_count()} cœurs {model}, {memory // 1024 // 1024} Gio, Python {platform.python_version()}"
