"""The journal of accesses for the digital referent: searched, printed, taken out, and each week what is odd in it.

What is typed travels in the body, never in an address (see views.search). For anybody else, these pages do not exist.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.tabular import as_csv
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.web.files import as_download
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.wording import day, moment

journal = access_room.journal

DAYS_AT_FIRST: Final = 7
WITNESS_IS_LATE: Final = dt.timedelta(minutes=5)
NO_DATE: Final = "Cette date n’existe pas\u202f: tapez-la par exemple 31032026 ou 31/03/2026."
UNKNOWN: Final = "Aucun patient suivi par vos structures ne correspond."
_DATE: Final = re.compile(r"(\d\d)[/.\- ]?(\d\d)[/.\- ]?(\d{4})")
_HEADERS: Final = (
    "Date", "Heure", "Personne", "Profession", "Structure", "Geste", "Patient", "Naissance", "Motif", "Règle",
    "Décision",
)  # fmt: skip


@signed_in()
def recent(request: PersonRequest) -> HttpResponse:
    since = clock.today() - dt.timedelta(days=DAYS_AT_FIRST)
    return _shown(request, {"depuis": day(since)})


@signed_in("POST")
def search(request: PersonRequest) -> HttpResponse:
    return _shown(request, _typed(request))


@signed_in("POST")
def export(request: PersonRequest) -> HttpResponse:
    """A table for a spreadsheet, of what the form asks for."""
    typed = _typed(request)
    try:
        found = journal.export(request.actor, _asked(typed))
    except UserMessage as refusal:
        return _refused(request, typed, refusal)
    table = as_csv(_HEADERS, (_row(line, found) for line in found.lines))
    name = f"journal-des-acces-{clock.today():%Y-%m-%d}.csv"
    return as_download(documents.Original(data=table, media_type="text/csv", file_name=name))


@signed_in()
def odd(request: PersonRequest) -> HttpResponse:
    return _odd(request)


@signed_in("POST")
def settle_odd(request: PersonRequest, *, odd: int) -> HttpResponse:
    state, comment = request.POST.get("suite", ""), request.POST.get("commentaire", "")
    try:
        journal.settle(request.actor, odd, state=state, comment=comment)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _odd(request, refusal=refusal.message, refused=odd, comment=comment)
    return HttpResponseRedirect("/journal/acces-inhabituels?fait")


def _shown(request: PersonRequest, typed: dict[str, str]) -> HttpResponse:
    try:
        asked = _asked(typed)
        found = journal.search(request.actor, asked)
    except UserMessage as refusal:
        return _refused(request, typed, refusal)
    return _page(request, typed, found=found, number=asked.page, refusal=UNKNOWN if found.is_unknown else "")


def _refused(request: PersonRequest, typed: dict[str, str], refusal: UserMessage) -> HttpResponse:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal
    return _page(request, typed, found=None, number=1, refusal=refusal.message, status=422)


def _page(
    request: PersonRequest, typed: dict[str, str], *, found: Any, number: int, refusal: str, status: int = 200
) -> HttpResponse:
    proven = journal.last_exported()
    return page(
        request, "journal/search.html", status=status, typed=_EMPTY | typed, found=found, number=number,
        refusal=refusal, people=journal.people(request.actor), actions=journal.ACTIONS, proven=proven,
        is_late=proven is None or clock.now() - proven > WITNESS_IS_LATE, odd=journal.waiting(request.actor),
    )  # fmt: skip


def _odd(request: PersonRequest, *, refusal: str = "", refused: int = 0, comment: str = "") -> HttpResponse:
    return page(
        request, "journal/odd.html", status=422 if refusal else 200, lines=journal.odd_accesses(request.actor),
        refusal=refusal, refused=refused, comment=comment, is_done="fait" in request.GET,
    )  # fmt: skip


_EMPTY: Final = dict.fromkeys(("patient", "personne", "depuis", "jusqu_au", "geste", "decision"), "")


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip()[:100] for name in (*_EMPTY, "page")}


def _asked(typed: dict[str, str]) -> access_room.journal.Asked:
    number, person = typed.get("page", ""), typed.get("personne", "")
    decision = typed.get("decision", "")
    return journal.Asked(
        patient=typed.get("patient", ""),
        professional_id=int(person) if person.isdecimal() and len(person) < 18 else None,
        since=_date(typed.get("depuis", "")),
        until=_date(typed.get("jusqu_au", "")),
        action=typed.get("geste", ""),
        decision=decision if decision in ("allow", "deny") else "",
        page=int(number) if number.isdecimal() and len(number) < 6 else 1,
    )


def _date(typed: str) -> dt.date | None:
    if not typed:
        return None
    found = _DATE.fullmatch(typed)
    try:
        return dt.date(int(found[3]), int(found[2]), int(found[1])) if found else dt.date.fromisoformat(typed)
    except ValueError:
        raise UserMessage("E-JOU-03", NO_DATE) from None


def _row(line: access_room.journal.JournalLine, found: access_room.journal.Found) -> tuple[str, ...]:
    name = found.names.get(line.patient_id) if line.patient_id is not None else None
    shown = f"{name.birth_family_name} {name.first_birth_given_name}" if name else ""
    date, hour = moment(line.at).split(" à ")
    born = day(name.birth_date) if name else ""
    return (
        date, hour, line.actor, line.profession, line.structure, line.action, shown, born, line.why,
        line.ground, "refusé" if line.is_denied else "ouvert",
    )  # fmt: skip
