"""Two small pages of evaluations: the hub, and télésoin."""

from __future__ import annotations

from django.http import HttpResponse

from maillon.evaluations import api as evaluations
from maillon.irritants import api as irritants
from maillon.kernel.message import UserMessage
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in

telecare = evaluations.telecare


@signed_in()
def hub(request: PersonRequest) -> HttpResponse:
    """Everything that the structure says of itself and of its tools, on one page."""
    actor = request.actor
    return page(
        request, "evaluations/hub.html", campaigns=evaluations.results.campaigns(actor),
        shared=evaluations.products.catalogue(actor), ours=evaluations.products.ours(actor),
        reported=irritants.lines.mine(actor), waiting=irritants.lines.waiting(actor),
    )  # fmt: skip


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
