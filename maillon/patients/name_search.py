"""Words of a name, typing errors included: one statement of probes, then the words typed in part when room is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from maillon.kernel import sql
from maillon.patients import names, typed_words
from maillon.patients.name_index import FAMILY, GIVEN, Part, indexed_name, variants_of
from maillon.patients.reading import LINE_COLUMNS, PatientLine, line_of
from maillon.patients.typed_words import UNFINISHED, UNLIKE, TypedWords, word_cost
from maillon.patients.visible_set import VisibleSet

MOST_COMPLETIONS: Final = 60  # words of the dictionary that begin as typed
MARGIN: Final = 5  # lines asked for each line wanted: SQL only estimates a typing error

# A word of the dictionary that a typed word may stand for (its part, which typed word, its id), and how far it is.
Meanings = dict[tuple[Part, int, int], int]

# A LIMIT of unknown value makes the planner expect one word, so it keeps its plan of probes by primary key instead of
# making it anew for each search, which costs more than the search.
_ASKED: Final = """(SELECT * FROM unnest(string_to_array(%s, ' '), string_to_array(%s, ' '),
                                 string_to_array(%s, ' ')::int[]) LIMIT %s) AS asked(variant, typed, place)"""
_MEANT: Final = """(SELECT * FROM unnest(string_to_array(%s, ' ')::bigint[], string_to_array(%s, ' ')::int[],
                                 string_to_array(%s, ' ')::int[]) LIMIT %s)"""
_LIKELIEST: Final = """
 ORDER BY bit_count(bearer.answered::bit(8)) DESC, bearer.cost,
          p.birth_family_name, p.first_birth_given_name, p.birth_date, p.id LIMIT %s
"""
# Exact or mistyped words, one probe for each pair that may be meant. `answered` has one bit for each typed word.
# A cost of 3 is an estimate: two words of one length that share a variant are one or two errors apart.
_BY_MISTYPED_PAIRS: Final = f"""
WITH meant AS MATERIALIZED (
  SELECT asked.place, w.part, w.id,
         min(CASE WHEN w.word = asked.typed THEN 0 WHEN asked.variant = asked.typed THEN 2 ELSE 3 END) AS cost
    FROM {_ASKED}
    JOIN patients_name_variant v ON v.variant = asked.variant
    JOIN patients_name_word w ON w.id = v.word_id
   GROUP BY asked.place, w.part, w.id
), bearer AS MATERIALIZED (
  SELECT np.patient_id,
         min(f.cost + g.cost + CASE WHEN g.place < f.place THEN 1 ELSE 0 END) AS cost,
         bit_or((1 << f.place) | (1 << g.place)) AS answered
    FROM meant f JOIN meant g ON f.part = 'F' AND g.part = 'G' AND f.place <> g.place
    JOIN patients_name_pair np ON np.family_id = f.id AND np.given_id = g.id
   GROUP BY np.patient_id
)
SELECT {LINE_COLUMNS} FROM bearer JOIN patients_patient p ON p.id = bearer.patient_id
 WHERE p.id IN ({{visible}}){_LIKELIEST}"""  # noqa: S608 (constant names of columns)
_MEANINGS: Final = f"""
SELECT asked.place, w.id, w.part, w.word
  FROM {_ASKED}
  JOIN patients_name_variant v ON v.variant = asked.variant
  JOIN patients_name_word w ON w.id = v.word_id
"""  # noqa: S608 (no value)
# Only words that somebody visible bears: those of the others would take the place of theirs, which would tell of them.
_COMPLETIONS: Final = f"""
SELECT asked.place, w.id, w.part, w.word
  FROM {_ASKED}
 CROSS JOIN LATERAL (SELECT id, part, word FROM patients_name_word begun
                      WHERE word ~>=~ asked.typed AND word ~<~ (asked.typed || chr(1114111))
                        AND EXISTS (SELECT 1 FROM patients_name_pair np
                                     WHERE (np.family_id = begun.id OR np.given_id = begun.id)
                                       AND np.patient_id IN ({{visible}}))
                      ORDER BY length(word), word LIMIT %s) w
"""  # noqa: S608 (constant text)
_BY_PAIRS: Final = f"""
WITH bearer AS MATERIALIZED (
  SELECT np.patient_id,
         min(f.cost + g.cost + CASE WHEN g.place < f.place THEN 1 ELSE 0 END) AS cost,
         bit_or((1 << f.place) | (1 << g.place)) AS answered
    FROM {_MEANT} AS f(id, place, cost)
    JOIN {_MEANT} AS g(id, place, cost) ON g.place <> f.place
    JOIN patients_name_pair np ON np.family_id = f.id AND np.given_id = g.id
   GROUP BY np.patient_id
)
SELECT {LINE_COLUMNS} FROM bearer JOIN patients_patient p ON p.id = bearer.patient_id
 WHERE p.id IN ({{visible}}){_LIKELIEST}"""  # noqa: S608 (constant names of columns)
# Words that are all of the family name, or all given names: one word alone, or a compound name.
_BY_WORDS: Final = f"""
WITH bearer AS MATERIALIZED (
  SELECT patient_id, min(cost) AS cost, 1 AS answered
    FROM (SELECT np.patient_id, f.cost, f.place
            FROM {_MEANT} AS f(id, place, cost) JOIN patients_name_pair np ON np.family_id = f.id
           UNION ALL
          SELECT np.patient_id, g.cost + 1, g.place
            FROM {_MEANT} AS g(id, place, cost) JOIN patients_name_pair np ON np.given_id = g.id) AS borne
   GROUP BY patient_id HAVING count(DISTINCT place) = %s
)
SELECT {LINE_COLUMNS} FROM bearer JOIN patients_patient p ON p.id = bearer.patient_id
 WHERE p.id IN ({{visible}}){_LIKELIEST}"""  # noqa: S608 (constant names of columns)


def by_names(text: str, visible: VisibleSet, *, limit: int) -> list[PatientLine]:
    """Likeliest first; who answers only some of the words comes last."""
    found: dict[int, PatientLine] = {}
    for typed in typed_words.readings(text):
        if len(found) < limit:
            found |= {line.id: line for line in _bearers(typed, visible, limit=limit) if line.id not in found}
    return list(found.values())[:limit]


def _bearers(typed: TypedWords, visible: VisibleSet, *, limit: int) -> list[PatientLine]:
    whole, partial = _mistyped(typed, visible, limit=limit) if len(typed) > 1 else ([], [])
    is_unfinished = any(len(word) <= UNFINISHED for forms in typed for word in forms)
    if len(whole) >= limit or (whole and not is_unfinished):
        return whole + partial
    return whole + _completed(typed, visible, limit=limit, all_words=not whole) + partial


def _mistyped(typed: TypedWords, visible: VisibleSet, *, limit: int) -> tuple[list[PatientLine], list[PatientLine]]:
    """Those who answer every word, then those who answer some; SQL only estimated, the names tell."""
    asked = [(variant, word, place) for word, place in _written(typed) for variant in variants_of(word)]
    lines = map(line_of, visible.rows(_BY_MISTYPED_PAIRS, _columns(asked, width=3), limit=MARGIN * limit))
    weighed = sorted(((_cost(typed, line), line) for line in lines), key=lambda each: each[0])
    whole = [line for (foreign, _), line in weighed if not foreign]
    return whole, [line for (foreign, _), line in weighed if 0 < foreign < len(typed) - 1]


def _cost(typed: TypedWords, line: PatientLine) -> tuple[int, int]:
    name = indexed_name(
        family=names.fold(line.birth_family_name),
        used_family=names.fold(line.used_family_name),
        first_given=line.first_birth_given_name,
        given=names.fold(line.birth_given_names),
        used_given=line.used_given_name,
    )
    return typed_words.whole_cost(typed, family=name.words(FAMILY), given=name.words(GIVEN))


def _completed(typed: TypedWords, visible: VisibleSet, *, limit: int, all_words: bool) -> list[PatientLine]:
    meanings = _completions(typed, _meanings(typed), visible, all_words=all_words)
    families = [(pk, place, cost) for (part, place, pk), cost in meanings.items() if part == FAMILY]
    given = [(pk, place, cost) for (part, place, pk), cost in meanings.items() if part == GIVEN]
    meant = [*_columns(families, width=3), *_columns(given, width=3)]
    found = visible.rows(_BY_PAIRS, meant, limit=limit) if len(typed) > 1 else []
    return [line_of(row) for row in found or visible.rows(_BY_WORDS, [*meant, len(typed)], limit=limit)]


def _meanings(typed: TypedWords) -> Meanings:
    """Words of the dictionary within one typing error of what was typed."""
    asked = [(variant, word, place) for word, place in _written(typed) for variant in variants_of(word)]
    return _weighed(typed, sql.rows(_MEANINGS, _columns(asked, width=3)))


def _completions(typed: TypedWords, meanings: Meanings, visible: VisibleSet, *, all_words: bool) -> Meanings:
    """Adds words that begin as typed, for a word typed in part: three letters, or nothing known."""
    understood = {place for _, place, _ in meanings}
    begun = [
        (word, word, place)
        for word, place in _written(typed)
        if all_words or len(word) <= UNFINISHED or place not in understood
    ]
    found = visible.rows(_COMPLETIONS, _columns(begun, width=3), limit=MOST_COMPLETIONS)
    return _weighed(typed, found) | meanings


def _weighed(typed: TypedWords, rows: list[sql.Row]) -> Meanings:
    weighed: Meanings = {}
    for place, pk, part, word in rows:
        cost = min(word_cost(form, word) for form in typed[place])
        if cost < UNLIKE:
            weighed[part, place, pk] = cost
    return weighed


def _written(typed: TypedWords) -> list[tuple[str, int]]:
    return [(word, place) for place, forms in enumerate(typed) for word in forms]


def _columns(rows: Sequence[tuple[object, ...]], *, width: int) -> list[str | int]:
    """One text for each column, and how many rows: a list costs the driver more than the statement costs the server."""
    columns = zip(*rows, strict=True) if rows else [()] * width
    return [*(" ".join(map(str, column)) for column in columns), len(rows)]
