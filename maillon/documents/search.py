"""Full-text search in French, within what one may read.

Words are compared without accents and by their French stem. The index of a fresh document is written by the worker, a
moment after filing: stemming costs more than everything else that filing does.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import DatabaseError, transaction

from maillon.access import api as access_room
from maillon.kernel import sql
from maillon.kernel.key import Access

_ACCENTED = "àâäáãåçèéêëîïíìñôöóòõùûüúÿýÀÂÄÁÃÅÇÈÉÊËÎÏÍÌÑÔÖÓÒÕÙÛÜÚŸÝ"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyyAAAAAACEEEEIIIINOOOOOUUUUYY"
_FOLD = str.maketrans(_ACCENTED, _PLAIN)
_LIGATURES = {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"}
_TYPED = str.maketrans(_LIGATURES | {"\0": " "})
AROUND = 90
# Characters of a text: all that is filed; then what fits in a tsvector (1 MB) whatever is written, at eight bytes each
# (four in the lexeme, four again in the compound that holds it) and room to spare; then the title alone.
_WHOLE: Final = 200_000
_SURE_TO_FIT: Final = 100_000
_TITLE_ALONE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`excerpt` is the text around the first match, `match` the bounds of that match in it."""

    document_uuid: UUID
    title: str
    type_code: str
    at: dt.datetime
    author: str
    status: str
    excerpt: str
    match: tuple[int, int] | None


def search(access: Access, text: str, *, limit: int = 30) -> list[Found]:
    """Documents in force whose words match all those typed, best first."""
    words = _as_indexed(text)
    if not words:
        return []
    visible, asked = access_room.rule.within(access, "d", document="id")
    found = sql.rows(
        _SEARCH.replace(":visible", visible),
        asked
        | {
            "patient": access.patient_id,
            "words": words,
            "limit": limit,
        },
    )
    return [_found(row, words) for row in found]


def index_words(*, batch: int = 200) -> int:
    """Write the search index of documents just filed. Returns how many; run by the worker until none is left. A text
    with more words than an index may hold keeps no other from its own: each is then taken by itself, and that one is
    indexed by its beginning.
    """
    try:
        return _written(batch, _WHOLE)
    except DatabaseError as error:
        if sql.is_away(error):
            raise
    done = 0
    while done < batch and _next_written():
        done += 1
    return done


def _next_written() -> int:
    for characters in (_WHOLE, _SURE_TO_FIT):
        try:
            return _written(1, characters)
        except DatabaseError as error:
            if sql.is_away(error):
                raise
    return _written(1, _TITLE_ALONE)


@transaction.atomic
def _written(batch: int, characters: int) -> int:
    """The batch is an array, which is chosen once: a plan may run a subquery of `IN` again for each row."""
    asked = {"accented": _ACCENTED, "plain": _PLAIN, "batch": batch, "characters": characters}
    return len(sql.rows(_INDEX, asked))


def folded(text: str) -> str:
    """Without accents; one character for one, so that positions stay."""
    return text.translate(_FOLD)


def _as_indexed(typed: str) -> str:
    """« cœur » is often typed « coeur », and written either way: both are indexed with two letters."""
    return folded(unicodedata.normalize("NFC", typed)).translate(_TYPED).strip()


def _found(row: sql.Row, words: str) -> Found:
    document_uuid, title, type_code, at, author, status, body = row
    excerpt, match = _excerpt(unicodedata.normalize("NFC", body), words)
    return Found(
        document_uuid=document_uuid, title=title, type_code=type_code, at=at, author=author, status=status,
        excerpt=excerpt, match=match,
    )  # fmt: skip


def _excerpt(body: str, words: str) -> tuple[str, tuple[int, int] | None]:
    """Around the first place where a word begins as one of those typed (its stem may differ at the end)."""
    stems = [_pattern(word[: max(4, len(word) - 2)]) for word in re.findall(r"\w+", words)]
    place = re.search(r"\b(?:" + "|".join(stems) + r")\w*", folded(body), re.IGNORECASE) if stems else None
    if place is None:
        return body[: 2 * AROUND], None
    start = max(0, place.start() - AROUND)
    return body[start : place.end() + AROUND], (place.start() - start, place.end() - start)


def _pattern(stem: str) -> str:
    return re.escape(stem).replace("oe", "(?:oe|œ)").replace("ae", "(?:ae|æ)")


_SEARCH = """
SELECT d.uuid, d.title, d.type_code, d.act_at, d.author, d.status, c.body
  FROM documents_document d JOIN documents_content c ON c.document_id = d.id
 WHERE d.patient_id = %(patient)s AND d.status = 'current'
   AND :visible
   AND c.search @@ websearch_to_tsquery('french', %(words)s)
 ORDER BY ts_rank(c.search, websearch_to_tsquery('french', %(words)s)) DESC, d.act_at DESC LIMIT %(limit)s
"""



def _sql(text: str) -> str:
    """What `_as_indexed` does, said to PostgreSQL. A PDF often writes an accent apart from its letter."""
    text = f"normalize({text})"
    for ligature, letters in _LIGATURES.items():
        text = f"replace({text}, '{ligature}', '{letters}')"
    return f"translate({text}, %(accented)s, %(plain)s)"


_INDEX = f"""
UPDATE documents_content c
   SET search = setweight(to_tsvector('french', {_sql('d.title')}), 'A')
             || to_tsvector('french', {_sql('left(c.body, %(characters)s)')})
  FROM documents_document d
 WHERE d.id = c.document_id
   AND c.document_id = ANY(ARRAY(SELECT document_id FROM documents_content WHERE search IS NULL
                                  ORDER BY document_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
RETURNING c.document_id
"""  # noqa: S608 (our own texts)
