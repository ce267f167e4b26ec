"""How names of medicines are compared: small letters, no accent, nothing but letters and figures."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

_APART: Final = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "µ": "u", "μ": "u"})
_NOT_A_WORD: Final = re.compile(r"[^a-z0-9]+")


@functools.lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """« Bêta-lactamines » → « beta lactamines ». Idempotent."""
    return _NOT_A_WORD.sub(" ", plain(text)).strip()


def plain(text: str) -> str:
    """Without accents, in small letters, with its punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_APART).casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def sequences(words: Sequence[str], *, longest: int) -> Iterator[str]:
    """Every run of one to `longest` words that follow one another."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            yield " ".join(words[start:end])


def holds(text: str, name: str) -> bool:
    """Whether the folded text says the folded name, as whole words."""
    return f" {name} " in f" {text} "
