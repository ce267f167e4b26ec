"""`maillon habilitations`: import the official annex of the matrix, show the matrix in force."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

REFUSED = 2


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="montrer la matrice d’habilitation, importer l’annexe officielle",
        description="La matrice dit quelle profession lit et crée quel type de document. Ses versions sont datées : la "
        "dernière commencée est en vigueur. Une case que personne n’a écrite est refusée.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    importing = actions.add_parser(
        "importer",
        help="écrire une version datée depuis un CSV",
        description="Colonnes du CSV : type_code, profession_code, droit (lecture, ecriture, lecture_ecriture, "
        "lecture_apres_consentement, aucune). Un fichier fautif est refusé en entier, ligne par ligne. Les serveurs "
        "lisent la nouvelle version à leur prochain démarrage.",
    )
    importing.add_argument("file", metavar="FICHIER.csv", type=Path)
    importing.add_argument("--depuis", metavar="AAAA-MM-JJ", type=dt.date.fromisoformat, required=True)
    importing.add_argument("--source", default="", help="d’où vient le fichier ; à défaut, son nom")
    showing = actions.add_parser("montrer", help="la matrice en vigueur")
    showing.add_argument("--le", metavar="AAAA-MM-JJ", type=dt.date.fromisoformat, help="un autre jour qu’aujourd’hui")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    django.setup()
    return bring_in(options) if options.action == "importer" else show(options)


def bring_in(options: argparse.Namespace) -> int:
    from maillon.commands import annex
    from maillon.kernel.message import UserMessage

    try:
        written = annex.import_annex(options.file, since=options.depuis, source=options.source)
    except UserMessage as refusal:
        print(f"{refusal.code} : {refusal.message}", file=sys.stderr)
        return REFUSED
    print(f"{written.name} : en vigueur à partir du {options.depuis:%d/%m/%Y}.")
    return 0


SIGNS = {
    "lecture": "L",
    "ecriture": "É",
    "lecture_ecriture": "LÉ",
    "lecture_apres_consentement": "LC",
    "aucune": "–",
}


def show(options: argparse.Namespace) -> int:
    from maillon.access import api as access_room
    from maillon.kernel import clock

    day = options.le or clock.today()
    found = access_room.matrix.in_force(day)
    if found is None:
        print(f"Aucune matrice n’est en vigueur le {day:%d/%m/%Y} : personne ne lit rien.")
        return REFUSED
    print(f"{found.titre}, depuis le {found.depuis:%d/%m/%Y}\n{found.source}\n")
    print("L lire ; É créer ; LC lire après consentement ; – rien ; * vu dans un texte officiel\n")
    widest = max(len(line.pour) for line in found.lignes)
    print(" " * widest, *(f"{column.code:>6}" for column in found.colonnes))
    for line in found.lignes:
        cells = (
            SIGNS[line.droits.get(column.code, "aucune")]
            + ("*" if column.code in line.officiel or found.provenance == "officiel" else "")
            for column in found.colonnes
        )
        print(f"{line.pour:<{widest}}", *(f"{cell:>6}" for cell in cells))
    return 0
