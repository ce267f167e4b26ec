"""A condition that other formats can say: tests on answers, all of them or any of them. What our question language says
beyond that stays in its own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from maillon.formats.questionnaire.model import Question, Questionnaire

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "exists"]


@dataclass(frozen=True, slots=True)
class Test:
    """`item` is the code of a question, or `item/choice` of one with boxes, which is then « oui » or « non ».
    `exists`: it was answered."""

    __test__ = False  # for pytest: it is no test of ours

    item: str
    operator: Operator
    value: str | Decimal = ""


@dataclass(frozen=True, slots=True)
class Rule:
    tests: tuple[Test, ...]
    is_any: bool = False


Rules = Mapping[str, Rule | None]  # the text of a condition -> what other formats can say of it


@dataclass(frozen=True, slots=True)
class Carried:
    """What leaves: the bytes or the resource are the format's own; `losses` are French sentences for who sends it to
    another software. Read again by us, nothing is lost but the examples."""

    losses: tuple[str, ...]


@dataclass(slots=True)
class Came:
    """What arrived. `remarks`: what could not be taken over, in French, each with its place."""

    asked: Questionnaire
    remarks: list[str] = field(default_factory=list)


def as_question(form: str, rule: Rule) -> str:
    """In the question language."""
    told = [_test(form, test) for test in rule.tests]
    return (" ou " if rule.is_any else " et ").join(told)


def _test(form: str, test: Test) -> str:
    answer = f'réponse("{form}", "{test.item}")'
    if test.operator == "exists":
        return f"renseigné({answer})"
    value = f"{test.value:f}" if isinstance(test.value, Decimal) else f'"{test.value}"'
    return f"{answer} {test.operator} {value}"


_LABELS = {
    "calcul": "son calcul",
    "visible_si": "sa condition d’affichage",
    "bandes": "la lecture de son résultat",
    "choix": "les points ou les libellés de ses réponses",
    "reprend": "la reprise de ce que le dossier connaît",
    "genre": "sa nature exacte",
    "code": "son code",
    "aide": "son aide",
    "loinc": "son code LOINC",
    "unite": "son unité",
    "min": "sa valeur minimale",
    "max": "sa valeur maximale",
    "longueur": "sa longueur",
    "presentation": "sa présentation",
    "obligatoire": "son caractère obligatoire",
    "lien": "son nom d’origine",
    "texte": "la mise en forme de son texte",
    "titre": "la mise en forme de son titre",
}


def losses_of(name: str, fields: list[str], *, condition_is_said: bool) -> list[str]:
    """What only Maillon reads of one question or group."""
    silent = {"code", "lien"} | ({"visible_si"} if condition_is_said else set())
    told = [_LABELS[each] for each in fields if each not in silent]
    return [f"«\u202f{name}\u202f»\u202f: seul Maillon y lit {', '.join(told)}."] if told else []


def slug(text: str, taken: set[str], *, first: str = "q") -> str:
    """A code of ours from a name of theirs, not taken yet."""
    bare = re.sub(r"[^a-z0-9]+", "_", _unaccented(text).lower()).strip("_")
    bare = bare if bare[:1].isalpha() else f"{first}_{bare}".strip("_")
    made, number = bare[:30], 2
    while made in taken:
        end = f"_{number}"
        made, number = bare[: 30 - len(end)] + end, number + 1
    taken.add(made)
    return made


def form_code(text: str) -> str:
    bare = re.sub(r"[^A-Z0-9]+", "-", _unaccented(text).upper()).strip("-")[:30].strip("-")
    return bare if bare[:1].isalpha() else f"Q-{bare}"[:30]


def _unaccented(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


def is_boolean(question: Question) -> bool:
    """« Oui » or « Non » and nothing else: asked, or calculated."""
    if question.genre == "calcul":
        return question.calcul is None or not question.calcul.is_number
    return question.genre == "oui_non" and not question.choix
