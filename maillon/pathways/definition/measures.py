"""Parts of a protocol: what is aimed at, what is counted, what it rests on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from maillon.pathways.duration import Duration
from maillon.questions.api import Question, SeriesText


@dataclass(frozen=True, slots=True)
class Objective:
    """Measurable by the indicators that it names."""

    dire: str
    indicateurs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """`genre` says what is counted.

    proportion: of the people for whom `denominateur` is true and `exclusions` is not, those for whom `numerateur` is.
    taux: events of `serie` for 100 patient-years of follow-up. delai: median hours from `serie` to the next of `vers`.
    ttr: people whose time within `bornes` (Rosendaal), over `serie`, reaches `seuil` per cent. etapes, alertes: of
    those that were asked (`etape`, `alerte`), those answered within `sous`.
    `population`: the plans of the protocol, or every patient whom the structure follows. `cible`: as it is measured, a
    proportion between 0 and 1.
    """

    id: str
    libelle: str
    categorie: Literal["couverture", "processus", "résultat"]
    genre: Literal["proportion", "taux", "delai", "ttr", "etapes", "alertes"] = "proportion"
    population: Literal["plans", "patients"] = "plans"
    denominateur: Question | None = None
    exclusions: Question | None = None
    numerateur: Question | None = None
    serie: SeriesText | None = None
    vers: SeriesText | None = None
    bornes: tuple[str, ...] = ()  # two numbers, or names of parameters
    seuil: Decimal = Decimal(65)
    au_moins: int = 2
    intervalle_max: Duration = Duration(56, "jours")
    etape: str = ""
    alerte: str = ""
    sous: Duration | None = None
    periode: Duration = Duration(12, "mois")
    cible: Decimal | None = None
    sens: Literal["hausse", "baisse"] = "hausse"
    effectif_min: int = 11
    source: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    nom: str
    titre: str
    tous_les: Duration
    indicateurs: tuple[str, ...]
    destinataire: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """`maintenue`: why a text older than five years still counts."""

    titre: str
    date: dt.date
    reference: str = ""
    maintenue: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    titre: str
    courrier: str = ""
    formulaire: str = ""
    texte: str = ""
