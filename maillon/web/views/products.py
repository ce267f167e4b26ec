"""Products of mobile health: the shared catalogue, one's evaluations, one evaluation and its criteria."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.web import errors
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.views.circle import shown

products = evaluations.products
HOME = "/produits"
STEPS: dict[str, Callable[[Actor, UUID], None]] = {"partager": products.share, "retirer": products.withdraw}
DONE = {
    "decrit": "La description est enregistrée.",
    "criteres": "Vos réponses sont enregistrées.",
    "conclure": "L’évaluation est conclue, pour douze mois.",
    "partager": "L’évaluation est au catalogue partagé.",
    "retirer": "L’évaluation n’est plus au catalogue.",
}


@signed_in()
def catalogue(request: PersonRequest) -> HttpResponse:
    actor = request.actor
    return page(
        request, "evaluations/products.html", shared=products.catalogue(actor), ours=products.ours(actor)
    )  # fmt: skip


@signed_in()
def new(request: PersonRequest) -> HttpResponse:
    return _description(request)


@signed_in("POST")
def begin(request: PersonRequest) -> HttpResponse:
    try:
        uuid = products.begin(request.actor, _identity(request), is_independent="sans_lien" in request.POST)
    except UserMessage as refusal:
        return _description(request, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{uuid}?fait=decrit")


@signed_in()
def evaluation(request: PersonRequest, *, evaluation: UUID) -> HttpResponse:
    return _evaluation(request, evaluation)


@signed_in()
def description(request: PersonRequest, *, evaluation: UUID) -> HttpResponse:
    return _description(request, of=evaluation)


@signed_in("POST")
def describe(request: PersonRequest, *, evaluation: UUID) -> HttpResponse:
    is_independent = "sans_lien" in request.POST
    try:
        products.describe(request.actor, evaluation, _identity(request), is_independent=is_independent)
    except UserMessage as refusal:
        return _description(request, of=evaluation, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{evaluation}?fait=decrit")


@signed_in()
def criteria(request: PersonRequest, *, evaluation: UUID, dimension: str) -> HttpResponse:
    return _criteria(request, evaluation, dimension)


@signed_in("POST")
def judge(request: PersonRequest, *, evaluation: UUID, dimension: str) -> HttpResponse:
    products.dimension_of(request.actor, evaluation, dimension)
    # What the form bore, and nothing else: one left open from before the product became a device is refused.
    codes = {name[2:] for name in request.POST if name[:2] in ("v-", "t-")}
    said = {code: (request.POST.get(f"v-{code}", ""), request.POST.get(f"t-{code}", "")) for code in sorted(codes)}
    try:
        products.judge(request.actor, evaluation, said)
    except UserMessage as refusal:
        return _criteria(request, evaluation, dimension, refusal=shown(refusal), said=said)
    order = [each.code for each in products.show(request.actor, evaluation).grid.dimensions]
    after = order[order.index(dimension) + 1 :][:1]
    onward = f"/criteres/{after[0]}" if after and "suivant" in request.POST else "?fait=criteres"
    return HttpResponseRedirect(f"{HOME}/{evaluation}{onward}")


@signed_in("POST")
def move(request: PersonRequest, *, evaluation: UUID, step: str) -> HttpResponse:
    said, verb = request.POST, STEPS.get(step)
    if verb is None and step != "conclure":
        return errors.not_found(request)
    try:
        if verb:
            verb(request.actor, evaluation)
        else:
            products.conclude(
                request.actor, evaluation, decision=said.get("decision", ""), reason=said.get("motivation", "")
            )
    except UserMessage as refusal:
        return _evaluation(request, evaluation, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{evaluation}?fait={step}")


# ------------------------------------------------------------------------------------------------ within


def _identity(request: PersonRequest) -> products.Identity:
    said = request.POST
    return products.Identity(
        product=said.get("produit", ""), version=said.get("version", ""), editor=said.get("editeur", ""),
        purpose=said.get("sert_a", ""), use=said.get("usage", ""), public=said.get("public", ""),
        device_class=said.get("classe", ""),
    )  # fmt: skip


def _description(request: PersonRequest, *, of: UUID | None = None, refusal: str = "") -> HttpResponse:
    view = products.show(request.actor, of) if of else None
    if view is not None and not view.may_write:
        raise access_room.AccessDenied
    typed = _identity(request) if request.method == "POST" else view.identity if view else None
    return page(
        request, "evaluations/product_form.html", status=422 if refusal else 200, view=view, typed=typed,
        grid=products.offered(request.actor), classes=products.CLASSES, refusal=refusal,
        is_independent="sans_lien" in request.POST or view is not None,
    )  # fmt: skip


def _evaluation(request: PersonRequest, uuid: UUID, *, refusal: str = "") -> HttpResponse:
    view = products.show(request.actor, uuid)
    return page(
        request, "evaluations/product.html", status=422 if refusal else 200, view=view, needs=evaluations.NEEDS,
        verdicts=dict(evaluations.Verdict.choices), decisions=evaluations.Decision.choices, refusal=refusal,
        typed=request.POST, done=DONE.get(request.GET.get("fait", ""), ""),
    )  # fmt: skip


def _criteria(
    request: PersonRequest, uuid: UUID, dimension: str, *, refusal: str = "", said: dict[str, Any] | None = None
) -> HttpResponse:
    view = products.show(request.actor, uuid)
    found = products.dimension_of(request.actor, uuid, dimension)
    if not view.may_write:
        raise access_room.AccessDenied
    kept = {each.code: (view.verdicts.get(each.code, ""), view.texts.get(each.code, "")) for each in found.criteres}
    codes = [each.code for each in view.grid.dimensions]
    return page(
        request, "evaluations/criteria.html", status=422 if refusal else 200, view=view, dimension=found,
        rank=codes.index(dimension) + 1, total=len(codes), said=kept | (said or {}), needs=evaluations.NEEDS,
        verdicts=evaluations.Verdict.choices, refusal=refusal,
    )  # fmt: skip
