"""What rubs behind the patient's door: said to the team that follows them, without saying who."""

from __future__ import annotations

from typing import Final
from uuid import uuid4, uuid5

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.irritants import api as irritants
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.web import jinja
from maillon.web.door.rules import DoorRequest, visits
from maillon.web.door.session import PLACE
from maillon.web.typed import typed_number
from maillon.web.views.door_messages import number_of
from maillon.web.views.door_record import door_page
from maillon.web.wording import browser

# In the patient's words, by the degree of content/grilles/irritants.yaml.
DEGREES: Final = (
    (1, "Cela m’a gêné, mais j’y suis arrivé"),
    (2, "J’ai dû faire autrement\u202f: téléphone, papier"),
    (3, "Je n’ai pas pu faire ce que je voulais"),
)
NOBODY: Final = UserMessage(
    "E-IRR-07",
    "Aucun médecin traitant n’est connu ici pour recevoir cette remarque. Écrivez un message à votre équipe.",
)


@visits("read", resource="irritant")
def irritant_page(request: DoorRequest, access: Access) -> HttpResponse:
    return _form(request, access)


@visits("update", resource="irritant", method="POST")
def say(request: DoorRequest, access: Access) -> HttpResponse:
    try:
        text = _nameless(request, access)
        # A form that was gone back to, with other words, says another thing.
        number = uuid5(number_of(request), f"{request.POST.get('gravite', '')}/{text}")
        irritants.reporting.find(
            irritants.Finding(
                structure_id=_team(access), source=irritants.Source.PATIENT, origin=f"patient:{number}",
                by="Un patient", role="Patient",
                said=irritants.Report(
                    code=irritants.UNKNOWN, text=text, minutes_lost=0,
                    severity=typed_number(request.POST.get("gravite", "")), place="Espace du patient",
                    browser=browser(request.headers.get("User-Agent", "")), software=jinja.VERSION,
                ),
            )
        )  # fmt: skip
    except UserMessage as refusal:
        return _form(request, access, status=422, error=refusal.message)
    return HttpResponseRedirect(f"{PLACE}/signaler?fait")


def _team(access: Access) -> StructureId:
    """Where the treating physician works."""
    treating = access_room.team.treating_physician(access)
    number = ProfessionalId(treating.professional_id or 0) if treating else ProfessionalId(0)
    found = professionals.people([number]).get(number)
    if found is None or found.structure_id is None:
        raise NOBODY
    return found.structure_id


def _nameless(request: DoorRequest, access: Access) -> str:
    """People sign what they write: their name, and those of the record, do not enter."""
    return irritants.naming.without_people(request.POST.get("texte", ""), access_room.visitors.names_at_door(access))


def _form(request: DoorRequest, access: Access, *, status: int = 200, error: str = "") -> HttpResponse:
    return door_page(
        request, access, "door/irritant.html", status=status, here="signaler", degrees=DEGREES, error=error,
        is_sent="fait" in request.GET, typed=request.POST, number=request.POST.get("numero") or uuid4(),
    )  # fmt: skip
