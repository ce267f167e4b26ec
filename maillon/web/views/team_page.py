"""My team: who works here, who is absent and replaced, who arrives, who leaves."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.kernel.key import ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.views.circle import chosen, shown

staff = access_room.team.staff
DONE = {
    "absence": "L’absence est notée.",
    "fin": "L’absence a pris fin. Elle reste dans l’historique.",
    "arrivee": "L’arrivée est notée.",
    "depart": "Le départ est noté.",
}


@signed_in()
def team(request: PersonRequest) -> HttpResponse:
    return _team(request)


@signed_in("POST")
def note_absence(request: PersonRequest) -> HttpResponse:
    said = request.POST
    try:
        staff.start_replacement(
            request.actor,
            replaced_id=chosen(said.get("absent", ""))[0] or ProfessionalId(0),
            replacing_id=_replacing(said.get("remplacant", ""), said.get("rpps", "")),
            start=patients.typed_date(said.get("du", "")),
            end=patients.typed_date(said.get("au", "")),
            reason=said.get("motif", ""),
        )
    except UserMessage as refusal:
        return _team(request, refusal=shown(refusal), of="absence")
    return HttpResponseRedirect("/equipe?fait=absence")


@signed_in("POST")
def end_absence(request: PersonRequest, *, replacement: int) -> HttpResponse:
    staff.end_replacement(request.actor, replacement)
    return HttpResponseRedirect("/equipe?fait=fin")


@signed_in("POST")
def note_arrival(request: PersonRequest) -> HttpResponse:
    try:
        line = professionals.by_national_id(_national(request.POST.get("rpps", "")))
        start = patients.typed_date(request.POST.get("du", ""))
        staff.arrive(request.actor, line.id if line else ProfessionalId(0), start=start)
    except UserMessage as refusal:
        return _team(request, refusal=shown(refusal), of="arrivee")
    return HttpResponseRedirect("/equipe?fait=arrivee")


@signed_in("POST")
def note_departure(request: PersonRequest, *, professional: int) -> HttpResponse:
    try:
        staff.leave(request.actor, ProfessionalId(professional), end=patients.typed_date(request.POST.get("au", "")))
    except UserMessage as refusal:
        return _team(request, refusal=shown(refusal), of=f"depart-{professional}")
    return HttpResponseRedirect("/equipe?fait=depart")


def _team(request: PersonRequest, *, refusal: str = "", of: str = "") -> HttpResponse:
    actor = request.actor
    people, lines = staff.colleagues_of(actor), staff.replacements(actor)
    return page(
        request, "circle/team.html", status=422 if refusal else 200, people=people,
        decided=[each for each in people if staff.may_decide_for(actor, each.id)],
        standing=[each for each in lines if each.is_current or each.is_to_come],
        past=[each for each in lines if not (each.is_current or each.is_to_come)],
        may_welcome=actor.is_administrator, done=DONE.get(request.GET.get("fait", ""), ""), refusal=refusal,
        refused=of, said=request.POST,
    )  # fmt: skip


def _replacing(value: str, rpps: str) -> ProfessionalId | None:
    """Somebody of the structure, or somebody known by their number; nobody when neither is given."""
    if not rpps.strip():
        return chosen(value)[0]
    line = professionals.by_national_id(_national(rpps))
    if line is None:
        raise UserMessage("E-ACC-48", "Aucun professionnel ne porte ce numéro RPPS.")
    return line.id


def _national(rpps: str) -> str:
    """« 8 » + RPPS."""
    digits = "".join(rpps.split())
    return f"8{digits}" if len(digits) == 11 else digits
