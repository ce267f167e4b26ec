"""`maillon rgpd`: the GDPR pack as files, and what is over its time."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from pathlib import Path
from typing import Any

from maillon.kernel import config


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="produire le registre, l’analyse d’impact et la fiche de violation ; dire ce qui est échu",
        description="Le dossier RGPD, tiré du contenu (content/regles) et des tables du produit.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    produce = actions.add_parser("produire", help="écrire registre.md, aipd.md et violation.md")
    produce.add_argument(
        "--vers", type=Path, metavar="DOSSIER", default=config.ROOT / "docs" / "rgpd", help="docs/rgpd par défaut"
    )
    produce.set_defaults(run=_produce)
    overdue = actions.add_parser(
        "echeances",
        help="compter ce qui a passé sa durée de conservation (n’efface rien)",
        description="Compte, pour chaque durée de content/regles/conservation.yaml, ce qui l’a passée. Ne montre aucun "
        "patient et n’efface rien : une personne décide.",
    )
    overdue.set_defaults(run=_overdue)


def _produce(options: argparse.Namespace) -> int:
    _set_up()
    from maillon.rights.api import pack

    for path in pack.write_to(options.vers):
        print(path)
    return 0


def _overdue(options: argparse.Namespace) -> int:
    _set_up(with_base=True)
    from maillon.rights.api import retention

    for each in retention.overdue():
        duration = each.duration
        said = _said(each.number, each.oldest)
        check = " (durée à vérifier)" if duration.a_verifier else ""
        print(f"{duration.sens}, {duration.in_words}{check} : {said}")
        if each.number:
            print(f"  → {duration.geste}")
    return 0


def _said(number: int, oldest: dt.date | None) -> str:
    if oldest is None:
        return "rien d’échu"
    return f"{number} échu{'s' if number > 1 else ''}, le plus ancien du {oldest:%d/%m/%Y}"


def _set_up(*, with_base: bool = False) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    if with_base:
        from maillon.kernel import database

        database.ensure_started()
    import django

    django.setup()
