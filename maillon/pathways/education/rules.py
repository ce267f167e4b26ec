"""The schema of content/regles/education.yaml: the charter, and the parts of the reports of a programme."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from decimal import Decimal

from maillon.kernel import config, content


@dataclass(frozen=True, slots=True)
class Charter:
    version: str
    titre: str
    engagements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    code: str
    titre: str
    aide: str = ""
    conclusion: bool = False


@dataclass(frozen=True, slots=True)
class ReportForm:
    code: str
    titre: str
    parties: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ReportExample:
    rapport: str
    parties: int
    conclusions: int


@dataclass(frozen=True, slots=True)
class EducationRules:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    heures_formation: Decimal
    competences_min: int
    competences_max: int
    groupe_max: int
    charte: Charter
    rapports: tuple[ReportForm, ...]
    exemples: tuple[ReportExample, ...]

    def report(self, code: str) -> ReportForm | None:
        return next((each for each in self.rapports if each.code == code), None)


@functools.cache
def rules() -> EducationRules:
    return content.read(config.CONTENT / "regles" / "education.yaml", EducationRules)
