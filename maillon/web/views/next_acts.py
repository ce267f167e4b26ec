"""After the signature: what is usually done next, one click away. What cannot be done here is not drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect, QueryDict

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.noticed import api as noticed
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks
from maillon.terminology import api as terminology
from maillon.web.files import in_place
from maillon.web.rules import PersonRequest, opens_document
from maillon.web.views import address_book, national
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
DONE: Final = {
    "remis": "C’est noté\u202f: le document a été remis sur papier au patient.",
    "cherche": "La recherche de l’adresse est dans vos tâches.",
}
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


@opens_document("print")
def paper(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    """What is handed over: the PDF that was filed; for a structured document, its pages made from what it says."""
    return in_place(writing.paper(access, document))


@opens_document("update", method="POST")
def entrust(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    try:
        _entrust(request, access, document)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _page(request, access, document, refusal=refusal.message)
    return HttpResponseRedirect(f"/document/{document}/suite?confie")


@opens_document("send", method="POST")
def send(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    try:
        exchange.send(
            access, documents=[document], to=_chosen(request.POST), text=request.POST.get("texte", ""),
            from_mailbox=request.POST.get("boite") or None, number=number_of(request),
        )  # fmt: skip
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _page(request, access, document, refusal=refusal.message)
    return HttpResponseRedirect(f"/document/{document}/suite?envoye")


@opens_document("print", method="POST")
def hand_over(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    """Given to the patient on paper, because Mon espace santé does not take it."""
    return _noted(request, access, document, lambda: exchange.outgoing.hand_over_on_paper(access, document), "remis")


@opens_document("send", method="POST")
def ask_for_address(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    return _noted(request, access, document, lambda: exchange.outgoing.ask_for_address(access, document), "cherche")


def _noted(
    request: PersonRequest, access: Access, document: UUID, gesture: Callable[[], object], done: str
) -> HttpResponse:
    try:
        gesture()
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _page(request, access, document, refusal=refusal.message)
    return HttpResponseRedirect(f"/document/{document}/suite?fait={done}")


def _chosen(said: QueryDict) -> list[exchange.Recipient]:
    """Those ticked, and the address typed."""
    typed = [*said.getlist("adresse"), *said.get("autre_adresse", "").replace(";", " ").replace(",", " ").split()]
    found = [exchange.Recipient(address=each) for each in dict.fromkeys(typed) if each.strip()]
    return [*found, exchange.outgoing.THE_PATIENT] if said.get("au_patient") else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailable:
    """Somebody to whom the document may go by MSSanté: who had the version that it replaces, who is named in it, who is
    of the circle."""

    address: str
    name: str
    note: str
    is_ticked: bool


def mailable(access: Access, view: documents.DocumentView) -> list[Mailable]:
    """« Annule et remplace » reaches everybody who had the former version: they come first, ticked until this one has
    gone to them. Only whoever has an address."""
    gone = {each.address for each in _sent_to(access, view.uuid)}
    before = {
        each.address: Mailable(
            address=each.address, name=each.name or each.address, note=f"a reçu la version {version.number}",
            is_ticked=each.address not in gone,
        )
        for version in view.versions if version.number < view.version_number
        for each in _sent_to(access, version.uuid) if each.kind != "patient" and each.address
    }  # fmt: skip
    known = (each for each in _known(access, view) if each.address not in before)
    others = [replace(each, is_ticked=each.is_ticked and each.address not in gone) for each in known]
    return [*before.values(), *others]


def _sent_to(access: Access, document: UUID) -> list[exchange.outgoing.SentRecipientLine]:
    return [each for sending in exchange.outgoing.of_document(access, document) for each in sending.recipients]


def _patient_had_it(access: Access, view: documents.DocumentView) -> bool:
    """The version before, and not yet this one."""
    had = [
        version.number
        for version in view.versions if version.number <= view.version_number
        if any(each.kind == "patient" for each in _sent_to(access, version.uuid))
    ]  # fmt: skip
    return bool(had) and view.version_number not in had


def _known(access: Access, view: documents.DocumentView) -> list[Mailable]:
    """Those whom the document names first."""
    named = [each.id for each in view.document.recipients if each.id] if view.document else []
    people = [line for line in map(professionals.by_national_id, named) if line is not None]
    wanted = {line.id: (line.name, "destinataire du document", True) for line in people}
    for each in writing.recipients.proposed(access):
        if each.professional_id is not None:
            wanted.setdefault(each.professional_id, (each.name, each.note, False))
    numbers = {line.id: line.national_id or "" for line in people}
    found = [
        (professionals.mss_address_of(person) or exchange.outgoing.address_of(numbers.get(person, "")), *said)
        for person, said in wanted.items()
    ]
    return [
        Mailable(address=address, name=name, note=note, is_ticked=is_named)
        for address, name, note, is_named in found
        if address and person_is_other(access, address)
    ]


def person_is_other(access: Access, address: str) -> bool:
    holder = professionals.by_mss_address(address)
    person = holder.professional if holder else None
    return person is None or person.id != access.actor.professional_id


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


def _picked(request: PersonRequest, mails: list[Mailable]) -> list[exchange.directory.DirectoryLine]:
    """Those of the address book that were ticked in what has just been refused."""
    shown = {each.address for each in mails}
    return address_book.ticked(each for each in request.POST.getlist("adresse") if each not in shown)


def _outgoing(request: PersonRequest, access: Access, view: documents.DocumentView) -> dict[str, Any]:
    """What is drawn of MSSanté: nothing without a mailbox, nor for what is no CDA in force."""
    is_fit = view.document is not None and view.status == "current" and access.scope == "whole"
    boxes = exchange.outgoing.boxes.may_send_from(access.actor) if is_fit else []
    mails = mailable(access, view) if boxes else []
    is_qualified = patients.identity(access).is_qualified
    return {
        "boxes": boxes,
        "mailable": mails,
        "picked": _picked(request, mails),
        "book": exchange.directory.status(),
        "had_the_patient": bool(boxes) and _patient_had_it(access, view),
        "may_send_to_patient": bool(boxes) and is_qualified and not exchange.outgoing.declines_documents(access),
        "sendings": exchange.outgoing.of_document(access, view.uuid) if is_fit else [],
        "unreachable": exchange.outgoing.unreachable(access, view) if boxes else [],
        "closed_because": exchange.outgoing.closed_because(access) if is_fit else "",
    }


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
        "is_sent": "envoye" in request.GET,
        "done": DONE.get(request.GET.get("fait", ""), ""),
        "rubbing": noticed.of_document(access, document),
        **_outgoing(request, access, view),
        **national.of_document(access, view),
        "may_correct": view.status == "current" and writing.may_correct(access, document),
    }
    return record_page(request, access, "writing/next_acts.html", tab="ecrire", status=422 if refusal else 200, **shown)
