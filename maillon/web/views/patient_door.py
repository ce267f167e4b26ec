"""The team's side of the patient's door: opening it, closing it, reading and answering what came through it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.conversations import api as conversations
from maillon.exchange import api as exchange
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.door_messages import number_of
from maillon.web.views.record import record_page

FIELDS = ("courriel", "telephone", "preuve", "prenom", "nom", "naissance", "lien")


@opens_record("read", resource="messages")
def exchanges(request: PersonRequest, access: Access) -> HttpResponse:
    return _exchanges(request, access)


@opens_record("update", resource="messages", method="POST")
def answer(request: PersonRequest, access: Access) -> HttpResponse:
    text, visitor = request.POST.get("texte", ""), request.POST.get("visiteur", "")
    try:
        number = int(visitor) if visitor.isdecimal() and len(visitor) < 18 else 0
        conversations.answer(access, text, visitor_id=number, number=number_of(request))
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _exchanges(request, access, status=422, error=refusal.message, typed=text, answered=number)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/echanges?fait")


@opens_record("read", resource="patient_door")
def door_page(request: PersonRequest, access: Access) -> HttpResponse:
    return _door(request, access)


@opens_record("update", resource="patient_door", method="POST")
def change_door(request: PersonRequest, access: Access) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:300] for name in FIELDS}
    gesture = request.POST.get("geste", "")
    try:
        code = _changed(access, gesture, typed)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _door(request, access, status=422, error=refusal.message, gesture=gesture, typed=typed)
    return _door(request, access, gesture=gesture, first_code=code, is_done=True)


def _changed(access: Access, gesture: str, typed: dict[str, str]) -> str:
    """The code to print and hand over, when there is one."""
    if gesture == "fermer":
        access_room.visitors.close_door(access)
        return ""
    if gesture == "representant":
        person = access_room.visitors.Person(
            family_name=typed["nom"], given_name=typed["prenom"], email=typed["courriel"], phone=typed["telephone"],
            birth_date=patients.typed_date(typed["naissance"]) if typed["naissance"].strip() else None,
        )  # fmt: skip
        invited = access_room.visitors.invite_representative(
            access, person, kind=typed["lien"], evidence=typed["preuve"]
        )
        return invited.first_code
    return access_room.visitors.invite(
        access, email=typed["courriel"], phone=typed["telephone"], identity_proof=typed["preuve"]
    ).first_code


def _exchanges(request: PersonRequest, access: Access, *, status: int = 200, **said: Any) -> HttpResponse:
    lines = conversations.thread(access)
    conversations.note_read(access)
    threads: dict[int, list[conversations.MessageLine]] = {}
    for line in lines:
        threads.setdefault(line.visitor_id, []).append(line)
    shown: dict[str, Any] = {"error": "", "typed": "", "answered": 0, "is_sent": "fait" in request.GET} | said
    return record_page(
        request, access, "record/exchanges.html", status=status, tab="echanges", threads=threads, number=uuid4(),
        may_answer=access.scope == "whole", **shown,
    )  # fmt: skip


def _door(request: PersonRequest, access: Access, *, status: int = 200, **said: Any) -> HttpResponse:
    door = access_room.visitors.door_of(access)
    known = {"courriel": door.email, "telephone": door.phone} if door else {}
    typed = said.pop("typed", dict.fromkeys(FIELDS, "") | known)
    shown: dict[str, Any] = {"error": "", "gesture": "", "first_code": "", "is_done": False} | said
    return record_page(
        request, access, "record/patient_door.html", status=status, tab="echanges",
        door=door, typed=typed, delegations=access_room.visitors.delegations(access),
        plugged=exchange.carrying.plugged(), may_open=access_room.abilities(access).open_door, **shown,
    )  # fmt: skip
