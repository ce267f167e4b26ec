"""The loopback operator as a process that tests start, stop and kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.mailservers.account import Endpoint

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class OperatorProcess:
    folder: Path
    accounts: dict[str, str]
    ports: tuple[int, int] = (0, 0)  # IMAP, SMTP; those of the first start are kept afterwards
    process: subprocess.Popen[bytes] | None = None
    ca_file: str = field(default="")

    def start(self) -> OperatorProcess:
        self.folder.mkdir(parents=True, exist_ok=True)
        accounts = self.folder / "comptes"
        accounts.write_text("".join(f"{address} {password}\n" for address, password in self.accounts.items()))
        announced = self.folder / "operateur.json"
        announced.unlink(missing_ok=True)
        imap, smtp = self.ports
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "simulators.operator", "--dossier", str(self.folder), "--comptes", str(accounts),
                "--port-imap", str(imap), "--port-smtp", str(smtp),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not announced.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the operator did not start")
            time.sleep(0.02)
        said = json.loads(announced.read_text())
        self.ports, self.ca_file = (said["imap_port"], said["smtp_port"]), said["ca_file"]
        return self

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def endpoint(self, address: str) -> Endpoint:
        return Endpoint(
            address=address, password=self.accounts[address], host="127.0.0.1", imap_port=self.ports[0],
            smtp_port=self.ports[1], ca_file=self.ca_file,
        )  # fmt: skip
