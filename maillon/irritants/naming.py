"""What an irritant may not say: a patient, here or anywhere; and, outside the structure, anybody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from maillon.kernel.message import UserMessage
from maillon.kernel.text import names_a_patient

_REACHED_AT: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\d)(?:0|(?:\+|00)\d{2}[\s.]?(?:\(0\))?[\s.]?)\d(?:[\s.\u00a0\u202f/-]?\d\d){4}(?!\d)"
)
_ONE: Final = r"(?i:dr|docteure?|pr|professeure?|mme|madame|mr|monsieur|melle|mlle|mademoiselle)"
_SEVERAL: Final = r"(?:(?i:drs|docteure?s|prs|professeure?s|mmes|mesdames|messieurs|mlles|mesdemoiselles)|MM)"
# « de La Tour », « J. »; « Mmes Petit, Dr Roy » are people of two titles
_NAME: Final = rf"(?!(?:{_ONE}|{_SEVERAL})\b)(?:d[’']|(?:de la|de|du|des|le|la)\s+)?(?:[A-ZÀ-Ý]\.|[A-ZÀ-Ý][\w’'-]*)"
_NAMES: Final = rf"{_NAME}(?:\s+{_NAME})*"
_TITLED: Final = re.compile(
    rf"\b(?:{_SEVERAL}\.?\s+{_NAMES}(?:(?:\s*,|\s+et)\s+{_NAMES})*|(?:{_ONE}\.?|M\.?)\s+{_NAMES})"
)
_WORD: Final = re.compile(r"\w+")  # « d’Anne » and « Jean-Pierre » are two: each half names somebody
_SHORTEST: Final = 3  # « Le » and « Du » are words before they are names


def must_name_no_patient(*texts: str) -> None:
    if any(names_a_patient(text) for text in texts):
        raise UserMessage(
            "E-IRR-02",
            "Ce texte semble désigner un patient (matricule, naissance ou adresse d’un dossier)\u202f: "
            "retirez-le, le reste suffit.",
        )


def without_people(text: str, names: Iterable[str], *, guests: Iterable[str] = ()) -> str:
    """The same, without those names, nor who is called « Dr X », nor a telephone, nor an address. `guests` are taken
    out whole: « Pharmacie du Centre » names somebody, « pharmacie » nobody."""
    known = {_folded(word) for name in names for word in _WORD.findall(name) if len(word) >= _SHORTEST}
    text = _REACHED_AT.sub("[coordonnée]", text)
    for guest in sorted(filter(None, guests), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(guest)}\b", "[personne]", text, flags=re.IGNORECASE)
    text = _TITLED.sub("[personne]", text)
    text = _WORD.sub(lambda found: "[personne]" if _folded(found[0]) in known else found[0], text)
    return re.sub(r"\[personne\](?:[ ’'-]+\[personne\])*", "[personne]", text).strip()


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
