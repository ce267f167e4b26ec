"""Parts of a protocol: who it is for, how a plan moves, what is done and watched."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from maillon.pathways.duration import NOW, Duration
from maillon.questions.api import Question

Level = Literal["orange", "rouge"]
PATIENT: Final = "patient"  # in `qui`: what the patient does; shown in the plan, it makes no task of a profession

# ------------------------------------------------------------------------------------------------ who it is for


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is said to people, and the question that is asked of the record."""

    dire: str
    si: Question


@dataclass(frozen=True, slots=True)
class Population:
    """Included: every `inclusion` true and no `exclusion` true. An exclusion that is inconnue is shown, to be answered
    by who includes; an inclusion that is inconnue is not met."""

    inclusion: tuple[Criterion, ...]
    exclusion: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    valeur: Decimal
    dire: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value chosen for one patient at inclusion, read in questions by `cible("nom")`. Without `choix`, or with
    `libre`, a number is typed, within `minimum` and `maximum`."""

    nom: str
    libelle: str
    unite: str = ""
    par: str = "G15_10"  # the profession that decides it
    choix: tuple[Choice, ...] = ()
    libre: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NamedDate:
    """A date of this patient's plan that steps count from: an operation, a delivery."""

    nom: str
    libelle: str
    obligatoire: bool = True


@dataclass(frozen=True, slots=True)
class Information:
    """What the patient is told, word for word: its version is kept with the plan."""

    texte: str
    consentement: Literal["information", "oral", "ecrit"]


# ------------------------------------------------------------------------------------------------ how it moves


@dataclass(frozen=True, slots=True)
class Guard:
    """What must hold: a question that is true, or a rule of the house by its name (pathways.guards). `de`: only when
    coming from these states. `refus` is the stable code, `dire` what is said."""

    refus: str
    dire: str
    si: Question | None = None
    regle: str = ""
    de: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """`genre`: what runs in it. attente: nothing yet; actif: steps and alerts; pause: neither; fin: it is over.
    `motifs`: one of them is given on entering."""

    nom: str
    libelle: str
    genre: Literal["attente", "actif", "pause", "fin"]
    vers: tuple[str, ...] = ()
    exige: tuple[Guard, ...] = ()
    motifs: tuple[str, ...] = ()


DEFAULT_STATES: Final = (
    State("propose", "Proposé", "attente", ("inclus", "sorti")),
    State("inclus", "Inclus", "actif", ("en_cours", "suspendu", "sorti")),
    State("en_cours", "En cours", "actif", ("suspendu", "sorti")),
    State("suspendu", "Suspendu", "pause", ("en_cours", "sorti"), motifs=(
        "Hospitalisation", "Absence prolongée", "À la demande du patient", "Avis médical attendu", "Autre",
    )),
    State("sorti", "Sorti", "fin", motifs=(
        "Objectif atteint", "Refus du patient", "Décès", "Déménagement", "Exclusion secondaire", "Fin du suivi",
    )),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ what is done


@dataclass(frozen=True, slots=True)
class Otherwise:
    si: Question
    tous_les: Duration


@dataclass(frozen=True, slots=True)
class When:
    """`depuis`: « inclusion », a date of `dates`, a state (on entering it) or a step (each time it is done). `a`: how
    long after; `tous_les`: again and again from there, at another rhythm when a `sauf` is true (the first that is).
    `des_que`: each time that the question becomes true of new facts, `a` later."""

    a: tuple[Duration, ...] = (NOW,)
    depuis: str = "inclusion"
    tous_les: Duration | None = None
    sauf: tuple[Otherwise, ...] = ()
    des_que: Question | None = None
    jusqu_a: Duration | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`qui`: who may do it, the first being asked. `fenetre`: how long after its day it is late. `ouvre`: how long
    before its day it is offered. `fait_quand`: what shows that it was done, among what is newer than the last time.
    `examen`: what is examined, in one word for all protocols, so that it is asked once (`fait_quand`, else the form,
    when empty). `acte`: of content/regles/competences.yaml."""

    id: str
    qui: tuple[str, ...]
    quoi: str
    quand: When = When()
    fenetre: Duration = Duration(15, "jours")
    ouvre: Duration = Duration(15, "jours")
    comment: str = ""
    ou: str = ""
    formulaire: str = ""
    courrier: str = ""
    fait_quand: Question | None = None
    condition: Question | None = None
    examen: str = ""
    acte: str = ""
    tableau: str = ""
    exige: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Climb:
    """`vers`: a profession, « remplacant » or « coordination ». `apres`: since the alert was raised."""

    apres: Duration
    vers: str


@dataclass(frozen=True, slots=True)
class Alert:
    """`sur`: what wakes the question. `delai`: by when somebody must have answered. `tableau`: shown to who answers,
    with the line that applies, and nothing filled in. `conduite`: what the team agreed to do at once. `sms`: the text
    that the patient receives at once; it says nothing of health."""

    id: str
    sur: Literal["résultat", "document", "réponse", "énoncé", "jour", "dispositif"]
    si: Question
    niveau: Level
    dire: str
    prevenir: str = ""
    delai: Duration | None = None
    aussi: tuple[str, ...] = ()
    escalade: tuple[Climb, ...] = ()
    conduite: str = ""
    tableau: str = ""
    sms: Literal["rappeler"] | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    cellules: tuple[str, ...]
    si: Question | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a text gives to professionals. Shown as it is: nothing is computed of it for a patient."""

    id: str
    titre: str
    source: str
    colonnes: tuple[str, ...]
    lignes: tuple[TableRow, ...]
    rappel: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A question node has `si` and its three ways; one without `si` goes on to `suite`, or ends with an `issue`.
    `appel`: a call that must be made and answered before going on."""

    id: str
    dire: str
    si: Question | None = None
    oui: str = ""
    non: str = ""
    inconnu: str = ""
    suite: str = ""
    issue: str = ""
    quoi: str = ""
    delai: Duration | None = None
    appel: str = ""
    refus: str = ""
