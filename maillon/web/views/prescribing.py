"""The aid to prescription: its cards beside a letter, the reason for passing one over, and where it is turned on."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.prescribing import api as prescribing
from maillon.web import prescription
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, is_htmx, opens_record, signed_in
from maillon.writing import api as writing


@opens_record("read", resource="guidance")
def cards(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    """What is saved of the draft, checked again: the part of the page that changes."""
    return _cards(request, access, writing.read(access, draft))


@opens_record("update", resource="guidance", method="POST")
def pass_over(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    said, view, refusal = request.POST, writing.read(access, draft), ""
    try:
        aid = prescription.aid_of(access, view, hook="order-sign")
        if aid is None:
            raise access_room.AccessDenied
        prescribing.pass_over(
            access, aid.advice, occasion=draft, key=said.get("carte", ""), reason=said.get("raison", ""),
            comment=said.get("precisions", ""),
        )  # fmt: skip
    except UserMessage as refused:
        if isinstance(refused, access_room.AccessDenied):
            raise
        refusal = refused.message
    if is_htmx(request) or refusal:
        return _cards(request, access, view, refusal=refusal, refused=said.get("carte", ""))
    is_signing = said.get("ou") == "apercu"
    return HttpResponseRedirect(f"{_place(access, draft)}{'/apercu' if is_signing else ''}#aide")


def _cards(
    request: PersonRequest, access: Access, view: writing.DraftView, *, refusal: str = "", refused: str = ""
) -> HttpResponse:
    aid = prescription.aid_of(access, view, hook="order-select")
    if aid is None:
        raise access_room.AccessDenied
    return page(
        request, "prescribing/fragment.html", status=422 if refusal and not is_htmx(request) else 200, aid=aid,
        place=_place(access, view.uuid), refusal=refusal, refused=refused,
        where="apercu" if request.POST.get("ou") == "apercu" else "brouillon",
    )  # fmt: skip


@signed_in()
def desk(request: PersonRequest) -> HttpResponse:
    return _desk(request)


@signed_in("POST")
def turn(request: PersonRequest) -> HttpResponse:
    prescribing.activation.turn(request.actor, on=request.POST.get("reglage") == "allumee")
    return HttpResponseRedirect("/aide-a-la-prescription?change")


def _desk(request: PersonRequest) -> HttpResponse:
    actor, known = request.actor, prescribing.knowledge()
    return page(
        request, "prescribing/desk.html", state=prescribing.activation.state(actor.structure_id), base=known.base,
        may_decide=prescribing.activation.may_decide(actor), counts=known.counts(),
        freshness=known.freshness(clock.today()), release=prescribing.products.release(),
        is_changed="change" in request.GET,
    )  # fmt: skip


def _place(access: Access, draft: UUID) -> str:
    return f"/dossier/{access.patient_uuid}/brouillon/{draft}"
