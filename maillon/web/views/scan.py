"""The INS datamatrix of a paper: a keyboard reader types it in any search box, a telephone photographs it.

It leads to the record, or to a choice. It is a means of collection, never a verification (RNIV): a patient created from
it is provisional.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.formats import datamatrix
from maillon.formats.document import PatientTraits
from maillon.formats.refusal import Refused
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.web.identity import Difference, differences, said
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, is_htmx, signed_in

EVIDENCE = "datamatrix INS lu sur un document présenté"
NOTHING = "Choisissez ou prenez une photo du datamatrix, ou lisez-le avec une douchette."


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    line: patients.PatientLine
    traits: list[Difference]

    @property
    def differing(self) -> int:
        return sum(trait.differs for trait in self.traits)


@signed_in()
def scan_page(request: PersonRequest) -> HttpResponse:
    return _page(request)


@signed_in("POST")
def scan(request: PersonRequest) -> HttpResponse:
    """A photograph, or what a reader typed."""
    sent, typed = request.FILES.get("photo"), request.POST.get("lu", "")
    try:
        if sent is not None:
            return _found(request, datamatrix.read_picture(sent.read(datamatrix.MAX_PICTURE_BYTES + 1)))
        if not typed.strip():
            return _page(request, refusal=NOTHING)
        return _found(request, datamatrix.read_scan(typed))
    except Refused as refusal:
        return _page(request, refusal=refusal.message, code=refusal.code)


def of_text(request: PersonRequest, typed: str) -> HttpResponse:
    """From the search box: never looked for as a name. While the reader is still typing, nothing is answered."""
    try:
        return _found(request, datamatrix.read_scan(typed))
    except Refused as refusal:
        if is_htmx(request):
            return HttpResponse(status=204)
        return _page(request, refusal=refusal.message, code=refusal.code)


@signed_in("POST")
def create(request: PersonRequest) -> HttpResponse:
    """From the code itself, read again: traits are never taken from a form."""
    try:
        traits = datamatrix.read_scan(request.POST.get("lu", ""))
        patient = access_room.newcomers.take_in(request.actor, traits, evidence=EVIDENCE)
    except Refused as refusal:
        return _page(request, refusal=refusal.message, code=refusal.code)
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, refusal=refusal.message, code=refusal.code)
    return HttpResponseRedirect(_record(patient))


def _found(request: PersonRequest, traits: PatientTraits) -> HttpResponse:
    lines = access_room.newcomers.alike(request.actor, traits)
    sure = [line for line in lines if line.ins == traits.ins and not access_room.newcomers.differs(line, traits)]
    if len(lines) == 1 and sure:
        return _go(request, _record(sure[0].uuid))
    if is_htmx(request):  # a choice takes a whole page: the reader's « Entrée » brings it
        return HttpResponse(status=204)
    candidates = [Candidate(line=line, traits=differences(traits, line)) for line in lines]
    return _page(request, traits=traits, candidates=candidates)


def _go(request: PersonRequest, address: str) -> HttpResponse:
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _page(
    request: PersonRequest,
    *,
    traits: PatientTraits | None = None,
    candidates: list[Candidate] | None = None,
    refusal: str = "",
    code: str = "",
) -> HttpResponse:
    barred = access_room.newcomers.refusal(traits) if traits is not None else None
    return page(
        request, "scan.html", status=422 if refusal else 200, traits=traits, said=said(traits) if traits else [],
        candidates=candidates or [], refusal=refusal, code=code, barred=barred,
        lu=datamatrix.message(traits, identity_status=datamatrix.QUALIFIED) if traits else "",
    )  # fmt: skip


def _record(patient: object) -> str:
    return f"/dossier/{patient}/chronologie"
