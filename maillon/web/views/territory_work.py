"""The work in the territory: visits, training sessions, tickets, and the diagnostic of a connection."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.territory import api as territory
from maillon.web import errors
from maillon.web.files import PDF, in_place
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.typed import typed_day, typed_number
from maillon.web.views.circle import shown
from maillon.web.wording import browser

visits, trainings, tickets = territory.visits, territory.trainings, territory.tickets
HOME = "/territoire"
DONE = {
    "prevue": "La visite est prévue.",
    "faite": "Le compte rendu de la visite est enregistré.",
    "sans-objet": "La visite est close, sans objet.",
    "seance": "La séance est préparée. Ajoutez les personnes attendues.",
    "attendu": "La personne est attendue.",
    "retire": "La personne n’est plus attendue.",
    "presents": "Les présents sont notés\u202f; les attestations sont prêtes.",
    "annulee": "La séance est retirée.",
    "ticket": "Votre ticket est ouvert. La réponse arrivera ici.",
    "resolu": "Le ticket est résolu, avec votre réponse.",
    "rouvert": "Le ticket est rouvert.",
}


@signed_in()
def visit_list(request: PersonRequest) -> HttpResponse:
    actor, basin = request.actor, request.GET.get("bassin", "")
    return page(
        request, "territory/visits.html", best=visits.next_best(actor, basin=basin, most=15),
        opened=visits.opened(actor), settled=visits.settled(actor), basins=territory.structures.basins(actor),
        basin=basin, done=_done(request),
    )  # fmt: skip


@signed_in()
def visit(request: PersonRequest, *, visit: UUID) -> HttpResponse:
    return _visit(request, visit)


@signed_in("POST")
def move_visit(request: PersonRequest, *, visit: UUID, step: str) -> HttpResponse:
    said = request.POST
    try:
        if step == "prevue":
            visits.plan(
                request.actor, visit, on=typed_day(said.get("jour", "")), visitor=said.get("visiteur", "")
            )  # fmt: skip
        elif step in ("faite", "sans-objet"):
            visits.settle(request.actor, visit, was_made=step == "faite", report=said.get("compte_rendu", ""))
        else:
            return errors.not_found(request)
    except UserMessage as refusal:
        return _visit(request, visit, refusal=shown(refusal), at=step)
    return HttpResponseRedirect(f"{HOME}/visites/{visit}?fait={step}")


@signed_in()
def session_list(request: PersonRequest) -> HttpResponse:
    return _sessions(request)


@signed_in("POST")
def prepare_session(request: PersonRequest) -> HttpResponse:
    said = request.POST
    try:
        uuid = trainings.prepare(
            request.actor,
            trainings.Prepared(
                basin=said.get("bassin", ""), module=said.get("module", ""), place=said.get("lieu", ""),
                day=typed_day(said.get("jour", "")), minutes=typed_number(said.get("minutes", "")),
                trainer=said.get("formateur", ""),
            ),
        )  # fmt: skip
    except UserMessage as refusal:
        return _sessions(request, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/formations/{uuid}?fait=seance")


@signed_in()
def session(request: PersonRequest, *, training: UUID) -> HttpResponse:
    return _session(request, training)


@signed_in("POST")
def move_session(request: PersonRequest, *, training: UUID, step: str) -> HttpResponse:
    said, actor = request.POST, request.actor
    try:
        if step == "attendu":
            trainings.expect(actor, training, ProfessionalId(typed_number(said.get("personne", ""))))
        elif step == "retire":
            trainings.remove(actor, training, typed_number(said.get("ligne", "")))
        elif step == "presents":
            marks = {mark: typed_number(said.get(f"avis-{mark}") or "0") for mark in trainings.MARKS}
            trainings.end(actor, training, present=map(typed_number, said.getlist("present")), marks=marks)
            territory.rounds.look()
        elif step == "annulee":
            trainings.cancel(actor, training)
            return HttpResponseRedirect(f"{HOME}/formations?fait=annulee")
        else:
            return errors.not_found(request)
    except UserMessage as refusal:
        return _session(request, training, refusal=shown(refusal), at=step)
    return HttpResponseRedirect(f"{HOME}/formations/{training}?fait={step}")


@signed_in()
def attestation(request: PersonRequest, *, training: UUID, attendance: int) -> HttpResponse:
    name, pdf = trainings.attestation(request.actor, training, attendance)
    return in_place(documents.Original(data=pdf, media_type=PDF, file_name=name))


@signed_in()
def modules(request: PersonRequest) -> HttpResponse:
    return page(request, "territory/modules.html", given=territory.catalogue.help_at_hand())


@signed_in()
def ticket_list(request: PersonRequest) -> HttpResponse:
    actor, asked = request.actor, request.GET
    cause, basin, state = asked.get("cause", ""), asked.get("bassin", ""), asked.get("etat", "")
    every = tickets.listed(actor, basin=basin)
    found = [each for each in every if (not cause or each.cause == cause) and (not state or each.state == state)]
    may_steer = territory.may_steer(actor)
    return page(
        request, "territory/tickets.html", found=found, total=len(every), counts=tickets.by_cause(every),
        median=tickets.median_days(every), cause=cause, basin=basin, state=state, causes=tickets.causes(),
        basins=territory.structures.basins(actor) if may_steer else (), done=_done(request),
    )  # fmt: skip


@signed_in()
def ticket_form(request: PersonRequest) -> HttpResponse:
    return _ticket_form(request)


@signed_in("POST")
def open_ticket(request: PersonRequest) -> HttpResponse:
    """From its own form; the diagnostic page sends its report here first, to be read before it leaves."""
    said = request.POST
    if "depuis_diagnostic" in said:
        return _ticket_form(request)
    try:
        uuid = tickets.open_one(
            request.actor, cause=said.get("cause", ""), text=said.get("texte", ""),
            diagnostic=said.get("diagnostic", ""),
        )  # fmt: skip
    except UserMessage as refusal:
        return _ticket_form(request, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/tickets/{uuid}?fait=ticket")


@signed_in()
def ticket(request: PersonRequest, *, ticket: UUID) -> HttpResponse:
    return _ticket(request, ticket)


@signed_in("POST")
def move_ticket(request: PersonRequest, *, ticket: UUID, step: str) -> HttpResponse:
    said = request.POST
    try:
        if step == "resolu":
            tickets.resolve(
                request.actor, ticket, resolution=said.get("reponse", ""), cause=said.get("cause", "")
            )  # fmt: skip
        elif step == "rouvert":
            tickets.reopen(request.actor, ticket)
        else:
            return errors.not_found(request)
    except UserMessage as refusal:
        return _ticket(request, ticket, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/tickets/{ticket}?fait={step}")


@signed_in()
def diagnostic(request: PersonRequest) -> HttpResponse:
    checks = territory.diagnosing.checks(request.actor)
    return page(
        request, "territory/diagnostic.html", checks=checks, report=territory.diagnosing.report(checks),
        version_of_browser=browser(request.headers.get("User-Agent", "")), now=clock.now(),
        is_safe=request.is_secure(),
    )  # fmt: skip


@signed_in()
def server_time(request: PersonRequest) -> HttpResponse:
    """The true instant, in milliseconds: the page compares its own clock with it, for codes of thirty seconds."""
    text = str(int(clock.wall().timestamp() * 1000))
    return HttpResponse(text, content_type="text/plain", headers={"Cache-Control": "no-store"})


# ------------------------------------------------------------------------------------------------ within


def _visit(request: PersonRequest, uuid: UUID, *, refusal: str = "", at: str = "") -> HttpResponse:
    return page(
        request, "territory/visit.html", status=422 if refusal else 200, visit=visits.show(request.actor, uuid),
        refusal=refusal, at=at, typed=request.POST, done=_done(request), today=clock.today(),
    )  # fmt: skip


def _sessions(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    actor = request.actor
    may_steer = territory.may_steer(actor)
    return page(
        request, "territory/sessions.html", status=422 if refusal else 200, found=trainings.listed(actor),
        is_steward=may_steer, basins=territory.structures.basins(actor) if may_steer else (), refusal=refusal,
        modules=territory.catalogue.help_at_hand().modules, typed=request.POST, done=_done(request),
        today=clock.today(), duration=trainings.duration,
    )  # fmt: skip


def _session(request: PersonRequest, uuid: UUID, *, refusal: str = "", at: str = "") -> HttpResponse:
    q = request.GET.get("q", "") or request.POST.get("q", "")
    view = trainings.show(request.actor, uuid)
    there = {each.professional_id for each in view.people}
    return page(
        request, "territory/session.html", status=422 if refusal else 200, view=view, line=view.line, refusal=refusal,
        at=at, q=q, candidates=[each for each in professionals.find_people(q) if each.id not in there] if q else [],
        typed=request.POST, present=request.POST.getlist("present"), marks=trainings.MARKS, today=clock.today(),
        done=_done(request), duration=trainings.duration,
    )  # fmt: skip


def _ticket_form(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    """Nobody writes to the end what nobody would read: it is said first."""
    nobody = tickets.read_by_nobody(request.actor)
    return page(
        request, "territory/ticket_form.html", status=422 if refusal else 200, causes=tickets.causes(),
        refusal=refusal or (shown(nobody) if nobody else ""), typed=request.POST,
        chosen=request.POST.get("cause", "") or request.GET.get("cause", ""),
    )  # fmt: skip


def _ticket(request: PersonRequest, uuid: UUID, *, refusal: str = "") -> HttpResponse:
    return page(
        request, "territory/ticket.html", status=422 if refusal else 200, ticket=tickets.show(request.actor, uuid),
        is_steward=territory.may_steer(request.actor), refusal=refusal, typed=request.POST, causes=tickets.causes(),
        done=_done(request),
    )  # fmt: skip


def _done(request: PersonRequest) -> str:
    return DONE.get(request.GET.get("fait", ""), "")
