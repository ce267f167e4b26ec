"""Opening a record in an emergency: the form, the early closing, the letter that tells the patient."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.access.api import emergency
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, opens_record, signed_in
from maillon.web.views.record import record_page

FIELDS = ("matricule", "naissance", "nom", "prenom", "motif", "texte")


@signed_in()
def form(request: PersonRequest) -> HttpResponse:
    return _form(request, is_over="terminee" in request.GET)


@signed_in("POST")
def open_record(request: PersonRequest) -> HttpResponse:
    typed = {name: request.POST.get(name, "").strip() for name in FIELDS}
    try:
        access = emergency.break_glass(
            request.actor,
            _identity(typed),
            reason_code=typed["motif"],
            reason_text=typed["texte"],
            recent_proof=is_proven(request.actor, request.POST.get("preuve", "")),
        )
    except emergency.AlreadyOpen as known:
        return _form(request, typed=typed, refusal=known.message, record=f"/dossier/{known.patient_uuid}/chronologie")
    except UserMessage as refusal:
        return _form(request, typed=typed, refusal=refusal.message)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/chronologie")


@opens_record("close", resource="break_glass", method="POST")
def close(request: PersonRequest, access: Access) -> HttpResponse:
    emergency.close(access)
    return HttpResponseRedirect("/urgence?terminee")


@opens_record("print", resource="break_glass")
def letter(request: PersonRequest, access: Access) -> HttpResponse:
    """What the patient is told, to be printed: by whom, when, why, and what they may do about it."""
    openings = emergency.told_of(access)
    if not openings:
        raise access_room.AccessDenied
    return record_page(
        request, access, "emergency/letter.html", tab="", openings=openings, identity=patients.identity(access),
        today=clock.today(),
    )  # fmt: skip


def is_proven(actor: Actor, typed: str) -> bool:
    """The boundary with the sign-in: a session of the last minutes is a proof; else a factor of the account, counted as
    an attempt. Whoever signs in through Pro Santé Connect alone signs in again."""
    latest = clock.now() - dt.timedelta(minutes=emergency.emergency_rules().preuve_minutes)
    mine = (session for session in access_room.sessions.sessions_of(actor) if session.is_current)
    if any(session.created_at > latest for session in mine):
        return True
    if not typed:
        return False
    return access_room.factors.proves_code(actor, typed) or access_room.accounts.proves_password(actor, typed)


def _identity(typed: dict[str, str]) -> emergency.TypedIdentity:
    """The matricule alone is enough; a date that is none is said so, as everywhere."""
    return emergency.TypedIdentity(
        matricule=typed["matricule"],
        birth_date=patients.typed_date(typed["naissance"]) if typed["naissance"] else None,
        birth_family_name=typed["nom"],
        first_birth_given_name=typed["prenom"],
    )


def _form(
    request: PersonRequest,
    *,
    typed: dict[str, str] | None = None,
    refusal: str = "",
    record: str = "",
    is_over: bool = False,
) -> HttpResponse:
    if not emergency.may_ask(request.actor):
        raise emergency.MAY_NOT
    return page(
        request,
        "emergency/form.html",
        status=422 if refusal else 200,
        typed=typed or dict.fromkeys(FIELDS, ""),
        refusal=refusal,
        record=record,
        is_over=is_over,
        reasons=emergency.reasons(request.actor),
        rules=emergency.emergency_rules(),
        must_prove=not is_proven(request.actor, ""),
        open_now=emergency.mine(request.actor),
    )
