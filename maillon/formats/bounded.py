"""Runs what cannot be trusted with hostile bytes in a child process that may be killed at any moment.

One warm child per process: starting Python and the PDF libraries costs a third of a second, a task a few
milliseconds. The child has a ceiling of memory, a budget of processor time per task, no file to write and nothing
secret in its environment. It answers bytes, never pickles: a child that has been taken over can lie, and no more.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

CPU_SECONDS = 1.5
WALL_SECONDS = 10.0  # only for a machine so busy that processor time says nothing
MEMORY_BYTES = 296 * 1024 * 1024  # address space; Python and the libraries take 95 MB of it
MAX_ANSWER = 80 * 1024 * 1024
_TASKS_PER_CHILD = 500
_IDLE_SECONDS = 300.0

# The only functions a child will run: name -> (module, function).
_TASKS = {
    "pdf.scan": ("maillon.formats.pdf_inside", "scan"),
    "pdf.clean": ("maillon.formats.pdf_inside", "clean"),
    "pdf.text": ("maillon.formats.pdf_inside", "text"),
}
_REQUEST = struct.Struct("<32sdQQ")  # task, CPU seconds, number, size of the bytes
_ANSWER = struct.Struct("<BQ")  # done or failed, size of the bytes


class Exhausted(Exception):
    """The task was stopped: time or memory ran out, or the library crashed."""


class _Child:
    def __init__(self) -> None:
        environment = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        self.owner = os.getpid()
        self.tasks = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "maillon.formats.bounded"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
        )

    @property
    def usable(self) -> bool:
        return self.owner == os.getpid() and self.tasks < _TASKS_PER_CHILD and self.process.poll() is None

    def ask(self, request: bytes, data: bytes, *, deadline: float) -> tuple[int, bytes]:
        self.tasks += 1
        pipe = self.process.stdin
        if pipe is None:
            raise BrokenPipeError
        pipe.write(request)
        pipe.write(data)
        pipe.flush()
        status, size = _ANSWER.unpack(self._read(_ANSWER.size, deadline))
        if size > MAX_ANSWER:
            raise Exhausted
        return status, self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        if self.process.stdout is None:
            raise Exhausted
        descriptor, pieces, left = self.process.stdout.fileno(), [], size
        while left:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            piece = os.read(descriptor, min(left, 1 << 20)) if ready else b""
            if not piece:
                raise Exhausted
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def end(self) -> None:
        if self.owner != os.getpid():  # inherited through a fork: it is the parent's
            return
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


_lock = threading.Lock()
_child: _Child | None = None


def run_bounded(task: str, data: bytes, *, number: int = 0, cpu_seconds: float = CPU_SECONDS) -> bytes:
    """Answer of the named task; raises Exhausted when it had to be stopped, ValueError when it failed by itself."""
    request = _REQUEST.pack(task.encode("ascii"), cpu_seconds, number, len(data))
    with _lock:
        status, answer = _ask(request, data)
    if status:
        raise ValueError(answer.decode("utf-8", "replace")[:200])
    return answer


def warm_up() -> None:
    """Starts the child ahead of the first task."""
    with _lock:
        _current_child()


def _ask(request: bytes, data: bytes) -> tuple[int, bytes]:
    for attempt in (1, 2):  # a child that went home idle is replaced once
        child = _current_child()
        try:
            return child.ask(request, data, deadline=time.monotonic() + WALL_SECONDS)
        except BrokenPipeError:
            _end_child()
            if attempt == 2:
                raise Exhausted from None
        except Exhausted:
            _end_child()
            raise
    raise Exhausted


def _current_child() -> _Child:
    global _child  # noqa: PLW0603 — one child per process is the point
    if _child is None or not _child.usable:
        _end_child()
        _child = _Child()
    return _child


def _end_child() -> None:
    global _child  # noqa: PLW0603
    if _child is not None:
        _child.end()
        _child = None


atexit.register(_end_child)


# What follows runs in the child.


def _serve() -> None:
    tasks = {name: _function(*place) for name, place in _TASKS.items()}
    _limit_resources()
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    parent = os.getppid()
    while _request_waits(reader, parent):
        head = reader.read(_REQUEST.size)
        if len(head) < _REQUEST.size:
            return
        name, cpu_seconds, number, size = _REQUEST.unpack(head)
        data = reader.read(size)
        status, answer = _run(tasks[name.rstrip(b"\0").decode()], data, number=number, cpu_seconds=cpu_seconds)
        writer.write(_ANSWER.pack(status, len(answer)))
        writer.write(answer)
        writer.flush()


def _function(module: str, name: str) -> Callable[[bytes, int], bytes]:
    function: Callable[[bytes, int], bytes] = getattr(importlib.import_module(module), name)
    return function


def _limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _request_waits(reader: BinaryIO, parent: int) -> bool:
    """False when the parent is gone, though another process may still hold the pipe, or after long idleness."""
    for _ in range(int(_IDLE_SECONDS / 10)):
        if select.select([reader.fileno()], [], [], 10.0)[0]:
            return True
        if os.getppid() != parent:
            return False
    return False


def _run(function: Callable[[bytes, int], bytes], data: bytes, *, number: int, cpu_seconds: float) -> tuple[int, bytes]:
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)  # SIGPROF, left to its default, ends the process
    try:
        return 0, function(data, number)
    except MemoryError:
        os._exit(1)  # what is left of this process is not worth keeping
    except Exception as error:  # noqa: BLE001 — the parent decides what a failure means
        return 1, json.dumps(type(error).__name__).encode()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


if __name__ == "__main__":
    _serve()
