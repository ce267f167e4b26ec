"""`make depart`: the whole demonstration leaves, and arrives in an empty installation; figures are printed.

Works on the demonstration of MAILLON_DONNEES (`maillon demo --une-fois` first). The commands are run as anybody runs
them; the bases are compared afterwards. Also: kills at random moments, an archive larger than 4 GiB, 100 000 documents.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from maillon.commands.set_up import set_up
from maillon.demo import environment as demonstration

demonstration.prepare()
set_up()

from django.db import connection  # noqa: E402

from maillon.commands.base import migrate  # noqa: E402
from tests.portability import bases, big, sight  # noqa: E402

MOTIVE = "Fin du contrat d’hébergement, reprise par une autre installation."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coups", type=int, default=20, help="arrêts brutaux de l’export, puis de la reprise (20)")
    parser.add_argument("--documents", type=int, default=100_000, help="documents de l’essai de mémoire (100 000)")
    parser.add_argument("--graine", type=int, default=1)
    parser.add_argument("--seulement", action="append", help="un essai, par son nom (tous)")
    options = parser.parse_args()
    migrate()
    left = connection.settings_dict["NAME"]
    empty = f"{left}_vide"
    folder = Path(tempfile.mkdtemp(prefix="maillon-depart-", dir=os.environ.get("MAILLON_ESSAIS", "/var/tmp")))
    essays = {
        "aller-retour": lambda: there_and_back(left, empty, folder / "export"),
        "arrets": lambda: with_kills(left, empty, folder, kills=options.coups, seed=options.graine),
        "memoire": lambda: big.many_documents(empty, folder, number=options.documents),
        "plus de 4 Gio": lambda: big.larger_than_four_gibibytes(folder),
    }
    try:
        for name, essay in essays.items():
            if options.seulement and name not in options.seulement:
                continue
            print(json.dumps({name: essay()}, ensure_ascii=False, indent=1), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        bases.drop(empty)
    return 0


def there_and_back(left: str, empty: str, folder: Path) -> dict[str, Any]:
    number = agreed()
    exported = timed("exporter", "--tout", "--accord", number, "-o", str(folder), base=left)
    verified = timed("verifier-export", str(folder), "--json", base=left)
    blank(empty)
    imported = timed("importer", str(folder), base=empty)
    found: dict[str, Any] = {"export": exported, "verification": verified, "reprise": imported}
    return found | compared(left, empty)


def compared(left: str, empty: str) -> dict[str, Any]:
    """Every document, every row with its references, everybody's sight."""
    with bases.using(left):
        documents, rows, seen = sight.documents(), sight.every_row(), sight.what_everybody_sees()
    with bases.using(empty):
        there_documents, there_rows, there_seen = sight.documents(), sight.every_row(), sight.what_everybody_sees()
    every = sum(len(each) for each in rows.values())
    kept = sum(1 for table, held in rows.items() if there_rows[table] == held for _ in held)
    same = sum(1 for name, each in documents.items() if there_documents.get(name) == each)
    assert there_documents == documents
    assert there_rows == rows
    assert there_seen == seen
    pairs = len(seen) * len(documents)
    return {
        "documents": len(documents), "documents identiques": same, "lignes": every, "lignes identiques": kept,
        "personnes": len(seen), "couples (personne, document) identiques": pairs,
    }  # fmt: skip


def with_kills(left: str, empty: str, folder: Path, *, kills: int, seed: int) -> dict[str, Any]:
    """SIGKILL, at moments drawn at random; then once to the end. Nothing is lost nor made twice."""
    rng, number, target = random.Random(seed), agreed(), folder / "tue"
    export = ("exporter", "--tout", "--accord", number, "-o", str(target))
    for _ in range(kills):
        killed(rng, *export, base=left, most=4.0)
    timed(*export, base=left)
    timed("verifier-export", str(target), "--json", base=left)
    blank(empty)
    for _ in range(kills):
        killed(rng, "importer", str(target), base=empty, most=6.0)
    timed("importer", str(target), base=empty)
    found = compared(left, empty)
    shutil.rmtree(target)
    return {"arrets de l’export": kills, "arrets de la reprise": kills} | found


def killed(rng: random.Random, *command: str, base: str, most: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "maillon.cli", *command], env=environment(base), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1.0 + rng.random() * most)
    process.send_signal(signal.SIGKILL)
    process.wait()


def timed(*command: str, base: str) -> dict[str, Any]:
    """Seconds, and the most memory that the command held (MiB)."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _WEIGHED, sys.executable, "-m", "maillon.cli", *command], env=environment(base),
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{command}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    text, _, peak = done.stdout.rpartition("\n")
    found: dict[str, Any] = {"secondes": round(time.monotonic() - began, 1), "Mio": int(peak) // 1024}
    return found | (json.loads(text) if "--json" in command else {})


# A child is charged with what its parent held when it was made: between this process, which has compared bases, and the
# command stands one that holds nothing.
_WEIGHED = """
import os, sys
_, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(f"\\n{used.ru_maxrss}", end="")
sys.exit(os.waitstatus_to_exitcode(status) and 1)
"""


def environment(base: str) -> dict[str, str]:
    known = connection.settings_dict
    address = f"postgresql://{known['USER']}:{known['PASSWORD']}@/{base}?host={known['HOST']}"
    return {**os.environ, "DATABASE_URL": address, "PYTHONPATH": os.getcwd()}


def agreed() -> str:
    from maillon.access import api as access_room
    from maillon.access.models import Account
    from maillon.portability import api as portability

    asking, deciding = (
        access_room.sessions.actor_of_account(Account.objects.filter(**who).order_by("pk")[0].pk)
        for who in ({"is_referent": True}, {"is_administrator": True})
    )
    number = portability.departures.ask_for_everything(asking, motive=MOTIVE)
    portability.departures.decide(deciding, number, agrees=True)
    return str(number)


def blank(name: str) -> None:
    """A base with its tables and nobody."""
    bases.create(name, template="template1")
    with bases.using(name):
        migrate()


if __name__ == "__main__":
    sys.exit(main())
