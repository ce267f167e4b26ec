"""What may be chosen in a field, as the protocol itself and the house stand: professions, acts, steps, tables…"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from maillon.pathways import definition as d
from maillon.pathways.competences import competences
from maillon.pathways.definition import DEFAULT_STATES, PATIENT
from maillon.pathways.editing.raw import Raw
from maillon.pathways.editing.schema import FieldShape
from maillon.pathways.editing.words import VALUES
from maillon.pathways.guard_names import PLAN_RULES, TEAM_RULES
from maillon.professionals import api as professionals

Said = dict[str, Raw]
Choices = dict[str, str]


def choices_of(said: Said, kind: type[Any], shape: FieldShape) -> Choices | None:
    """Value → French; None for what is typed freely."""
    if shape.kind == "choice":
        return {each: VALUES.get(each, each) for each in shape.values}
    offered = _OFFERED.get((kind, shape.name))
    return offered(said) if offered else None


def _professions(said: Said) -> Choices:
    return dict(professionals.PROFESSIONS)


def _named_professions(said: Said) -> Choices:
    """Those of the protocol; all of them while it names none."""
    named = [each for each in said.get("professions") or [] if isinstance(each, str)]
    return {code: professionals.PROFESSIONS.get(code, code) for code in named} or _professions(said)


def _who(said: Said) -> Choices:
    return _named_professions(said) | {PATIENT: "Le patient lui-même"}


def _climbs(said: Said) -> Choices:
    return {"remplacant": "Le remplaçant", "coordination": "La coordination"} | _professions(said)


def _acts(said: Said) -> Choices:
    return {act.code: act.libelle for act in competences().actes}


def _rows(key: str, name: str, label: str) -> Callable[[Said], Choices]:
    def offered(said: Said) -> Choices:
        rows = said.get(key)
        known = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return {str(row[name]): _named(row, name, label) for row in known if row.get(name)}

    return offered


def _named(row: dict[str, Raw], name: str, label: str) -> str:
    return f"{row[name]} · {row[label]}" if row.get(label) and row.get(label) != row[name] else str(row[name])


_STEPS = _rows("etapes", "id", "quoi")
_ALERTS = _rows("alertes", "id", "dire")
_INDICATORS = _rows("indicateurs", "id", "libelle")
_TABLES = _rows("tableaux", "id", "titre")
_NODES = _rows("arbre", "id", "dire")
_COMPETENCIES = _rows("competences", "code", "libelle")
_DATES = _rows("dates", "nom", "libelle")
_OWN_STATES = _rows("etats", "nom", "libelle")


def _states(said: Said) -> Choices:
    return _OWN_STATES(said) or {state.nom: state.libelle for state in DEFAULT_STATES}


def _origins(said: Said) -> Choices:
    return {"inclusion": "L’inclusion"} | _DATES(said) | _states(said) | _STEPS(said)


_OFFERED: Final[dict[tuple[type[Any], str], Callable[[Said], Choices]]] = {
    (d.Protocol, "professions"): _professions,
    (d.Parameter, "par"): _named_professions,
    (d.Step, "qui"): _who,
    (d.Step, "acte"): _acts,
    (d.Step, "tableau"): _TABLES,
    (d.When, "depuis"): _origins,
    (d.Alert, "prevenir"): _professions,
    (d.Alert, "aussi"): _professions,
    (d.Alert, "tableau"): _TABLES,
    (d.Climb, "vers"): _climbs,
    (d.Guard, "regle"): lambda said: dict(PLAN_RULES),
    (d.Guard, "de"): _states,
    (d.State, "vers"): _states,
    (d.Role, "professions"): _professions,
    (d.TeamRule, "regle"): lambda said: dict(TEAM_RULES),
    (d.DerogatoryAct, "profession_habituelle"): _professions,
    (d.DerogatoryAct, "profession_deleguee"): _professions,
    (d.DerogatoryAct, "acte"): _acts,
    (d.Session, "competences"): _COMPETENCIES,
    (d.Objective, "indicateurs"): _INDICATORS,
    (d.Report, "indicateurs"): _INDICATORS,
    (d.Indicator, "etape"): _STEPS,
    (d.Indicator, "alerte"): _ALERTS,
    (d.Expected, "alertes"): _ALERTS,
    (d.Expected, "taches"): _STEPS,
    (d.Expected, "indicateurs"): _INDICATORS,
    **{(d.Node, way): _NODES for way in ("oui", "non", "inconnu", "suite")},
    (d.Expected, "arbre"): _NODES,
}  # fmt: skip
