"""The patient decides: who belongs to their circle, whom they oppose, what they consented to, who represents them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.web.door.rules import DoorRequest, visits
from maillon.web.door.session import PLACE
from maillon.web.views.door_record import door_page

consents = access_room.consents
PORTAL: Final = "espace_patient"
CIRCLE, RELATIVES = f"{PLACE}/equipe", f"{PLACE}/proches"
NOTICES: Final = {
    "opposition": "C’est fait. Cette personne ne voit plus votre dossier, dès maintenant.",
    "opposition-tous": "C’est fait. Plus personne ne lit votre dossier, sauf chacun ce qu’il a écrit lui-même.",
    "urgence": "C’est fait. Votre dossier ne pourra plus être ouvert en urgence.",
    "retrait": "C’est fait. Votre choix précédent ne compte plus.",
    "membre": "C’est fait. Cette personne fait partie de votre équipe.",
    "fin": "C’est fait. Cette personne ne fait plus partie de votre équipe.",
    "proche": "C’est fait. Cette personne va recevoir un message pour entrer.",
    "proche-fin": "C’est fait. Cette personne n’entre plus dans ce dossier.",
}


@visits("read", resource="team")
def circle(request: DoorRequest, access: Access) -> HttpResponse:
    return _circle(request, access)


@visits("read", resource="team")
def oppose_page(request: DoorRequest, access: Access, *, person: UUID) -> HttpResponse:
    return _oppose(request, access, _known(access, person))


@visits("consent", resource="team", method="POST")
def oppose(request: DoorRequest, access: Access, *, person: UUID) -> HttpResponse:
    line, typed = _known(access, person), request.POST.get("confirmation", "")
    try:
        consents.oppose_person(access, professional_id=line.id, channel=PORTAL, confirmation=typed)
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _oppose(request, access, line, status=422, error=refusal.message, typed=typed)
    return _done(CIRCLE, "opposition")


@visits("read", resource="team")
def oppose_all_page(request: DoorRequest, access: Access) -> HttpResponse:
    return door_page(request, access, "door/oppose_all.html", here="equipe", error="", typed="")


@visits("consent", resource="team", method="POST")
def oppose_all(request: DoorRequest, access: Access) -> HttpResponse:
    typed = request.POST.get("confirmation", "")
    try:
        consents.oppose_all(access, channel=PORTAL, confirmation=typed)
    except UserMessage as refusal:
        _pass_denials(refusal)
        return door_page(
            request, access, "door/oppose_all.html", status=422, here="equipe", error=refusal.message, typed=typed
        )
    return _done(CIRCLE, "opposition-tous")


@visits("consent", resource="team", method="POST")
def refuse_emergency(request: DoorRequest, access: Access) -> HttpResponse:
    consents.refuse_emergency(access, channel=PORTAL)
    return _done(CIRCLE, "urgence")


@visits("consent", resource="team", method="POST")
def withdraw(request: DoorRequest, access: Access, *, wish: int) -> HttpResponse:
    consents.withdraw(access, wish, channel=PORTAL)
    return _done(CIRCLE, "retrait")


@visits("update", resource="team", method="POST")
def name_member(request: DoorRequest, access: Access) -> HttpResponse:
    """First the name, which lists at most a few; then the one who was meant."""
    typed = request.POST.get("nom", "").strip()[:100]
    found = professionals.find_people(typed)
    chosen = next((each for each in found if str(each.uuid) == request.POST.get("personne")), None)
    if chosen is None:
        error = "" if found else "Aucun professionnel de ce nom. Écrivez au moins les deux premières lettres."
        return _circle(request, access, status=200 if found else 422, error=error, typed=typed, found=found)
    evidence = "désigné par le patient depuis son espace"
    access_room.team.add_member(access, professional_id=chosen.id, basis=access_room.Basis.PATIENT, evidence=evidence)
    return _done(CIRCLE, "membre")


@visits("update", resource="team", method="POST")
def end_member(request: DoorRequest, access: Access, *, member: int) -> HttpResponse:
    access_room.team.end_membership(access, member, reason="retiré par le patient depuis son espace")
    return _done(CIRCLE, "fin")


@visits("read", resource="relatives")
def relatives(request: DoorRequest, access: Access) -> HttpResponse:
    return _relatives(request, access)


@visits("update", resource="relatives", method="POST")
def name_carer(request: DoorRequest, access: Access) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:254] for name in ("prenom", "nom", "naissance", "courriel", "telephone")}
    try:
        person = access_room.visitors.Person(
            family_name=typed["nom"], given_name=typed["prenom"], email=typed["courriel"], phone=typed["telephone"],
            birth_date=patients.typed_date(typed["naissance"]) if typed["naissance"].strip() else None,
        )  # fmt: skip
        invited = access_room.visitors.name_carer(access, person)
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _relatives(request, access, status=422, error=refusal.message, typed=typed)
    return _relatives(request, access, first_code=invited.first_code, notice=NOTICES["proche"])


@visits("update", resource="relatives", method="POST")
def end_delegation(request: DoorRequest, access: Access, *, delegation: int) -> HttpResponse:
    access_room.visitors.end_delegation(access, delegation)
    return _done(RELATIVES, "proche-fin")


def _circle(request: DoorRequest, access: Access, *, status: int = 200, **said: Any) -> HttpResponse:
    register = consents.register(access)
    current = [line for line in register if line.is_current]
    shown = {"error": "", "typed": "", "found": [], "notice": _notice(request)} | said
    return door_page(
        request, access, "door/circle.html", status=status, here="equipe", current=current,
        past=[line for line in register if not line.is_current], team=access_room.team.care_team(access),
        people=_uuids(access), kinds={line.kind for line in current},
        opposed={line.professional_id for line in current if line.kind == "opposition_personne"}, **shown,
    )  # fmt: skip


def _oppose(
    request: DoorRequest, access: Access, line: professionals.ProfessionalLine, *, status: int = 200, **said: Any
) -> HttpResponse:
    shown = {"error": "", "typed": ""} | said
    return door_page(
        request, access, "door/oppose.html", status=status, here="equipe", person=line,
        needs_words=consents.needs_confirmation(access, line.id), **shown,
    )  # fmt: skip


def _relatives(request: DoorRequest, access: Access, *, status: int = 200, **said: Any) -> HttpResponse:
    typed = dict.fromkeys(("prenom", "nom", "naissance", "courriel", "telephone"), "")
    shown = {"error": "", "typed": typed, "first_code": "", "notice": _notice(request)} | said
    found = access_room.visitors.delegations(access)
    return door_page(request, access, "door/relatives.html", status=status, here="proches", delegations=found, **shown)


def _known(access: Access, person: UUID) -> professionals.ProfessionalLine:
    """Among those whom this record knows: who opened it, who belongs to the circle. Anybody else does not exist."""
    found = next((each for each in _people(access).values() if each.uuid == person), None)
    if found is None:
        raise access_room.AccessDenied
    return found


def _people(access: Access) -> dict[ProfessionalId, professionals.ProfessionalLine]:
    opened = {line.professional_id for line in access_room.journal.who_opened(access, limit=1000)}
    members = {each.professional_id for each in access_room.team.care_team(access)}
    return professionals.people(ProfessionalId(each) for each in opened | members if each is not None)


def _uuids(access: Access) -> dict[ProfessionalId, UUID]:
    return {number: line.uuid for number, line in _people(access).items()}


def _notice(request: HttpRequest) -> str:
    return NOTICES.get(request.GET.get("fait", ""), "")


def _done(place: str, what: str) -> HttpResponse:
    return HttpResponseRedirect(f"{place}?fait={what}")


def _pass_denials(refusal: UserMessage) -> None:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal
