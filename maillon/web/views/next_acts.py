"""After the signature: what is usually done next, one click away. What cannot be done here is not drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks
from maillon.terminology import api as terminology
from maillon.web.rules import PersonRequest, opens_document
from maillon.web.views.door_messages import number_of
from maillon.web.views.record import record_page
from maillon.writing import api as writing

# What a colleague is asked; the words name nobody, since a task is read in a list.
ERRANDS: Final = {
    "lire": "Lire et dire ce qu’il en est",
    "rendez-vous": "Prendre le rendez-vous",
    "appeler": "Rappeler le patient",
    "reponse": "Guetter la réponse",
    "remettre": "Remettre le document au patient",
}
DELAYS: Final = {"0": "aujourd’hui", "1": "demain", "7": "dans une semaine", "30": "dans un mois"}
NOBODY = UserMessage(
    "E-RED-30", "Choisissez un collègue qui ouvre ce dossier\u202f: à un autre, la tâche resterait invisible."
)
NO_ERRAND = UserMessage("E-RED-31", "Choisissez ce qu’il y a à faire, et pour quand.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody of the circle, in the structure where they would do it."""

    id: ProfessionalId
    structure_id: StructureId
    name: str
    more: str
    profession_code: str


@opens_document("read")
def next_acts(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    return _page(request, access, document)


@opens_document("update", method="POST")
def entrust(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    try:
        _entrust(request, access, document)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _page(request, access, document, refusal=refusal.message)
    return HttpResponseRedirect(f"/document/{document}/suite?confie")


def _entrust(request: PersonRequest, access: Access, document: UUID) -> None:
    said = request.POST
    errand, delay = said.get("quoi", ""), said.get("pour", "")
    if errand not in ERRANDS or delay not in DELAYS:
        raise NO_ERRAND
    person = next((each for each in colleagues(access) if str(each.id) == said.get("qui", "")), None)
    if person is None:
        raise NOBODY
    title = ERRANDS[errand]
    view = documents.read(access, document)
    bit = access_room.matrix.bit_of(view.type_code)
    if access_room.matrix.readable(person.profession_code, on=clock.today())[bit] == "1":
        title += f" ({terminology.document_type_label(view.type_code) or view.type_code})"
    tasks.ask(
        access, uuid=number_of(request), title=title, professional_id=person.id, structure_id=person.structure_id,
        due_at=_end_of_day(clock.today() + dt.timedelta(days=int(delay))),
    )  # fmt: skip


def colleagues(access: Access) -> list[Colleague]:
    """Whoever opens the record: the people of the circle, and those who work in its structures; never oneself."""
    found: dict[ProfessionalId, professionals.ProfessionalLine] = {}
    for member in access_room.team.care_team(access):
        if member.structure_id is not None:
            found |= {line.id: line for line in professionals.active_members(member.structure_id)}
        elif member.professional_id is not None:
            line = professionals.professional(member.professional_id)
            found |= {line.id: line} if line is not None and line.is_active else {}
    return [
        Colleague(
            id=line.id, structure_id=line.structure_id, name=line.name, profession_code=line.profession_code,
            more=f"{line.profession}, {line.structure_name}",
        )
        for line in found.values()
        if line.structure_id is not None and line.id != access.actor.professional_id
    ]  # fmt: skip


def _end_of_day(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(19), clock.PARIS)


def _page(request: PersonRequest, access: Access, document: UUID, *, refusal: str = "") -> HttpResponse:
    view = documents.read(access, document)
    shown: dict[str, Any] = {
        "view": view,
        "colleagues": colleagues(access) if access.scope == "whole" else [],
        "errands": ERRANDS,
        "delays": DELAYS,
        "number": uuid4(),
        "said": request.POST,
        "refusal": refusal,
        "is_signed": "signe" in request.GET,
        "is_entrusted": "confie" in request.GET,
        "may_correct": view.status == "current" and writing.may_correct(access, document),
    }
    return record_page(request, access, "writing/next_acts.html", tab="ecrire", status=422 if refusal else 200, **shown)
