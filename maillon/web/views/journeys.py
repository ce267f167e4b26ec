"""Journeys: what each is and proves, playing one on a demonstration with its live progress, and the report of a run."""

from __future__ import annotations

from typing import Final

import orjson
from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios
from maillon.web import journeys
from maillon.web.files import PDF, as_download
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in

runs, library = scenarios.runs, scenarios.library
HOME: Final = "/parcours"
MOST: Final = 12  # runs shown of one journey
NOT_HERE: Final = UserMessage(
    "E-PAR-22", "Un parcours se joue sur une installation de démonstration, avec des personnes fictives\u202f: pas ici."
)


@signed_in()
def listed(request: PersonRequest) -> HttpResponse:
    told = {name: library.scenario(name) for name in library.names()}
    last = {name: next(iter(runs.latest(name, most=1)), None) for name in told}
    return page(request, "journeys/list.html", journeys=told, last=last, may_play=clock.may_be_moved())


@signed_in()
def one(request: PersonRequest, *, scenario: str) -> HttpResponse:
    return _one(request, scenario)


@signed_in("POST")
def ask(request: PersonRequest, *, scenario: str) -> HttpResponse:
    """Only a wish is written: the program that plays takes it."""
    try:
        if not clock.may_be_moved():
            raise NOT_HERE
        run = runs.ask(
            scenario, asked_by=request.actor.label, variant=request.POST.get("variante", ""),
            step_by_step=request.POST.get("pas_a_pas") == "oui", with_pictures=request.POST.get("images") == "oui",
        )  # fmt: skip
    except UserMessage as refusal:
        return _one(request, scenario, refusal=refusal)
    return HttpResponseRedirect(f"{HOME}/execution/{runs.read(run).number}")


@signed_in()
def run(request: PersonRequest, *, number: int) -> HttpResponse:
    return _run(request, _report(number))


@signed_in("POST")
def go_on(request: PersonRequest, *, number: int) -> HttpResponse:
    runs.go_on(_report(number).uuid)
    return HttpResponseRedirect(f"{HOME}/execution/{number}")


@signed_in("POST")
def resume(request: PersonRequest, *, number: int) -> HttpResponse:
    """As for a new one, only a wish: the player goes on where it stopped."""
    report = _report(number)
    try:
        if not clock.may_be_moved():
            raise NOT_HERE
        runs.resume(report.uuid)
    except UserMessage as refusal:
        return _run(request, report, refusal=refusal)
    return HttpResponseRedirect(f"{HOME}/execution/{number}")


@signed_in()
def picture(request: PersonRequest, *, number: int, step: str, rank: int) -> HttpResponse:
    try:
        return HttpResponse(runs.picture(number, step, rank), content_type="image/webp")
    except UserMessage:
        raise access_room.AccessDenied from None


@signed_in()
def as_pdf(request: PersonRequest, *, number: int) -> HttpResponse:
    data = journeys.as_pdf(_report(number))
    return as_download(documents.Original(data=data, media_type=PDF, file_name=f"parcours-{number}.pdf"))


@signed_in()
def as_html(request: PersonRequest, *, number: int) -> HttpResponse:
    data = journeys.as_html(_report(number))
    return as_download(documents.Original(data=data, media_type="text/html", file_name=f"parcours-{number}.html"))


@signed_in()
def as_json(request: PersonRequest, *, number: int) -> HttpResponse:
    data = orjson.dumps(_report(number).as_json(), option=orjson.OPT_INDENT_2)
    return as_download(
        documents.Original(data=data, media_type="application/json", file_name=f"parcours-{number}.json")
    )


def _report(number: int) -> scenarios.report.Report:
    try:
        return runs.by_number(number)
    except UserMessage:
        raise access_room.AccessDenied from None


def _run(
    request: PersonRequest, report: scenarios.report.Report, *, refusal: UserMessage | None = None
) -> HttpResponse:
    return page(
        request, "journeys/run.html", status=422 if refusal else 200, report=report, refusal=refusal,
        drawing=journeys.drawing_of(report.scenario, report.steps), may_play=clock.may_be_moved(),
        is_live=report.state not in scenarios.states.ENDED, irritants=scenarios.definition.IRRITANTS,
    )  # fmt: skip


def _one(request: PersonRequest, name: str, *, refusal: UserMessage | None = None) -> HttpResponse:
    if name not in library.names():
        raise access_room.AccessDenied
    scenario = library.scenario(name)
    return page(
        request, "journeys/one.html", status=422 if refusal else 200, name=name, scenario=scenario, refusal=refusal,
        drawing=journeys.drawing_of(scenario), proven=journeys.proven(scenario), proof=runs.last_success(name),
        may_play=clock.may_be_moved(),
        runs=runs.latest(name, most=MOST), verbs=scenarios.definition.VERBS, channels=scenarios.definition.CHANNELS,
        irritants=scenarios.definition.IRRITANTS, outside=scenarios.definition.OUTSIDE,
        illustrated=runs.illustrated(name),
    )  # fmt: skip
