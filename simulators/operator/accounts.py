"""Who has an account at the operator: a file of lines `address password`, readable by its owner only."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Accounts:
    passwords: dict[str, str]

    def knows(self, address: str) -> bool:
        return address.lower() in self.passwords

    def accepts(self, address: str, password: str) -> bool:
        expected = self.passwords.get(address.lower(), "")
        return bool(expected) and hmac.compare_digest(expected.encode(), password.encode())


def read_accounts(path: Path) -> Accounts:
    """Blank lines and lines that begin with # are skipped."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return Accounts({address.lower(): password for address, password in pairs})
