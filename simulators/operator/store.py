"""The operator's mailboxes on disk: one folder per address, one file per message named by its UID, never rewritten.

A message is there, with its UID, before its sender hears 250: file and folder are synced first. Flags are a log of
lines `UID flag flag`, of which the last one of a UID holds; a line cut by a crash is ignored.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Box:
    """One mailbox, opened by one process at a time."""

    folder: Path
    uid_validity: int = 0
    last_uid: int = 0
    flags: dict[int, frozenset[bytes]] = field(default_factory=dict)

    def load(self) -> list[int]:
        """Every UID, in order."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.uid_validity = self._uid_validity()
        uids = sorted(int(path.stem) for path in self.folder.glob("*.eml"))
        self.last_uid = uids[-1] if uids else 0
        self.flags = self._read_flags()
        return uids

    def add(self, data: bytes) -> int:
        """Durable when it returns."""
        uid = self.last_uid + 1
        draft = self.folder / f".{uid}.{os.getpid()}"
        _write_synced(draft, data)
        os.rename(draft, self._path(uid))
        _sync_folder(self.folder)
        self.last_uid = uid
        return uid

    def read(self, uid: int) -> bytes:
        return self._path(uid).read_bytes()

    def received_at(self, uid: int) -> float:
        return self._path(uid).stat().st_mtime

    def set_flags(self, uid: int, flags: frozenset[bytes]) -> None:
        self.flags[uid] = flags
        line = b" ".join([str(uid).encode(), *sorted(flags)]) + b"\n"
        with (self.folder / "drapeaux").open("ab", buffering=0) as log:
            log.write(line)

    def _path(self, uid: int) -> Path:
        return self.folder / f"{uid:010d}.eml"

    def _uid_validity(self) -> int:
        path = self.folder / "uidvalidity"
        if not path.exists():
            draft = self.folder / f".uidvalidity.{os.getpid()}"
            _write_synced(draft, str(int(time.time())).encode())
            os.rename(draft, path)
        return int(path.read_text())

    def _read_flags(self) -> dict[int, frozenset[bytes]]:
        path = self.folder / "drapeaux"
        whole_lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        flags: dict[int, frozenset[bytes]] = {}
        for line in whole_lines:
            uid, *names = line.split()
            if uid.isdigit():
                flags[int(uid)] = frozenset(names)
        return flags


def _write_synced(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
