"""The schema of content/medicaments: the knowledge of medicines as an open folder of one YAML and eight CSV files
(content/medicaments/LISEZMOI.md). A target (« cible ») is the name of a substance, or the @code of a class."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from maillon.kernel import config

Level = Literal["contre_indication", "deconseillee", "precaution", "a_prendre_en_compte"]
Indicator = Literal["info", "warning", "critical"]  # CDS Hooks 2.0, by order of urgency
LEVELS: Final[dict[Level, str]] = {
    "contre_indication": "Contre-indication",
    "deconseillee": "Association déconseillée",
    "precaution": "Précaution d’emploi",
    "a_prendre_en_compte": "À prendre en compte",
}


@dataclass(frozen=True, slots=True)
class SubstanceRow:
    nom: str
    atc: tuple[str, ...]
    autres_noms: tuple[str, ...]
    marques: tuple[str, ...]
    par_kg: bool


@dataclass(frozen=True, slots=True)
class ClassRow:
    code: str
    nom: str
    atc: tuple[str, ...]
    substances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interaction:
    a: str
    b: str
    sauf: tuple[str, ...]
    niveau: Level
    risque: str
    conduite: str


@dataclass(frozen=True, slots=True)
class AllergyWords:
    cible: str
    mots: tuple[str, ...]
    snomed_ct: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrossAllergy:
    allergie: str
    medicament: str
    niveau: Literal["critique", "precaution"]
    dire: str


@dataclass(frozen=True, slots=True)
class Pregnancy:
    cible: str
    periode: str
    niveau: Literal["contre_indication", "deconseillee", "precaution"]
    dire: str


@dataclass(frozen=True, slots=True)
class RenalRow:
    """For a filtration rate from `dfg_de` to below `dfg_a`, in mL/min/1.73 m²."""

    cible: str
    dfg_de: int
    dfg_a: int
    dire: str


@dataclass(frozen=True, slots=True)
class OldAge:
    cible: str
    dire: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Source:
    table: str
    titre: str
    edition: str


@dataclass(frozen=True, slots=True)
class Control:
    code: str
    dire: str


@dataclass(frozen=True, slots=True)
class Motive:
    code: str
    dire: str


@dataclass(frozen=True, slots=True)
class Example:
    """A prescription and a patient, and the cards (by their key) that are expected. `allergies`: « aucune » says that
    none is known; an empty list says nothing. `jamais`: beginnings of keys that must not be."""

    dire: str
    lignes: tuple[str, ...]
    attend: dict[str, Indicator]
    jamais: tuple[str, ...] = ()
    allergies: tuple[str, ...] = ()
    traitements: tuple[str, ...] = ()
    age: int = 50
    sexe: Literal["F", "M"] = "M"
    dfg: int | None = None
    poids: int | None = None
    grossesse: Literal["oui", "non", "inconnu"] = "inconnu"


@dataclass(frozen=True, slots=True)
class Base:
    titre: str
    version: str
    date: dt.date
    source: str
    provenance: Literal["officiel", "reconstruit", "local"]
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    avertissement: str
    sources: tuple[Source, ...]
    controles: tuple[Control, ...]
    non_controle: tuple[str, ...]
    motifs: tuple[Motive, ...]
    exemples: tuple[Example, ...]


def folder() -> Path:
    """MAILLON_MEDICAMENTS names another folder of the same format."""
    return Path(os.environ.get("MAILLON_MEDICAMENTS") or config.CONTENT / "medicaments")
