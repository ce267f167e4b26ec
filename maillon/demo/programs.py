"""The programs of the demonstration, each a process of its own with its own log in the data directory."""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maillon.kernel import config

PATIENCE = 30.0
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class ProgramDied(Exception):
    """A program of the demonstration did not start, or ended. The message is French and names its log."""


@dataclass(slots=True)
class Programs:
    """Started in order, stopped in the reverse order, whatever happens."""

    logs: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=config.ROOT,
                env=os.environ,
                start_new_session=True,  # Ctrl-C reaches us alone: we stop the others in order
                preexec_fn=_end_with_the_parent if _LIBC else None,  # noqa: PLW1509 (one system call, no lock)
            )

    def check(self, *names: str) -> None:
        """Of these programs, or of all. Raises ProgramDied when one of them ended, unless it has done its work."""
        for name in names or self._running:
            process = self._running[name]
            if process.poll() not in (None, 0):
                raise ProgramDied(
                    f"Le programme « {name} » s’est arrêté (état {process.returncode}) ; "
                    f"voir {self.logs / f'{name}.log'}."
                )

    def has_started(self, name: str) -> bool:
        return name in self._running

    def has_ended(self, name: str) -> bool:
        return self._running[name].poll() is not None

    def stop(self) -> None:
        """One after another: the player, started last, puts the clock back while the others still work."""
        for process in reversed(self._running.values()):
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
        self._running.clear()


def _end_with_the_parent() -> None:
    """In the child, before it becomes the program: killed, we could not stop it, and it would keep its port."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The loopback mail operator: where it listens, and everybody's password."""

    host: str
    imap_port: int
    smtp_port: int
    ca_file: str
    accounts_file: Path
    passwords: dict[str, str]


def start_operator(programs: Programs, *, folder: Path, addresses: Iterable[str]) -> Operator:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    accounts = folder / "comptes"
    passwords = _passwords(accounts, addresses)
    announced = folder / "operateur.json"
    announced.unlink(missing_ok=True)
    programs.start(
        "operateur", "simulators.operator", "--dossier", str(folder), "--comptes", str(accounts),
        "--port-imap", "0", "--port-smtp", "0",
    )  # fmt: skip
    found = when_announced(programs, announced)
    return Operator(
        host=found["host"],
        imap_port=found["imap_port"],
        smtp_port=found["smtp_port"],
        ca_file=found["ca_file"],
        accounts_file=accounts,
        passwords=passwords,
    )


def _passwords(path: Path, addresses: Iterable[str]) -> dict[str, str]:
    """Drawn at the first run, kept for the next ones."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    known = dict(line.split(None, 1) for line in lines if line.strip())
    for address in addresses:
        known.setdefault(address, secrets.token_urlsafe(18))
    path.touch(mode=0o600)
    path.write_text("".join(f"{address} {password}\n" for address, password in known.items()), encoding="utf-8")
    return known


def when_announced(programs: Programs, path: Path, *names: str) -> dict[str, Any]:
    """What the program says of itself in this file. `names`: whose death ends the wait; of any of them by default.
    Raises ProgramDied."""
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        programs.check(*names)
        if time.monotonic() > deadline:
            raise ProgramDied(f"Un programme ne répond pas ({path.stem}).")
        time.sleep(0.05)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
