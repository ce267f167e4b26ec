"""« Ce qui a frotté »: what the platform noticed by itself, for the coordinator and the digital referent."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.noticed import api as noticed
from maillon.terminology import api as terminology
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.wording import month_of

DAYS: Final = 30


@signed_in()
def counts(request: PersonRequest) -> HttpResponse:
    if not irritants.may_triage(request.actor):
        raise access_room.AccessDenied
    counted = _counted(request)
    return page(
        request, "noticed/counts.html", rubbing=noticed.of_day(request.actor), codes=_codes(counted), days=DAYS,
        structured=documents.measures.structured(request.actor),
        on_the_day=documents.measures.on_the_day(request.actor), month_of=month_of, percent=percent,
        type_label=type_label, on_paper=sum(each.on_paper for each in counted.values()),
    )  # fmt: skip


@signed_in("POST")
def seen(request: PersonRequest, *, notice: UUID) -> HttpResponse:
    noticed.note_seen(request.actor, notice)
    return HttpResponseRedirect("/journee")


def percent(rate: float | None) -> str:
    """Rounded down: « 100 % » is said of all, and of nothing less."""
    if rate is None:
        return "–"
    return f"{math.floor(rate * 1000 + 1e-9) / 10:.1f}".replace(".", ",").removesuffix(",0") + "\u202f%"


def type_label(code: str) -> str:
    return terminology.document_type_label(code) or code


def _counted(request: PersonRequest) -> dict[str, noticed.CodeCount]:
    return noticed.counted(request.actor, since=clock.now() - dt.timedelta(days=DAYS))


def _codes(found: dict[str, noticed.CodeCount]) -> list[tuple[str, str, int, int]]:
    """The eleven, in their order, with what they are called in the grid of irritants."""
    grid = irritants.grid()
    return [
        (code, criterion.dire if criterion else code, found[code].number if code in found else 0,
         found[code].open if code in found else 0)
        for code in noticed.CODES
        for criterion in (grid.criterion(code),)
    ]  # fmt: skip
