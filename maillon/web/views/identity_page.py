"""The identity of one patient: its status and traits, what INSi answered, and what is decided of it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.national import shown
from maillon.web.views.record import record_page

insi = exchange.insi
# High-trust documents (RNIV): seen, with their photograph, by whoever writes it down.
PIECES: Final = ("Carte nationale d’identité", "Passeport", "Titre permanent de séjour", "Livret de famille (mineur)")
NO_PIECE: Final = UserMessage("E-INS-15", "Choisissez la pièce que la personne vous a présentée.")


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
def control(request: PersonRequest, access: Access) -> HttpResponse:
    """A high-trust document was shown: a provisional identity is validated, a retrieved one qualified (RNIV)."""
    try:
        shown = request.POST.get("piece", "")
        if shown not in PIECES:
            raise NO_PIECE
        verb = patients.qualify if _carries(access) else patients.validate
        verb(access, reason=f"Pièce présentée\u202f: {shown}")
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/identite#piece")


def _carries(access: Access) -> bool:
    return patients.identity(access).line.identity_status == patients.IdentityStatus.RETRIEVED


def _page(request: PersonRequest, access: Access, *, refusal: UserMessage | None = None) -> HttpResponse:
    known = patients.identity(access)
    carries = known.line.identity_status in (patients.IdentityStatus.RETRIEVED, patients.IdentityStatus.QUALIFIED)
    return record_page(
        request, access, "record/identity.html", tab="", status=422 if refusal else 200, known=None, identity=known,
        calls=insi.calls(access) if access.scope == "whole" else [], lacks=insi.may_call(access),
        is_plugged=insi.is_plugged(), is_simulated=insi.is_simulated(), carries=carries, refusal=shown(refusal),
        pieces=PIECES, may_control=_may_control(access, known),
    )  # fmt: skip


def _may_control(access: Access, known: patients.Identity) -> bool:
    """Nobody controls from afar, nor an identity that is doubtful, fictitious, or controlled already."""
    is_sure = known.line.identity_status in (patients.IdentityStatus.VALIDATED, patients.IdentityStatus.QUALIFIED)
    return access.scope == "whole" and not (is_sure or known.line.is_doubtful or known.line.is_fictitious)
