"""`maillon exporter`: a record, a professional's records, or everything, in the structure of national portability."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from maillon.commands.set_up import set_up

if TYPE_CHECKING:
    from maillon.kernel.key import PatientId
    from maillon.portability.api import Departure

REFUSED = 2


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="exporter un dossier, ceux d’un professionnel, ou tout, pour une autre installation",
        description="Écrit un export de portabilité : une archive IHE XDM par patient, manifeste, sommes de contrôle, "
        "annuaire, agenda, journal. Un export interrompu reprend où il en était, dans le même dossier.",
        epilog="L’export des dossiers d’un professionnel ou de tout se demande et s’accorde à deux sur la page "
        "« Départs » ; --accord donne le numéro affiché. Finit avec 0, ou 3 si l’export est partiel (ce qui manque "
        "est nommé dans MANIFEST.XML).",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--patient", metavar="INS", help="un dossier, par le matricule INS ou le numéro de son adresse")
    what.add_argument("--professionnel", metavar="RPPS", help="les dossiers d’un professionnel, par son numéro")
    what.add_argument("--tout", action="store_true", help="tous les dossiers et ce qui les relie")
    parser.add_argument("-o", "--vers", type=Path, required=True, metavar="DOSSIER", help="le dossier à écrire")
    parser.add_argument("--motif", default="", help="pour un dossier : pourquoi il part (20 caractères au moins)")
    parser.add_argument("--accord", type=UUID, metavar="NUMÉRO", help="le numéro de la demande accordée")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    set_up()
    from maillon.access.api import AccessDenied
    from maillon.kernel.message import UserMessage

    try:
        return _export(options)
    except AccessDenied:
        print("Ce dossier n’existe pas ou ne s’ouvre pas.", file=sys.stderr)
    except UserMessage as refusal:
        print(f"{refusal.code} : {refusal.message}", file=sys.stderr)
    except OSError as error:
        print(f"L’export ne s’écrit pas : {error.strerror or error}. Relancez : il reprendra.", file=sys.stderr)
    return REFUSED


def _export(options: argparse.Namespace) -> int:
    from maillon.kernel.message import UserMessage
    from maillon.portability.api import departures

    if options.patient is not None:
        return _export_one(options)
    if options.accord is None:
        raise UserMessage(
            "E-POR-17", "Cet export demande l’accord de deux personnes : donnez le numéro de la demande (--accord)."
        )
    kind = departures.Kind.MASSIVE if options.tout else departures.Kind.TARGETED
    row = departures.agreed(options.accord, kind)
    if not options.tout and (row.professional is None or row.professional.national_id != _national_id(options)):
        raise UserMessage("E-POR-18", "La demande accordée est celle d’un autre professionnel.")
    return _write(row, options.vers.resolve())


def _write(row: Departure, folder: Path) -> int:
    from maillon.kernel.message import UserMessage
    from maillon.portability import api as portability

    if row.state == portability.departures.State.READY:
        raise UserMessage("E-POR-19", f"Cet export est déjà fait : {row.folder}.")
    _refuse_foreign(folder, row)
    portability.begin(row, folder)
    planned = row.archives.count()
    while portability.write_next(row):
        _progress(row.archives.filter(sha256__isnull=False).count(), planned)
    manifest = portability.finish(row)
    print()
    documents = sum(each.counts.get("documents_document", 0) for each in manifest.archives)
    print(f"{len(manifest.archives)} archives, {documents} documents : {folder}")
    return _told(manifest)


def _refuse_foreign(folder: Path, row: Departure) -> None:
    """A folder that holds something else, or another export; an export goes on where it began."""
    from maillon.kernel.message import UserMessage

    if row.folder and row.folder != str(folder):
        raise UserMessage("E-POR-19", f"Cet export a commencé dans {row.folder} : il s’y poursuit.")
    if not row.folder and folder.exists() and any(folder.iterdir()):
        raise UserMessage("E-POR-19", "Ce dossier n’est pas vide : nommez-en un autre.")


def _export_one(options: argparse.Namespace) -> int:
    from django.db import transaction

    from maillon.access import api as access_room
    from maillon.kernel.key import Purpose
    from maillon.kernel.message import UserMessage
    from maillon.portability import api as portability

    motive = options.motif.strip()
    if len(motive) < portability.departures.SHORTEST_MOTIVE:
        raise UserMessage("E-POR-10", "Écrivez le motif de l’export (--motif), en 20 caractères au moins.")
    folder = options.vers.resolve()
    if folder.exists() and any(folder.iterdir()):
        raise UserMessage("E-POR-19", "Ce dossier n’est pas vide : nommez-en un autre.")
    machine = access_room.machine(f"export d’un dossier : {motive}"[:200])
    with transaction.atomic():
        access = access_room.open_record(machine, _patient(options.patient), purpose=Purpose.INTAKE, action="export")
        manifest = portability.export_patient(access, folder, motive=motive)
    print(f"{manifest.archives[0].counts.get('documents_document', 0)} documents : {folder}")
    return _told(manifest)


def _patient(named: str) -> UUID | PatientId:
    from maillon.access.api import AccessDenied
    from maillon.patients import api as patients

    try:
        return UUID(named)
    except ValueError:
        found = patients.Patient.objects.filter(ins=named.replace(" ", ""), merged_into__isnull=True).first()
    if found is None:
        raise AccessDenied
    return found.uuid


def _national_id(options: argparse.Namespace) -> str:
    """8 + RPPS, typed with or without its 8."""
    typed = str(options.professionnel).replace(" ", "")
    return typed if len(typed) == 12 else f"8{typed}"


def _told(manifest: Any) -> int:
    missing = [one for each in manifest.archives for one in each.missing]
    for one in missing:
        print(f"manque : {one.unique_id} ({one.why})")
    print("Export complet." if manifest.export_status == "COMPLETE" else "Export partiel : voir MANIFEST.XML.")
    return 0 if manifest.export_status == "COMPLETE" else 3


def _progress(done: int, planned: int) -> None:
    if done % 25 == 0 or done == planned:
        print(f"\r{done} archives sur {planned}", end="", flush=True)
