"""Looking for a patient. What is typed travels in the body, never in an address: histories and logs keep those."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from django.http import HttpResponse

from maillon.access import api as access_room
from maillon.formats import datamatrix
from maillon.formats.wording import counted
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.views import scan

MOST = 20
SHORTEST = 2
NO_DATE: Final = "Cette date n’existe pas\u202f: tapez-la par exemple 01021950 ou 01/02/1950."
_LIKE_A_DATE: Final = re.compile(r"(\d\d)[/.\- ]?(\d\d)[/.\- ]?(\d{4})")


@signed_in()
def search_page(request: PersonRequest) -> HttpResponse:
    return _found(request, typed="", found=[])


# Reads only; and another site cannot make the browser send the SameSite=Lax cookie along a form.
@signed_in("POST", csrf_exempt=True)
def search(request: PersonRequest) -> HttpResponse:
    if datamatrix.is_scan(request.POST.get("q", "")):
        return scan.of_text(request, request.POST["q"])
    typed = request.POST.get("q", "").strip()[:100]
    if len(typed) < SHORTEST:
        return _found(request, typed="", found=[])
    try:
        found = access_room.search_patients(request.actor, typed, limit=MOST)
    except UserMessage as refusal:
        return _found(request, typed=typed, found=[], refusal=refusal.message)
    return _found(request, typed=typed, found=found, refusal="" if found or _may_be(typed) else NO_DATE)


def _found(request: PersonRequest, *, typed: str, found: list[patients.PatientLine], refusal: str = "") -> HttpResponse:
    return page(
        request,
        "patients.html",
        typed=typed,
        found=found,
        refusal=refusal,
        most=MOST,
        has_homonyms=any(line.is_homonym for line in found) or _look_alike(found),
        announce=refusal or (counted(len(found), "patient trouvé", "patients trouvés") if typed else ""),
    )


def _may_be(typed: str) -> bool:
    """False only for what is written as a date and is none, such as 45/13/1950."""
    found = _LIKE_A_DATE.fullmatch(typed)
    try:
        return found is None or bool(dt.date(int(found[3]), int(found[2]), int(found[1])))
    except ValueError:
        return False


def _look_alike(found: list[patients.PatientLine]) -> bool:
    names = [(line.birth_family_name, line.first_birth_given_name) for line in found]
    return len(set(names)) < len(names)
