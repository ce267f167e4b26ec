"""A questionnaire: the neutral model that every format reads and writes, and the schema of content/questionnaires."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Kind = Literal[
    "choix", "cases", "oui_non", "entier", "decimal", "ligne", "texte", "date", "heure", "affiche", "calcul"
]
OF_NUMBER: frozenset[Kind] = frozenset({"entier", "decimal"})
YES, NO = "oui", "non"


@dataclass(frozen=True, slots=True)
class Choice:
    """`valeur`: the points that it is worth in a score. `systeme`: of the code, where another software named it."""

    code: str
    dire: str
    valeur: Decimal | None = None
    systeme: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """How a calculated number reads, bounds included; a bound that is absent is open."""

    dire: str
    de: Decimal | None = None
    a: Decimal | None = None

    def holds(self, value: Decimal) -> bool:
        return (self.de is None or self.de <= value) and (self.a is None or value <= self.a)


@dataclass(frozen=True, slots=True)
class Calculation:
    """One of: the sum or the product of numbers (a choice counts its points), how many « oui » among questions,
    whether there are at least so many, or the answer to a question of the question language.

    A question that is not asked adds nothing; one that is asked and not answered makes the result inconnu, unless the
    rest decides (`au_moins`)."""

    somme: tuple[str, ...] = ()
    produit: tuple[str, ...] = ()
    compte: tuple[str, ...] = ()
    au_moins: int | None = None
    parmi: tuple[str, ...] = ()
    si: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        return (*self.somme, *self.produit, *self.compte, *self.parmi)

    @property
    def is_number(self) -> bool:
        return bool(self.somme or self.produit or self.compte)


@dataclass(frozen=True, slots=True)
class Question:
    """`reprend`: in so many days, what the record knows under `loinc` is proposed. `visible_si`: the question stands
    only when this is true. `lien`: how another software names it (linkId)."""

    code: str
    texte: str
    genre: Kind = "ligne"
    aide: str = ""
    obligatoire: bool = False
    choix: tuple[Choice, ...] = ()
    unite: str = ""  # UCUM
    min: Decimal | None = None
    max: Decimal | None = None
    longueur: int | None = None
    visible_si: str = ""
    calcul: Calculation | None = None
    bandes: tuple[Band, ...] = ()
    loinc: str = ""
    reprend: int | None = None
    presentation: Literal["boutons", "liste"] = "boutons"
    lien: str = ""

    @property
    def options(self) -> tuple[Choice, ...]:
        """What may be chosen: a yes or no is a choice of two."""
        return _YES_NO if self.genre == "oui_non" and not self.choix else self.choix

    @property
    def is_answered(self) -> bool:
        """By a person: neither shown nor calculated."""
        return self.genre not in ("affiche", "calcul")

    @property
    def is_number(self) -> bool:
        return self.genre in OF_NUMBER or (self.calcul is not None and self.calcul.is_number)

    def label(self, code: str) -> str:
        return next((each.dire for each in (*self.options, *_YES_NO) if each.code == code), code)


_YES_NO = (Choice(YES, "Oui"), Choice(NO, "Non"))


@dataclass(frozen=True, slots=True)
class Group:
    """Questions under one legend; without a title, questions that stand by themselves."""

    questions: tuple[Question, ...]
    code: str = ""
    titre: str = ""
    aide: str = ""
    visible_si: str = ""
    lien: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """What is typed (boxes ticked: « a, b »), and what follows: calculated items (« inconnu » where nothing can be
    concluded), questions that do not stand, what is missing or wrong when one signs."""

    repond: dict[str, str]
    attend: dict[str, str] = field(default_factory=dict)
    sans_objet: tuple[str, ...] = ()
    manque: tuple[str, ...] = ()
    age: int | None = None
    sexe: Literal["F", "M"] | None = None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """`type`: the type of document (JDV_J07) by which the matrix says who writes and who reads the answers; those that
    the patient gives are read as what the patient deposits. `resume`: the items that the timeline shows."""

    code: str
    version: str
    titre: str
    sert_a: str
    type: str
    source: str
    provenance: Literal["officiel", "reconstruit", "local"]
    auteurs: tuple[str, ...]
    groupes: tuple[Group, ...]
    relu_le: dt.date | None = None  # asked of every file of content; what was just imported has none yet
    a_revoir_le: dt.date | None = None
    statut: Literal["a_relire", "relu"] = "a_relire"  # by a clinician, before it is used
    rang: int = 500
    repond: tuple[Literal["professionnel", "patient"], ...] = ("professionnel",)
    professions: tuple[str, ...] = ()  # none named: whoever the matrix lets write this type
    resume: tuple[str, ...] = ()
    droits: str = ""  # of the author of the original, where there is one
    lien: str = ""  # canonical address, for other software
    exemples: tuple[Example, ...] = ()

    def questions(self) -> Iterator[Question]:
        for group in self.groupes:
            yield from group.questions

    def question(self, code: str) -> Question | None:
        return next((each for each in self.questions() if each.code == code), None)

    @property
    def is_for_patients(self) -> bool:
        return "patient" in self.repond

    @property
    def is_for_professionals(self) -> bool:
        return "professionnel" in self.repond
