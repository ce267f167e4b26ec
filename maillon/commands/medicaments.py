"""`maillon medicaments`: the public specialities are imported, a folder of knowledge is verified, both are shown."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import Any

from maillon.commands.set_up import set_up

REFUSED = 2


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="importer les spécialités publiques, vérifier une base de connaissances",
        description="L’aide à la prescription reconnaît les marques et les codes par les fichiers publics des "
        "spécialités, et contrôle par une base de connaissances au format ouvert (content/medicaments/LISEZMOI.md ; "
        "MAILLON_MEDICAMENTS en désigne une autre).",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    importing = actions.add_parser(
        "importer",
        help="les fichiers publics des spécialités, en un dossier",
        description="Le dossier contient CIS_bdpm.txt, CIS_COMPO_bdpm.txt et CIS_CIP_bdpm.txt. Tout est pris, à la "
        "place de ce qui était connu, ou rien ne change ; une ligne fautive est dite avec son fichier et son numéro.",
    )
    importing.add_argument("folder", metavar="DOSSIER", type=Path)
    importing.add_argument("--du", metavar="AAAA-MM-JJ", type=dt.date.fromisoformat, help="date des fichiers")
    importing.add_argument("--forcer", action="store_true", help="même s’il y a deux fois moins de spécialités")
    verifying = actions.add_parser("verifier", help="lire une base de connaissances et jouer ses exemples")
    verifying.add_argument("folder", metavar="DOSSIER", type=Path, nargs="?")
    actions.add_parser("etat", help="ce qui est connu, et de quand")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    return {"importer": bring_in, "verifier": verify, "etat": show}[options.action](options)


def bring_in(options: argparse.Namespace) -> int:
    set_up()
    from maillon.formats.bdpm import FEWEST, read_base
    from maillon.formats.refusal import Refused
    from maillon.kernel import clock
    from maillon.kernel.message import UserMessage
    from maillon.prescribing.api import products

    folder: Path = options.folder
    files = {name: (folder / name).read_bytes() for name in FEWEST if (folder / name).is_file()}
    try:
        base = read_base(files)
        taken = products.take_in(
            base, dated=options.du or clock.today(), digest=products.digest_of(files), is_forced=options.forcer
        )
    except (Refused, UserMessage) as refusal:
        print(f"{refusal.code} : {refusal.message}", file=sys.stderr)
        return REFUSED
    print(f"{taken.products} spécialités, fichiers du {taken.dated:%d/%m/%Y}.")
    if base.orphans:
        print(f"Lignes de composition ou de présentation sans spécialité, laissées de côté : {base.orphans}.")
    return 0


def verify(options: argparse.Namespace) -> int:
    set_up(with_base=False)
    from maillon.kernel.content import ContentError
    from maillon.prescribing.api import examples

    try:
        failures = examples.failures(options.folder or examples.folder())
    except ContentError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    for failure in failures:
        print(failure, file=sys.stderr)
    print("Base lisible ; " + (f"{len(failures)} exemples non tenus." if failures else "ses exemples sont tenus."))
    return REFUSED if failures else 0


def show(options: argparse.Namespace) -> int:
    set_up()
    from maillon.kernel import clock
    from maillon.prescribing import api as prescribing

    known, release = prescribing.knowledge(), prescribing.products.release()
    state = {"fresh": "à jour", "stale": "de plus de 180 jours", "silent": "de plus de 365 jours : elle se tait"}
    base = known.base
    print(f"{base.titre}, version {base.version} du {base.date:%d/%m/%Y} ({state[known.freshness(clock.today())]})")
    print(", ".join(f"{name} : {number}" for name, number in known.counts().items()))
    print(
        f"{release.products} spécialités, fichiers du {release.dated:%d/%m/%Y}"
        if release
        else "Spécialités : aucun fichier importé."
    )
    return 0
