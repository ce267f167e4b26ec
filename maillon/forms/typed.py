"""What was typed, read as the question asks: a number, a date, a time, a choice. What cannot be read is said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from maillon.formats.questionnaire.model import Question
from maillon.formats.wording import shown_number, shown_unit
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.patients import api as patients

LONGEST: Final = 1000
# A blank parts thousands and nothing else: « 37 5 » is no 375, nor « 120 80 » twelve thousand.
_NUMBER: Final = re.compile(
    r"[+-]?[ \u00a0\u202f]?(?:\d{1,12}|\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,3})(?:[.,]\d{1,8})?", re.ASCII
)
_TIME: Final = re.compile(r"([01]?\d|2[0-3])\s*(?:[hH:]\s*([0-5]\d)?|([0-5]\d))", re.ASCII)
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is missing or wrong, beside its question."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Value:
    """`text`: the code of a choice, an ISO date, HH:MM, or the words. `number`: a number, or the points of a choice.
    `codes`: the boxes ticked."""

    text: str = ""
    number: Decimal | None = None
    codes: tuple[str, ...] = ()


class Unreadable(Exception):
    """The message is French; the code is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


def read(question: Question, typed: Sequence[str]) -> Value | None:
    """None when nothing was typed. Raises Unreadable."""
    said = [each for each in (storable(one).strip() for one in typed) if each]
    if not said:
        return None
    if question.genre in ("choix", "oui_non", "cases"):
        return _chosen(question, said)
    text = "\n".join(said)
    if question.genre in ("entier", "decimal"):
        return _number(question, text)
    if question.genre == "date":
        return Value(_date(text))
    if question.genre == "heure":
        return Value(_time(text))
    longest = question.longueur or LONGEST
    if len(text) > longest:
        raise Unreadable("E-QST-16", f"Ce texte est trop long\u202f: {len(text)} caractères, {longest} au plus.")
    return Value(text)


def _chosen(question: Question, said: list[str]) -> Value:
    options = {each.code: each for each in question.options}
    unknown = [each for each in said if each not in options]
    if unknown or (len(said) > 1 and question.genre != "cases"):
        raise Unreadable("E-QST-15", "Cette réponse n’est pas proposée\u202f: choisissez dans la liste.")
    if question.genre == "cases":
        chosen = tuple(code for code in options if code in said)
        points = [options[code].valeur for code in chosen]
        whole = sum((each for each in points if each is not None), Decimal(0))
        return Value(codes=chosen, number=whole if None not in points else None)
    return Value(said[0], options[said[0]].valeur, (said[0],))


def _number(question: Question, text: str) -> Value:
    if not _NUMBER.fullmatch(text):
        raise Unreadable("E-QST-11", "Un nombre est attendu, par exemple 37,5.")
    value = Decimal(_BLANKS.sub("", text).replace(",", "."))
    if question.genre == "entier" and value != value.to_integral_value():
        raise Unreadable("E-QST-11", "Un nombre entier est attendu, sans virgule.")
    is_low = question.min is not None and value < question.min
    is_high = question.max is not None and value > question.max
    if is_low or is_high:
        raise Unreadable("E-QST-12", f"Cette valeur est hors des bornes\u202f: {shown_bounds(question)}.")
    return Value(f"{value:f}", value)


def shown_bounds(question: Question) -> str:
    """« de 0 à 10 », « 0 au moins »; empty where there are none."""
    low, high = (None if each is None else shown_number(f"{each:f}") for each in (question.min, question.max))
    unit = f" {shown_unit(question.unite)}" if question.unite else ""
    if low is not None and high is not None:
        return f"de {low} à {high}{unit}"
    if low is not None:
        return f"{low}{unit} au moins"
    return f"{high}{unit} au plus" if high is not None else ""


def _date(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        return patients.typed_date(text).isoformat()
    except UserMessage as refusal:
        raise Unreadable("E-QST-13", refusal.message) from None


def _time(text: str) -> str:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise Unreadable("E-QST-14", "Une heure est attendue, par exemple 8 h 30 ou 08:30.")
    return f"{int(found[1]):02d}:{found[2] or found[3] or '00'}"
