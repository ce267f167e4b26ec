"""`maillon partenaires`: register a partner's software, list them, end the access of one."""

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
        help="enregistrer un logiciel partenaire de l’interface FHIR, les lister, en terminer un",
        description="Un logiciel demande au nom d’une structure, avec un secret dit une seule fois ou en signant avec "
        "ses clés. La loi d’accès est celle des personnes ; chaque lecture est au journal.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    creating = actions.add_parser("creer", help="enregistrer un logiciel ; imprime son numéro et son secret")
    creating.add_argument("name", metavar="NOM")
    creating.add_argument("--structure", metavar="FINESS", required=True, help="au nom de qui il demande")
    creating.add_argument("--profession", metavar="CODE", default="G15_10", help="ligne de la matrice (G15_10)")
    creating.add_argument(
        "--portee", action="append", default=[], metavar="MOT", help="system/Patient.read… ; répétable"
    )
    creating.add_argument("--retour", action="append", default=[], metavar="URL", help="adresse de retour ; répétable")
    creating.add_argument("--cles", type=Path, metavar="JWKS.json", help="clés publiques d’un logiciel qui signe")
    creating.add_argument("--raison", required=True, help="ce qui justifie l’accès : contrat, convention")
    creating.add_argument("--fin", type=dt.date.fromisoformat, metavar="AAAA-MM-JJ")
    actions.add_parser("lister", help="tous, le dernier enregistré d’abord")
    ending = actions.add_parser("revoquer", help="terminer l’accès d’un logiciel, dès sa prochaine requête")
    ending.add_argument("number", metavar="NUMÉRO")
    ending.add_argument("--raison", required=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    from maillon.kernel import database

    database.ensure_started()
    django.setup()
    from maillon.kernel.message import UserMessage

    try:
        return {"creer": create, "lister": show, "revoquer": end}[options.action](options)
    except UserMessage as refusal:
        print(f"{refusal.code} : {refusal.message}", file=sys.stderr)
        return REFUSED


def create(options: argparse.Namespace) -> int:
    from maillon.access.api import machine, partners
    from maillon.kernel.key import StructureId
    from maillon.professionals import api as professionals

    place = professionals.structure_by_finess(options.structure)
    asked = partners.Registration(
        name=options.name,
        structure_id=place.id if place else StructureId(0),
        profession_code=options.profession,
        scopes=options.portee,
        reason=options.raison,
        redirect_uris=options.retour,
        keys=_keys(options.cles),
        end=options.fin,
    )
    number, secret = partners.register(machine("console"), asked)
    print(f"Numéro (client_id) : {number}")
    print(f"Secret (dit cette seule fois) : {secret}" if secret else "Ce logiciel signe : il n’a pas de secret.")
    return 0


def show(options: argparse.Namespace) -> int:
    from maillon.access.api import machine, partners

    for line in partners.listed(machine("console")):
        state = "terminé" if line.revoked_at else "en vigueur" if line.is_current else "hors période"
        print(f"{line.client_id}  {state:<12}  {line.name} ({line.structure}) : {' '.join(line.scopes)}")
    return 0


def end(options: argparse.Namespace) -> int:
    from uuid import UUID

    from maillon.access.api import machine, partners
    from maillon.kernel.message import UserMessage

    try:
        number = UUID(options.number)
    except ValueError:
        raise UserMessage("E-PAR-10", "Ce numéro n’est pas celui d’un logiciel.") from None
    partners.revoke(machine("console"), number, reason=options.raison)
    print("L’accès de ce logiciel a pris fin.")
    return 0


def _keys(path: Path | None) -> list[dict[str, Any]]:
    import json

    from maillon.kernel.message import UserMessage

    if path is None:
        return []
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["keys"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserMessage("E-PAR-08", "Le jeu de clés n’est pas un JWKS lisible.") from None
