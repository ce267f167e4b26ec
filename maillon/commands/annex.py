"""The official annex, imported: a file of cells becomes a dated version of the matrix (access.matrix).

A cell that the file does not name is denied. A file that contradicts itself, or names what nobody knows, is refused
whole, each line with its number; nothing is written then.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from maillon.access.api import matrix
from maillon.kernel import clock, content
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.terminology import api as terminology

HEADER = ("type_code", "profession_code", "droit")
_EXAMPLES = 10


class _Said(NamedTuple):
    line: int
    type_code: str
    profession: str
    right: str


def import_annex(path: Path, *, since: dt.date, source: str = "", folder: Path = matrix.FOLDER) -> Path:
    """The version written, in force from `since`. Raises E-HAB-01 (not the file asked for), E-HAB-02 (lines that are
    wrong), E-HAB-03 (a version begins that day already)."""
    if any(version.depuis == since for version in matrix.read_versions(folder)):
        raise UserMessage("E-HAB-03", f"Une version de la matrice commence déjà le {since:%d/%m/%Y}.")
    said = _lines(path)
    _refuse_faults(said)
    written = folder / f"habilitations-{since.isoformat()}.yaml"
    text = yaml.safe_dump(
        _version(said, since, source or path.name), allow_unicode=True, sort_keys=False, width=118,
        default_flow_style=None,
    )  # fmt: skip
    _write_checked(written, text)
    matrix.forget()
    return written


def _write_checked(written: Path, text: str) -> None:
    """Read back as any version will be, then put in its place in one movement."""
    draft = written.with_suffix(".brouillon")
    try:
        draft.write_text(text, encoding="utf-8")
        matrix.checked(content.read(draft, matrix.Matrix), written.name)
        draft.replace(written)
    finally:
        draft.unlink(missing_ok=True)


def _lines(path: Path) -> list[_Said]:
    """Comma or semicolon, as the spreadsheet of the house writes it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserMessage(
            "E-HAB-01", f"{path.name} ne se lit pas\u202f: un fichier CSV en UTF-8 est attendu."
        ) from error
    first = text.partition("\n")[0]
    read = csv.DictReader(text.splitlines(), delimiter=";" if ";" in first else ",")
    if not set(HEADER) <= set(read.fieldnames or ()):
        raise UserMessage("E-HAB-01", f"{path.name}, ligne 1\u202f: colonnes attendues\u202f: {', '.join(HEADER)}.")
    said = [_Said(read.line_num, *((row[name] or "").strip() for name in HEADER)) for row in read]
    if not said:
        raise UserMessage("E-HAB-01", f"{path.name} ne contient aucune case.")
    return said


def _refuse_faults(said: list[_Said]) -> None:
    faults = [f"ligne {line}\u202f: {fault}" for line, fault in _faults(said)]
    if faults:
        raise UserMessage("E-HAB-02", "Le fichier est refusé, rien n’est changé.\n" + "\n".join(faults))


def _faults(said: list[_Said]) -> Iterator[tuple[int, str]]:
    seen: dict[tuple[str, str], _Said] = {}
    for each in said:
        if each.type_code not in matrix.types():
            yield each.line, f"type de document inconnu «\u202f{each.type_code}\u202f»."
        if each.profession not in professionals.PROFESSIONS:
            yield each.line, f"profession inconnue «\u202f{each.profession}\u202f»."
        if each.right not in matrix.RIGHTS:
            yield (
                each.line,
                f"droit inconnu «\u202f{each.right}\u202f»\u202f; possibles\u202f: {', '.join(matrix.RIGHTS)}.",
            )
        former = seen.setdefault((each.type_code, each.profession), each)
        if former is not each:
            fault = "répète" if former.right == each.right else f"contredit («\u202f{former.right}\u202f»)"
            yield each.line, f"{each.type_code}, {each.profession}\u202f: {fault} la ligne {former.line}."


def _version(said: list[_Said], since: dt.date, source: str) -> dict[str, Any]:
    people = sorted({each.profession for each in said})
    lines: dict[str, dict[str, str]] = {}
    for each in said:
        lines.setdefault(each.type_code, {})[each.profession] = each.right
    return {
        "titre": "Matrice d’habilitation, annexe officielle",
        "source": source,
        "provenance": "officiel",
        "depuis": since,
        "auteurs": ["Import de l’annexe officielle"],
        "relu_le": clock.today(),
        "a_revoir_le": clock.today() + dt.timedelta(days=365),
        "types_inconnus": [code for code in people if _reads_unknown_types(code, since)],
        "colonnes": [
            {"code": code, "libelle": professionals.PROFESSIONS[code], "professions": [code]} for code in people
        ],
        "lignes": [
            {"pour": code, "libelle": terminology.document_type_label(code) or code, "droits": rights}
            for code, rights in lines.items()
        ],
        "exemples": [
            {"type": each.type_code, "profession": each.profession, "droit": each.right, "provenance": "officiel"}
            for each in said[:_EXAMPLES]
        ],
    }


def _reads_unknown_types(profession: str, since: dt.date) -> bool:
    """The annex names the types that it knows: of the others, the version that it follows still decides."""
    former = matrix.in_force(since)
    return former is not None and former.column_of(profession) in former.types_inconnus
