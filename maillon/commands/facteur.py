"""`maillon facteur`: the worker. Collects the mailboxes, files, answers, indexes, makes unread documents climb."""

from __future__ import annotations

import argparse
import os
import signal
from typing import Any


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="relever les boîtes MSSanté, classer ce qui arrive, envoyer les accusés",
        description="Relève les boîtes MSSanté, classe les documents reçus, envoie les accusés de traitement, tient "
        "l’index de recherche et fait remonter ce qui n’est pas lu à temps.",
        epilog="S’arrête proprement sur SIGTERM, après le message en cours. Plusieurs facteurs peuvent tourner "
        "ensemble.",
    )
    parser.add_argument("--une-fois", action="store_true", help="tout traiter une fois, puis finir")
    parser.add_argument(
        "--intervalle", type=float, default=10.0, metavar="SECONDES", help="entre deux relèves d’une boîte (10)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    from maillon.kernel import database

    database.ensure_started()
    import django

    django.setup()
    from maillon.exchange.api import Worker

    worker = Worker(interval=options.intervalle)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.stop())
    if options.une_fois:
        worker.drain()
    else:
        worker.run()
    return 0
