"""Réglages: my account, my sessions, the mailboxes of my structures, and what this installation is plugged into."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel.message import UserMessage
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A national line. No approval is claimed that we do not have: the screen says what is plugged in."""

    name: str
    purpose: str
    state: str
    is_plugged: bool


@signed_in()
def settings(request: PersonRequest) -> HttpResponse:
    return _settings(request, is_changed="change" in request.GET)


@signed_in("POST")
def change_password(request: PersonRequest) -> HttpResponse:
    new = request.POST.get("nouveau", "")
    if new != request.POST.get("encore", ""):
        return _settings(request, refusal="Les deux saisies du nouveau mot de passe ne sont pas identiques.")
    try:
        access_room.accounts.change_password(request.actor, request.POST.get("actuel", ""), new)
    except UserMessage as refusal:
        return _settings(request, refusal=refusal.message)
    return HttpResponseRedirect("/reglages?change#compte")


@signed_in("POST")
def end_session(request: PersonRequest, *, session: int) -> HttpResponse:
    access_room.sessions.revoke(request.actor, session)
    return HttpResponseRedirect("/reglages#sessions")


def adapters() -> tuple[Adapter, ...]:
    is_demo = os.environ.get("MAILLON_DEMO") == "1"
    mail = "simulateur" if is_demo else "opérateur de chaque boîte"
    is_plugged = exchange.psc.is_plugged()
    psc = ("simulateur" if is_demo else "branché") if is_plugged else "non branché"
    carried = exchange.carrying.plugged()
    dmp, insi = (_state_of(each) for each in (exchange.dmp, exchange.insi))
    return (
        Adapter(name="MSSanté", purpose="recevoir les documents", state=mail, is_plugged=True),
        Adapter(
            name="INSi", purpose="récupérer et vérifier l’INS", state=insi, is_plugged=exchange.insi.is_plugged()
        ),
        Adapter(name="Pro Santé Connect", purpose="se connecter avec sa e-CPS", state=psc, is_plugged=is_plugged),
        Adapter(name="Annuaire Santé", purpose="retrouver un professionnel", state="non branché", is_plugged=False),
        Adapter(name="DMP", purpose="consulter et déposer", state=dmp, is_plugged=exchange.dmp.is_plugged()),
        Adapter(
            name="Courriel et SMS", purpose="ouvrir l’espace patient",
            state=", ".join(dict.fromkeys(carried.values())) or "non branché", is_plugged=bool(carried),
        ),
    )  # fmt: skip


def _state_of(line: Any) -> str:
    if not line.is_plugged():
        return "non branché"
    return "simulateur" if line.is_simulated() else "branché"


def _settings(request: PersonRequest, *, refusal: str = "", is_changed: bool = False) -> HttpResponse:
    return page(
        request,
        "settings.html",
        status=422 if refusal else 200,
        standing=request.standing,
        sessions=access_room.sessions.sessions_of(request.actor),
        mailboxes=exchange.mailbox_status(request.actor),
        adapters=adapters(),
        refusal=refusal,
        is_changed=is_changed,
    )
