"""The schema of content/regles/constats.yaml: the closed list of what the platform notices, in the eleven irritants of
the field days, who is told, and which documents are concerned."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Final, Literal

from maillon.kernel import config, content

Code = Literal["IR1", "IR2", "IR3", "IR4", "IR5", "IR6", "IR7", "IR8", "IR9", "IR10", "IR11"]
CODES: Final[tuple[Code, ...]] = (
    "IR1", "IR2", "IR3", "IR4", "IR5", "IR6", "IR7", "IR8", "IR9", "IR10", "IR11"
)  # fmt: skip
# Who is told. The first two are a person, the others whoever holds that place in the structure.
Told = Literal["lecteur", "auteur", "secretariat", "coordination", "identitovigilance", "referent"]
REFERENT: Final = "referent"


@dataclass(frozen=True, slots=True)
class Noticeable:
    """`marque` is what the row of the document says; empty, it says nothing. `sur_une_personne`: the fact is about a
    colleague, so whoever is told learns neither the patient nor the document."""

    fait: str
    code: Code
    dire: str
    faire: str
    gravite: int  # 1 to 4, as in content/grilles/irritants.yaml
    pour: Told
    marque: str = ""
    par_une_tache: bool = False
    sur_une_personne: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    type: str
    niveau: int
    faits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticedRules:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    structures: tuple[str, ...]
    biologie: tuple[str, ...]
    le_jour_de_la_sortie: tuple[str, ...]
    le_jour_de_l_examen: tuple[str, ...]
    ordonnances_numerotees: tuple[str, ...]
    secretariat: str
    coordination: str
    identitovigilance: str
    faits: tuple[Noticeable, ...]
    exemples: tuple[Example, ...]

    def named(self, fact: str) -> Noticeable:
        return next(each for each in self.faits if each.fait == fact)

    def role_of(self, fact: str) -> str:
        """The profession that is told, « referent », or nothing when it is a person."""
        told = self.named(fact).pour
        roles = {
            "secretariat": self.secretariat, "coordination": self.coordination,
            "identitovigilance": self.identitovigilance, "referent": REFERENT,
        }  # fmt: skip
        return roles.get(told, "")

    def of_shape(self, type_code: str, *, is_structured: bool, is_cda: bool) -> tuple[str, ...]:
        """What is noticed of a document's format alone."""
        expected = type_code in self.structures
        if is_structured or (is_cda and not expected):
            return ()
        return ("ancien_format", "biologie_non_structuree") if type_code in self.biologie else ("ancien_format",)


@functools.cache
def rules() -> NoticedRules:
    return content.read(config.CONTENT / "regles" / "constats.yaml", NoticedRules)
