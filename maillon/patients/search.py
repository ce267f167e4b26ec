"""Finding a patient from what was typed: matricule, else birth date and first letters, else words of the name.

Whom the reader may see is applied in SQL, as a set, before the limit: the others change neither the lines nor how many
there are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from maillon.kernel import sql
from maillon.patients import dates, ins, names
from maillon.patients.models import Patient
from maillon.patients.name_index import FAMILY, GIVEN, SHORTEST_WITH_VARIANTS, Part, variants_of
from maillon.patients.reading import LINE_COLUMNS, PatientLine, line_of

_MATRICULE: Final = re.compile(r"[1-478]\d{5}[\dAB]\d{6}(\d\d)?", re.ASCII)
MOST_WORDS: Final = 4
MOST_COMPLETIONS: Final = 60  # words of the dictionary that begin as typed, when nothing else was found

MOST_OF_ONE_DAY: Final = 500

# What separates a typed word from a word of the dictionary. Inverted order costs 1, in SQL.
EXACT, BEGINS_SHORT, LIKELY_TYPO, TYPO, BEGINS, UNLIKE = 0, 1, 2, 3, 4, 99


# A word of the dictionary that a typed word may stand for (its part, which typed word, its id), and how far it is.
_Meanings = dict[tuple[Part, int, int], int]


def search(text: str, *, within: QuerySet[Patient], limit: int = 10) -> list[PatientLine]:
    """At most `limit` lines, likeliest first."""
    try:
        visible, parameters = _set_of(within)
    except EmptyResultSet:
        return []
    scope = _Scope(visible, parameters, limit)
    matricule = ins.squeezed(text)
    if _MATRICULE.fullmatch(matricule):
        return _by_matricule(matricule, scope)
    dated = dates.searched(text)
    if dated is not None:
        return _by_birth_date(*dated, scope)
    return _by_names(text, scope)


class _Scope(NamedTuple):
    visible: str  # a sub-query with %s placeholders
    parameters: tuple[Any, ...]
    limit: int

    def rows(self, statement: str, before: Sequence[Any], after: Sequence[Any] = ()) -> list[sql.Row]:
        """`{visible}` in the statement is the set of patients whom the reader may see."""
        return sql.rows(statement.format(visible=self.visible), [*before, *self.parameters, *after, self.limit])


def _set_of(within: QuerySet[Patient]) -> tuple[str, tuple[Any, ...]]:
    compiled, parameters = within.order_by().values("pk").query.sql_with_params()
    return compiled, tuple(parameters)


# A LIMIT of unknown value makes the planner expect one word, so it keeps its plan of probes by primary key instead of
# making it anew for each search, which costs more than the search.
_MEANT: Final = """(SELECT * FROM unnest(string_to_array(%s, ' ')::bigint[], string_to_array(%s, ' ')::int[],
                                 string_to_array(%s, ' ')::int[]) LIMIT %s)"""
_BY_MATRICULE: Final = f"""
SELECT {LINE_COLUMNS} FROM patients_patient p
 WHERE p.id IN (SELECT id FROM patients_patient WHERE ins BETWEEN %s AND %s
                UNION
                SELECT patient_id FROM patients_local_identifier WHERE root = ANY(%s) AND extension BETWEEN %s AND %s)
   AND p.id IN ({{visible}})
 ORDER BY p.birth_family_name, p.first_birth_given_name, p.id LIMIT %s
"""  # noqa: S608 (constant names of columns)
# The whole day, since a day holds few patients: the letters are compared in Python, with their typing errors.
_BY_BIRTH_DATE: Final = f"""
SELECT {LINE_COLUMNS}, p.norm_family, p.norm_used, p.norm_given, p.used_given_name
  FROM patients_patient p
 WHERE p.birth_date = ANY(%s) AND p.id IN ({{visible}})
 ORDER BY p.birth_family_name, p.first_birth_given_name, p.birth_date, p.id LIMIT %s
"""  # noqa: S608 (constant names of columns)
_MEANINGS: Final = """
SELECT asked.place, w.id, w.part, w.word
  FROM (SELECT * FROM unnest(string_to_array(%s, ' '), string_to_array(%s, ' ')::int[])
         LIMIT %s) AS asked(variant, place)
  JOIN patients_name_variant v ON v.variant = asked.variant
  JOIN patients_name_word w ON w.id = v.word_id
"""
_COMPLETIONS: Final = """
SELECT asked.place, w.id, w.part, w.word
  FROM (SELECT * FROM unnest(string_to_array(%s, ' '), string_to_array(%s, ' ')::int[])
         LIMIT %s) AS asked(beginning, place)
 CROSS JOIN LATERAL (SELECT id, part, word FROM patients_name_word
                      WHERE word ~>=~ asked.beginning AND word ~<~ (asked.beginning || chr(1114111))
                      ORDER BY length(word), word LIMIT %s) w
"""
# One probe for each pair of words that may have been meant; `answered` has one bit for each typed word.
_BY_PAIRS: Final = f"""
WITH meant AS MATERIALIZED (
  SELECT np.patient_id,
         bit_or((1 << f.place) | (1 << g.place)) AS answered,
         min(f.cost + g.cost + CASE WHEN g.place < f.place THEN 1 ELSE 0 END) AS cost
    FROM {_MEANT} AS f(id, place, cost)
    JOIN {_MEANT} AS g(id, place, cost) ON g.place <> f.place
    JOIN patients_name_pair np ON np.family_id = f.id AND np.given_id = g.id
   GROUP BY np.patient_id
)
SELECT {LINE_COLUMNS} FROM meant JOIN patients_patient p ON p.id = meant.patient_id
 WHERE p.id IN ({{visible}})
 ORDER BY bit_count(meant.answered::bit(8)) DESC, meant.cost,
          p.birth_family_name, p.first_birth_given_name, p.birth_date, p.id LIMIT %s
"""  # noqa: S608 (constant names of columns)
# Words that are all of the family name, or all given names: one word alone, or a compound one.
_BY_WORDS: Final = f"""
WITH meant AS MATERIALIZED (
  SELECT patient_id, min(cost) AS cost
    FROM (SELECT np.patient_id, f.cost, f.place
            FROM {_MEANT} AS f(id, place, cost) JOIN patients_name_pair np ON np.family_id = f.id
           UNION ALL
          SELECT np.patient_id, g.cost + 1, g.place
            FROM {_MEANT} AS g(id, place, cost) JOIN patients_name_pair np ON np.given_id = g.id) AS bearer
   GROUP BY patient_id HAVING count(DISTINCT place) = %s
)
SELECT {LINE_COLUMNS} FROM meant JOIN patients_patient p ON p.id = meant.patient_id
 WHERE p.id IN ({{visible}})
 ORDER BY meant.cost, p.birth_family_name, p.first_birth_given_name, p.birth_date, p.id LIMIT %s
"""  # noqa: S608 (constant names of columns)


def _by_matricule(matricule: str, scope: _Scope) -> list[PatientLine]:
    """13 characters mean any key. A matricule « reçu, non vérifié » finds its patient too."""
    least, most = (matricule, matricule) if len(matricule) == 15 else (f"{matricule}00", f"{matricule}99")
    return [line_of(row) for row in scope.rows(_BY_MATRICULE, [least, most, list(ins.OIDS), least, most])]


def _by_birth_date(days: list[dt.date], letters: str, scope: _Scope) -> list[PatientLine]:
    """Whoever was born then and whose names begin with the letters; if nobody's do, whoever was born then."""
    rows = scope._replace(limit=MOST_OF_ONE_DAY).rows(_BY_BIRTH_DATE, [days])
    typed = names.fold(letters).split()
    ranked = sorted(((_distance(typed, row), place) for place, row in enumerate(rows)), key=lambda each: each)
    best = [place for distance, place in ranked if distance < UNLIKE] or [place for _, place in ranked]
    return [line_of(rows[place]) for place in best[: scope.limit]]


def _distance(typed: list[str], row: sql.Row) -> int:
    """0: each word typed begins a word of the name; UNLIKE or more: at least one is foreign to it."""
    borne = {word for name in row[-4:] for word in names.fold(name).split()}
    return sum(min((_cost(word, each) for each in borne), default=UNLIKE) for word in typed)


def _cost(typed: str, word: str) -> int:
    if word.startswith(typed):
        return EXACT
    beginning = word[: len(typed)]
    return TYPO if names.is_typo(typed, word) or names.is_typo(typed, beginning) else UNLIKE


def _by_names(text: str, scope: _Scope) -> list[PatientLine]:
    """All the words first, then without the particles (LE GOFF is also GOFF, LEGOFF)."""
    found: dict[int, PatientLine] = {}
    for typed in _readings(text):
        if len(found) < scope.limit:
            found |= {line.id: line for line in _bearers(typed, scope) if line.id not in found}
    return list(found.values())[: scope.limit]


TypedWords = list[tuple[str, ...]]  # each typed word, and how else it may be written


def _readings(text: str) -> list[TypedWords]:
    words = names.fold(text).split()
    significant: TypedWords = []
    particle = ""
    for word in words:
        if word in names.PARTICLES or len(word) == 1:
            particle += word
        else:
            significant.append((word, particle + word) if particle else (word,))
            particle = ""
    readings = [significant[:MOST_WORDS]] if significant else []
    if len(significant) < 2 and len(significant) < len(words):
        readings.insert(0, [(word,) for word in words[:MOST_WORDS]])
    return readings


def _bearers(typed: TypedWords, scope: _Scope) -> list[PatientLine]:
    """By words exact or mistyped; where room is left, by words that begin as typed."""
    meanings = _meanings(typed)
    found = _lines(typed, meanings, scope)
    if len(found) >= scope.limit:
        return found
    completed = _completions(typed, meanings, all_words=not found)
    return _lines(typed, completed, scope) if completed != meanings else found


def _lines(typed: TypedWords, meanings: _Meanings, scope: _Scope) -> list[PatientLine]:
    families = [(pk, place, cost) for (part, place, pk), cost in meanings.items() if part == FAMILY]
    given = [(pk, place, cost) for (part, place, pk), cost in meanings.items() if part == GIVEN]
    meant = [*_columns(families, width=3), *_columns(given, width=3)]
    found = scope.rows(_BY_PAIRS, meant) if len(typed) > 1 else []
    return [line_of(row) for row in found or scope.rows(_BY_WORDS, [*meant, len(typed)])]


def _columns(rows: Sequence[tuple[object, ...]], *, width: int) -> list[str | int]:
    """One text for each column, and how many rows: a list costs the driver more than the statement costs the server."""
    columns = zip(*rows, strict=True) if rows else [()] * width
    return [*(" ".join(map(str, column)) for column in columns), len(rows)]


def _meanings(typed: TypedWords) -> _Meanings:
    """Words of the dictionary within one typing error of what was typed."""
    written = [(word, place) for place, forms in enumerate(typed) for word in forms]
    asked = [(variant, place) for word, place in written for variant in variants_of(word)]
    return _weighed(typed, sql.rows(_MEANINGS, _columns(asked, width=2)))


def _completions(typed: TypedWords, meanings: _Meanings, *, all_words: bool) -> _Meanings:
    """Adds words that begin as typed, for a word typed in part: three letters, or nothing known."""
    understood = {place for _, place, _ in meanings}
    begun = [
        (word, place)
        for place, forms in enumerate(typed)
        for word in forms
        if all_words or len(word) <= SHORTEST_WITH_VARIANTS or place not in understood
    ]
    if not begun:
        return meanings
    return _weighed(typed, sql.rows(_COMPLETIONS, [*_columns(begun, width=2), MOST_COMPLETIONS])) | meanings


def _weighed(typed: TypedWords, rows: list[sql.Row]) -> _Meanings:
    weighed: _Meanings = {}
    for place, pk, part, word in rows:
        cost = min(_word_cost(form, word) for form in typed[place])
        if cost < UNLIKE:
            weighed[part, place, pk] = cost
    return weighed


def _word_cost(typed: str, word: str) -> int:
    """A letter left out or two swapped are one slip among few; a letter too many or another one, among many more."""
    if typed == word:
        return EXACT
    if word.startswith(typed) and len(typed) <= SHORTEST_WITH_VARIANTS:
        return BEGINS_SHORT
    if names.is_typo(typed, word):
        return LIKELY_TYPO if len(word) > len(typed) or sorted(word) == sorted(typed) else TYPO
    return BEGINS if word.startswith(typed) else UNLIKE
