"""The words that somebody typed to find a name, and how far each is from a word of a name. Pure."""

from __future__ import annotations

from typing import Final

from maillon.patients import names

MOST_WORDS: Final = 4
UNFINISHED: Final = 3  # so few letters are the beginning of a name (RNIV: search by the first three letters)

# Inverted order costs 1 more.
EXACT, BEGINS_SHORT, LIKELY_TYPO, TYPO, BEGINS, UNLIKE = 0, 1, 2, 3, 4, 99

TypedWords = list[tuple[str, ...]]  # each typed word, and how else it may be written


def readings(text: str) -> list[TypedWords]:
    """Without the particles, each of which may be stuck to its word (GOFF, LEGOFF); with them when little is left."""
    words = names.fold(text).split()
    significant: TypedWords = []
    particle = ""
    for word in words:
        if word in names.PARTICLES or len(word) == 1:
            particle += word
        else:
            significant.append((word, particle + word) if particle else (word,))
            particle = ""
    understood = [significant[:MOST_WORDS]] if significant else []
    if len(significant) < 2 and len(significant) < len(words):
        understood.insert(0, [(word,) for word in words[:MOST_WORDS]])
    return understood


def word_cost(typed: str, word: str) -> int:
    """A letter left out or two swapped are one slip among few; a letter too many or another one, among many more."""
    if typed == word:
        return EXACT
    if word.startswith(typed) and len(typed) <= UNFINISHED:
        return BEGINS_SHORT
    if names.is_typo(typed, word):
        return LIKELY_TYPO if len(word) > len(typed) or sorted(word) == sorted(typed) else TYPO
    return BEGINS if word.startswith(typed) else UNLIKE


def whole_cost(typed: TypedWords, *, family: set[str], given: set[str]) -> tuple[int, int]:
    """How many typed words are foreign to a name, and how far the others are from it: the smaller, the likelier."""
    pairs = [(_nearest(forms, family), _nearest(forms, given)) for forms in typed]
    costs = [min(pair) for pair in pairs]
    inverted = pairs[0][1] < pairs[0][0]  # people type the family name first
    return costs.count(UNLIKE), sum(cost for cost in costs if cost < UNLIKE) + inverted


def _nearest(forms: tuple[str, ...], words: set[str]) -> int:
    return min((word_cost(form, word) for form in forms for word in words), default=UNLIKE)


def letters_cost(typed: str, word: str) -> int:
    """For letters that follow a birth date: few people are left, so a beginning is enough, with its typing error."""
    if word.startswith(typed):
        return EXACT
    is_near = names.is_typo(typed, word) or names.is_typo(typed, word[: len(typed)])
    return TYPO if is_near else UNLIKE
