"""`maillon serveur`: the pages, over HTTP, once the database answers and is up to date."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

ON_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 (compared with, never listened on by default)


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="servir les pages",
        description="Sert les pages sur http://HOTE:PORT. Vérifie d’abord que la base répond et qu’elle est à jour "
        "(« maillon base migrer »). Derrière un mandataire qui porte le certificat, posez MAILLON_HTTPS=1 et "
        "MAILLON_HOTES.",
    )
    parser.add_argument("--port", type=int, default=8000, help="port d’écoute (8000)")
    parser.add_argument("--hote", default="127.0.0.1", help="adresse d’écoute (127.0.0.1, cette machine seulement)")
    parser.add_argument("--processus", type=_at_least_one, default=2, help="nombre de processus (2)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    problem = database_problem() or port_problem(options.hote, options.port)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    shown = "127.0.0.1" if options.hote in ON_EVERY_ADDRESS else options.hote
    print(f"Maillon répond sur http://{shown}:{options.port}/ (Ctrl+C pour arrêter).", flush=True)
    server(options.hote, options.port, options.processus).serve()
    return 0


def port_problem(host: str, port: int) -> str:
    """Empty when nobody listens there; else what is wrong and what to do. Once Django is set up."""
    from maillon.exchange import api as exchange

    return exchange.listening.problem_of(host, port)


def database_problem() -> str:
    """Empty when the pages may be served; else what is wrong and what to do."""
    import django
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    from maillon.kernel import database

    database.ensure_started()
    django.setup()
    try:
        executor = MigrationExecutor(connection)
        late = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "La base de données ne répond pas. Vérifiez DATABASE_URL, ou lancez « maillon base demarrer »."
    finally:
        connection.close()
    return "La base de données n’est pas à jour\u202f: lancez « maillon base migrer »." if late else ""


def server(host: str, port: int, processes: int) -> Any:
    """Granian in WSGI: Django is several times slower under ASGI. Four threads, each with its own connection."""
    from granian import Granian
    from granian.constants import Interfaces

    return Granian(
        "maillon.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=4,
        websockets=False,
        log_access=False,
        respawn_failed_workers=True,
        # A worker in the middle of a request is given the time to answer.
        workers_kill_timeout=10,
    )


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("au moins 1")
    return number
