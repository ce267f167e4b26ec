"""What the record knows, as questions ask it: one row for each dated fact, of one kind after another.

One text serves three readers, each with its own condition on the rows: a key, the law across patients, and the house's
own watch, which reads for nobody and shows nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from maillon.access import api as access_room
from maillon.formats.document import NO_INFORMATION
from maillon.kernel import sql
from maillon.kernel.key import Access, Actor
from maillon.record.answers import FORM_SYSTEM


@dataclass(frozen=True, slots=True)
class Known:
    """The fields stand in the order of the statement. `kind`: problem, medication, allergy, procedure, vaccination,
    observation, answer, document. `until`: the day on which it ended. `document_id`: where it was said."""

    patient_id: int
    kind: str
    id: int
    code: str
    at: dt.datetime
    label: str
    value: Decimal | None
    comparator: str
    unit: str
    text: str
    negated: bool
    absent: bool
    until: dt.date | None
    document_id: int | None
    is_open: bool  # to all who may read documents of its type: neither restricted nor marked


def known(access: Access) -> list[Known]:
    """All that the key opens."""
    law, asked = access_room.rule.within(access, "r")
    found = sql.rows(_written(law, "r.patient_id = %(patient)s"), asked | {"patient": access.patient_id} | _constants())
    return [Known(*row) for row in found]


def known_to_watch(patients: Collection[int], codes: Sequence[str], beginnings: Sequence[str] = ()) -> list[Known]:
    """Facts of these patients with one of these codes, or whose code begins so, for the house's own watch: a reader
    who shows nothing, and whose every writing takes a key."""
    some = "r.patient_id = ANY(%(patients)s) AND (r.:code = ANY(%(codes)s) OR r.:code LIKE ANY(%(likes)s) OR :absent)"
    asked = {
        "patients": sorted(patients), "codes": list(codes), "likes": [f"{_escaped(each)}%" for each in beginnings],
    }  # fmt: skip
    return [Known(*row) for row in sql.rows(_written("true", some), asked | _constants())]


def copy_known(
    actor: Actor, write: Callable[[bytes], object], *, kinds: Collection[str], counting: bool = False
) -> None:
    """CSV of every fact of these kinds that the actor may read, whoever the patient: (patient, kind, id, code, moment,
    value, comparator, unit, text, negated, absent, until). `counting`: every fact of the patients whom the actor may
    open, for counts that name nobody."""
    if counting:
        opens, asked = access_room.rule.opens(actor, "p")
        law = f"r.patient_id IN (SELECT p.id FROM patients_patient p WHERE p.merged_into_id IS NULL AND {opens})"  # noqa: S608
    else:
        law, asked = access_room.rule.across(actor, "r")
    wanted = {"statement" if kind in _STATEMENTS else "observation" if kind == "answer" else kind for kind in kinds}
    parts = [part for kind, part in _PARTS.items() if kind in wanted]
    if not parts:
        return
    text = _joined(parts, law, "true")
    columns = "patient_id, kind, id, code, at, value, comparator, unit, text, negated, absent, until"
    with connection.cursor() as cursor, cursor.copy(
        f"COPY (SELECT {columns} FROM ({text}) known) TO STDOUT (FORMAT csv)",  # noqa: S608 (the room's own text)
        asked | _constants(),
    ) as copied:
        for block in copied:
            write(bytes(block))


def said_by(documents: Collection[int]) -> list[tuple[int, str, str]]:
    """(document, kind, code) of all that these documents say, for the house's own watch."""
    found = sql.rows(_SAID_BY, {"documents": list(documents), "forms": FORM_SYSTEM})
    return [(row[0], row[1], row[2]) for row in found]


@dataclass(frozen=True, slots=True)
class Entry:
    """Of the timeline: what is needed to speak of a document."""

    document_uuid: UUID
    received_at: dt.datetime
    title: str
    type_bit: int
    confidentiality: str
    author_professional_id: int | None
    is_open: bool  # to all who may read documents of its type: neither restricted nor marked
    is_withdrawn: bool


def entries_of(documents: Collection[int], *, access: Access | None = None) -> dict[int, Entry]:
    """By the document's number: those that the key opens; without a key, for the house's own watch."""
    if not documents:
        return {}
    law, asked = access_room.rule.within(access, "r") if access is not None else ("true", {})
    parameters = asked | _constants() | {"documents": list(documents)}
    return {row[0]: Entry(*row[1:]) for row in sql.rows(_ENTRIES.replace(":law", law), parameters)}


_SAID_BY: Final = """
SELECT document_id, CASE WHEN system = %(forms)s THEN 'answer' ELSE 'observation' END, code FROM record_observation
 WHERE document_id = ANY(%(documents)s) AND is_current
 UNION SELECT document_id, kind, code FROM record_statement WHERE document_id = ANY(%(documents)s) AND is_current
 UNION SELECT document_id, 'document', type_code FROM record_timeline WHERE document_id = ANY(%(documents)s)
"""
_STATEMENTS: Final = frozenset({"problem", "medication", "allergy", "procedure", "vaccination"})
# A bound that a laboratory gave as a text: « < 1,0 », « ≥ 90 mL/min ».
_BOUND: Final = r"^\s*(<=|>=|≤|≥|<|>)\s*(\d{1,11}(?:[.,]\d{1,8})?)(?:\s.*)?$"
# Uncorrelated: the marked documents are hashed once, not looked for at each row.
_MARKED: Final = (
    "SELECT k.document_id FROM access_document_mark k"  # noqa: S608 (constants)
    f" WHERE k.kind <> 'accord_nominatif' AND {access_room.law.MARK.held}"
)
_OPEN: Final = f"(r.confidentiality = 'N' AND NOT COALESCE(r.document_id IN ({_MARKED}), false))"  # noqa: S608 (constants)

_ENTRIES: Final = f"""
SELECT r.document_id, r.document_uuid, r.received_at, r.title, r.type_bit, r.confidentiality, r.author_professional_id,
       {_OPEN}, r.status = 'withdrawn'
  FROM record_timeline r WHERE r.document_id = ANY(%(documents)s) AND :law
"""  # noqa: S608 (a constant)
_OBSERVATIONS: Final = f"""
SELECT r.patient_id, CASE WHEN r.system = %(forms)s THEN 'answer' ELSE 'observation' END AS kind, r.id, r.code, r.at,
       r.label, COALESCE(r.value, replace(bound.said[2], ',', '.')::numeric) AS value,
       COALESCE(replace(replace(bound.said[1], '≤', '<='), '≥', '>='), '') AS comparator,
       r.unit, r.value_text AS text, false AS negated, false AS absent, NULL::date AS until, r.document_id,
       {_OPEN} AS is_open
  FROM record_observation r
  LEFT JOIN LATERAL regexp_match(r.value_text, '{_BOUND}') AS bound(said) ON r.value IS NULL AND r.value_text <> ''
 WHERE r.is_current AND r.code <> '' AND :which AND :law
"""  # noqa: S608 (a constant)


def _day(column: str) -> str:
    """The day of an ISO text of any precision, a missing month or day being the first; NULL for what is no date."""
    month, day = (f"COALESCE(NULLIF(substr({column}, {place}, 2), ''), '01')" for place in (6, 9))
    return (
        f"CASE WHEN {column} ~ '^(1[89]|2[01])\\d\\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?($|T| )'"
        f" THEN (substr({column}, 1, 4) || '-' || {month} || '-01')::date + ({day}::int - 1) END"
    )


# The latest word on a problem, a treatment or an allergy is the one that counts: what an older document still says of
# the same code is over. What ended without a day ended before it was said so. « Pas d’information » (HL7 IPS,
# no-problem-info) denies nothing.
_STATED: Final = f"""
SELECT patient_id, kind, id, code,
       CASE WHEN kind IN ('procedure', 'vaccination')
            THEN COALESCE((begun + time '12:00') AT TIME ZONE 'Europe/Paris', at) ELSE at END,
       label, NULL::numeric, '', '', '', negated, absent,
       CASE WHEN kind NOT IN ('procedure', 'vaccination')
            THEN COALESCE(ended, CASE WHEN status IN ('completed', 'aborted')
                                      THEN (at - interval '2 days')::date END) END,
       document_id, is_open
  FROM (SELECT r.patient_id, r.kind, r.id, r.code, r.at, r.label, r.negated, r.absent, r.status, r.document_id,
               {_OPEN} AS is_open, {_day("r.start")} AS begun,
               {_day('r."end"')} AS ended,
               row_number() OVER (PARTITION BY r.patient_id, r.kind, r.code ORDER BY r.at DESC, r.id DESC) AS rank
          FROM record_statement r
         WHERE r.is_current AND (r.code <> '' OR r.absent) AND NOT (r.absent AND r.code LIKE '%%{NO_INFORMATION}')
           AND r.kind NOT IN ('device', 'plan') AND :which AND :law
       ) stated
 WHERE rank = 1 OR kind IN ('procedure', 'vaccination')
"""  # noqa: S608 (constants)
_DOCUMENTS: Final = f"""
SELECT r.patient_id, 'document', r.id, r.type_code, r.at, r.title, NULL::numeric, '', '', '', false, false, NULL::date,
       r.document_id, {_OPEN}
  FROM record_timeline r
 WHERE r.status = 'current' AND r.document_uuid IS NOT NULL AND :which AND :law
"""  # noqa: S608 (a constant)
_PARTS: Final = {"observation": _OBSERVATIONS, "statement": _STATED, "document": _DOCUMENTS}
_CODES: Final = {_OBSERVATIONS: ("code", "false"), _STATED: ("code", "r.absent"), _DOCUMENTS: ("type_code", "false")}


def _constants() -> dict[str, Any]:
    return {"forms": FORM_SYSTEM} | access_room.rule.moment()


def _written(law: str, which: str) -> str:
    return _joined(list(_PARTS.values()), law, which)


def _joined(parts: Sequence[str], law: str, which: str) -> str:
    written = []
    for part in parts:
        code, absent = _CODES[part]
        condition = which.replace(":code", code).replace(":absent", absent)
        written.append(part.replace(":which", condition).replace(":law", law))
    return " UNION ALL ".join(written)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
