"""Parts of a protocol: its own tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from maillon.pathways.duration import NOW, Duration


@dataclass(frozen=True, slots=True)
class ExampleFact:
    """One thing that the record of the example says, so long ago."""

    dit: Literal[
        "diagnostic", "traitement", "allergie", "acte", "vaccination", "résultat", "réponse", "document", "étape"
    ]
    code: str
    il_y_a: Duration = NOW
    valeur: Decimal | None = None
    unite: str = ""
    texte: str = ""
    nie: bool = False


@dataclass(frozen=True, slots=True)
class ExamplePatient:
    age: int | None = None
    sexe: Literal["F", "M", "UN"] | None = None
    faits: tuple[ExampleFact, ...] = ()
    parametres: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """`taches`: the steps that inclusion asks at once. `arbre`: the last node. `indicateurs`: those in whose numerator
    the patient is."""

    inclusion: Literal["oui", "non", "inconnu"] = "oui"
    alertes: tuple[str, ...] = ()
    taches: tuple[str, ...] = ()
    arbre: str = ""
    indicateurs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    titre: str
    patient: ExamplePatient
    attend: Expected
