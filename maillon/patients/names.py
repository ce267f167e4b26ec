"""Names as the RNIV writes them, as they are compared, and as they are searched."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal, NamedTuple

# Letters that Unicode does not decompose (RNIV: A–Z, space, hyphen, double hyphen and apostrophe only).
_UNDECOMPOSED: Final = str.maketrans(
    {"Œ": "OE", "Æ": "AE", "ẞ": "SS", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "Ħ": "H", "Ŧ": "T", "ı": "I"}
    | dict.fromkeys("’‘ʼ`´′ʹ", "'")
    | dict.fromkeys("‐‑‒–—−", "-")
)
_NOT_A_TRAIT_CHARACTER: Final = re.compile(r"[^A-Z' -]+")
_AROUND_HYPHEN: Final = re.compile(r" *(-{1,2})-* *")
_JOINTS: Final = str.maketrans("-'", "  ")

# Words that people leave out or stick to the name when they type it.
PARTICLES: Final = frozenset(
    ("D", "DE", "DU", "DES", "L", "LA", "LE", "LES", "EL", "AL", "DA", "DOS", "DI", "VAN", "VON", "BEN")
)

Likeness = Literal["same", "near", "different", "unknown"]


def trait_form(text: str) -> str:
    """A name as the INS traits allow it: A–Z, space, hyphen, double hyphen, apostrophe. Idempotent."""
    upper = text.upper().translate(_UNDECOMPOSED)
    if not upper.isascii():
        decomposed = unicodedata.normalize("NFKD", upper)
        upper = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).upper()
    kept = _AROUND_HYPHEN.sub(r"\1", _NOT_A_TRAIT_CHARACTER.sub(" ", upper))
    return " ".join(kept.split()).strip("-' ")


def fold(text: str) -> str:
    """For comparison and search: the trait form where hyphen and apostrophe are one blank. Idempotent."""
    return " ".join(trait_form(text).translate(_JOINTS).split())


def first_of(given_names: str) -> str:
    """The first of a list of given names, when nothing tells more: its first word."""
    words = given_names.split()
    return words[0] if words else ""


def begins(first: str, given_names: str) -> bool:
    """The first birth given name begins the list, hyphen and blank being alike (RNIV, EXI ID 10)."""
    folded, whole = fold(first), fold(given_names)
    return bool(folded) and (whole == folded or whole.startswith(f"{folded} "))


class Given(NamedTuple):
    """Folded given names of one person: the first one and the whole list; either may be empty."""

    first: str
    all: str

    @property
    def longest(self) -> list[str]:
        return (self.all or self.first).split()


def folded_given(first: str | None, given_names: str | None) -> Given:
    whole = fold(given_names or "")
    return Given(first=fold(first or ""), all=whole)


def family_likeness(left: str, right: str) -> Likeness:
    """Of two folded birth family names. « near » : one typing error, or one is a part of the other."""
    if not left or not right:
        return "unknown"
    if left == right:
        return "same"
    return "near" if is_typo(left, right) or is_part(left, right) or _glued(left) == _glued(right) else "different"


def given_likeness(left: Given, right: Given) -> Likeness:
    """Same list, or the shorter list begins the longer one and covers the first given name of both sides."""
    ours, theirs = left.longest, right.longest
    if not ours or not theirs:
        return "unknown"
    if ours == theirs:
        return "same"
    shorter, longer = sorted((ours, theirs), key=len)
    firsts = [len(each.first.split()) for each in (left, right)]
    if longer[: len(shorter)] == shorter and len(shorter) >= max(firsts):
        return "same"
    return "near" if _given_are_near(ours, theirs) else "different"


def _given_are_near(ours: list[str], theirs: list[str]) -> bool:
    """A shared given name, wherever it stands, or one typing error in the first: enough for a person to look."""
    return bool(set(ours) & set(theirs)) or is_typo(ours[0], theirs[0]) or "".join(ours) == "".join(theirs)


def is_part(left: str, right: str) -> bool:
    """All the words of one name are in the other: « MOREAU » and « MOREAU LECLERC »."""
    ours, theirs = set(left.split()) - PARTICLES, set(right.split()) - PARTICLES
    return bool(ours) and bool(theirs) and (ours <= theirs or theirs <= ours)


def is_typo(left: str, right: str) -> bool:
    """Exactly one letter added, left out, changed, or two neighbours swapped."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    ours, theirs = left[start:], right[start:]
    swapped = ours[:2] == theirs[1::-1] and ours[2:] == theirs[2:]
    return ours[1:] == theirs[1:] or ours[1:] == theirs or ours == theirs[1:] or swapped


def _glued(text: str) -> str:
    return text.replace(" ", "")
