"""Irritants: said from any screen, triaged, followed, answered; what they cost, what is handed to the vendor."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.web import bars, errors, jinja
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, is_htmx, signed_in
from maillon.web.screens import known_screen, screen_title
from maillon.web.typed import typed_day, typed_number
from maillon.web.views.circle import shown
from maillon.web.wording import browser, month_of

HOME = "/irritants"
MINUTES = (0, 2, 5, 10, 20, 30, 60, 120)
DONE = {
    "signale": "Merci. C’est enregistré, et vous aurez une réponse.",
    "trier": "L’irritant est trié\u202f: son responsable le voit dans sa journée.",
    "commencer": "C’est en cours, et qui l’a signalé le voit.",
    "resolu": "La réponse est envoyée.",
    "ecarte": "La réponse est envoyée.",
    "reunir": "Les deux irritants n’ont plus qu’un suivi.",
    "separer": "L’irritant est de nouveau seul, à trier.",
    "rouvrir": "L’irritant est rouvert, à trier.",
}


@signed_in()
def irritant_list(request: PersonRequest) -> HttpResponse:
    actor = request.actor
    may_triage = irritants.may_triage(actor)
    return page(
        request, "irritants/list.html", mine=irritants.lines.mine(actor), may_triage=may_triage,
        all=irritants.lines.to_triage(actor) if may_triage else (), owned=irritants.lines.owned(actor),
        cost=irritants.figures.cost(actor) if may_triage else None,
        done=DONE.get(request.GET.get("fait", ""), ""),
    )  # fmt: skip


@signed_in()
def report_form(request: PersonRequest) -> HttpResponse:
    return _report(request, screen=request.GET.get("ecran", ""))


@signed_in("POST")
def report(request: PersonRequest) -> HttpResponse:
    said = request.POST
    screen = said.get("ecran", "")
    try:
        irritants.reporting.report(
            request.actor,
            irritants.Report(
                code=said.get("irritant", ""), text=said.get("texte", ""), place=said.get("ou", ""),
                severity=typed_number(said.get("gravite", "")), minutes_lost=typed_number(said.get("minutes") or "0"),
                screen=known_screen(screen), browser=browser(request.headers.get("User-Agent", "")),
                software=jinja.VERSION,
            ),
        )  # fmt: skip
    except UserMessage as refusal:
        return _report(request, screen=screen, refusal=shown(refusal))
    if is_htmx(request):
        return page(request, "irritants/thanks.html", thanks=DONE["signale"])
    return HttpResponseRedirect(f"{HOME}?fait=signale")


@signed_in()
def trends(request: PersonRequest) -> HttpResponse:
    cost = irritants.figures.cost(request.actor)
    months = [month_of(each) for each in cost.months]
    weeks = [f"{each.day:02}/{each.month:02}" for each in cost.weeks]
    return page(
        request, "irritants/trends.html", cost=cost, months=months, weeks=weeks,
        by_month=bars.drawn("Irritants par mois", [f"{each:%m/%y}" for each in cost.months], cost.by_month, months),
        by_week=bars.drawn(
            "Minutes perdues par semaine", weeks, cost.minutes, [f"semaine du {each}" for each in weeks]
        ),
        small={each.code: bars.small(each.label, each.months) for each in cost.codes},
    )  # fmt: skip


@signed_in()
def plan(request: PersonRequest) -> HttpResponse:
    lines = irritants.lines.to_triage(request.actor)
    opened = [each for each in lines if each.is_open]
    settled = [each for each in lines if not each.is_open]
    return page(request, "irritants/plan.html", opened=opened, settled=settled)


@signed_in()
def plan_paper(request: PersonRequest) -> HttpResponse:
    return _file(irritants.paper.action_plan(request.actor), "application/pdf", "plan-d-action.pdf", in_place=True)


@signed_in()
def for_vendor(request: PersonRequest, *, shape: str) -> HttpResponse:
    """What was marked for the vendor, in a table or in JSON; nobody is named."""
    told = irritants.export.for_vendor(request.actor)
    name = f"irritants-{clock.today():%Y-%m-%d}"
    if shape == "csv":
        return _file(irritants.export.as_csv(told), "text/csv; charset=utf-8", f"{name}.csv")
    if shape == "json":
        return _file(irritants.export.as_json(told), "application/json", f"{name}.json")
    return errors.not_found(request)


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


# ------------------------------------------------------------------------------------------------ within


def _triage(request: PersonRequest, uuid: UUID) -> None:
    said, owner = request.POST, request.POST.get("responsable", "")
    decided = irritants.FollowUp(
        code=said.get("irritant", ""), action=said.get("action", ""), for_vendor=said.get("transmettre") == "oui",
        owner=ProfessionalId(typed_number(owner)) if owner else None, due_on=typed_day(said.get("echeance", "")),
    )  # fmt: skip
    irritants.triage.triage(request.actor, uuid, decided)


def _begin(request: PersonRequest, uuid: UUID) -> None:
    irritants.triage.begin(request.actor, uuid)


def _solve(request: PersonRequest, uuid: UUID) -> None:
    irritants.triage.settle(request.actor, uuid, is_solved=True, reply=request.POST.get("retour", ""))


def _drop(request: PersonRequest, uuid: UUID) -> None:
    irritants.triage.settle(request.actor, uuid, is_solved=False, reply=request.POST.get("retour", ""))


def _join(request: PersonRequest, uuid: UUID) -> None:
    try:
        other = UUID(request.POST.get("autre", ""))
    except ValueError:
        other = uuid  # nothing was chosen: the verb says so
    irritants.triage.join(request.actor, uuid, to=other)


def _separate(request: PersonRequest, uuid: UUID) -> None:
    irritants.triage.separate(request.actor, uuid)


def _reopen(request: PersonRequest, uuid: UUID) -> None:
    irritants.triage.reopen(request.actor, uuid)


STEPS: dict[str, Callable[[PersonRequest, UUID], None]] = {
    "trier": _triage, "commencer": _begin, "resolu": _solve, "ecarte": _drop, "reunir": _join, "separer": _separate,
    "rouvrir": _reopen,
}  # fmt: skip


def _report(request: PersonRequest, *, screen: str, refusal: str = "") -> HttpResponse:
    """The form in its window over the page, or alone on its own."""
    screen, is_window = known_screen(screen), is_htmx(request)
    return page(
        request, "irritants/form.html" if is_window else "irritants/report.html",
        status=422 if refusal and not is_window else 200,  # a script swaps what is answered with a 200
        grid=irritants.grid(), screen=screen, screen_name=screen_title(screen), refusal=refusal, typed=request.POST,
        minutes=MINUTES, is_window=is_window,
    )  # fmt: skip


def _irritant(request: PersonRequest, uuid: UUID, *, refusal: str = "", at: str = "") -> HttpResponse:
    actor, line = request.actor, irritants.lines.show(request.actor, uuid)
    may_triage = irritants.may_triage(actor)
    members = professionals.active_members(actor.structure_id) if actor.structure_id is not None else []
    return page(
        request, "irritants/one.html", status=422 if refusal else 200, line=line, members=members,
        may_triage=may_triage, is_owner=line.owner_id == actor.professional_id, grid=irritants.grid(),
        joined=irritants.lines.joined(actor, uuid), alike=irritants.lines.alike(actor, uuid) if may_triage else (),
        refusal=refusal, at=at, typed=request.POST, screen_name=screen_title(line.screen),
        done=DONE.get(request.GET.get("fait", ""), ""),
    )  # fmt: skip


def _file(data: bytes, kind: str, name: str, *, in_place: bool = False) -> HttpResponse:
    where = "inline" if in_place else "attachment"
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": f'{where}; filename="{name}"'})
