"""Coming in by the patient's door, choosing a record, leaving."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.web.door import session
from maillon.web.door.rules import DoorRequest, half_way, inside
from maillon.web.door.session import PLACE
from maillon.web.jinja import page
from maillon.web.rules import public

door = access_room.visitors.patient_door


@public()
def knock_page(request: HttpRequest) -> HttpResponse:
    if getattr(request, "visiting", None) is not None:
        return HttpResponseRedirect(PLACE)
    return _entrance(request, "door/knock.html", was_closed="fermee" in request.GET)


@public("POST")
def knock(request: HttpRequest) -> HttpResponse:
    """One page for whoever knocks: only its form depends on what was typed, never on who is known."""
    contact, typed = request.POST.get("contact", "")[:254], request.POST.get("naissance", "")[:30]
    if not contact.strip() or not typed.strip():
        refusal = "Indiquez votre courriel ou votre téléphone portable, et votre date de naissance."
        return _entrance(request, "door/knock.html", status=422, error=refusal, contact=contact, typed=typed)
    handle = door.knock(contact, _birth_date(typed), address=session.address_of(request))
    return _entrance(request, "door/sent.html", is_mail="@" in contact, handle=handle)


@public("POST")
def enter_by_code(request: HttpRequest) -> HttpResponse:
    try:
        token = door.enter_by_code(
            _handle(request), request.POST.get("code", ""), user_agent=request.headers.get("User-Agent", "")
        )
    except UserMessage as refusal:
        return _entrance(
            request, "door/sent.html", status=422, is_mail=False, handle=_handle(request), error=refusal.message
        )
    return _half_way_in(request, token)


@public()
def link_page(request: HttpRequest, *, secret: str) -> HttpResponse:
    """Nothing is used by reading: the scanners of mail open every link."""
    return _entrance(request, "door/link.html", secret=secret)


@public("POST")
def enter_by_link(request: HttpRequest, *, secret: str) -> HttpResponse:
    try:
        token = door.enter_by_link(secret, user_agent=request.headers.get("User-Agent", ""))
    except UserMessage as refusal:
        return _entrance(request, "door/knock.html", status=422, error=refusal.message)
    return _half_way_in(request, token)


@half_way()
def second_page(request: DoorRequest) -> HttpResponse:
    return HttpResponseRedirect(PLACE) if request.visiting.is_in else _second(request)


@half_way("POST")
def second(request: DoorRequest) -> HttpResponse:
    if request.visiting.is_in:
        return HttpResponseRedirect(PLACE)
    try:
        token = _proven(request, door.next_step(request.visiting))
    except UserMessage as refusal:
        return _second(request, status=422, error=refusal.message)
    return session.remember(HttpResponseRedirect(PLACE), token)


@half_way("POST")
def send_again(request: DoorRequest) -> HttpResponse:
    is_sent = door.send_code(request.visiting, address=session.address_of(request)) is not None
    if is_sent:
        return _second(request, notice="Un nouveau code vient de partir. Seul le dernier est bon.")
    return _second(request, status=422, error="Trop de codes ont été demandés. Attendez un quart d’heure.")


@inside()
def records_page(request: DoorRequest) -> HttpResponse:
    found = access_room.visitors.records_of(request.visiting.actor)
    return page(request, "door/records.html", visiting=request.visiting, here="dossiers", records=found)


@inside("POST")
def choose_record(request: DoorRequest) -> HttpResponse:
    chosen = request.POST.get("dossier", "")
    if chosen.isdecimal() and len(chosen) < 18:
        door.put_on_screen(request.visiting, int(chosen))
    return HttpResponseRedirect(PLACE)


# As for professionals: no token, so that the page of what does not exist is the same at each request.
@half_way("POST", csrf_exempt=True)
def leave(request: DoorRequest) -> HttpResponse:
    door.leave(session.token_of(request) or "")
    return session.forget(HttpResponseRedirect(f"{PLACE}/connexion"))


@half_way()
def presence(request: DoorRequest) -> HttpResponse:
    """Somebody is typing: the session stays open."""
    return HttpResponse(status=204)


def _half_way_in(request: HttpRequest, token: str) -> HttpResponse:
    visiting = door.visiting_of(token)
    assert visiting is not None
    door.send_code(visiting, address=session.address_of(request))
    return session.remember(HttpResponseRedirect(f"{PLACE}/verification"), token)


def _proven(request: DoorRequest, step: str) -> str:
    posted = request.POST
    if step == "phrase":
        return door.prove_by_phrase(request.visiting, posted.get("phrase", ""))
    if step == "premier_code":
        return door.choose_phrase(request.visiting, posted.get("code", ""), posted.get("phrase", ""))
    return door.prove_by_code(request.visiting, posted.get("code", ""))


def _second(request: DoorRequest, *, status: int = 200, **said: Any) -> HttpResponse:
    return _entrance(request, "door/second.html", status=status, step=door.next_step(request.visiting), **said)


def _entrance(request: HttpRequest, template: str, *, status: int = 200, **said: Any) -> HttpResponse:
    shown: dict[str, Any] = {"error": "", "notice": "", "contact": "", "typed": "", "was_closed": False}
    carried = exchange.carrying.plugged()
    is_simulated = "téléphone de démonstration" in carried.values()
    return page(request, template, status=status, visiting=None, here="", is_simulated=is_simulated, **(shown | said))


def _birth_date(typed: str) -> dt.date | None:
    """What is no date is nobody's birth date; it is answered like any other."""
    try:
        return patients.typed_date(typed)
    except UserMessage:
        return None


def _handle(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("demande", ""))
    except ValueError:
        return uuid4()
