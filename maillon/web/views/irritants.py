"""Irritants from any screen, their triage and the action plan; and the two small pages beside: the hub of evaluations,
télésoin."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.evaluations import api as evaluations
from maillon.kernel.key import ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.web import errors
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.screens import known_screen, screen_title
from maillon.web.typed import typed_day, typed_number
from maillon.web.views.circle import shown
from maillon.web.wording import browser

irritants, telecare = evaluations.irritants, evaluations.telecare
HOME = "/irritants"
DONE = {
    "signale": "Merci. C’est enregistré, et vous aurez une réponse.",
    "trier": "L’irritant est pris en charge.",
    "resolu": "La réponse est envoyée.",
    "sans-suite": "La réponse est envoyée.",
    "rouvrir": "L’irritant est rouvert.",
}


@signed_in()
def hub(request: PersonRequest) -> HttpResponse:
    """Everything that the structure says of itself and of its tools, on one page."""
    actor = request.actor
    may_triage = irritants.may_triage(actor)
    return page(
        request, "evaluations/hub.html", campaigns=evaluations.results.campaigns(actor),
        shared=evaluations.products.catalogue(actor), ours=evaluations.products.ours(actor),
        reported=irritants.mine(actor), may_triage=may_triage,
        waiting=sum(each.state == "signale" for each in irritants.to_triage(actor)) if may_triage else 0,
    )  # fmt: skip


@signed_in()
def irritant_list(request: PersonRequest) -> HttpResponse:
    actor = request.actor
    may_triage = irritants.may_triage(actor)
    return page(
        request, "evaluations/irritants.html", mine=irritants.mine(actor), may_triage=may_triage,
        all=irritants.to_triage(actor) if may_triage else (), counts=irritants.counts(actor) if may_triage else (),
        owned=irritants.owned(actor), done=DONE.get(request.GET.get("fait", ""), ""), screen_title=screen_title,
    )  # fmt: skip


@signed_in()
def report_form(request: PersonRequest) -> HttpResponse:
    return _report(request, screen=request.GET.get("ecran", ""))


@signed_in("POST")
def report(request: PersonRequest) -> HttpResponse:
    said = request.POST
    screen = said.get("ecran", "")
    try:
        irritants.report(
            request.actor,
            irritants.Report(
                code=said.get("irritant", ""), text=said.get("texte", ""), place=said.get("ou", ""),
                severity=typed_number(said.get("gravite", "")), minutes_lost=typed_number(said.get("minutes") or "0"),
                screen=known_screen(screen), browser=browser(request.headers.get("User-Agent", "")),
            ),
        )  # fmt: skip
    except UserMessage as refusal:
        return _report(request, screen=screen, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}?fait=signale")


@signed_in()
def plan(request: PersonRequest) -> HttpResponse:
    lines = irritants.to_triage(request.actor)
    opened = [each for each in lines if each.state in ("signale", "trie")]
    settled = [each for each in lines if each.state not in ("signale", "trie")]
    return page(
        request, "evaluations/irritant_plan.html", opened=opened, settled=settled
    )  # fmt: skip


@signed_in()
def irritant(request: PersonRequest, *, irritant: UUID) -> HttpResponse:
    return _irritant(request, irritant)


@signed_in("POST")
def move(request: PersonRequest, *, irritant: UUID, step: str) -> HttpResponse:
    verb = STEPS.get(step)
    if verb is None:
        return errors.not_found(request)
    try:
        verb(request, irritant)
    except UserMessage as refusal:
        return _irritant(request, irritant, refusal=shown(refusal), at=step)
    return HttpResponseRedirect(f"{HOME}/{irritant}?fait={step}")


@signed_in()
def remote_care(request: PersonRequest) -> HttpResponse:
    """The list of acts, and the answer for the one that is asked."""
    asked, refusal, act = request.GET.get("acte", ""), None, None
    try:
        act = telecare.must_be_eligible(asked) if asked else None
    except UserMessage as refused:
        refusal = refused
    return page(
        request, "evaluations/telecare.html", grid=telecare.grid(), conditions=telecare.conditions(),
        why_not=telecare.why_not, asked=asked, act=act, refusal=refusal, profession=request.actor.profession_code,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ within


def _triage(request: PersonRequest, uuid: UUID) -> None:
    said, owner = request.POST, request.POST.get("responsable", "")
    irritants.triage(
        request.actor, uuid, code=said.get("irritant", ""), action=said.get("action", ""),
        owner=ProfessionalId(typed_number(owner)) if owner else None, due_on=typed_day(said.get("echeance", "")),
    )  # fmt: skip


def _solve(request: PersonRequest, uuid: UUID) -> None:
    irritants.settle(request.actor, uuid, is_solved=True, reply=request.POST.get("retour", ""))


def _drop(request: PersonRequest, uuid: UUID) -> None:
    irritants.settle(request.actor, uuid, is_solved=False, reply=request.POST.get("retour", ""))


def _reopen(request: PersonRequest, uuid: UUID) -> None:
    irritants.reopen(request.actor, uuid)


STEPS: dict[str, Callable[[PersonRequest, UUID], None]] = {
    "trier": _triage, "resolu": _solve, "sans-suite": _drop, "rouvrir": _reopen,
}  # fmt: skip


def _report(request: PersonRequest, *, screen: str, refusal: str = "") -> HttpResponse:
    screen = known_screen(screen)
    return page(
        request, "evaluations/irritant_form.html", status=422 if refusal else 200, grid=irritants.grid(),
        screen=screen, screen_name=screen_title(screen), refusal=refusal, typed=request.POST,
    )  # fmt: skip


def _irritant(request: PersonRequest, uuid: UUID, *, refusal: str = "", at: str = "") -> HttpResponse:
    actor, line = request.actor, irritants.show(request.actor, uuid)
    members = professionals.active_members(actor.structure_id) if actor.structure_id is not None else []
    return page(
        request, "evaluations/irritant.html", status=422 if refusal else 200, line=line, members=members,
        may_triage=irritants.may_triage(actor), is_owner=line.owner_id == actor.professional_id,
        grid=irritants.grid(), refusal=refusal, at=at, typed=request.POST, screen_name=screen_title(line.screen),
        done=DONE.get(request.GET.get("fait", ""), ""),
    )  # fmt: skip
