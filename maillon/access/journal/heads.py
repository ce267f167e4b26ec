"""The heads of the chain: every minute, its length and its last hash, signed, and written to another place.

Whoever owns the database can rewrite a chain; not what another machine has received. `MAILLON_TEMOINS` names the folder
(a mounted disk, a synchronised directory): JSON lines, one file a day, only ever lengthened.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction

from maillon.access.journal import chain
from maillon.kernel import clock, config, sql

log = logging.getLogger(__name__)

EVERY = dt.timedelta(minutes=1)
PUBLIC_KEY = "cle-publique.txt"
FIRST = bytes(32).hex()  # « precedent » of the first head


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One line of the witness, read. `digest` is what the next head repeats."""

    number: int
    at: dt.datetime
    seq: int
    hash: bytes
    last_entry_id: int
    previous: str
    digest: str
    line: str


class Unreadable(Exception):
    """A line that no key of ours has signed."""


def tend() -> int:
    """What the worker does every few seconds: seal, sign when it is time, export. How many rows were sealed."""
    sealed = chain.seal()
    sign_when_due()
    try:
        export()
    except OSError as error:  # a full or absent disk: the next round exports what is missing
        log.warning("journal witness: %s", type(error).__name__)
    return sealed


def folder() -> Path:
    named = os.environ.get("MAILLON_TEMOINS")
    return Path(named).expanduser() if named else config.data_dir() / "temoins"


def public_key() -> str:
    return _private_key().public_key().public_bytes_raw().hex()


@transaction.atomic
def sign_when_due() -> bool:
    """A new head when the last one is a minute old."""
    if not chain.is_sealer():
        return False
    moment = clock.wall()
    last = sql.row("SELECT number, at, line FROM access_journal_head ORDER BY number DESC LIMIT 1")
    if last and moment - last[1] < EVERY:
        return False
    seq, digest, entry = sql.row(_END) or (0, chain.GENESIS, 0)
    number = last[0] + 1 if last else 1
    line = _signed(
        {
            "numero": number,
            "date": moment.isoformat(timespec="microseconds"),
            "lignes": seq,
            "empreinte": bytes(digest).hex(),
            "derniere_entree": entry,
            "precedent": _digest(last[2]) if last else FIRST,
            "cle": public_key(),
        }
    )
    sql.rows(_ADD, (number, moment, seq, bytes(digest), entry, line))
    return True


def export(to: Path | None = None) -> int:
    """Append what the folder does not hold yet, and wait until the disk holds it. How many heads were."""
    place = to or folder()
    place.mkdir(parents=True, exist_ok=True)
    with _alone(place):
        _write(place / PUBLIC_KEY, public_key() + "\n", only_new=True)
        lines = sql.rows(_SINCE, (_last_number(place),))
        for day in dict.fromkeys(at.date() for _, at, _ in lines):
            text = "".join(f"{line}\n" for _, at, line in lines if at.date() == day)
            _write(place / f"temoins-{day.isoformat()}.jsonl", text)
        return len(lines)


def last_exported() -> dt.datetime | None:
    """When the folder last received a head: until then the journal is proven."""
    number = _last_number(folder())
    found = sql.row("SELECT at FROM access_journal_head WHERE number = %s", (number,))
    return found[0] if found else None


def files(place: Path) -> list[tuple[Path, int]]:
    """The files of the witness, with the size that each has now."""
    return [(path, path.stat().st_size) for path in sorted(place.glob("temoins-*.jsonl"))]


def lines(of: list[tuple[Path, int]]) -> Iterator[str]:
    """Whole lines: one that a stop cut short is written again by the next export."""
    for path, size in of:
        with path.open("rb") as file:
            data = file.read(size)
        yield from data[: data.rfind(b"\n") + 1].decode(errors="replace").splitlines()


def read(line: str, keys: frozenset[str]) -> Head:
    """Raises Unreadable when it is not a head that one of the keys signed."""
    try:
        said = orjson.loads(line)
        signature = bytes.fromhex(said.pop("signature"))
        if said["cle"] not in keys:
            raise Unreadable
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(said["cle"])).verify(signature, _payload(said))
        return Head(
            number=said["numero"],
            at=dt.datetime.fromisoformat(said["date"]),
            seq=said["lignes"],
            hash=bytes.fromhex(said["empreinte"]),
            last_entry_id=said["derniere_entree"],
            previous=said["precedent"],
            digest=_digest(line),
            line=line,
        )
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
        raise Unreadable from error


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(config.secret("temoins").encode()).digest())


def _signed(said: dict[str, Any]) -> str:
    signature = _private_key().sign(_payload(said))
    return orjson.dumps(said | {"signature": signature.hex()}).decode()


def _payload(said: dict[str, Any]) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Two workers that share the folder write one after the other."""
    with (place / ".verrou").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _last_number(place: Path) -> int:
    """Of the last whole line. A line that a stop cut short is taken away: it was never counted as exported."""
    for path, _ in reversed(files(place)):
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            os.truncate(path, len(whole))
        if whole:
            return int(orjson.loads(whole.splitlines()[-1])["numero"])
    return 0


def _write(path: Path, text: str, *, only_new: bool = False) -> None:
    is_new = not path.exists()
    if only_new and not is_new:
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        descriptor = os.open(path.parent, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


_END = """
SELECT seq, hash, (SELECT max(entry_id) FROM access_journal_link) FROM access_journal_link ORDER BY seq DESC LIMIT 1
"""
_ADD = """
INSERT INTO access_journal_head (number, at, seq, hash, last_entry_id, line) VALUES (%s, %s, %s, %s, %s, %s)
"""
_SINCE = "SELECT number, at, line FROM access_journal_head WHERE number > %s ORDER BY number"
