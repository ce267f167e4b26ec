"""Full-text search in French, within what one may read.

Words are compared without accents and by their French stem. The index of a fresh document is written by the worker, a
moment after filing: stemming costs more than everything else that filing does.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from uuid import UUID

from maillon.kernel import sql
from maillon.kernel.key import Access

_ACCENTED = "àâäáãåçèéêëîïíìñôöóòõùûüúÿýœæÀÂÄÁÃÅÇÈÉÊËÎÏÍÌÑÔÖÓÒÕÙÛÜÚŸÝŒÆ"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyyoaAAAAAACEEEEIIIINOOOOOUUUUYYOA"
_FOLD = str.maketrans(_ACCENTED, _PLAIN)
AROUND = 90


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
    words = folded(text).strip()
    if not words:
        return []
    found = sql.rows(
        _SEARCH,
        {
            "patient": access.patient_id,
            "author": access.actor.professional_id if access.scope == "authored" else None,
            "words": words,
            "limit": limit,
        },
    )
    return [_found(row, words) for row in found]


def index_words(*, batch: int = 200) -> int:
    """Write the search index of documents just filed. Returns how many; run by the worker until none is left."""
    return len(sql.rows(_INDEX, {"accented": _ACCENTED, "plain": _PLAIN, "batch": batch}))


def folded(text: str) -> str:
    """Without accents; one character for one, so that positions stay."""
    return text.translate(_FOLD)


def _found(row: sql.Row, words: str) -> Found:
    document_uuid, title, type_code, at, author, status, body = row
    excerpt, match = _excerpt(body, words)
    return Found(
        document_uuid=document_uuid, title=title, type_code=type_code, at=at, author=author, status=status,
        excerpt=excerpt, match=match,
    )  # fmt: skip


def _excerpt(body: str, words: str) -> tuple[str, tuple[int, int] | None]:
    """Around the first place where a word begins as one of those typed (its stem may differ at the end)."""
    stems = [re.escape(word[: max(4, len(word) - 2)]) for word in re.findall(r"\w+", words)]
    place = re.search(r"\b(?:" + "|".join(stems) + r")\w*", folded(body), re.IGNORECASE) if stems else None
    if place is None:
        return body[: 2 * AROUND], None
    start = max(0, place.start() - AROUND)
    return body[start : place.end() + AROUND], (place.start() - start, place.end() - start)


_SEARCH = """
SELECT d.uuid, d.title, d.type_code, d.act_at, d.author, d.status, c.body
  FROM documents_document d JOIN documents_content c ON c.document_id = d.id
 WHERE d.patient_id = %(patient)s AND d.status = 'current'
   AND (%(author)s::bigint IS NULL OR d.author_professional_id = %(author)s)
   AND c.search @@ websearch_to_tsquery('french', %(words)s)
 ORDER BY ts_rank(c.search, websearch_to_tsquery('french', %(words)s)) DESC, d.act_at DESC LIMIT %(limit)s
"""

_INDEX = """
UPDATE documents_content c
   SET search = setweight(to_tsvector('french', translate(d.title, %(accented)s, %(plain)s)), 'A')
             || to_tsvector('french', translate(c.body, %(accented)s, %(plain)s))
  FROM documents_document d
 WHERE d.id = c.document_id
   AND c.document_id IN (SELECT document_id FROM documents_content WHERE search IS NULL
                          ORDER BY document_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING c.document_id
"""
