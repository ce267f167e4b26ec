"""`maillon ecrire`: the model that `maillon lire --json` prints, to a CDA file."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from maillon.formats.cda.types.registry import structured_type
from maillon.formats.cda.write import write_cda
from maillon.formats.from_json import Model, read_models
from maillon.formats.refusal import Refused
from maillon.formats.with_pdf import with_pdf

WRITTEN, REFUSED = 0, 2
_UNREADABLE: Final = Refused("E-LIR-01", "Le fichier est introuvable ou ne peut pas être ouvert.")
_UNWRITABLE: Final = Refused("E-MOD-06", "Le fichier de sortie ne peut pas être écrit.")


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="écrire un document CDA à partir de son modèle JSON",
        description="Écrit en CDA le modèle que « maillon lire --json » affiche : niveau 3 pour les types structurés, "
        "niveau 1 autour de son fichier pour tous les autres. Les octets d’une pièce jointe sont donnés par « path » "
        "ou « base64 ».",
        epilog="État de sortie : 0 si le fichier est écrit, 2 si le modèle est refusé (rien n’est alors écrit).",
    )
    parser.add_argument("model", metavar="MODELE.json", type=Path, help="un document, ou un tableau de documents")
    parser.add_argument("-o", "--sortie", dest="output", metavar="F.xml", type=Path, required=True)
    parser.add_argument(
        "--numero", dest="number", type=int, metavar="N", help="lequel des documents du tableau (1, 2…)"
    )
    parser.add_argument(
        "--pdf", action="store_true", help="faire du modèle le PDF/A-1b que le document contient (corps ou copie)"
    )
    parser.add_argument(
        "--identite", dest="identity", metavar="STATUT", choices=["PROV", "RECUP", "VALI", "QUAL"],
        help="statut de l’identité\u202f: QUAL imprime le datamatrix INS sur le PDF",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        chosen = _chosen(_models(options.model), options.number)
        document = chosen.document
        if options.pdf:
            document = with_pdf(document, contacts=chosen.contacts, identity_status=options.identity)
        data = write_cda(document, contacts=chosen.contacts)
        _put(options.output, data)
    except Refused as refused:
        print(f"REFUSÉ [{refused.code}] {refused.message}", file=sys.stderr)
        return REFUSED
    sheet = structured_type(document) if document.level == 3 else None
    kind = sheet.name if sheet is not None else "niveau 1"
    print(f"{options.output}\u202f: {document.title} ({kind}), {len(data)} octets")
    return WRITTEN


def _models(path: Path) -> tuple[Model, ...]:
    try:
        data = path.read_bytes()
    except OSError:
        raise _UNREADABLE from None
    return read_models(data, folder=path.parent)


def _chosen(models: tuple[Model, ...], number: int | None) -> Model:
    if number is None and len(models) != 1:
        raise Refused("E-MOD-05", f"Le fichier contient {len(models)} documents\u202f: choisissez-en un avec --numero.")
    place = (number or 1) - 1
    if not 0 <= place < len(models):
        raise Refused("E-MOD-05", f"Le fichier ne contient que {len(models)} documents.")
    return models[place]


def _put(path: Path, data: bytes) -> None:
    """Whole or not at all: what was there before stays until the new file is complete."""
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".maillon-")
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(data)
            Path(beside).chmod(0o644)
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError:
        raise _UNWRITABLE from None
