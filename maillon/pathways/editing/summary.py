"""One line that says a row: « M2 · Consultation de suivi — médecin, tous les 3 mois »."""

from __future__ import annotations

from typing import Any

from maillon.pathways import definition as d
from maillon.pathways.definition import PATIENT
from maillon.pathways.editing.raw import Raw
from maillon.pathways.editing.schema import named_by
from maillon.pathways.editing.words import VALUES
from maillon.professionals import api as professionals


def of_row(kind: type[Any], row: Raw) -> str:
    if not isinstance(row, dict):
        return "Ligne illisible"
    name = row.get(named_by(kind)) if named_by(kind) else None
    said = next((row[key] for key in ("quoi", "dire", "libelle", "titre", "denomination") if _text(row.get(key))), "")
    head = " · ".join(part for part in (_text(name), _text(said)) if part)
    return " — ".join(part for part in (head, _more(kind, row)) if part) or "Sans nom"


def _more(kind: type[Any], row: dict[str, Raw]) -> str:
    if kind is d.Step:
        return ", ".join(part for part in (who(row.get("qui")), when(row.get("quand"))) if part)
    if kind is d.Alert:
        level, to = VALUES.get(_text(row.get("niveau")), ""), who([row.get("prevenir")])
        return ", ".join(part for part in (level.lower(), to, _text(row.get("delai"))) if part)
    if kind is d.Indicator:
        return VALUES.get(_text(row.get("categorie")), "").lower()
    if kind is d.ExampleFact:
        return ", ".join(_text(row.get(key)) for key in ("dit", "code", "valeur", "il_y_a") if _text(row.get(key)))
    if kind is d.TableRow:
        cells = row.get("cellules")
        return " | ".join(_text(cell) for cell in cells) if isinstance(cells, list) else ""
    if kind is d.Climb:
        named = {"remplacant": "le remplaçant", "coordination": "la coordination"}.get(_text(row.get("vers")))
        return ", ".join(part for part in (_text(row.get("apres")), named or who([row.get("vers")])) if part)
    return _text(row.get("regle"))


def who(codes: Raw) -> str:
    """« médecin ou infirmier »."""
    named = [_text(each) for each in codes] if isinstance(codes, list) else []
    known = [
        "le patient" if each == PATIENT else professionals.PROFESSIONS.get(each, each).lower() for each in named if each
    ]
    return " ou ".join(known)


def when(said: Raw) -> str:
    """« 3 mois après, puis tous les 3 mois » of the values of a rhythm."""
    if not isinstance(said, dict):
        return "à l’inclusion"
    if _text(said.get("des_que")):
        return "dès que le dossier le dit"
    starts = [_text(each) for each in said.get("a") or [] if _text(each)]
    every, since = _text(said.get("tous_les")), _text(said.get("depuis"))
    parts = [", ".join(starts)] if starts else []
    parts += [f"tous les {every}"] if every else []
    parts += [f"depuis {since}"] if since and since != "inclusion" else []
    return ", ".join(parts) or "à l’inclusion"


def _text(value: Raw) -> str:
    return value if isinstance(value, str) else ""
