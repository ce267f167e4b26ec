"""`maillon verifier`: is the journal what it was?"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from maillon.access import api as access_room
    from maillon.portability.api import AnnexReport


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="prouver que le journal des accès n’a pas été touché",
        description="Relit tout le journal des accès et le compare à sa chaîne d’empreintes et aux témoins signés "
        "qui ont été exportés. Trouve toute modification, suppression, insertion ou coupure antérieure au dernier "
        "témoin exporté.",
        epilog="Finit avec 0 si tout concorde, 1 sinon. À lancer sur une copie des témoins que cette machine ne peut "
        "pas modifier.",
    )
    parser.add_argument(
        "--temoins", type=Path, metavar="DOSSIER", help="les témoins exportés (MAILLON_TEMOINS, sinon ceux des données)"
    )
    parser.add_argument(
        "--cle-publique", type=Path, metavar="FICHIER", help="les clés publiques admises, une par ligne (la nôtre)"
    )
    parser.add_argument("--json", action="store_true", help="le résultat en JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    from maillon.kernel import database

    database.ensure_started()
    import django

    django.setup()
    from maillon.access import api as access_room

    keys = None
    if options.cle_publique:
        try:
            keys = frozenset(options.cle_publique.read_text(encoding="utf-8").split())
        except OSError as error:
            print(f"La clé publique ne se lit pas : {error.strerror}.", file=sys.stderr)
            return 2
    from maillon.portability.api import prove_annexes

    report = access_room.journal.verify(witness=options.temoins, keys=keys)
    annexes = prove_annexes(keys=keys)
    _print_json(report, annexes) if options.json else _print(report, annexes)
    return 0 if report.is_intact and not any(annex.findings for annex in annexes) else 1


def _print_json(report: access_room.journal.Report, annexes: list[AnnexReport]) -> None:
    said = {
        "intact": report.is_intact,
        "lignes": report.rows,
        "temoins": report.heads,
        "dernier_temoin": report.last_head_at.isoformat() if report.last_head_at else None,
        "secondes": round(report.seconds, 3),
        "constats": report.count,
        "details": report.findings,
        "journaux_repris": [
            {"structure": each.structure, "lignes": each.rows, "temoins": each.heads, "constats": each.findings}
            for each in annexes
        ],
    }
    print(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())


def _print(report: access_room.journal.Report, annexes: list[AnnexReport]) -> None:
    for annex in annexes:
        print(f"Journal repris de {annex.structure} : {annex.rows} lignes et {annex.heads} témoins vérifiés.")
        for finding in annex.findings:
            print(f"✗ {finding}")
    for finding in report.findings:
        print(f"✗ {finding}")
    if report.count > len(report.findings):
        print(f"… et {report.count - len(report.findings)} autres constats.")
    speed = f" ({report.rows / report.seconds:.0f} lignes par seconde)" if report.seconds else ""
    print(f"{report.rows} lignes scellées et {report.heads} témoins vérifiés en {report.seconds:.1f} s{speed}.")
    if report.last_head_at:
        print(f"Prouvé jusqu’au dernier témoin exporté : {report.last_head_at:%d/%m/%Y %H:%M:%S} UTC.")
    print("Le journal est intact." if report.is_intact else "Le journal a été touché.")
