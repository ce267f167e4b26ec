"""What a step expects, in sentences that somebody reads on a phone."""

from __future__ import annotations

from typing import Final

from maillon.scenarios.api import definition
from maillon.terminology import api as terminology

_IDENTITIES: Final = {
    "provisoire": "L’identité est provisoire",
    "recuperee": "L’identité est récupérée",
    "qualifiee": "L’INS est qualifiée",
}


def role_of(journey: definition.Scenario, name: str) -> str:
    actor = journey.acteurs.get(name)
    channels: dict[str, str] = {code: label for code, label in definition.CHANNELS.items()}  # noqa: C416 (wider keys)
    return actor.role if actor else channels.get(name, name)


def document_of(step: definition.Step) -> str:
    if step.document is None:
        return ""
    return step.document.titre or terminology.document_type_label(step.document.type) or step.document.type


def expected_of(journey: definition.Scenario, step: definition.Step) -> tuple[str, ...]:
    """Only what a person can see for themself."""
    said, to = step.attendu, [role_of(journey, each) for each in step.a]
    found = [
        _IDENTITIES[said.identite] if said.identite else "",
        f"C’est parti vers\u202f: {', '.join(to)}" if to and step.document is None else "",
        f"À lire dans la journée de\u202f: {_roles(journey, said.a_lire)}" if said.a_lire else "",
        "Le document se voit dans le DMP" if said.dmp else "",
        "Le patient le voit dans Mon espace santé" if said.mes else "",
        "Les résultats sont dans le dossier" if said.resultats else "",
        "Le document est marqué lu" if said.lu else "",
        f"En moins de {step.delai}" if step.delai else "",
    ]
    return tuple(each for each in found if each)


def _roles(journey: definition.Scenario, names: tuple[str, ...]) -> str:
    return ", ".join(role_of(journey, each).lower() for each in names)
