"""The schema of content/courriers/*.yaml: one kind of letter, report, prescription or certificate per file."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from maillon.access import api as access_room
from maillon.kernel import config, content
from maillon.kernel.key import Actor
from maillon.terminology import api as terminology

FOLDER = config.CONTENT / "courriers"
TO_FILL = "[…]"  # what a text given at first leaves to be written; a letter that still holds one is not signed

Source = Literal[
    "problemes", "antecedents", "allergies", "traitements", "resultats", "vaccinations", "actes", "dispositifs"
]
Kind = Literal["texte", "ligne", "date", "nombre", "choix", "cases", "oui_non"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the letter (« rubrique »). `reprend` names the chapters of the record whose facts may be ticked;
    `coche` says which are ticked at first. Those of one `groupe` are lines of one section."""

    code: str
    titre: str
    genre: Kind = "texte"
    groupe: str = ""
    aide: str = ""
    obligatoire: bool = False
    texte: str = ""
    lignes: int = 3
    reprend: tuple[Source, ...] = ()
    coche: Literal["en_cours", "tout", "rien"] = "en_cours"
    affirme: bool = False  # « aucun » and « non renseigné » may be said of it, as always of allergies
    choix: tuple[str, ...] = ()
    jeu: str = ""  # a value set (JDV…) instead of `choix`
    sauf: tuple[str, ...] = ()  # codes of the value set that this letter does not offer
    unite: str = ""
    toutes: bool = False  # every box is ticked before the letter is signed
    exige: str = ""  # the answer without which the letter is not signed
    refus: dict[str, str] = field(default_factory=dict)  # answer or box → stable code; « * » for the others
    passee: bool = False  # a date: of what has taken place
    pas_avant: str = ""  # the part whose date comes first
    modele: str = ""  # what each line looks like (a regular expression); `aide` says it in words

    def refusal_of(self, value: str) -> str:
        return self.refus.get(value) or self.refus.get("*") or "E-RED-17"

    @property
    def takes_stance(self) -> bool:
        return self.affirme or "allergies" in self.reprend


@dataclass(frozen=True, slots=True)
class Example:
    """What is written and ticked, and which parts are then missing."""

    ecrit: dict[str, str]
    reprend: tuple[Source, ...] = ()
    manque: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a profession writes this letter on a day, by the matrix."""

    profession: str
    ecrit: bool


@dataclass(frozen=True, slots=True)
class Letter:
    titre: str
    type: str  # JDV_J07
    sert_a: str  # one line, on the page where one chooses
    rang: int
    source: str
    provenance: Literal["officiel", "reconstruit", "local"]
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    rubriques: tuple[Part, ...]
    exemples: tuple[Example, ...]
    droits: tuple[Permission, ...]
    rencontre: str = "AMB"  # JDV_J142
    destinataires: Literal["medecin_traitant", "aucun"] = "aucun"  # who is proposed at first
    destinataire_obligatoire: bool = False
    identite_qualifiee: bool = False
    date_de_l_acte: str = ""  # the part that gives it; else the day of the signature
    formule: str = ""  # the last words
    une_au_moins: tuple[str, ...] = ()  # parts of which one at least says something
    medicaments: tuple[str, ...] = ()  # parts of which each line prescribes a medicine
    forme: str = ""  # a structured document (writing.forms); empty: level 1, around its PDF

    def part(self, code: str) -> Part | None:
        return next((part for part in self.rubriques if part.code == code), None)

    def missing(self, texts: Mapping[str, str], ticked: Collection[Source]) -> tuple[str, ...]:
        """The mandatory parts that nothing fills: neither a text nor a fact of the record."""
        empty = [
            part.code
            for part in self.rubriques
            if not texts.get(part.code, "").strip() and not set(part.reprend) & set(ticked)
        ]
        says_nothing = bool(self.une_au_moins) and set(self.une_au_moins) <= set(empty)
        wanted = {part.code for part in self.rubriques if part.obligatoire}
        wanted |= {self.une_au_moins[-1]} if says_nothing else set()
        return tuple(code for code in empty if code in wanted)


@functools.cache
def letters() -> dict[str, Letter]:
    """Every letter by the name of its file, in the order in which they are offered. Raises ContentError."""
    read = {path.stem: checked(content.read(path, Letter), path.name) for path in sorted(FOLDER.glob("*.yaml"))}
    return dict(sorted(read.items(), key=lambda each: each[1].rang))


def writable_by(actor: Actor, *, on: dt.date) -> dict[str, Letter]:
    """Those that the matrix lets this profession write (arrêté du 26/10/2023)."""
    may_write = access_room.matrix.may_write
    return {name: each for name, each in letters().items() if may_write(actor.profession_code, each.type, on=on)}


@functools.lru_cache(maxsize=200)
def writes_something(profession_code: str, *, on: dt.date) -> bool:
    """For the button of every record."""
    return any(access_room.matrix.may_write(profession_code, each.type, on=on) for each in letters().values())


def choices(part: Part) -> tuple[tuple[str, str], ...]:
    """(value, label) of what may be chosen."""
    if part.jeu:
        offered = (each for each in terminology.value_set(part.jeu).concepts if each.code not in part.sauf)
        return tuple(sorted(((each.code, each.label) for each in offered), key=lambda each: each[1].casefold()))
    return tuple((each, each) for each in part.choix)


def _refused_in_vain(part: Part) -> set[str]:
    answers = {"oui", "non"} if part.genre == "oui_non" else {value for value, _ in choices(part)}
    return ({*part.refus, part.exige} - {"*", ""}) - answers


def checked(letter: Letter, name: str) -> Letter:
    """Beyond its shape: the type is national, every part is named once, every part named exists."""
    codes = [part.code for part in letter.rubriques]
    named = {letter.date_de_l_acte} if letter.date_de_l_acte else set()
    named |= {*letter.une_au_moins, *letter.medicaments}
    named |= {part.pas_avant for part in letter.rubriques if part.pas_avant}
    named |= {code for example in letter.exemples for code in (*example.ecrit, *example.manque)}
    faults = [
        ("type de document inconnu", {letter.type} - terminology.known_types()),
        ("rubrique répétée", {code for code in codes if codes.count(code) > 1}),
        ("rubrique inconnue", named - set(codes)),
        (
            "choix sans valeurs",
            {each.code for each in letter.rubriques if each.genre in ("choix", "cases") and not choices(each)},
        ),
        ("refus d’une valeur inconnue", {value for each in letter.rubriques for value in _refused_in_vain(each)}),
    ]
    for fault, found in faults:
        if found:
            raise content.ContentError(f"{name} : {fault} : {', '.join(sorted(found))}.")
    return letter
