"""Maturity campaigns: the list, one campaign through its states, one's own answers, the comparison of two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.evaluations import api as evaluations
from maillon.kernel.key import Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.web import errors
from maillon.web.jinja import page
from maillon.web.radar import Radar, Series, radar
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.typed import typed_day, typed_number
from maillon.web.views.circle import shown

campaigns, answering = evaluations.campaigns, evaluations.answering
consensus, results = evaluations.consensus, evaluations.results

HOME = "/maturite"
MOST_OCTETS = evaluations.grids.MOST_OCTETS
STEPS: dict[str, Callable[[Actor, int], None]] = {
    "ouvrir": campaigns.open_answers,
    "clore": campaigns.close_answers,
    "consensus": campaigns.discuss,
    "plan": campaigns.plan,
    "suivi": campaigns.follow,
}
OF_STEP = {"open": "ouvrir", "close": "clore", "discuss": "consensus", "plan": "plan", "follow": "suivi"}
MOVES = {"commencer": "begin", "terminer": "finish", "abandonner": "give_up"}
DONE = {
    "ouvrir": "La campagne est ouverte\u202f: chaque membre la trouve dans sa journée.",
    "clore": "Les réponses sont closes\u202f: elles ont été comptées, et ne disent plus qui a répondu quoi.",
    "consensus": "Le consensus commence.",
    "plan": "Le plan d’action est arrêté.",
    "suivi": "Le suivi commence.",
    "evaluer": "La campagne est évaluée et restituée.",
    "niveau": "Le niveau est adopté.",
    "action": "L’action est enregistrée.",
    "remis": "Vos réponses sont remises. Vous pouvez les changer jusqu’à la clôture.",
    "grille": "La grille est enregistrée.",
    "preparer": "La campagne est préparée.",
}


@signed_in()
def campaign_list(request: PersonRequest) -> HttpResponse:
    return _list(request)


@signed_in("POST")
def prepare(request: PersonRequest) -> HttpResponse:
    said = request.POST
    try:
        number = campaigns.prepare(
            request.actor, said.get("grille", ""), title=said.get("titre", ""),
            until=typed_day(said.get("echeance", "")), quorum=typed_number(said.get("quorum", "")),
        )  # fmt: skip
    except UserMessage as refusal:
        return _list(request, refusal=shown(refusal), at="preparer")
    return HttpResponseRedirect(f"{HOME}/{number}?fait=preparer")


@signed_in("POST")
def bring_grid(request: PersonRequest) -> HttpResponse:
    sent = request.FILES.get("fichier")
    try:
        data = sent.read(MOST_OCTETS + 1) if sent else b""
        key = evaluations.grids.bring(request.actor, data, name=sent.name or "" if sent else "")
    except UserMessage as refusal:
        return _list(request, refusal=shown(refusal), at="grille")
    return HttpResponseRedirect(f"/grilles/{key}?fait=grille")


@signed_in()
def show_grid(request: PersonRequest, *, grid: str) -> HttpResponse:
    found = evaluations.grids.shown(request.actor, grid)
    return page(
        request, "evaluations/grid.html", grid=found, needs=evaluations.NEEDS, risks=evaluations.RISKS,
        done=DONE.get(request.GET.get("fait", ""), ""),
    )  # fmt: skip


@signed_in()
def campaign(request: PersonRequest, *, campaign: int) -> HttpResponse:
    return _campaign(request, campaign)


@signed_in()
def begin_answers(request: PersonRequest, *, campaign: int) -> HttpResponse:
    """To the first dimension without an answer; when there is none, to what remains to be handed in."""
    found = answering.mine(request.actor, campaign)
    if found.next and found.done:
        return HttpResponseRedirect(f"{HOME}/{campaign}/repondre/{found.next}")
    return page(request, "evaluations/my_answers.html", mine=found, refusal="")


@signed_in()
def one_answer(request: PersonRequest, *, campaign: int, dimension: str) -> HttpResponse:
    return _answer(request, campaign, dimension)


@signed_in("POST")
def say(request: PersonRequest, *, campaign: int, dimension: str) -> HttpResponse:
    level, comment = request.POST.get("niveau", ""), request.POST.get("commentaire", "")
    try:
        if not level:
            raise UserMessage("E-MAT-10", "Choisissez un niveau, ou «\u202fje ne sais pas\u202f».")
        answering.say(
            request.actor, campaign, dimension, level=None if level == "?" else typed_number(level), comment=comment
        )
    except UserMessage as refusal:
        return _answer(request, campaign, dimension, refusal=shown(refusal), level=level, comment=comment)
    after = answering.mine(request.actor, campaign).after(dimension)
    return HttpResponseRedirect(f"{HOME}/{campaign}/repondre{f'/{after}' if after else '?relire'}")


@signed_in("POST")
def hand_in(request: PersonRequest, *, campaign: int) -> HttpResponse:
    try:
        answering.hand_in(request.actor, campaign)
    except UserMessage as refusal:
        found = answering.mine(request.actor, campaign)
        return page(request, "evaluations/my_answers.html", status=422, mine=found, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{campaign}?fait=remis")


@signed_in("POST")
def agree(request: PersonRequest, *, campaign: int, dimension: str) -> HttpResponse:
    said = request.POST
    try:
        consensus.agree(
            request.actor, campaign, dimension, level=typed_number(said.get("niveau", "")),
            votes=typed_number(said.get("voix", "")), present=typed_number(said.get("presents", "")),
            dissent=said.get("desaccord", ""), proof=said.get("preuve", ""),
        )  # fmt: skip
    except UserMessage as refusal:
        return _campaign(request, campaign, refusal=shown(refusal), at=f"d-{dimension}")
    present = typed_number(said["presents"])
    return HttpResponseRedirect(f"{HOME}/{campaign}?fait=niveau&presents={present}#d-{dimension}")


@signed_in("POST")
def decide(request: PersonRequest, *, campaign: int) -> HttpResponse:
    said, owner = request.POST, request.POST.get("responsable", "")
    try:
        consensus.decide(
            request.actor, campaign, dimension=said.get("dimension", ""), title=said.get("action", ""),
            owner=ProfessionalId(typed_number(owner)) if owner else None, due_on=typed_day(said.get("echeance", "")),
            means=said.get("moyens", ""),
        )  # fmt: skip
    except UserMessage as refusal:
        return _campaign(request, campaign, refusal=shown(refusal), at="action")
    return HttpResponseRedirect(f"{HOME}/{campaign}?fait=action#actions")


@signed_in("POST")
def advance(request: PersonRequest, *, action: UUID) -> HttpResponse:
    number = consensus.number_of(request.actor, action)
    move = MOVES.get(request.POST.get("suite", ""))
    if move is None:
        return errors.not_found(request)
    try:
        consensus.advance(request.actor, action, move, result=request.POST.get("resultat", ""))
    except UserMessage as refusal:
        return _campaign(request, number, refusal=shown(refusal), at=f"a-{action}")
    return HttpResponseRedirect(f"{HOME}/{number}?fait=action#actions")


@signed_in("POST")
def move(request: PersonRequest, *, campaign: int, step: str) -> HttpResponse:
    verb = STEPS.get(step)
    if verb is None and step != "evaluer":
        return errors.not_found(request)
    try:
        if verb:
            verb(request.actor, campaign)
        else:
            campaigns.evaluate(request.actor, campaign, feedback=request.POST.get("restitution", ""))
    except UserMessage as refusal:
        return _campaign(request, campaign, refusal=shown(refusal), at="etapes")
    return HttpResponseRedirect(f"{HOME}/{campaign}?fait={step}")


@signed_in()
def compare(request: PersonRequest, *, campaign: int, former: int) -> HttpResponse:
    try:
        found = results.compare(request.actor, campaign, former)
    except UserMessage as refusal:
        return _campaign(request, campaign, refusal=shown(refusal), at="comparer")
    drawn = radar(
        [each.dimension.code for each in found.deltas],
        [
            Series(name=found.former.title, css="is-before", values=[each.before for each in found.deltas]),
            Series(name=found.present.title, css="is-now", values=[each.after for each in found.deltas]),
        ],
        most=_most(results.show(request.actor, campaign).grid),
    )
    return page(request, "evaluations/compare.html", found=found, drawn=drawn)


# ------------------------------------------------------------------------------------------------ within


def _list(request: PersonRequest, *, refusal: str = "", at: str = "") -> HttpResponse:
    actor = request.actor
    return page(
        request, "evaluations/campaigns.html", status=422 if refusal else 200, campaigns=results.campaigns(actor),
        may_lead=evaluations.may_lead(actor), offered=evaluations.grids.offered(actor, "maturite"), refusal=refusal,
        at=at, typed=request.POST,
    )  # fmt: skip


def _campaign(request: PersonRequest, number: int, *, refusal: str = "", at: str = "") -> HttpResponse:
    view = results.show(request.actor, number)
    members = professionals.active_members(request.actor.structure_id) if request.actor.structure_id else []
    return page(
        request, "evaluations/campaign.html", status=422 if refusal else 200, view=view, members=members,
        drawn=_drawn(view), step=OF_STEP.get(view.next_step, ""), refusal=refusal, at=at, typed=request.POST,
        done=DONE.get(request.GET.get("fait", ""), ""), present=request.GET.get("presents", ""),
        mine=answering.mine(request.actor, number) if view.line.is_asked else None,
    )  # fmt: skip


def _drawn(view: results.CampaignView) -> Radar | None:
    lines = view.results
    medians = [each.whole.median if each.whole else None for each in lines]
    agreed = [each.consensus.level if each.consensus else None for each in lines]
    return radar(
        [each.dimension.code for each in lines],
        [
            Series(name="médiane des réponses", css="is-before", values=medians),
            Series(name="consensus", css="is-now", values=agreed),
        ],
        most=_most(view.grid),
    )


def _answer(request: PersonRequest, number: int, dimension: str, *, refusal: str = "", **typed: Any) -> HttpResponse:
    mine = answering.mine(request.actor, number)
    line, codes = mine.line(dimension), [each.dimension.code for each in mine.lines]
    level = "?" if line.is_answered and line.level is None else "" if line.level is None else str(line.level)
    said = {"level": level, "comment": line.comment} | typed
    return page(
        request, "evaluations/answer.html", status=422 if refusal else 200, mine=mine, line=line, refusal=refusal,
        typed=said, before=mine.before(dimension), rank=codes.index(dimension) + 1,
    )  # fmt: skip


def _most(grid: evaluations.Grid) -> int:
    return max((each.valeur for each in grid.echelle), default=0)
