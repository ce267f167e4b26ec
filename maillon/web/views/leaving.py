"""Leaving with one's data, and arriving: one record at once; a professional's or all on two people's word; what came
from another installation and waits."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.portability import api as portability
from maillon.professionals import api as professionals
from maillon.rights import api as rights
from maillon.web.files import as_download
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, opens_record, signed_in
from maillon.web.views.emergency import is_proven
from maillon.web.views.record import record_page

ZIP = "application/zip"
NOT_PROVEN = UserMessage("E-POR-20", "Le code ou le mot de passe n’est pas le bon\u202f: rien n’a été exporté.")
DONE = {
    "demande": "La demande est notée. Une autre personne doit l’accorder.",
    "accord": "L’export est accordé.",
    "refus": "L’export est refusé.",
    "regle": "Le dossier est repris.",
    "ecarte": "L’archive est écartée. Elle reste gardée.",
}
TRAITS = (
    ("birth_family_name", "Nom de naissance"), ("birth_given_names", "Prénoms de naissance"),
    ("birth_date", "Date de naissance"), ("sex", "Sexe"), ("birth_place_code", "Lieu de naissance"),
    ("ins", "Matricule INS"),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ one record


@opens_record("read", resource="rights")
def one_record(request: PersonRequest, access: Access) -> HttpResponse:
    return _one_record(request, access)


@opens_record("read", resource="rights", method="POST")
def take_one_record(request: PersonRequest, access: Access) -> HttpResponse:
    """The export itself is another row of the journal, written once the person has proven who they are."""
    typed = {name: request.POST.get(name, "").strip() for name in ("motif", "detail")}
    try:
        if not is_proven(request.actor, request.POST.get("preuve", "")):
            raise NOT_PROVEN
        copy = rights.exports.take_away(
            access, reason=typed["motif"], detail=typed["detail"], made=portability.export_patient_as_zip
        )
    except UserMessage as refusal:
        return _one_record(request, access, typed=typed, refusal=refusal.message)
    return as_download(documents.Original(data=copy, media_type=ZIP, file_name=_file_name("dossier")))


def _one_record(
    request: PersonRequest, access: Access, *, typed: dict[str, str] | None = None, refusal: str = ""
) -> HttpResponse:
    answered = record_page(
        request, access, "leaving/record.html", tab="qui-peut-voir", refusal=refusal,
        typed=typed or {"motif": "", "detail": ""}, reasons=rights.exports.Reason.choices,
        must_prove=not is_proven(request.actor, ""), is_whole=access.scope == "whole",
    )  # fmt: skip
    answered.status_code = 422 if refusal else 200
    return answered


# ------------------------------------------------------------------------------------------------ several


@signed_in()
def departures(request: PersonRequest) -> HttpResponse:
    return _departures(request)


@signed_in("POST")
def ask(request: PersonRequest) -> HttpResponse:
    person, motive = request.POST.get("personne", ""), request.POST.get("motif", "")
    try:
        if not is_proven(request.actor, request.POST.get("preuve", "")):
            raise NOT_PROVEN
        if person == "tout":
            portability.departures.ask_for_everything(request.actor, motive=motive)
        else:
            number = ProfessionalId(int(person)) if person.isdigit() and len(person) < 18 else ProfessionalId(0)
            portability.departures.ask_for_professional(request.actor, number, motive=motive)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _departures(request, refusal=refusal.message, person=person, motive=motive)
    return HttpResponseRedirect("/departs?fait=demande")


@signed_in("POST")
def decide(request: PersonRequest, *, departure: UUID) -> HttpResponse:
    agrees = request.POST.get("decision") == "accorder"
    try:
        if agrees and not is_proven(request.actor, request.POST.get("preuve", "")):
            raise NOT_PROVEN
        portability.departures.decide(request.actor, departure, agrees=agrees)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _departures(request, refusal=refusal.message, refused=departure)
    return HttpResponseRedirect(f"/departs?fait={'accord' if agrees else 'refus'}")


@signed_in("POST")
def take(request: PersonRequest, *, departure: UUID) -> HttpResponse:
    """Made while it is sent: the archives are as large as they are."""
    if not is_proven(request.actor, request.POST.get("preuve", "")):
        return _departures(request, refusal=NOT_PROVEN.message, refused=departure)
    folder = portability.departures.taken_away(request.actor, departure)
    answer = StreamingHttpResponse(portability.in_one_zip(folder), content_type=ZIP)
    answer.headers["Content-Disposition"] = f'attachment; filename="{_file_name("export")}"'
    return answer  # type: ignore[return-value]


def _departures(
    request: PersonRequest, *, refusal: str = "", refused: UUID | None = None, person: str = "", motive: str = ""
) -> HttpResponse:
    actor = request.actor
    lines = portability.departures.followed(actor)
    return page(
        request, "leaving/departures.html", status=422 if refusal else 200, lines=lines,
        is_running=any(each.state == "en_cours" or (each.state == "accorde" and each.about) for each in lines),
        in_charge=portability.departures.is_in_charge(actor), people=_people(request),
        must_prove=not is_proven(actor, ""), done=DONE.get(request.GET.get("fait", ""), ""), refusal=refusal,
        refused=refused, person=person or str(actor.professional_id), motive=motive, now=clock.now(),
        arrivals=portability.settling.number(actor),
    )  # fmt: skip


def _people(request: PersonRequest) -> list[professionals.ProfessionalLine]:
    """Whom one may ask for: oneself, and the people of the structure that one is in charge of."""
    askable = portability.departures.askable(request.actor)
    return [each for each in access_room.team.staff.colleagues_of(request.actor) if each.id in askable]


# ------------------------------------------------------------------------------------------------ what arrives


@signed_in()
def arrivals(request: PersonRequest) -> HttpResponse:
    return _arrivals(request)


@signed_in("POST")
def settle_arrival(request: PersonRequest, *, arrival: UUID) -> HttpResponse:
    chosen, reason = request.POST.get("patient", ""), request.POST.get("motif", "")
    try:
        known = UUID(chosen) if chosen else None
    except ValueError:
        raise access_room.AccessDenied from None
    try:
        portability.settling.settle(request.actor, arrival, patient=known, reason=reason)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _arrivals(request, refusal=refusal.message, refused=arrival, reason=reason)
    return HttpResponseRedirect("/arrivees?fait=regle")


@signed_in("POST")
def discard_arrival(request: PersonRequest, *, arrival: UUID) -> HttpResponse:
    reason = request.POST.get("motif", "")
    try:
        portability.settling.discard(request.actor, arrival, reason=reason)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _arrivals(request, refusal=refusal.message, refused=arrival, reason=reason)
    return HttpResponseRedirect("/arrivees?fait=ecarte")


def _arrivals(
    request: PersonRequest, *, refusal: str = "", refused: UUID | None = None, reason: str = ""
) -> HttpResponse:
    waiting = portability.settling.waiting(request.actor)
    return page(
        request, "leaving/arrivals.html", status=422 if refusal else 200, refusal=refusal, refused=refused,
        reason=reason, done=DONE.get(request.GET.get("fait", ""), ""),
        waiting=[(each, _compared(each)) for each in waiting],
    )  # fmt: skip


def _compared(each: portability.settling.WaitingArchive) -> list[tuple[str, str, list[tuple[str, bool]]]]:
    """Trait, as the archive gives it, then as each candidate has it, and whether they differ."""
    return [
        (label, _said(each.traits.get(name)), [_beside(each, name, line) for line in each.candidates])
        for name, label in TRAITS
        if each.traits.get(name) or any(getattr(line, name, None) for line in each.candidates)
    ]


def _beside(
    each: portability.settling.WaitingArchive, name: str, line: patients.PatientLine
) -> tuple[str, bool]:
    known, said = _said(getattr(line, name, None)), _said(each.traits.get(name))
    return known, bool(known and said and known != said)


def _said(value: object) -> str:
    """Dates and sex as they are said in French; an archive gives them as text."""
    text = value.isoformat() if isinstance(value, dt.date) else str(value or "")
    try:
        return f"{dt.date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return {"F": "Féminin", "M": "Masculin", "I": "Indéterminé"}.get(text, text)


def _file_name(what: str) -> str:
    return f"{what}-portable-{clock.today():%Y-%m-%d}.zip"
