"""Parts of a protocol: who does it, under which declaration, with which training and device."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from maillon.pathways.duration import Duration


@dataclass(frozen=True, slots=True)
class Role:
    nom: str
    libelle: str
    professions: tuple[str, ...]
    au_moins: int = 1
    formation_heures: Decimal = Decimal(0)
    maintien: Duration | None = None  # how long a training holds


@dataclass(frozen=True, slots=True)
class TeamRule:
    """A rule of the house on the team, by its name (pathways.guards), and the value that it needs, if any."""

    regle: str
    refus: str
    dire: str
    valeur: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Team:
    roles: tuple[Role, ...]
    regles: tuple[TeamRule, ...] = ()


@dataclass(frozen=True, slots=True)
class DerogatoryAct:
    code: str
    libelle: str
    profession_habituelle: str
    profession_deleguee: str
    acte: str = ""  # of content/regles/competences.yaml
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """`silence`: after how long without an answer the file is deemed complete."""

    aupres: str
    formalite: str
    reference: str
    pieces: tuple[str, ...]
    silence: Duration | None = None
    a_chaque_changement_d_equipe: bool = True


@dataclass(frozen=True, slots=True)
class Competency:
    code: str
    libelle: str
    famille: Literal["autosoins", "sécurité", "adaptation"]


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    titre: str
    genre: Literal["individuelle", "collective"]
    duree: Duration
    objectif: str
    competences: tuple[str, ...] = ()
    participants_max: int | None = None
    conducteur: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """The certified device whose alerts are received. The two numbers are those of an installation: empty in a
    model."""

    denomination: str
    identifiant_ce: str = ""
    declaration_ars: str = ""
    transmet: tuple[str, ...] = ()
    silence: Duration | None = None
