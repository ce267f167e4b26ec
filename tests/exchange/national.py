"""The simulated national record as tests see it: a process of its own, what it holds, and documents to feed it with."""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maillon.formats.cda.write import write_cda
from maillon.formats.document import Author, ClinicalDocument, Version
from maillon.formats.xdm_metadata import read_metadata
from tests.formats.cda.written import BIOLOGIST, TRAITS, letter

ROOT = Path(__file__).resolve().parents[2]
OID = "1.2.250.1.213.1.4.10"
INS = TRAITS.ins or ""
CLOSED, BLOCKED_BY = "274035121518989", "899000000029"
CLAIRE = Author(
    id="899000000011", id_root="1.2.250.1.71.4.2.1", family_name="MOREL", given_name="Claire", prefix="MME",
    suffix="DR", profession_code="G15_10/SM26", profession_system="1.2.250.1.213.1.1.4.5",
    profession_label="Médecin - Qualifié en Médecine Générale (SM)", organization_id="1990000016",
    organization_name="Maison de santé des Tilleuls", at="2026-05-04T14:30:00+02:00",
)  # fmt: skip
_numbers = itertools.count(1)


@dataclass
class Teleservice:
    """`module` run as `python -m`, with its settings; its port is kept from one start to the next."""

    module: str
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    said: dict[str, Any] = field(default_factory=dict)

    def start(self) -> Teleservice:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "reglages.json").write_text(json.dumps(self.settings), encoding="utf-8")
        announced = self.folder / f"{self.module.rpartition('.')[2]}.json"
        announced.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module, "--dossier", str(self.folder), "--port", str(self.port)], cwd=ROOT
        )
        deadline = time.monotonic() + 30
        while not announced.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.module} did not start")
            time.sleep(0.02)
        self.said = json.loads(announced.read_text())
        self.port = int(self.said["address"].rpartition(":")[2])
        return self

    @property
    def address(self) -> str:
        return str(self.said["address"])

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


class Held:
    """What the record holds, looked at behind its back."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "dmp.sqlite3"

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def count(self, unique_id: str) -> int:
        return int(self.rows("SELECT count(*) FROM document WHERE unique_id = ?", unique_id)[0][0])

    def submissions(self) -> Counter[str]:
        """How many times each document was taken in by a submission of its own."""
        return Counter(row[0] for row in self.rows("SELECT unique_id FROM document"))

    def entry(self, unique_id: str) -> Any:
        found = self.rows("SELECT metadata FROM document WHERE unique_id = ?", unique_id)
        return read_metadata(found[0][0]).documents[0]

    def authorise(self, status: str, *, ins: str = INS, who: str = CLAIRE.id or "") -> None:
        self.rows("INSERT OR REPLACE INTO authorisation VALUES (?, ?, ?)", ins, who, status)

    def set_state(self, state: str, *, ins: str = INS, because: str = "") -> None:
        self.rows("UPDATE record SET state = ?, closed_because = ? WHERE ins = ?", state, because, ins)

    def treat(self, who: str, *, ins: str = INS) -> None:
        self.rows("UPDATE record SET treating = ? WHERE ins = ?", who, ins)

    def accesses(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT national_id, ins, mode, reason FROM access ORDER BY rowid")

    def empty(self) -> None:
        for table in ("document", "submission", "authorisation", "access"):
            self.rows(f"DELETE FROM {table}")
        self.rows("UPDATE record SET state = 'ACTIF', closed_because = '', treating = '' WHERE ins = ?", INS)


SETTINGS: dict[str, Any] = {
    "records": [
        {"ins": INS, "oid": OID, "state": "ACTIF"},
        {"ins": CLOSED, "oid": OID, "state": "FERME", "closed_because": "demande du patient"},
    ],
}


def written(
    *, author: Author = CLAIRE, replaces: str | None = None, number: int = 1, **others: Any
) -> ClinicalDocument:
    """A consultation report that looks like no other; `others` as in the letters of the format's tests."""
    rank = next(_numbers)
    identity = f"1.2.250.1.999.1.9.{os.getpid()}.{rank}"
    document = letter(
        authors=(author,),
        version=Version(id=identity, set_id=f"{identity}^suite", number=number, replaces=replaces),
        **others,
    )
    encounter = replace(document.encounter, facility_type="SA08") if document.encounter else None
    return replace(document, encounter=encounter)


def cda(document: ClinicalDocument) -> bytes:
    return write_cda(document)


__all__ = ["BIOLOGIST", "CLAIRE", "CLOSED", "INS", "OID", "SETTINGS", "TRAITS", "Held", "Teleservice", "cda", "written"]
