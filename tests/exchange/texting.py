"""The simulated SMS provider as a program of its own, started for a test."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "jeton-d-essai"


@dataclass
class Provider:
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Its address."""
        announced = self.folder / "sms.json"
        announced.unlink(missing_ok=True)
        command = [sys.executable, "-m", "simulators.sms", "--dossier", str(self.folder), "--jeton", TOKEN]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not announced.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the SMS provider did not start")
            time.sleep(0.02)
        return str(json.loads(announced.read_text(encoding="utf-8"))["address"])

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def received(self) -> list[dict[str, str]]:
        """By telephones, the oldest first."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.folder.glob("messages/*.json"))]


@pytest.fixture
def sms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    provider = Provider(tmp_path / "operateur-sms")
    provider.folder.mkdir()
    monkeypatch.delenv("MAILLON_ENVOIS", raising=False)
    monkeypatch.setenv("MAILLON_SMS_URL", provider.start())
    monkeypatch.setenv("MAILLON_SMS_JETON", TOKEN)
    yield provider
    provider.stop()
