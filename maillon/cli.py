"""The console command `maillon`. Sub-commands are French; each says in --help all that one needs to use it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

# name -> (module that adds the command, one line for the list)
COMMANDS: dict[str, str] = {
    "lire": "maillon.commands.lire",
    "ecrire": "maillon.commands.ecrire",
    "conformite": "maillon.commands.conformite",
    "base": "maillon.commands.base",
    "serveur": "maillon.commands.serveur",
    "facteur": "maillon.commands.facteur",
    "annuaire": "maillon.commands.annuaire",
    "journal": "maillon.commands.journal",
    "verifier": "maillon.commands.verifier",
    "habilitations": "maillon.commands.habilitations",
    "partenaires": "maillon.commands.partenaires",
    "medicaments": "maillon.commands.medicaments",
    "rgpd": "maillon.commands.rgpd",
    "regles": "maillon.commands.regles",
    "questionnaires": "maillon.commands.questionnaires",
    "exporter": "maillon.commands.exporter",
    "importer": "maillon.commands.importer",
    "verifier-export": "maillon.commands.verifier_export",
    "demo": "maillon.commands.demo",
    "parcours": "maillon.commands.parcours",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="maillon",
        description="Le dossier partagé et la coordination d’une équipe de soins.",
        epilog="Chaque commande a son aide : maillon COMMANDE --help",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMANDE", required=True)
    for name, module in COMMANDS.items():
        import_module(module).add(commands, name)
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
