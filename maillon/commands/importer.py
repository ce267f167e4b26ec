"""`maillon importer`: take over what another installation exported."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from maillon.commands.set_up import set_up

REFUSED, TO_SETTLE = 2, 3


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="reprendre les dossiers qu’une autre installation a exportés",
        description="Reprend un export de portabilité dans une installation vide, archive après archive. Ce qui "
        "contredit la base attend dans « À régler », avec son archive. Une reprise interrompue se relance ; une "
        "seconde reprise du même export ne change rien.",
        epilog="Finit avec 0 si tout est repris, 3 si quelque chose attend d’être réglé, 2 si l’export est refusé.",
    )
    parser.add_argument("folder", type=Path, metavar="DOSSIER", help="le dossier de l’export")
    parser.add_argument(
        "--dans-une-base-occupee", action="store_true", help="reprendre bien que l’installation ait déjà des patients"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    set_up()
    from maillon.commands.base import migrate
    from maillon.documents import api as documents
    from maillon.formats.refusal import Refused
    from maillon.kernel.message import UserMessage
    from maillon.portability import api as portability

    migrate()
    done = 0

    def progress(entry: Any, state: str) -> None:
        nonlocal done
        done += 1
        if state == "a_regler":
            print(f"\rà régler : {entry.code}          ")
        print(f"\r{done} archives", end="", flush=True)

    try:
        report = portability.take_over(options.folder, into_occupied=options.dans_une_base_occupee, progress=progress)
    except (Refused, UserMessage) as refusal:
        print(f"\n{refusal.code} : {refusal.message}", file=sys.stderr)
        return REFUSED
    print()
    while documents.index_words():
        pass
    _print(report)
    return TO_SETTLE if report.to_settle or report.unresolved else 0


def _print(report: Any) -> None:
    for what, by_table in report.counts.items():
        if by_table:
            print(f"lignes {what} : " + ", ".join(f"{table} {number}" for table, number in sorted(by_table.items())))
    print(f"archives reprises : {report.archives.get('repris', 0) + report.archives.get('regle', 0)}")
    if report.late:
        print(f"liens entre dossiers refaits : {report.late}")
    if report.unresolved:
        print(f"liens vers un dossier qui n’est pas ici : {report.unresolved}")
    if report.to_settle:
        print(f"archives à régler : {report.to_settle} (page « À régler », « Arrivées »)")
    print("Les comptes arrivent sans mot de passe ni droit d’administration ; les boîtes aux lettres, fermées.")
