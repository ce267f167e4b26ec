"""Chronologie: the patient's story, latest first, a page at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.noticed import api as noticed
from maillon.record import api as record
from maillon.web import labels
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.record import record_page
from maillon.web.wording import month

PAGE = 50
OFFERED = ("G15_10", "G15_60", "G15_21", "G15_70", "G15_50")  # the professions that a filter is offered for

Cursor = tuple[dt.datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for. Anything else in it is passed over."""

    kinds: frozenset[str] = frozenset()
    professions: frozenset[str] = frozenset()
    only_new: bool = False
    with_replaced: bool = False
    before: Cursor | None = None

    def after(self, last: record.TimelineLine) -> str:
        """The address of the following page."""
        chosen = [("type", kind) for kind in sorted(self.kinds)]
        chosen += [("profession", code) for code in sorted(self.professions)]
        chosen += [("nouveau", "1")] * self.only_new + [("versions", "1")] * self.with_replaced
        return "?" + urlencode([*chosen, ("avant", f"{last.at.isoformat()}/{last.id}")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    title: str
    anchor: str
    lines: tuple[record.TimelineLine, ...]


@opens_record("read", resource="timeline")
def timeline(request: PersonRequest, access: Access) -> HttpResponse:
    asked = _asked(request.GET)
    last_visit = record.note_visit(access)
    lines = record.timeline(
        access,
        kinds=asked.kinds,
        professions=asked.professions,
        new_since=last_visit,
        only_new=asked.only_new and last_visit is not None,
        with_replaced=asked.with_replaced,
        before=asked.before,
        limit=PAGE + 1,
    )
    return record_page(
        request, access, "record/timeline.html", tab="chronologie", asked=asked, months=_months(lines[:PAGE], asked),
        shown=min(len(lines), PAGE), more=asked.after(lines[PAGE - 1]) if len(lines) > PAGE else "",
        rubbed=noticed.marks(access, [line.document_uuid for line in lines if line.document_uuid is not None]),
        last_visit=last_visit, kinds=_kinds(record.counts(access), asked), offered=OFFERED,
    )  # fmt: skip


def _asked(parts: QueryDict) -> Asked:
    return Asked(
        kinds=frozenset(parts.getlist("type")) & labels.KINDS.keys(),
        professions=frozenset(parts.getlist("profession")) & labels.PROFESSIONS.keys(),
        only_new="nouveau" in parts,
        with_replaced="versions" in parts,
        before=_cursor(parts.get("avant", "")),
    )


def _cursor(text: str) -> Cursor | None:
    at, _, number = text.partition("/")
    moment = clock.instant(at)
    return (moment, int(number)) if moment and number.isdecimal() and len(number) < 19 else None


def _months(lines: list[record.TimelineLine], asked: Asked) -> list[Month]:
    """A month that the page before began goes on under a title that says so."""
    going_on = month(asked.before[0]) if asked.before else None
    return [
        Month(title=f"{title} (suite)" if title == going_on else title, anchor=f"m{group[0].id}", lines=group)
        for title, group in ((title, tuple(group)) for title, group in groupby(lines, key=lambda line: month(line.at)))
    ]


def _kinds(counts: dict[str, int], asked: Asked) -> list[tuple[str, int]]:
    known = [(kind, counts.get(kind, 0)) for kind in labels.KINDS if counts.get(kind) or kind in asked.kinds]
    return known if len(known) > 1 or asked.kinds else []
