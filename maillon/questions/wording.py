"""How a question and what answered it read in French."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from maillon.formats.wording import NARROW_SPACE, shown_number, shown_unit
from maillon.kernel import clock
from maillon.questions.facts import Fact, Kind, Subject, age_in_years
from maillon.questions.syntax import (
    AtLeast,
    Comparison,
    Expression,
    Junction,
    Known,
    Not,
    Number,
    Of,
    Parameter,
    Series,
    Stated,
    Subjective,
    Sum,
    Text,
    Window,
)

_KINDS: Final = {
    Kind.PROBLEM: "diagnostic",
    Kind.MEDICATION: "traitement",
    Kind.ALLERGY: "allergie",
    Kind.PROCEDURE: "acte",
    Kind.VACCINATION: "vaccination",
    Kind.OBSERVATION: "résultat",
    Kind.ANSWER: "réponse",
    Kind.DOCUMENT: "document",
    Kind.STEP: "étape",
    Kind.SENDING: "envoi",
}
_TO: Final = {
    "dmp": "au DMP", "patient": "au patient", "medecin_traitant": "au médecin traitant", "messagerie": "par messagerie",
}  # fmt: skip
_PRESENT: Final = (Kind.DOCUMENT, Kind.STEP, Kind.SENDING)
_SIGNS: Final = {"<=": "≤", ">=": "≥", "!=": "≠"}
MOST_NAMED: Final = 3


def said(asked: Expression, subject: Subject, facts: Sequence[Fact], today: dt.date) -> str:
    """« HbA1c 8,3 % le 12/03/2026 (résultat 4548-4 ≥ 7) »: what was found, then what was asked."""
    found = [shown_fact(fact) for fact in facts[-MOST_NAMED:]]
    if len(facts) > MOST_NAMED:
        found.append(f"et {len(facts) - MOST_NAMED} de plus")
    if subject.birth_date is not None and _asks_age(asked):
        found.append(f"{age_in_years(subject.birth_date, today)} ans")
    return f"{', '.join(found) or 'rien au dossier'} ({shown(asked)})"


def shown_fact(fact: Fact) -> str:
    name = fact.label or fact.code
    if fact.absent:
        name = "aucun connu"
    elif fact.negated:
        name = f"absence de {name}"
    bound = _SIGNS.get(fact.comparator, fact.comparator)
    text = "" if fact.kind is Kind.STEP else fact.text  # what showed that it was done says its own day
    value = shown_number(format(fact.value.normalize(), "f")) if fact.value is not None else text
    amount = " ".join(part for part in (bound, value, shown_unit(fact.unit)) if part)
    day = f"le {clock.in_paris(fact.at):%d/%m/%Y}"
    ended = f", terminé le {fact.until:%d/%m/%Y}" if fact.until else ""
    return " ".join(part for part in (name, amount, day) if part) + ended


def shown(asked: Expression) -> str:
    """The question as a person reads it; reading it again gives the same question's words, not its text."""
    match asked:
        case Number():
            return " ".join(part for part in (shown_number(str(asked.value)), shown_unit(asked.unit)) if part)
        case Text():
            return f"«{NARROW_SPACE}{asked.value}{NARROW_SPACE}»"
        case Subjective():
            return asked.name
        case Parameter():
            return f"cible {asked.name}"
        case Series():
            codes = " ou ".join(_code(asked.kind, each) for each in asked.codes)
            return f"{_KINDS[asked.kind]} {codes}{_window(asked.window)}"
        case Stated():
            return shown(asked.series)
        case Of() if asked.name == "délai":
            return f"jours depuis {shown(asked.series)}"
        case Of():
            return shown(asked.series) if asked.name == "dernier" else f"{asked.name} de {shown(asked.series)}"
    return _shown_whole(asked)


def _shown_whole(asked: Expression) -> str:
    match asked:
        case Sum():
            return f"{shown(asked.left)} {asked.operator} {shown(asked.right)}"
        case Comparison():
            return f"{shown(asked.left)} {_SIGNS.get(asked.operator, asked.operator)} {shown(asked.right)}"
        case AtLeast():
            if asked.count == 1 and asked.series.kind in _PRESENT:
                return shown(asked.series)
            counted = f"au moins {asked.count} {shown(asked.series)}"
            if asked.operator is None or asked.threshold is None:
                return counted
            return f"{counted} {_SIGNS.get(asked.operator, asked.operator)} {shown(asked.threshold)}"
        case Known():
            return f"{shown(asked.of)} renseigné"
        case Not():
            return f"non ({shown(asked.of)})"
        case Junction():
            return f" {asked.name} ".join(f"({shown(part)})" for part in asked.parts)
    raise TypeError(type(asked).__name__)


def _code(kind: Kind, code: str) -> str:
    """« 11490-0 au médecin traitant », of a sending."""
    document, _, channel = code.partition("/")
    return f"{document} {_TO.get(channel, channel)}" if kind is Kind.SENDING and channel else code


def _window(window: Window | None) -> str:
    return f" depuis {window.length} {window.unit}" if window else ""


def _asks_age(asked: Expression) -> bool:
    match asked:
        case Subjective():
            return asked.name == "âge"
        case Comparison() | Sum():
            return _asks_age(asked.left) or _asks_age(asked.right)
        case Known():
            return _asks_age(asked.of)
    return False
