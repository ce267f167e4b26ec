"""`maillon verifier-export`: is an export what it says? No base is needed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from maillon.commands.set_up import set_up

REFUSED = 2


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="vérifier un export : sommes, empreintes, nombres, liens, journal",
        description="Relit tout l’export sans base de données : sommes de contrôle, empreinte de chaque archive et de "
        "chaque document, métadonnées XDS, nombre de lignes, liens, chaîne du journal et signatures de ses témoins.",
        epilog="Finit avec 0 si l’export est ce qu’il dit, 1 sinon, 2 s’il n’y a pas d’export à lire.",
    )
    parser.add_argument("folder", type=Path, metavar="DOSSIER", help="le dossier de l’export")
    parser.add_argument(
        "--cle-publique", type=Path, metavar="FICHIER", help="les clés publiques admises pour le journal, une par ligne"
    )
    parser.add_argument("--json", action="store_true", help="le résultat en JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    set_up(with_base=False)
    from maillon.formats.refusal import Refused
    from maillon.portability import api as portability

    try:
        keys = frozenset(options.cle_publique.read_text(encoding="utf-8").split()) if options.cle_publique else None
        report = portability.check(options.folder, keys=keys)
    except Refused as refusal:
        print(f"{refusal.code} : {refusal.message}", file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"La clé publique ne se lit pas : {error.strerror}.", file=sys.stderr)
        return REFUSED
    _print_json(report) if options.json else _print(report)
    return 0 if report.is_sound else 1


def _counts(report: Any) -> dict[str, int]:
    return {
        "archives": report.archives, "documents": report.documents, "documents_sans_octets": report.missing,
        "lignes": sum(report.rows.values()), "liens": report.links, "lignes_du_journal": report.journal_rows,
        "temoins": report.heads,
    }  # fmt: skip


def _print_json(report: Any) -> None:
    findings = [{"code": one.code, "ou": one.where, "quoi": one.message} for one in report.findings]
    said = {
        "type": report.manifest.export_type, "etat": report.manifest.export_status, "conforme": report.is_sound,
        "nombres": _counts(report), "constats": report.count, "details": findings,
    }  # fmt: skip
    print(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())


def _print(report: Any) -> None:
    print(f"Export {report.manifest.export_type}, {report.manifest.export_status}, du "
          f"{report.manifest.extracted_at:%d/%m/%Y %H:%M} (UTC), {report.manifest.structure}")  # fmt: skip
    for name, number in _counts(report).items():
        print(f"  {name.replace('_', ' ')} : {number}")
    for one in report.findings:
        print(f"✗ {one.code} {one.where} : {one.message}")
    if report.count > len(report.findings):
        print(f"… et {report.count - len(report.findings)} autres constats.")
    print("L’export est ce qu’il dit." if report.is_sound else "L’export n’est pas ce qu’il dit.")
