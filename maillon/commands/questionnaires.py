"""maillon questionnaires lister | exporter CODE | importer FILE."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from maillon.formats.refusal import Refused

_OUT = "FHIR R4 (.json), XLSForm (.xlsx) ou dictionnaire REDCap (.csv), selon la fin du nom"


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="lister les questionnaires, en écrire un pour un autre logiciel, en reprendre un",
        description="Ce qui ne peut pas être porté, ou repris, est dit sur la sortie d’erreur, ligne par ligne.",
    )
    parser.set_defaults(run=run)
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("lister", help="les codes et les titres")
    out = acts.add_parser("exporter", help="écrit un questionnaire pour un autre logiciel, et dit ce qui s’y perd")
    out.add_argument("code")
    out.add_argument("-o", "--sortie", type=Path, required=True, help=_OUT)
    come = acts.add_parser("importer", help="écrit le YAML d’un questionnaire venu d’ailleurs, et dit ce qui manque")
    come.add_argument("fichier", type=Path, help=_OUT)
    come.add_argument("-o", "--sortie", type=Path, help="fichier YAML à écrire (défaut\u202f: à l’écran)")


def run(arguments: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    import django

    django.setup()
    try:
        return {"lister": _list, "exporter": _export, "importer": _import}[arguments.act](arguments)
    except Refused as refusal:
        print(f"{refusal.code}\u202f: {refusal.message}", file=sys.stderr)  # noqa: T201
        return 2


def _list(arguments: argparse.Namespace) -> int:
    from maillon.forms import api as forms

    for code, asked in forms.definitions().items():
        print(f"{code:18} {asked.titre} (version {asked.version})")  # noqa: T201
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from maillon.forms import api as forms

    asked, shape = forms.definition(arguments.code), forms.carrying.shape_of(arguments.sortie.name)
    if asked is None or not shape:
        raise Refused("E-QST-35", "Ce questionnaire ou cette forme n’existe pas\u202f: .json, .xlsx ou .csv.")
    data, carried = forms.carrying.WRITERS[shape](asked)
    arguments.sortie.write_bytes(data)
    for told in carried.losses:
        print(told, file=sys.stderr)  # noqa: T201
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from maillon.forms import api as forms

    shape = forms.carrying.shape_of(arguments.fichier.name)
    if not shape:
        raise Refused("E-QST-35", "Cette forme n’est pas reprise\u202f: .json, .xlsx ou .csv.")
    came = forms.carrying.arrived(arguments.fichier.read_bytes(), shape)
    text = forms.carrying.as_yaml(came.asked)
    if arguments.sortie:
        arguments.sortie.write_text(text, encoding="utf-8")
    else:
        print(text, end="")  # noqa: T201
    for told in came.remarks:
        print(told, file=sys.stderr)  # noqa: T201
    return 0
