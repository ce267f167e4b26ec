"""What the natures of protocol ask of a file, as data: the engine itself knows no nature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from maillon.pathways.definition import Nature


@dataclass(frozen=True, slots=True, kw_only=True)
class NatureSheet:
    """`needs`: parts of the file that may not be empty, with the refusal. `may_delegate`: acts may be given to a
    profession that has not their competence, if they are named as derogatory. `states`: those that the house brings a
    plan to by itself."""

    label: str
    needs: tuple[tuple[str, str], ...] = ()
    may_delegate: bool = False
    measures_all: bool = False  # coverage, process and result
    states: tuple[str, ...] = ()


NATURES: Final[dict[Nature, NatureSheet]] = {
    "ppspr": NatureSheet(
        label="Protocole pluriprofessionnel de soins de premier recours", measures_all=True
    ),
    "cooperation": NatureSheet(
        label="Protocole de coopération", may_delegate=True,
        needs=(("actes_derogatoires", "E-COOP-07"), ("equipe", "E-COOP-01"), ("declaration", "E-COOP-04")),
        states=("suivi", "relais", "clos", "sorti"),
    ),
    "etp": NatureSheet(
        label="Programme d’éducation thérapeutique", needs=(("equipe", "E-ETP-01"), ("competences", "E-ETP-05")),
    ),
    "ambulatoire": NatureSheet(label="Parcours de chirurgie ambulatoire", needs=(("dates", "E-AMB-03"),)),
    "telesurveillance": NatureSheet(label="Télésurveillance", needs=(("dispositif", "E-TLM-08"),)),
    "pps": NatureSheet(label="Plan personnalisé de santé"),
}  # fmt: skip
