"""`maillon base`: start, stop, migrate the database."""

from __future__ import annotations

import argparse
import os
from typing import Any


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="démarrer, arrêter ou mettre à jour la base de données",
        description="Sans DATABASE_URL, une base PostgreSQL embarquée est tenue dans le répertoire de données "
        "(MAILLON_DONNEES).",
    )
    parser.add_argument("action", choices=["demarrer", "arreter", "migrer", "adresse"])
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from maillon.kernel import database

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    if options.action == "arreter":
        database.embedded().stop()
        return 0
    database.ensure_started()
    if options.action == "migrer":
        migrate()
    if options.action == "adresse":
        print(os.environ.get("DATABASE_URL") or database.embedded().dsn())
    return 0


def migrate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from maillon.documents import api as documents

    documents.rank_types()
