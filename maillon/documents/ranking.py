"""The bit of a type, given to the documents that were filed before the matrix knew the type."""

from __future__ import annotations

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import sql
from maillon.kernel.text import json_text
from maillon.record import api as record
from maillon.tasks import api as tasks

BATCH = 5_000


def rank_types(*, batch: int = BATCH) -> int:
    """How many documents were given a bit. Until then they are of a type unknown to the matrix: physicians only."""
    total = 0
    while ranked := _rank_some(batch):
        total += ranked
    return total


@transaction.atomic
def _rank_some(batch: int) -> int:
    known = [{"code": code, "bit": bit} for code, bit in access_room.matrix.ranks().items()]
    bits: dict[int, int] = dict(sql.rows(_RANK, {"known": json_text(known), "batch": batch}))
    record.filing.rank_types(bits)
    tasks.filing.rank_types(bits)
    return len(bits)


_RANK = """
UPDATE documents_document SET type_bit = found.bit
  FROM (SELECT d.id, known.bit
          FROM documents_document d JOIN json_to_recordset(%(known)s::json) AS known(code text, bit smallint)
               ON known.code = d.type_code
         WHERE d.type_bit = 0 LIMIT %(batch)s) AS found
 WHERE documents_document.id = found.id
RETURNING documents_document.id, documents_document.type_bit
"""
