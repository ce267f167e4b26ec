"""The schema of content/regles/competences.yaml: which profession may be given which act without a delegation."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

from maillon.kernel import config, content


@dataclass(frozen=True, slots=True)
class Act:
    code: str
    libelle: str
    professions: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class ActExample:
    acte: str
    profession: str
    admis: bool


@dataclass(frozen=True, slots=True)
class Competences:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    actes: tuple[Act, ...]
    exemples: tuple[ActExample, ...]

    def act(self, code: str) -> Act | None:
        return next((act for act in self.actes if act.code == code), None)


@functools.cache
def competences() -> Competences:
    return content.read(config.CONTENT / "regles" / "competences.yaml", Competences)
