"""The schema of content/regles/bris-de-glace.yaml: who may open in an emergency, why, for how long, who is told."""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass

from maillon.kernel import config, content

_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    libelle: str
    reference: str
    regulation: bool = False  # only for a regulating physician


@dataclass(frozen=True, slots=True)
class Example:
    profession: str
    texte: str
    admis: bool


@dataclass(frozen=True, slots=True)
class EmergencyRules:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    professions: tuple[str, ...]
    duree_heures: int
    avis_patient_heures: int
    revue_heures: int
    texte_minimal: int
    ouverts_a_la_fois: int
    ouverts_par_jour: int
    essais_par_heure: int
    preuve_minutes: int
    motifs: tuple[Reason, ...]
    exemples: tuple[Example, ...]

    def reasons(self, *, regulation: bool) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.motifs if regulation or not reason.regulation)

    def explains(self, text: str) -> bool:
        """Long enough, and made of words: « aaaaaaaaaaaaaaaaaaaaaaaa » explains nothing to who reviews."""
        said = " ".join(text.split())
        return len(said) >= self.texte_minimal and len(set(_WORD.findall(said.lower()))) >= _FEWEST_WORDS


@functools.cache
def emergency_rules() -> EmergencyRules:
    return content.read(config.CONTENT / "regles" / "bris-de-glace.yaml", EmergencyRules)
