"""`maillon lire`: what any received file says, without a database."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from maillon.formats import reading

REFUSED = 2


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="lire des documents (CDA, archive IHE XDM, courriel, PDF…) et dire ce qu’ils contiennent",
        description="Lit chaque fichier sans base de données : en-tête, sections, résultats, traitements, "
        "pièces jointes, "
        "écarts à la norme.",
        epilog="État de sortie : 0 si tout est lu, 2 si un fichier au moins est refusé (les autres sont affichés).",
    )
    parser.add_argument("files", metavar="FICHIER", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="un tableau JSON, un objet par document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    documents, any_refused = reading.read_paths(options.files)
    if options.json:
        sys.stdout.buffer.write(orjson.dumps(documents, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        print(reading.summary(documents))
    return REFUSED if any_refused else 0
