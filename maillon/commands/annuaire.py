"""`maillon annuaire`: the mirror of the Annuaire Santé, refreshed or shown."""

from __future__ import annotations

import argparse
import os
from typing import Any


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="relever l’Annuaire Santé dans le carnet d’adresses, ou dire où il en est",
        description="Le facteur relève l’Annuaire Santé chaque nuit, page par page. Cette commande le fait tout de "
        "suite, ou dit de quand date ce qui est connu et ce que l’annuaire a répondu.",
        epilog="MAILLON_ANNUAIRE nomme l’adresse (https://…/fhir/v2), MAILLON_SECRET_ANNUAIRE la clé d’API.",
    )
    parser.add_argument("action", choices=("relever", "etat"), help="relever maintenant, ou dire l’état")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    from maillon.kernel import database

    database.ensure_started()
    import django

    django.setup()
    from maillon.exchange.api import directory
    from maillon.kernel import clock

    if options.action == "relever":
        print(f"{directory.refresh()} pages relevées.")
    status = directory.status()
    if not status.is_plugged:
        print("L’Annuaire Santé n’est pas branché (MAILLON_ANNUAIRE).")
    when = f"{clock.in_paris(status.refreshed_at):%d/%m/%Y à %H:%M}" if status.refreshed_at else "jamais entièrement"
    print(f"{status.entries} lignes ; relevé {when}.")
    if status.last_error:
        print(status.last_error)
    return 1 if status.last_error else 0
