"""The address book (Annuaire Santé, mirrored), and who reads or sends in place of whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.exchange import api as exchange
from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.views.circle import chosen, shown

MOST_TO_TICK: Final = 12
directory, boxes = exchange.directory, exchange.outgoing.boxes


@signed_in()
def book(request: PersonRequest) -> HttpResponse:
    return _book(request)


@signed_in("POST")
def add(request: PersonRequest) -> HttpResponse:
    said = request.POST
    try:
        line = directory.note_by_hand(
            request.actor, address=said.get("adresse", ""), name=said.get("nom", ""),
            profession_code=said.get("metier", ""), place=said.get("lieu", ""), city=said.get("ville", ""),
        )  # fmt: skip
    except UserMessage as refusal:
        return _book(request, refusal=refusal.message)
    return _shown(request, found=[line], typed=line.address, added=True)


@signed_in()
def delegations(request: PersonRequest) -> HttpResponse:
    return _delegations(request)


@signed_in("POST")
def delegate(request: PersonRequest) -> HttpResponse:
    said = request.POST
    try:
        boxes.delegate(
            request.actor, address=said.get("boite", ""),
            delegate_id=chosen(said.get("qui", ""))[0] or ProfessionalId(0),
            may_read=bool(said.get("lire")), may_send=bool(said.get("envoyer")),
            start=patients.typed_date(said.get("du", "")) if said.get("du", "").strip() else clock.today(),
            end=patients.typed_date(said.get("au", "")) if said.get("au", "").strip() else None,
        )  # fmt: skip
    except UserMessage as refusal:
        return _delegations(request, refusal=shown(refusal))
    return HttpResponseRedirect("/reglages/delegations?fait=1")


@signed_in("POST")
def end_delegation(request: PersonRequest, *, given: UUID) -> HttpResponse:
    try:
        boxes.end_delegation(request.actor, given)
    except UserMessage as refusal:
        return _delegations(request, refusal=shown(refusal))
    return HttpResponseRedirect("/reglages/delegations?fin=1")


def _book(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    typed, place, job = (request.GET.get(name, "") for name in ("q", "ou", "metier"))
    asked, found = "", None
    if typed.strip() and not refusal:
        try:
            found = directory.search(typed, place=place, profession_code=job)
        except UserMessage as too_short:
            asked = too_short.message
    if "choisir" in request.GET:
        return _to_tick(request, found=found, asked=asked)
    return _shown(request, found=found, typed=typed, place=place, job=job, asked=asked, refusal=refusal)


def _to_tick(
    request: PersonRequest, *, found: list[exchange.directory.DirectoryLine] | None, asked: str
) -> HttpResponse:
    """The fragment of a form that sends: those ticked before stay, then whoever has a mailbox among those found."""
    kept = ticked(request.GET.getlist("adresse"))
    known = {each.address for each in kept}
    others = [each for each in found or [] if each.address and each.address not in known]
    return page(
        request, "sendings/choices.html", kept=kept, found=others[:MOST_TO_TICK], asked=asked,
        is_empty=found is not None and not others, more=max(0, len(others) - MOST_TO_TICK),
    )  # fmt: skip


def ticked(addresses: Iterable[str]) -> list[exchange.directory.DirectoryLine]:
    """As the address book knows them; an address that it does not know is left out."""
    lines = (directory.by_address(each) for each in dict.fromkeys(addresses))
    return [line for line in lines if line is not None]


def _shown(
    request: PersonRequest, *, found: list[exchange.directory.DirectoryLine] | None, typed: str, place: str = "",
    job: str = "", asked: str = "", refusal: str = "", added: bool = False,
) -> HttpResponse:  # fmt: skip
    return page(
        request, "sendings/book.html", status=422 if refusal else 200, found=found, typed=typed, place=place, job=job,
        asked=asked, refusal=refusal, added=added, said=request.POST, state=directory.status(),
        professions=professionals.PROFESSIONS,
    )  # fmt: skip


def _delegations(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    actor = request.actor
    own = boxes.to_give(actor)
    people = [
        each
        for structure in actor.structure_ids for each in professionals.active_members(structure)
        if each.id != actor.professional_id
    ] if own else []  # fmt: skip
    done = "La délégation est notée." if "fait" in request.GET else ""
    done = "La délégation a pris fin. Elle reste dans l’historique." if "fin" in request.GET else done
    return page(
        request, "sendings/delegations.html", status=422 if refusal else 200, lines=boxes.given(actor), own=own,
        people=people, refusal=refusal, said=request.POST, done=done, open_to=boxes.may_send_from(actor),
    )  # fmt: skip
