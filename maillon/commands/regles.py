"""`maillon regles publier`: the rules as they are applied, as a page that anybody can read without the product."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maillon.web.rulebook import ClosedList, LawTable, MatrixTable, StepLine


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="publier les règles d’accès telles qu’elles sont appliquées",
        description="Écrit la loi d’accès, la matrice d’habilitation (toutes ses versions), les états et les listes "
        "fermées dans un fichier Markdown. Un test refuse que ce fichier retarde sur les règles.",
    )
    parser.add_argument("action", choices=["publier"])
    parser.add_argument("--vers", metavar="FICHIER", type=Path, default=Path("docs/regles.md"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    django.setup()
    options.vers.write_text(published(), encoding="utf-8")
    print(f"{options.vers} : écrit.")
    return 0


def published() -> str:
    """The whole page, in Markdown."""
    from maillon.access.api import matrix
    from maillon.web import rulebook

    parts = [
        _HEAD,
        *(_law(law) for law in rulebook.laws()),
        _MATRIX_HEAD,
        *(_matrix(rulebook.matrix_table(version)) for version in matrix.versions()),
        "## Les états et les listes fermées",
        *(_list(each) for each in rulebook.closed_lists()),
    ]
    return "\n\n".join(parts) + "\n"


_HEAD = """# Les règles, telles qu’elles sont appliquées

Page écrite par `maillon regles publier` depuis la loi d’accès, la matrice et les tables d’états : ne pas la modifier
à la main. La même page est à l’adresse `/regles` du produit.

## La loi d’accès

Les étapes sont lues dans l’ordre ; la première dont la condition est remplie décide. Ce qui est refusé ne laisse aucune
trace à l’écran."""

_MATRIX_HEAD = """## La matrice d’habilitation

L : lecture ; É : écriture ; LÉ : lecture et écriture ; LC : lecture après consentement ; – : aucun droit.
Une étoile : lu dans un texte officiel. Sans étoile : défaut de la maison, **à vérifier**. Une case que personne n’a
écrite est refusée."""


def _law(law: LawTable) -> str:
    rows = ["| étape | décision | phrase | condition |", "|---|---|---|---|"]
    rows += [
        f"| {step.code} | {'ouvre' if step.allows else 'refuse'} | {step.sentence} | {condition(step)} |"
        for step in law.steps
    ]
    return f"### {law.title}\n\n" + "\n".join(rows)


def condition(step: StepLine) -> str:
    said = [" et ".join(step.when)] if step.when else []
    said += [f"sauf {' ; ou '.join(step.unless)}"] if step.unless else []
    return ", ".join(said) or "dans tous les autres cas"


def _matrix(table: MatrixTable) -> str:
    codes = [code for code, _ in table.columns]
    rows = [f"| types de documents | {' | '.join(codes)} |", f"|---|{'---|' * len(codes)}"]
    for line in table.lines:
        cells = (f"{cell.sign}{'*' if cell.is_official else ''}" for cell in line.cells)
        rows.append(f"| {line.title} | {' | '.join(cells)} |")
    names = " ; ".join(f"{code} : {label}" for code, label in table.columns)
    unknown = f"Un type inconnu de la matrice est lu par : {', '.join(table.readers_of_unknown) or 'personne'}."
    head = f"### {table.title}, depuis le {table.since:%d/%m/%Y}\n\n{table.source}.\n\n{names}."
    return "\n\n".join([head, "\n".join(rows), _remarks(table), unknown, _types(table)])


def _remarks(table: MatrixTable) -> str:
    said = [
        f"- {line.title}, {code} : {cell.about}."
        for line in table.lines
        for (code, _), cell in zip(table.columns, line.cells, strict=True)
        if cell.about
    ]
    return "Précisions :\n\n" + "\n".join(said) if said else "Aucune précision."


def _types(table: MatrixTable) -> str:
    return "Les types de chaque ligne :\n\n" + "\n".join(_types_of_lines(table))


def _types_of_lines(table: MatrixTable) -> Iterator[str]:
    for line in table.lines:
        types = " ; ".join(f"{code} {label} ({origin})" for code, label, origin in line.types)
        yield f"- **{line.title}** : {types}."


def _list(each: ClosedList) -> str:
    said = f"### {each.title}\n\n" + "\n".join(f"- {label}" for _, label in each.values)
    if not each.moves:
        return said
    rows = ["| passage | depuis | vers |", "|---|---|---|"]
    rows += [f"| {move.label} | {move.sources} | {move.target} |" for move in each.moves]
    return f"{said}\n\nTout autre passage est refusé ({each.refusal}).\n\n" + "\n".join(rows)
