"""The patient reads: what is new, their documents, who opened their record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.conversations import api as conversations
from maillon.documents import api as documents
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId
from maillon.professionals import api as professionals
from maillon.record import api as record
from maillon.web.door.rules import DoorRequest, visits, visits_paper
from maillon.web.door.session import PLACE
from maillon.web.files import as_download, in_place, is_shown_in_place
from maillon.web.jinja import page
from maillon.web.views.document import Piece

NEW_FOR = dt.timedelta(days=14)
JournalLine = access_room.journal.JournalLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The same gesture of the same person on one day. `person`: whom one may oppose."""

    line: JournalLine
    times: int
    person: UUID | None = None


@visits("read", resource="home")
def home(request: DoorRequest, access: Access) -> HttpResponse:
    return door_page(
        request, access, "door/home.html", here="accueil",
        papers=record.timeline(access, limit=3, with_answers=False, new_since=clock.now() - NEW_FOR),
        unread=conversations.unread(access),
        asked=forms.drafts(access),
        opened=openings(access)[:4],
        awaiting=access_room.visitors.awaiting_announcement(access),
    )  # fmt: skip


@visits("read", resource="documents")
def papers(request: DoorRequest, access: Access) -> HttpResponse:
    found = record.timeline(access, limit=200, with_answers=False, new_since=clock.now() - NEW_FOR)
    awaiting = access_room.visitors.awaiting_announcement(access)
    return door_page(request, access, "door/papers.html", here="documents", papers=found, awaiting=awaiting)


@visits_paper("read")
def paper(request: DoorRequest, access: Access, *, paper: UUID) -> HttpResponse:
    view = documents.read(access, paper)
    pieces = _pieces(view)
    return door_page(
        request, access, "door/paper.html", here="documents", view=view, content=view.document, pieces=pieces,
        state=documents.visibility.state(access, paper),
    )  # fmt: skip


@visits_paper("download")
def original(request: DoorRequest, access: Access, *, paper: UUID) -> HttpResponse:
    return as_download(documents.original(access, paper))


@visits_paper("read")
def original_in_place(request: DoorRequest, access: Access, *, paper: UUID) -> HttpResponse:
    return in_place(documents.original(access, paper))


@visits_paper("read")
def piece(request: DoorRequest, access: Access, *, paper: UUID, index: int) -> HttpResponse:
    return in_place(documents.attachment(access, paper, index))


@visits_paper("download")
def piece_download(request: DoorRequest, access: Access, *, paper: UUID, index: int) -> HttpResponse:
    return as_download(documents.attachment(access, paper, index))


@visits_paper("update", method="POST")
def mask(request: DoorRequest, access: Access, *, paper: UUID) -> HttpResponse:
    documents.visibility.mask(access, paper)
    return HttpResponseRedirect(f"{PLACE}/documents/{paper}")


@visits_paper("update", method="POST")
def unmask(request: DoorRequest, access: Access, *, paper: UUID) -> HttpResponse:
    """Whatever masks it and may be lifted by who asks."""
    for mark in documents.visibility.state(access, paper).marks:
        if mark.is_current and mark.may_lift and mark.kind == "masque_ps":
            documents.visibility.lift(access, paper, mark.id, reason="montré de nouveau par le patient")
    return HttpResponseRedirect(f"{PLACE}/documents/{paper}")


@visits("read", resource="journal")
def who_opened(request: DoorRequest, access: Access) -> HttpResponse:
    """By day, latest first. Programs only when they are asked for: the reception of a document is nobody's reading."""
    with_programs = "tout" in request.GET
    days: dict[dt.date, list[Opening]] = {}
    for opening in openings(access, with_programs=with_programs):
        days.setdefault(clock.in_paris(opening.line.at).date(), []).append(opening)
    return door_page(request, access, "door/journal.html", here="acces", days=days, with_programs=with_programs)


def openings(access: Access, *, with_programs: bool = False) -> list[Opening]:
    """One's own gestures are left out: one knows them."""
    groups: dict[tuple[Any, ...], Opening] = {}
    for line in access_room.journal.who_opened(access, limit=400):
        if line.actor == access.actor.label or (line.is_program and not with_programs) or _is_private(access, line):
            continue
        same = (clock.in_paris(line.at).date(), line.actor, line.structure, line.action, line.ground)
        known = groups.get(same)
        groups[same] = replace(known, times=known.times + 1) if known else Opening(line=line, times=1)
    people = professionals.people(
        {ProfessionalId(each.line.professional_id) for each in groups.values() if each.line.professional_id}
    )
    return [replace(each, person=_uuid(people, each.line.professional_id)) for each in groups.values()]


def _is_private(access: Access, line: JournalLine) -> bool:
    """A parent follows neither what a minor does behind their door, nor what the team writes to them."""
    by_the_patient = line.actor.endswith(access_room.visitors.patient_door.OF_THE_PATIENT)
    return not access.facts.oneself and (by_the_patient or line.resource_type == "messages")


def door_page(request: DoorRequest, access: Access, template: str, *, status: int = 200, **said: Any) -> HttpResponse:
    """A page about the record on the screen: whose it is stands at the top."""
    name = access_room.visitors.record_name(access)
    return page(
        request, template, status=status, visiting=request.visiting, record_name=name,
        is_oneself=access.facts.oneself, may=access_room.abilities(access), **said,
    )  # fmt: skip


def _uuid(people: dict[ProfessionalId, professionals.ProfessionalLine], number: int | None) -> UUID | None:
    found = people.get(ProfessionalId(number or 0))
    return found.uuid if found else None


def _pieces(view: documents.DocumentView) -> list[Piece]:
    here = f"{PLACE}/documents/{view.uuid}"
    if view.document is None:
        if not is_shown_in_place(view.media_type):
            return []
        return [
            Piece(title=view.title, media_type=view.media_type, size=view.size, address=f"{here}/en-place", download="")
        ]
    return [
        Piece(
            title=each.title or f"Pièce {rank + 1}", media_type=each.media_type, size=each.size,
            address=f"{here}/piece/{rank}", download=f"{here}/piece/{rank}/telecharger",
        )
        for rank, each in enumerate(view.document.attachments)
    ]  # fmt: skip
