"""Envois: what was sent by MSSanté, how far it is with each recipient, what to do when it did not arrive."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.exchange import api as exchange
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, opens_record, signed_in
from maillon.web.views.circle import shown
from maillon.web.views.record import record_page

outgoing = exchange.outgoing
# Word in the address -> what the list shows.
VIEWS = {"": "À suivre", "miens": "Mes envois", "tous": "Ma structure"}
DONE = {
    "renvoi": "Le message repart. Vous serez prévenu s’il n’arrive pas.",
    "sans-suite": "C’est noté. Personne n’a plus rien à faire pour cet envoi.",
}


@signed_in()
def sendings(request: PersonRequest) -> HttpResponse:
    asked = request.GET.get("vue", "")
    view = asked if asked in VIEWS else ""
    found = outgoing.of_actor(request.actor, only_mine=view == "miens", only_to_look_after=view == "")
    names = patients.lines({each.patient_id for each in found})
    return page(request, "sendings/list.html", sendings=found, patients=names, view=view, views=VIEWS)


@signed_in()
def count(request: PersonRequest) -> HttpResponse:
    """For the bar: nothing when there is nothing."""
    number = outgoing.count_to_look_after(request.actor)
    return HttpResponse(f'{number}<span class="spoken"> à suivre</span>' if number else "")


@opens_record("read", resource="sendings")
def of_record(request: PersonRequest, access: Access) -> HttpResponse:
    return record_page(
        request, access, "sendings/of_record.html", tab="documents", sendings=outgoing.of_record(access),
        declines=outgoing.declines_documents(access), done=DONE.get(request.GET.get("fait", ""), ""),
    )  # fmt: skip


@opens_record("read", resource="sending")
def show(request: PersonRequest, access: Access, *, sending: UUID) -> HttpResponse:
    return _show(request, access, sending)


@opens_record("send", resource="sending", method="POST")
def retry(request: PersonRequest, access: Access, *, sending: UUID) -> HttpResponse:
    try:
        outgoing.retry(access, sending, recipient=_uuid(request.POST.get("destinataire", "")))
    except UserMessage as refusal:
        return _show(request, access, sending, refusal=shown(refusal))
    return _back(access, sending, "renvoi")


@opens_record("update", resource="sending", method="POST")
def give_up(request: PersonRequest, access: Access, *, sending: UUID) -> HttpResponse:
    reason, recipient = request.POST.get("motif", ""), _uuid(request.POST.get("destinataire", ""))
    try:
        outgoing.give_up(access, sending, reason=reason, recipient=recipient)
    except UserMessage as refusal:
        return _show(request, access, sending, refusal=shown(refusal))
    return _back(access, sending, "sans-suite")


@opens_record("update", resource="sendings", method="POST")
def note_choice(request: PersonRequest, access: Access) -> HttpResponse:
    """The patient declines documents in Mon espace santé, or wants them again."""
    outgoing.note_patient_choice(access, wants_documents=request.POST.get("geste") == "accepter")
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/envois")


def _show(request: PersonRequest, access: Access, sending: UUID, *, refusal: str = "") -> HttpResponse:
    found = outgoing.one(access, sending)
    return record_page(
        request, access, "sendings/one.html", tab="documents", sending=found, refusal=refusal,
        done=DONE.get(request.GET.get("fait", ""), ""), status=422 if refusal else 200,
    )  # fmt: skip


def _back(access: Access, sending: UUID, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/envoi/{sending}?fait={done}")


def _uuid(text: str) -> UUID | None:
    """Nobody in particular for what names nobody."""
    try:
        return UUID(text)
    except ValueError:
        return None
