"""The patient sends: messages to the team, documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.conversations import api as conversations
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.web.door.rules import DoorRequest, visits
from maillon.web.door.session import PLACE
from maillon.web.views.door_record import door_page


@visits("read", resource="messages")
def messages(request: DoorRequest, access: Access) -> HttpResponse:
    return _messages(request, access)


@visits("update", resource="messages", method="POST")
def write(request: DoorRequest, access: Access) -> HttpResponse:
    text = request.POST.get("texte", "")
    try:
        conversations.write(access, text, number=number_of(request))
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _messages(request, access, status=422, error=refusal.message, typed=text)
    return HttpResponseRedirect(f"{PLACE}/messages?fait")


@visits("read", resource="deposit")
def deposit_page(request: DoorRequest, access: Access) -> HttpResponse:
    return _deposit(request, access)


@visits("file", resource="document", method="POST")
def deposit(request: DoorRequest, access: Access) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:200] for name in ("type", "titre")}
    sent = request.FILES.get("fichier")
    try:
        data = sent.read(conversations.MOST_BYTES + 1) if sent is not None else b""
        name = (sent.name or "") if sent is not None else ""
        paper = conversations.deposit(access, data, name=name, type_code=typed["type"], title=typed["titre"])
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _deposit(request, access, status=422, error=refusal.message, typed=typed)
    return HttpResponseRedirect(f"{PLACE}/documents/{paper}")


def number_of(request: HttpRequest) -> UUID:
    """The form's own number: sent twice, it is one message."""
    try:
        return UUID(request.POST.get("numero", ""))
    except ValueError:
        return uuid4()


def _messages(
    request: DoorRequest, access: Access, *, status: int = 200, error: str = "", typed: str = ""
) -> HttpResponse:
    lines = conversations.thread(access)
    conversations.note_read(access)
    return door_page(
        request, access, "door/messages.html", status=status, here="messages", lines=lines, error=error, typed=typed,
        number=uuid4(), is_sent="fait" in request.GET and not error,
    )  # fmt: skip


def _deposit(request: DoorRequest, access: Access, *, status: int = 200, **said: Any) -> HttpResponse:
    shown = {"error": "", "typed": {"type": "", "titre": ""}} | said
    return door_page(
        request, access, "door/deposit.html", status=status, here="deposer", types=conversations.TYPES, **shown
    )


def _pass_denials(refusal: UserMessage) -> None:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal
