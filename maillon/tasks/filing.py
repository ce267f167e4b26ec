"""The « à lire » tasks that a filed document makes, as a clause of the statement that files it (documents.filing).

It reads the row `doc(id, uuid, status)`; a second delivery finds it empty and makes no second task. A new version
closes the unread tasks of the former one: what is to be read is the version in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from maillon.kernel import sql
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.tasks.definition import reading_rules
from maillon.tasks.models import Task

CLAUSES = """
tasks AS (
  INSERT INTO tasks_task (uuid, patient_id, kind, title, document_id, document_uuid, professional_id, structure_id,
                          role_code, is_urgent, abnormal_count, created_at, due_at, type_bit, confidentiality,
                          author_professional_id)
  SELECT x.uuid, %(patient)s, 'a_lire', %(title)s, doc.id, doc.uuid, x.professional_id, x.structure_id,
         x.role_code, %(abnormal_count)s > 0, %(abnormal_count)s, %(received_at)s, %(due_at)s, %(type_bit)s,
         %(confidentiality)s, %(author_professional)s
    FROM doc, json_to_recordset(%(readers)s::json) AS x(uuid uuid, professional_id bigint, structure_id bigint,
         role_code text)
   WHERE doc.status = 'current'
  ON CONFLICT DO NOTHING
  RETURNING id
), levels AS (
  INSERT INTO tasks_escalation (task_id, rank, at, target)
  SELECT id, 1, %(escalate_at)s, %(escalate_to)s FROM tasks
)"""

FORMER_CLAUSES = """
former_tasks AS (
  UPDATE tasks_task SET done_at = %(received_at)s, outcome = 'annule', comment = 'Remplacé par une nouvelle version'
   WHERE done_at IS NULL AND kind = 'a_lire' AND document_id = ANY(ARRAY(SELECT id FROM former))
)"""


def rank_types(bits: Mapping[int, int]) -> None:
    """The bit of each document's type, for the access law. In the caller's transaction."""
    sql.rows(_RANK, {"documents": list(bits), "bits": list(bits.values())})


_RANK = """
UPDATE tasks_task SET type_bit = ranked.bit
  FROM unnest(%(documents)s::bigint[], %(bits)s::smallint[]) AS ranked(document_id, bit)
 WHERE tasks_task.document_id = ranked.document_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who must read: a person (in a structure, for the escalation), or a role of a structure."""

    professional_id: ProfessionalId | None = None
    structure_id: StructureId
    role_code: str = ""


def unread_readers(access: Access, *, document_id: int) -> list[Reader]:
    """Who has yet to read it: a version that takes its place is theirs to read."""
    unread = Task.objects.filter(
        patient_id=access.patient_id, document_id=document_id, kind=Task.Kind.READ, done_at__isnull=True,
        structure_id__isnull=False,
    )  # fmt: skip
    return [
        Reader(
            professional_id=ProfessionalId(each.professional_id) if each.professional_id is not None else None,
            structure_id=StructureId(each.structure_id or 0), role_code=each.role_code,
        )
        for each in unread.order_by("id")
    ]  # fmt: skip


def parameters(
    *, readers: Iterable[Reader], type_code: str, abnormal_count: int, received_at: dt.datetime
) -> dict[str, Any]:
    rule = reading_rules().rule_for(type_code)
    asked = [
        {
            "uuid": time_ordered_uuid(),
            "professional_id": reader.professional_id,
            "structure_id": reader.structure_id,
            "role_code": reader.role_code,
        }
        for reader in readers
    ]
    return {
        "readers": orjson.dumps(asked).decode(),
        "due_at": received_at + rule.due_after(is_abnormal=abnormal_count > 0),
        "escalate_at": received_at + rule.escalates_after,
        "escalate_to": rule.escalade_vers,
    }
