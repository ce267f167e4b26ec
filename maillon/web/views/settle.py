"""À régler: documents that found no patient alone. One screen per case, one decision, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.formats import media
from maillon.formats.document import PatientTraits
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.portability import api as portability
from maillon.web.files import as_download, in_place, is_picture
from maillon.web.identity import Difference, differences, said
from maillon.web.jinja import page
from maillon.web.preview import preview
from maillon.web.rules import PersonRequest, may_administer, signed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    line: patients.PatientLine
    traits: list[Difference]
    is_searched: bool = False

    @property
    def differing(self) -> int:
        return sum(trait.differs for trait in self.traits)


@signed_in()
def cases(request: PersonRequest) -> HttpResponse:
    in_charge = portability.departures.is_in_charge(request.actor)
    arrivals = portability.settling.number(request.actor) if in_charge else None
    return page(
        request, "settle/list.html", cases=exchange.to_settle(request.actor), arrivals=arrivals,
        may_see_refused=access_room.rule.administers(request.actor),
    )  # fmt: skip


@signed_in()
def count(request: PersonRequest) -> HttpResponse:
    """What the top bar shows beside « À régler »: nothing when there is nothing."""
    number = exchange.count_to_settle(request.actor)
    return HttpResponse(f'{number}<span class="spoken"> en attente</span>' if number else "")


@signed_in()
def case(request: PersonRequest, *, received: UUID) -> HttpResponse:
    return _case(request, _found(request, received))


@signed_in("POST")
def search_for(request: PersonRequest, *, received: UUID) -> HttpResponse:
    """Another patient than those proposed, set beside what the document says."""
    typed = request.POST.get("q", "").strip()[:100]
    try:
        others = access_room.search_patients(request.actor, typed, limit=3) if typed else []
    except UserMessage as refusal:
        return _case(request, _found(request, received), typed=typed, refusal=refusal.message, status=422)
    return _case(request, _found(request, received), typed=typed, others=others)


@signed_in("POST")
def attach(request: PersonRequest, *, received: UUID) -> HttpResponse:
    reason = request.POST.get("motif", "").strip() or "Traits vérifiés"
    try:
        exchange.settle_to(request.actor, received, patient_uuid=_uuid(request.POST.get("patient", "")), reason=reason)
    except UserMessage as refusal:
        return _again(request, received, refusal)
    return HttpResponseRedirect("/a-regler")


@signed_in("POST")
def create(request: PersonRequest, *, received: UUID) -> HttpResponse:
    reason = request.POST.get("motif", "").strip() or "Aucun patient connu ne porte ces traits"
    try:
        exchange.settle_new(request.actor, received, reason=reason)
    except UserMessage as refusal:
        return _again(request, received, refusal)
    return HttpResponseRedirect("/a-regler")


@signed_in("POST")
def discard(request: PersonRequest, *, received: UUID) -> HttpResponse:
    try:
        exchange.discard(request.actor, received, reason=request.POST.get("motif", ""))
    except UserMessage as refusal:
        return _again(request, received, refusal)
    return HttpResponseRedirect("/a-regler")


@signed_in()
def original(request: PersonRequest, *, received: UUID) -> HttpResponse:
    file = _file(_found(request, received).name, exchange.original_of(request.actor, received))
    return as_download(file) if "telecharger" in request.GET else in_place(file)


@signed_in()
def piece(request: PersonRequest, *, received: UUID, index: int) -> HttpResponse:
    name = _found(request, received).name
    found = preview(exchange.original_of(request.actor, received), name)
    if found.document is None or index >= len(found.document.attachments):
        raise access_room.AccessDenied
    attachment = found.document.attachments[index]
    return in_place(_file(attachment.title or "", attachment.data))


@signed_in()
def refused(request: PersonRequest) -> HttpResponse:
    may_administer(request)
    return page(request, "settle/refused.html", lines=exchange.refused(request.actor))


@signed_in()
def refused_original(request: PersonRequest, *, received: UUID) -> HttpResponse:
    may_administer(request)
    data = exchange.original_of(request.actor, received)
    # Hostile perhaps: bytes under a name that no program opens by itself.
    return as_download(documents.Original(data=data, media_type="application/octet-stream", file_name="refuse.bin"))


def _found(request: PersonRequest, received: UUID) -> exchange.ToSettle:
    found = next((each for each in exchange.to_settle(request.actor) if each.uuid == received), None)
    if found is None:
        raise access_room.AccessDenied
    return found


def _case(
    request: PersonRequest,
    found: exchange.ToSettle,
    *,
    typed: str = "",
    others: list[patients.PatientLine] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    traits = found.traits or PatientTraits()
    known = {line.id for line in found.candidates}
    candidates = [Candidate(line=line, traits=differences(traits, line)) for line in found.candidates]
    candidates += [
        Candidate(line=line, traits=differences(traits, line), is_searched=True)
        for line in others or []
        if line.id not in known
    ]
    shown = preview(exchange.original_of(request.actor, found.uuid), found.name)
    return page(
        request, "settle/case.html", status=status, case=found, candidates=candidates, preview=shown, typed=typed,
        has_searched=others is not None, refusal=refusal, said=said(traits), is_picture=is_picture(shown.media_type),
    )  # fmt: skip


def _again(request: PersonRequest, received: UUID, refusal: UserMessage) -> HttpResponse:
    """Back to the case with the refusal; a case that is no longer there says so on its own page."""
    found = next((each for each in exchange.to_settle(request.actor) if each.uuid == received), None)
    if found is None:
        raise refusal
    return _case(request, found, refusal=refusal.message, status=422)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise access_room.AccessDenied from None


def _file(name: str, data: bytes) -> documents.Original:
    media_type = media.sniff(data, name)
    return documents.Original(
        data=data, media_type=media_type, file_name=f"document.{media.EXTENSIONS.get(media_type, 'bin')}"
    )
