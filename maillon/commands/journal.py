"""`maillon journal`: take the journal of accesses out, and name the key of its witnesses."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="exporter le journal des accès, dire la clé de ses témoins",
        description="« exporter » écrit des AuditEvent FHIR (NDJSON, profil Traçabilité des événements), d’un patient "
        "ou d’une période ; l’export est lui-même journalisé. « cle » dit la clé publique qui vérifie les témoins.",
    )
    parser.add_argument("action", choices=["exporter", "cle"])
    parser.add_argument("--patient", type=UUID, metavar="UUID", help="le dossier, par le numéro de son adresse")
    parser.add_argument("--depuis", type=dt.date.fromisoformat, metavar="AAAA-MM-JJ", help="premier jour")
    parser.add_argument(
        "--jusqu-au", type=dt.date.fromisoformat, metavar="AAAA-MM-JJ", help="dernier jour (aujourd’hui)"
    )
    parser.add_argument("--vers", type=Path, metavar="FICHIER", help="le fichier à écrire, qui ne doit pas exister")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    from maillon.access import api as access_room
    from maillon.kernel import database

    if options.action == "cle":
        print(access_room.journal.public_key())
        return 0
    if (options.patient is None) == (options.depuis is None) or options.vers is None:
        print("Nommez un patient (--patient) ou un premier jour (--depuis), et le fichier (--vers).", file=sys.stderr)
        return 2
    database.ensure_started()
    import django

    django.setup()
    return _export(options)


def _export(options: argparse.Namespace) -> int:
    from maillon.access import api as access_room

    try:
        with options.vers.open("xb") as file:
            number = 0
            for line in _lines(options):
                file.write(line)
                number += 1
    except FileExistsError:
        print("Ce fichier existe déjà : nommez-en un autre.", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Ce fichier ne s’écrit pas : {error.strerror}.", file=sys.stderr)
        return 2
    except access_room.AccessDenied:
        options.vers.unlink()
        print("Aucun dossier ne porte ce numéro.", file=sys.stderr)
        return 1
    print(f"{number} accès exportés vers {options.vers}.")
    return 0


def _lines(options: argparse.Namespace) -> Iterator[bytes]:
    from django.db import transaction

    from maillon.access import api as access_room
    from maillon.kernel import clock
    from maillon.kernel.key import Purpose

    actor = access_room.machine("export du journal")
    with transaction.atomic():
        if options.patient is not None:
            access = access_room.open_record(
                actor, options.patient, purpose=Purpose.INTAKE, action="export", resource_type="journal"
            )
            yield from access_room.journal.audit_events(access)
            return
        start, last = (clock.midnight(day) for day in (options.depuis, options.jusqu_au or clock.today()))
        yield from access_room.journal.audit_events_between(actor, start, last + dt.timedelta(days=1))
