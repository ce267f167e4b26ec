"""Observations one by one, as the FHIR API serves them: each with its row's number, within the key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.formats.document import Result
from maillon.kernel import sql
from maillon.kernel.key import Access, Actor, PatientId
from maillon.record.answers import FORM_SYSTEM

Place = tuple[dt.datetime, int]
Span = tuple[dt.datetime | None, dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Observed:
    id: int
    at: dt.datetime
    document_uuid: UUID | None
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`codes`: (system OID or empty for any, code). `spans`: from, before."""

    numbers: Sequence[int] | None = None
    codes: Sequence[tuple[str, str]] | None = None
    spans: Sequence[Span] = ()


def observations(
    access: Access, asked: Asked, *, limit: int, after: Place | None = None
) -> tuple[list[Observed], Place | None]:
    """The latest first; and where the next page begins. What was replaced or withdrawn is not observed any more."""
    where, parameters = _conditions(access, asked)
    if after is not None:
        where += " AND (r.at, r.id) < (%(after_at)s, %(after_id)s)"
        parameters |= {"after_at": after[0], "after_id": after[1]}
    found = sql.rows(f"{_SELECT} WHERE {where} ORDER BY r.at DESC, r.id DESC LIMIT %(limit)s",
                     parameters | {"limit": limit + 1})  # fmt: skip
    page = [_observed(row) for row in found[:limit]]
    return page, (page[-1].at, page[-1].id) if len(found) > limit and page else None


def count_observations(access: Access, asked: Asked) -> int:
    where, parameters = _conditions(access, asked)
    found = sql.row(f"SELECT count(*) FROM record_observation r WHERE {where}", parameters)  # noqa: S608
    return int(found[0]) if found else 0


def patient_of(actor: Actor, number: int) -> PatientId:
    """Whose record to open for it; 0, alike for an observation that is not there and for one that the actor may not
    read. Showing anything takes the key."""
    visible, known = access_room.rule.across(actor, "r")
    found = sql.row(
        f"SELECT r.patient_id FROM record_observation r WHERE r.id = %(number)s AND {visible}",  # noqa: S608
        known | {"number": number},
    )
    return PatientId(found[0] if found else 0)


_SELECT: Final = """
SELECT r.id, r.at, t.document_uuid, r.code, r.system, r.label, r.value, r.unit, r.value_text, r.low, r.high,
       r.range_text, r.interpretation
  FROM record_observation r LEFT JOIN record_timeline t ON t.document_id = r.document_id"""


def _conditions(access: Access, asked: Asked) -> tuple[str, dict[str, Any]]:
    visible, parameters = access_room.rule.within(access, "r")
    parameters = parameters | {"patient": access.patient_id}
    where = ["r.patient_id = %(patient)s", "r.is_current", f"r.system <> '{FORM_SYSTEM}'", visible]
    if asked.numbers is not None:
        where.append("r.id = ANY(%(numbers)s)")
        parameters["numbers"] = list(asked.numbers)
    if asked.codes is not None:
        where.append("""EXISTS (SELECT 1 FROM unnest(%(systems)s::text[], %(codes)s::text[]) AS one(system, code)
                                 WHERE one.code = r.code AND one.system IN ('', r.system))""")
        parameters["systems"] = [system for system, _ in asked.codes]
        parameters["codes"] = [code for _, code in asked.codes]
    for rank, (start, end) in enumerate(asked.spans):
        if start is not None:
            where.append(f"r.at >= %(start_{rank})s")
            parameters[f"start_{rank}"] = start
        if end is not None:
            where.append(f"r.at < %(end_{rank})s")
            parameters[f"end_{rank}"] = end
    return " AND ".join(where), parameters


def _observed(row: sql.Row) -> Observed:
    number, at, document, code, system, label, value, unit, text, low, high, range_text, interpretation = row
    result = Result(
        code=code or None,
        system=system or None,
        label=label,
        value=_written(value),
        value_text=text or None,
        unit=unit or None,
        low=_written(low),
        high=_written(high),
        range_text=range_text or None,
        interpretation=interpretation or None,
        at=at.isoformat(),
    )
    return Observed(number, at, document, result)


def _written(number: Any) -> str | None:
    """Without the zeros of the column: 4.10000000 was said 4.1."""
    return None if number is None else f"{number.normalize():f}"
