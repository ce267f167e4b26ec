"""The search dictionary: words of names, their variants with one letter left out, pairs of words borne by a patient.

Kept in the transaction of the identity that it describes. `rebuild` makes it anew for everybody, by COPY.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final, Literal, NamedTuple

import psycopg
from django.db import connection, transaction

from maillon.kernel import sql
from maillon.patients import names

Part = Literal["F", "G"]
FAMILY: Final[Part] = "F"
GIVEN: Final[Part] = "G"
SHORTEST_WITH_VARIANTS: Final = 3
LONGEST_WORD: Final = 60
_NEW_WORDS_LOCK: Final = 7_203_145  # one transaction at a time adds words: two that add the same ones would deadlock


class Word(NamedTuple):
    part: Part
    word: str


class IndexedName(NamedTuple):
    """The folded names under which one patient is found. The words of `given_list` are not one name."""

    family_names: tuple[str, ...]
    given_names: tuple[str, ...]
    given_list: str

    def words(self, part: Part) -> set[str]:
        if part == FAMILY:
            return {word for name in self.family_names for word in words_of(name)}
        return {word for name in self.given_names for word in words_of(name)} | significant_words(self.given_list)

    def pairs(self) -> Iterator[tuple[Word, Word]]:
        for family, given in product(self.words(FAMILY), self.words(GIVEN)):
            yield Word(FAMILY, family), Word(GIVEN, given)


def indexed_name(*, family: str, used_family: str, first_given: str, given: str, used_given: str) -> IndexedName:
    """Of folded names; the given ones that are not lists may be as they are kept."""
    return IndexedName(
        tuple(name for name in (family, used_family) if name),
        tuple(name for name in (names.fold(first_given), names.fold(used_given)) if name),
        given,
    )


def words_of(folded: str) -> set[str]:
    """The words that matter, and the whole stuck together when there are several (LE GOFF is also typed LEGOFF)."""
    whole = folded.split()
    glued = {"".join(whole)[:LONGEST_WORD]} if len(whole) in (2, 3) else set()
    return significant_words(folded) | glued


def significant_words(folded: str) -> set[str]:
    """Without particles and single letters, unless there is nothing else."""
    whole = folded.split()
    told = [word for word in whole if word not in names.PARTICLES and len(word) > 1] or whole
    return {word[:LONGEST_WORD] for word in told}


def variants_of(word: str) -> set[str]:
    """The word, and the word with each letter left out: two words one typing error apart always share one of these."""
    if len(word) < SHORTEST_WITH_VARIANTS:
        return {word}
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


def index_patient(patient_id: int, name: IndexedName) -> None:
    """Replace what the dictionary says of a patient, in the current transaction."""
    pairs = list(name.pairs())
    ids = _ids_of({word for pair in pairs for word in pair})
    sql.rows("DELETE FROM patients_name_pair WHERE patient_id = %(patient)s", {"patient": patient_id})
    sql.rows(
        _ADD_PAIRS,
        {
            "patient": patient_id,
            "families": [ids[family] for family, _ in pairs],
            "givens": [ids[given] for _, given in pairs],
        },
    )


@transaction.atomic
def rebuild() -> int:
    """The whole dictionary anew, by COPY: for a base filled in bulk. Returns how many patients are in it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked would forbid to truncate
        cursor.execute("TRUNCATE patients_name_pair, patients_name_variant, patients_name_word")
    people = [
        (row[0], indexed_name(family=row[1], used_family=row[2], first_given=row[3], given=row[4], used_given=row[5]))
        for row in sql.rows(_EVERYBODY)
    ]
    ids = {
        word: rank for rank, word in enumerate(sorted({word for _, name in people for word in _both_parts(name)}), 1)
    }
    _copy("patients_name_word (id, part, word)", ((ids[word], word.part, word.word) for word in ids))
    _copy(
        "patients_name_variant (variant, word_id)",
        ((variant, ids[word]) for word in ids for variant in variants_of(word.word)),
    )
    _copy(
        "patients_name_pair (family_id, given_id, patient_id)",
        sorted((ids[family], ids[given], patient) for patient, name in people for family, given in name.pairs()),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('patients_name_word', 'id'), %s)", [max(len(ids), 1)])
    return len(people)


_EVERYBODY: Final = """
SELECT id, norm_family, norm_used, first_birth_given_name, norm_given, used_given_name FROM patients_patient
"""
_KNOWN_WORDS: Final = """
SELECT w.part, w.word, w.id
  FROM unnest(%(parts)s::text[], %(words)s::text[]) AS asked(part, word)
  JOIN patients_name_word w ON w.word = asked.word AND w.part = asked.part
"""
_ADD_WORDS: Final = """
INSERT INTO patients_name_word (part, word)
SELECT part, word FROM unnest(%(parts)s::text[], %(words)s::text[]) AS asked(part, word)
RETURNING part, word, id
"""
_ADD_VARIANTS: Final = """
INSERT INTO patients_name_variant (variant, word_id) SELECT * FROM unnest(%(variants)s::text[], %(ids)s::bigint[])
"""
_ADD_PAIRS: Final = """
INSERT INTO patients_name_pair (family_id, given_id, patient_id)
SELECT DISTINCT family, given, %(patient)s::bigint
  FROM unnest(%(families)s::bigint[], %(givens)s::bigint[]) AS pair(family, given)
"""


def _both_parts(name: IndexedName) -> Iterator[Word]:
    yield from (Word(FAMILY, word) for word in name.words(FAMILY))
    yield from (Word(GIVEN, word) for word in name.words(GIVEN))


def _ids_of(words: set[Word]) -> dict[Word, int]:
    known = _known(words)
    if words <= known.keys():
        return known
    sql.rows("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _NEW_WORDS_LOCK})
    known |= _known(words - known.keys())
    return known | _add(sorted(words - known.keys()))


def _known(words: set[Word]) -> dict[Word, int]:
    return _by_word(sql.rows(_KNOWN_WORDS, _columns(words)))


def _add(words: list[Word]) -> dict[Word, int]:
    added = _by_word(sql.rows(_ADD_WORDS, _columns(words)))
    variants = [(variant, ids) for word, ids in added.items() for variant in variants_of(word.word)]
    sql.rows(_ADD_VARIANTS, {"variants": [each for each, _ in variants], "ids": [each for _, each in variants]})
    return added


def _columns(words: Iterable[Word]) -> dict[str, list[str]]:
    ordered = list(words)
    return {"parts": [each.part for each in ordered], "words": [each.word for each in ordered]}


def _by_word(rows: Iterable[tuple[Any, ...]]) -> dict[Word, int]:
    return {Word(part, word): pk for part, word, pk in rows}


def _copy(target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
