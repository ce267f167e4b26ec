"""What is read of the record, within the key: the timeline, the results and their trends, the statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.formats.document import NO_INFORMATION
from maillon.kernel import clock, sql
from maillon.kernel.key import Access
from maillon.record.answers import FORM_SYSTEM
from maillon.record.models import Statement, TimelineEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    id: int
    document_uuid: UUID | None
    at: dt.datetime
    received_at: dt.datetime
    kind: str
    type_code: str
    title: str
    author: str
    profession_code: str
    organization: str
    status: str
    confidentiality: str
    abnormal_count: int
    level: int
    is_new: bool
    response_uuid: UUID | None = None  # answers to a questionnaire, which no document tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    at: dt.datetime
    value: Decimal | None
    value_text: str
    low: Decimal | None
    high: Decimal | None
    range_text: str
    interpretation: str
    is_abnormal: bool
    document_uuid: UUID | None
    document_id: int | None = None
    confidentiality: str = "N"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One thing measured over time, latest point first. Points of another unit are not mixed in: they make another
    series."""

    code: str
    system: str
    label: str
    unit: str
    group: str
    points: tuple[Point, ...]
    germ: str = ""  # the label ends with it

    @property
    def name(self) -> str:
        """The label, where the germ is told beside it."""
        return self.label.removesuffix(f" – {self.germ}") if self.germ else self.label

    @property
    def latest(self) -> Point:
        return self.points[0]

    @property
    def previous(self) -> Point | None:
        return self.points[1] if len(self.points) > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    kind: str
    label: str
    code: str
    system: str
    negated: bool
    absent: bool
    status: str
    start: str
    end: str
    at: dt.datetime
    details: dict[str, Any]
    document_uuid: UUID | None
    source: str
    document_id: int | None = None
    confidentiality: str = "N"

    @property
    def is_unknown(self) -> bool:
        """« Pas d’information », where « aucun connu » would be a statement."""
        return self.absent and self.code.endswith(NO_INFORMATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllergySummary:
    """« aucune connue » is a statement; « non renseigné » is the lack of one. They are never the same."""

    state: Literal["known", "none_known", "not_recorded"]
    labels: tuple[str, ...] = ()


def timeline(
    access: Access,
    *,
    kinds: frozenset[str] = frozenset(),
    professions: frozenset[str] = frozenset(),
    new_since: dt.datetime | None = None,
    only_new: bool = False,
    with_replaced: bool = False,
    with_answers: bool = True,
    before: tuple[dt.datetime, int] | None = None,
    limit: int = 50,
) -> list[TimelineLine]:
    """Latest first. `new_since` marks what was received since the last visit; `before` is the last line of the page
    before; without `with_answers`, documents alone."""
    before_at, before_id = before or (None, None)
    found = _rows(
        access,
        _TIMELINE,
        {
            "kinds": sorted(kinds) or None,
            "professions": sorted(professions) or None,
            "received_after": new_since if only_new else None,
            "with_replaced": with_replaced,
            "with_answers": with_answers,
            "before_at": before_at,
            "before_id": before_id,
            "limit": limit,
        },
    )
    return [_line(row, new_since) for row in found]


def counts(access: Access) -> dict[str, int]:
    """How many current entries of each kind the reader may see."""
    return dict(_rows(access, _COUNTS))


def latest_results(access: Access, *, points: int = 12) -> list[Series]:
    """Every series of the record, the most recently measured first, each with its last `points` values. The items of
    questionnaires are read where they were answered."""
    found = _rows(access, _RESULTS, {"points": points})
    return sorted(_grouped(found), key=lambda series: series.latest.at, reverse=True)


def series(access: Access, *, system: str, code: str, label: str = "", germ: str = "") -> list[Series]:
    """One thing over time: usually one series, one more for each other unit. A result without a code is known by its
    label; what is said of a germ is not what is said of another."""
    found = _rows(access, _SERIES, {"system": system, "code": code, "label": label, "germ": germ})
    return _grouped(found)


def statements(access: Access, kind: str | None = None) -> list[StatementLine]:
    """What documents in force state, latest first; the same said by several documents is given once, by the latest.
    Three doses of a vaccine are not one."""
    found = _visible_statements(access)
    if kind:
        found = found.filter(kind=kind)
    entries = _entries_by_document(access, [row.document_id for row in found])
    seen: set[tuple[str, str, str, str, bool, str]] = set()
    lines = []
    for row in found:
        day = row.start[:10] if row.kind in _EACH_TIME else ""
        identity = (row.kind, row.system, row.code, row.label.casefold(), row.negated, day)
        if identity not in seen:
            seen.add(identity)
            lines.append(_statement_line(row, entries.get(row.document_id or 0)))
    return lines


def allergy_summary(access: Access) -> AllergySummary:
    """Every allergy stated by a document in force that is not over. The negation of one allergy (« pas d’allergie à la
    pénicilline ») says nothing of the others."""
    found = _rows(access, _ALLERGIES)
    known = [label for label, _, absent, negated, status in found if not absent and not negated and status not in _OVER]
    if known:
        return AllergySummary(state="known", labels=tuple(dict.fromkeys(known)))
    is_denied = any(absent and not code.endswith(NO_INFORMATION) for _, code, absent, _, _ in found)
    return AllergySummary(state="none_known" if is_denied else "not_recorded")


def note_visit(access: Access) -> dt.datetime | None:
    """Remember this visit; gives the previous one. Openings within one hour are one visit."""
    if access.actor.professional_id is None:
        return None
    found = sql.row(
        _VISIT,
        {
            "professional": access.actor.professional_id,
            "patient": access.patient_id,
            "now": clock.now(),
            "same_visit": clock.now() - dt.timedelta(hours=1),
        },
    )
    return found[0] if found else None


_OVER = frozenset({"completed", "aborted"})
_EACH_TIME = frozenset({Statement.Kind.VACCINATION, Statement.Kind.PROCEDURE, Statement.Kind.PLAN})


def _rows(access: Access, statement: str, parameters: Mapping[str, Any] | None = None) -> list[sql.Row]:
    """`:visible` in the statement stands for the law on its rows, whose alias is `r`."""
    visible, asked = access_room.rule.within(access, "r")
    named = {"patient": access.patient_id} | asked | dict(parameters or {})
    return sql.rows(statement.replace(":visible", visible), named)


def _line(row: sql.Row, new_since: dt.datetime | None) -> TimelineLine:
    (
        id_, document_uuid, at, received_at, kind, type_code, title, author, profession_code, organization, status,
        confidentiality, abnormal_count, level, response_uuid,
    ) = row  # fmt: skip
    return TimelineLine(
        id=id_,
        document_uuid=document_uuid,
        at=at,
        received_at=received_at,
        kind=kind,
        type_code=type_code,
        title=title,
        author=author,
        profession_code=profession_code,
        organization=organization,
        status=status,
        confidentiality=confidentiality,
        abnormal_count=abnormal_count,
        level=level,
        is_new=new_since is not None and received_at > new_since,
        response_uuid=response_uuid,
    )


def _grouped(found: list[sql.Row]) -> list[Series]:
    groups: dict[tuple[str, str, str, str, str], list[sql.Row]] = {}
    for row in found:
        system, code, label, unit, germ = row[:5]
        groups.setdefault((system, code, "" if code else label, unit, germ), []).append(row)
    return [_series(rows) for rows in groups.values()]


def _series(rows: list[sql.Row]) -> Series:
    system, code, label, unit, germ, group = rows[0][:6]
    points = tuple(
        Point(
            at=at, value=value, value_text=text, low=low, high=high, range_text=range_text,
            interpretation=interpretation,
            is_abnormal=abnormal, document_uuid=document_uuid, document_id=document_id, confidentiality=confidentiality,
        )
        for (
            at, value, text, low, high, range_text, interpretation, abnormal, document_uuid, document_id,
            confidentiality,
        ) in (row[6:] for row in rows)
    )  # fmt: skip
    return Series(code=code, system=system, label=label, unit=unit, group=group, points=points, germ=germ)


def _visible_statements(access: Access) -> QuerySet[Statement]:
    visible = Statement.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    return visible.filter(is_current=True).order_by("-at", "id")


def _entries_by_document(access: Access, documents: list[int | None]) -> dict[int, TimelineEntry]:
    wanted = {each for each in documents if each}
    found = TimelineEntry.objects.filter(patient_id=access.patient_id, document_id__in=wanted)
    return {entry.document_id: entry for entry in found if entry.document_id}


def _statement_line(row: Statement, entry: TimelineEntry | None) -> StatementLine:
    return StatementLine(
        kind=row.kind,
        label=row.label,
        code=row.code,
        system=row.system,
        negated=row.negated,
        absent=row.absent,
        status=row.status,
        start=row.start,
        end=row.end,
        at=row.at,
        details=row.details,
        document_uuid=entry.document_uuid if entry else None,
        source=" · ".join(part for part in (entry.title, entry.author) if part) if entry else "",
        document_id=row.document_id,
        confidentiality=row.confidentiality,
    )


_TIMELINE = """
SELECT id, document_uuid, at, received_at, kind, type_code, title, author, author_profession_code, organization, status,
       confidentiality, abnormal_count, level, response_uuid
  FROM record_timeline r
 WHERE patient_id = %(patient)s AND :visible
   AND (%(with_answers)s OR response_uuid IS NULL)
   AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
   AND (%(professions)s::text[] IS NULL OR author_profession_code = ANY(%(professions)s))
   AND (%(received_after)s::timestamptz IS NULL OR received_at > %(received_after)s)
   AND (status = 'current' OR %(with_replaced)s)
   AND (%(before_at)s::timestamptz IS NULL OR (at, id) < (%(before_at)s, %(before_id)s::bigint))
 ORDER BY at DESC, id DESC LIMIT %(limit)s
"""

_COUNTS = """
SELECT kind, count(*) FROM record_timeline r
 WHERE patient_id = %(patient)s AND status = 'current' AND :visible
 GROUP BY kind
"""

# The columns of a point, put into the two texts below by `.replace`: nothing from outside meets them.
_POINT = """o.system, o.code, o.label, o.unit, o.germ, o."group", o.at, o.value, o.value_text, o.low, o.high,
       o.range_text, o.interpretation, o.is_abnormal, t.document_uuid, o.document_id, o.confidentiality"""

_RESULTS = """
SELECT :point
  FROM (SELECT o.*, row_number() OVER (
                 PARTITION BY o.system, o.code, CASE WHEN o.code = '' THEN o.label END, o.unit, o.germ
                 ORDER BY o.at DESC, o.id DESC) AS rank
          FROM (SELECT * FROM record_observation r
                 WHERE r.patient_id = %(patient)s AND r.is_current AND r.system <> :forms AND :visible) o
       ) o
  LEFT JOIN record_timeline t ON t.document_id = o.document_id
 WHERE o.rank <= %(points)s
 ORDER BY o.rank, o.id
""".replace(":point", _POINT).replace(":forms", f"'{FORM_SYSTEM}'")

_SERIES = """
SELECT :point
  FROM (SELECT * FROM record_observation r
         WHERE r.patient_id = %(patient)s AND r.system = %(system)s AND r.code = %(code)s AND r.is_current
           AND r.germ = %(germ)s AND (r.code <> '' OR r.label = %(label)s) AND :visible) o
  LEFT JOIN record_timeline t ON t.document_id = o.document_id
 ORDER BY o.at DESC, o.id DESC
""".replace(":point", _POINT)

_ALLERGIES = """
SELECT label, code, absent, negated, status FROM record_statement r
 WHERE patient_id = %(patient)s AND kind = 'allergy' AND is_current AND :visible
 ORDER BY at DESC, id
"""

_VISIT = """
INSERT INTO record_last_visit (professional_id, patient_id, previous_at, at)
VALUES (%(professional)s, %(patient)s, NULL, %(now)s)
ON CONFLICT (professional_id, patient_id) DO UPDATE
   SET previous_at = CASE WHEN record_last_visit.at < %(same_visit)s THEN record_last_visit.at
                          ELSE record_last_visit.previous_at END,
       at = CASE WHEN record_last_visit.at < %(same_visit)s THEN EXCLUDED.at ELSE record_last_visit.at END
RETURNING previous_at
"""
