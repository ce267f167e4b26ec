"""Who may see one document: masked at the patient's word, kept until the announcement, a minor's secret, opened to one
named professional."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.documents import api as documents
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.web.rules import PersonRequest, opens_document
from maillon.web.views.circle import channels, chosen, readers, shown
from maillon.web.views.record import record_page


@opens_document("read")
def visibility_page(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    return _page(request, access, document)


@opens_document("update", method="POST")
def decide(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    act, state = request.POST.get("acte", ""), documents.visibility.state(access, document)
    try:
        _decide(access, document, act, request.POST)
    except UserMessage as refusal:
        return _page(request, access, document, refusal=shown(refusal), act=act)
    if act == "masquer" and not state.may.mask_without_proof:  # whoever masks for the patient no longer sees it either
        return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/qui-peut-voir?fait=masque")
    return HttpResponseRedirect(f"/document/{document}#visibilite")


def decisions(access: Access, document: UUID) -> dict[str, Any]:
    """What the page of a document shows of its visibility."""
    state = documents.visibility.state(access, document)
    others = readers(access) if state.may.open_to_named else []
    named = [each for each in others if each.value != f"p{access.actor.professional_id}"]
    return {"visibility": state, "channels": channels(), "named": named}


def _decide(access: Access, document: UUID, act: str, said: Any) -> None:
    reason = said.get("motif", "")
    if act == "masquer":
        documents.visibility.mask(access, document, channel=said.get("moyen", ""), proof=said.get("preuve", ""))
    elif act == "reserver":
        documents.visibility.hide_from_patient(access, document, reason=reason)
    elif act == "secret":
        documents.visibility.keep_secret(access, document, note=reason)
    elif act == "ouvrir":
        person = chosen(said.get("qui", ""))[0] or ProfessionalId(0)
        documents.visibility.open_to_named(access, document, professional_id=person, reason=reason)
    else:
        mark = act.removeprefix("lever-")
        documents.visibility.lift(access, document, int(mark) if mark.isdecimal() else 0, reason=reason)


def _page(request: PersonRequest, access: Access, document: UUID, *, refusal: str = "", act: str = "") -> HttpResponse:
    view = documents.read(access, document)
    return record_page(
        request, access, "circle/document.html", tab="", status=422 if refusal else 200, view=view, refusal=refusal,
        act=act, said=request.POST, **decisions(access, document),
    )  # fmt: skip
