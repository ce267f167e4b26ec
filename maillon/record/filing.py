"""What a filed document adds to the record: one timeline entry, its observations, its statements.

Given as clauses of the one statement that files a document (documents.filing): they read the row `doc(id, uuid,
status)`, which
is empty when the document was already there, so a second delivery adds nothing. A version that arrives after the one
that
replaces it is filed as replaced.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from maillon.formats.cda.laboratory import germ_of
from maillon.formats.document import Result, Statement
from maillon.kernel import clock, sql
from maillon.kernel.text import json_text

# HL7 ObservationInterpretation codes that a reader must not miss (JDV_HL7_ObservationInterpretation_CISIS).
ABNORMAL = frozenset(
    {"A", "AA", "H", "HH", "HU", "L", "LL", "LU", "HX", "LX", "<", ">", "POS", "DET", "R", "IND", "WR"}
)

CLAUSES = """
entry AS (
  INSERT INTO record_timeline (patient_id, document_id, document_uuid, at, received_at, kind, type_code, title, author,
                               author_professional_id, author_profession_code, organization, confidentiality,
                               type_bit, abnormal_count, level, status)
  SELECT %(patient)s, doc.id, doc.uuid, %(act_at)s, %(received_at)s, %(class_code)s, %(type_code)s, %(title)s,
         %(author)s, %(author_professional)s, %(author_profession)s, %(organization)s, %(confidentiality)s,
         %(type_bit)s, %(abnormal_count)s, %(level)s, doc.status
    FROM doc
), observations AS (
  INSERT INTO record_observation (patient_id, document_id, author_professional_id, at, code, system, label, value, unit,
                                  value_text, low, high, range_text, interpretation, is_abnormal, status, specimen,
                                  "group", germ, is_current, confidentiality, type_bit)
  SELECT %(patient)s, doc.id, %(author_professional)s, x.at, x.code, x.system, x.label, x.value, x.unit, x.value_text,
         x.low, x.high, x.range_text, x.interpretation, x.is_abnormal, x.status, x.specimen, x."group",
         x.germ, doc.status = 'current', %(confidentiality)s, %(type_bit)s
    FROM doc, json_to_recordset(%(observations)s::json) AS x(at timestamptz, code text, system text, label text,
         value numeric, unit text, value_text text, low numeric, high numeric, range_text text, interpretation text,
         is_abnormal boolean, status text, specimen text, "group" text, germ text)
), statements AS (
  INSERT INTO record_statement (patient_id, document_id, author_professional_id, at, kind, code, system, label, negated,
                                absent, status, start, "end", details, is_current, confidentiality, type_bit)
  SELECT %(patient)s, doc.id, %(author_professional)s, %(act_at)s, x.kind, x.code, x.system, x.label, x.negated,
  x.absent,
         x.status, x.start, x."end", x.details, doc.status = 'current', %(confidentiality)s, %(type_bit)s
    FROM doc, json_to_recordset(%(statements)s::json) AS x(kind text, code text, system text, label text, negated
    boolean,
         absent boolean, status text, start text, "end" text, details jsonb)
)"""

# For a document that replaces others: `former(id)` are those. An array, so that each is found by its index.
FORMER_CLAUSES = """
former_entry AS (
  UPDATE record_timeline SET status = 'replaced'
   WHERE status = 'current' AND document_id = ANY(ARRAY(SELECT id FROM former))
), former_observations AS (
  UPDATE record_observation SET is_current = false WHERE document_id = ANY(ARRAY(SELECT id FROM former))
), former_statements AS (
  UPDATE record_statement SET is_current = false WHERE document_id = ANY(ARRAY(SELECT id FROM former))
)"""


def rank_types(bits: Mapping[int, int]) -> None:
    """The bit of each document's type, for the access law. In the caller's transaction."""
    for table in ("record_timeline", "record_observation", "record_statement"):
        sql.rows(_RANK.format(table=table), {"documents": list(bits), "bits": list(bits.values())})


_RANK = """
UPDATE {table} SET type_bit = ranked.bit
  FROM unnest(%(documents)s::bigint[], %(bits)s::smallint[]) AS ranked(document_id, bit)
 WHERE {table}.document_id = ranked.document_id
"""


def parameters(
    *, results: Iterable[Result], statements: Mapping[str, Iterable[Statement]], at: dt.datetime
) -> dict[str, Any]:
    """The clauses' own parameters. `at` dates the results that carry no date of their own. A result that was denied, or
    could not be had, is told by its document; it is no observation."""
    observations = [_observation(result, at) for result in results if not (result.absent or result.negated)]
    stated = [_statement(kind, each) for kind, group in statements.items() for each in group]
    return {
        "observations": json_text(observations),
        "statements": json_text(stated),
        "abnormal_count": min(sum(1 for each in observations if each["is_abnormal"]), 30_000),
    }


def _observation(result: Result, at: dt.datetime) -> dict[str, Any]:
    value, low, high = number(result.value), number(result.low), number(result.high)
    interpretation, germ = (result.interpretation or "")[:10], (germ_of(result.isolate) or "")[:200]
    return {
        "at": clock.instant(result.at) or at,
        "code": (result.code or "")[:60],
        "system": (result.system or "")[:64],
        "label": _about(germ, result.label or result.code or "Résultat sans libellé"),
        "value": value,
        "unit": (result.unit or "")[:40],
        "value_text": (result.value_text or (result.value if value is None else None) or "")[:1000],
        "low": low,
        "high": high,
        "range_text": (result.range_text or "")[:300],
        "interpretation": interpretation,
        "is_abnormal": interpretation in ABNORMAL or (not interpretation and _is_outside(value, low, high)),
        "status": (result.status or "")[:20],
        "specimen": (result.specimen or "")[:200],
        "group": (result.group or "")[:300],
        "germ": germ,
    }


def _about(germ: str, label: str) -> str:
    """What one germ withstands says nothing of another: wherever the result is shown, it says of which."""
    return f"{label[: 300 - len(germ) - 3]} – {germ}" if germ else label[:300]


def _statement(kind: str, statement: Statement) -> dict[str, Any]:
    return {
        "kind": kind,
        "code": (statement.code or "")[:60],
        "system": (statement.system or "")[:64],
        "label": (statement.label or statement.text or statement.code or "Sans libellé")[:500],
        "negated": statement.negated,
        "absent": statement.absent,
        "status": _status(kind, statement)[:20],
        "start": (statement.start or "")[:32],
        "end": (statement.end or "")[:32],
        "details": {name: getattr(statement, name) for name in _DETAILS if getattr(statement, name)},
    }


def _status(kind: str, statement: Statement) -> str:
    """IHE PCC fixes the status of a treatment to « completed »: it tells that the sentence is whole, not that the
    treatment is over. Its end tells that, or « aborted »."""
    said = statement.status or ""
    return "" if kind == "medication" and said == "completed" else said


_DETAILS = (
    "kind",
    "kind_label",
    "severity",
    "reactions",
    "posology",
    "dose",
    "dose_unit",
    "frequency",
    "route",
    "lot",
    "rank",
    "quantity",
    "mood",
    "site",
    "comment",
    "text",
)


def number(text: str | None) -> str | None:
    """Text that PostgreSQL takes as numeric(20, 8), or None: what is no number, or would not be the same once rounded,
    stays a text."""
    if text is None:
        return None
    try:
        value = Decimal(text.replace(",", "."))
        kept = value.quantize(_EIGHT_DECIMALS)
    except InvalidOperation:
        return None
    is_same = kept.is_finite() and bool(kept) == bool(value) and abs(kept - value) * 1000 <= abs(value)
    return str(kept) if is_same and abs(kept) < 10**12 else None


_EIGHT_DECIMALS = Decimal("1E-8")


def _is_outside(value: str | None, low: str | None, high: str | None) -> bool:
    if value is None:
        return False
    measured = Decimal(value)
    return (low is not None and measured < Decimal(low)) or (high is not None and measured > Decimal(high))
