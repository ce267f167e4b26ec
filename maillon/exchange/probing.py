"""Reading a suspect message in a child process first: whether its reader survives, within bounds."""

from __future__ import annotations

import os
import resource
import signal
import time

from maillon.exchange.findings import as_attached
from maillon.formats.mail import read_mail
from maillon.formats.refusal import Refused

SECONDS = 10
MEMORY_MORE = 512 * 1024 * 1024  # on top of what the process already has


def survives(raw: bytes) -> bool:
    """True when reading ends, be it by a refusal."""
    child = os.fork()
    if child == 0:
        _read_and_leave(raw)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _read_and_leave(raw: bytes) -> None:
    """In the child: nothing of the parent is closed or flushed, and its database connection is not touched."""
    code = 1
    try:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_DFL)
        _bound()
        for finding in as_attached(read_mail(raw)):
            if finding.cda is not None:
                finding.cda.for_filing()
        code = 0
    except Refused:
        code = 0
    finally:
        os._exit(code)


def _bound() -> None:
    with open("/proc/self/statm", encoding="ascii") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY_MORE, size + MEMORY_MORE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
