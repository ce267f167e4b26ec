"""The identity of one patient: its status and traits, what INSi answered, and what is decided of it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.tasks import api as tasks
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.national import shown
from maillon.web.views.record import record_page

insi = exchange.insi
# High-trust identity documents (RNIV, volet 1). Only that one was seen is kept: neither its number nor a copy.
PIECES: Final = {
    "cni": "carte nationale d’identité", "passeport": "passeport", "titre": "titre de séjour",
    "livret": "livret de famille ou acte de naissance, avec la pièce du parent (mineur)",
}  # fmt: skip
NO_PIECE: Final = UserMessage("E-INS-15", "Indiquez quelle pièce d’identité a été présentée et contrôlée.")


@opens_record("read", resource="identity")
def identity(request: PersonRequest, access: Access) -> HttpResponse:
    return _page(request, access)


@opens_record("search", resource="identity", method="POST")
def ask_insi(request: PersonRequest, access: Access) -> HttpResponse:
    """Whatever INSi answers is kept, and nothing is changed."""
    try:
        if request.POST.get("acte") == "verifier":
            insi.verify(access)
        else:
            insi.search(access)
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/identite#insi")


@opens_record("update", resource="identity", method="POST")
def decide(request: PersonRequest, access: Access, *, call: UUID) -> HttpResponse:
    try:
        insi.decide(access, call, request.POST.get("decision", ""))
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/identite#insi")


@opens_record("update", resource="identity", method="POST")
def check_document(request: PersonRequest, access: Access) -> HttpResponse:
    """An identity document was presented and agrees: the identity is validated, or qualified when INSi gave it."""
    try:
        _check(access, request.POST.get("piece", ""))
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/identite?piece")


@transaction.atomic
def _check(access: Access, piece: str) -> None:
    if not _may_check(access):
        raise access_room.AccessDenied
    if piece not in PIECES:
        raise NO_PIECE
    reason = f"Pièce contrôlée\u202f: {PIECES[piece]}"
    if patients.identity(access).line.identity_status == patients.IdentityStatus.RETRIEVED:
        patients.qualify(access, reason=reason)
    else:
        patients.validate(access, reason=reason)


def _may_check(access: Access) -> bool:
    status = patients.identity(access).line.identity_status
    before = (patients.IdentityStatus.PROVISIONAL, patients.IdentityStatus.RETRIEVED)
    return access.actor.kind == "professional" and access.scope == "whole" and status in before


def _page(request: PersonRequest, access: Access, *, refusal: UserMessage | None = None) -> HttpResponse:
    known = patients.identity(access)
    carries = known.line.identity_status in (patients.IdentityStatus.RETRIEVED, patients.IdentityStatus.QUALIFIED)
    return record_page(
        request, access, "record/identity.html", tab="", status=422 if refusal else 200, known=None, identity=known,
        calls=insi.calls(access) if access.scope == "whole" else [], lacks=insi.may_call(access),
        is_plugged=insi.is_plugged(), is_simulated=insi.is_simulated(), carries=carries, refusal=shown(refusal),
        pieces=PIECES if _may_check(access) else {}, is_checked="piece" in request.GET,
        is_retrieved=known.line.identity_status == patients.IdentityStatus.RETRIEVED,
        waits=any(each.done_at is None for each in tasks.of_origin(access, exchange.dmp.IDENTITY_ORIGIN)),
    )  # fmt: skip
