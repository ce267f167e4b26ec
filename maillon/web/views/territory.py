"""The territory: its board, one measure, its structures, one structure, what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.territory import api as territory
from maillon.web import months
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.typed import typed_day, typed_number
from maillon.web.views.circle import shown
from maillon.web.wording import level, part, thousands

measuring, structures = territory.measuring, territory.structures
HOME = "/territoire"
Board = territory.measuring.Board
DONE = {
    "territoire": "Le territoire est déclaré. Créez ses bassins, puis inscrivez ses structures.",
    "bassin": "Le bassin est créé.",
    "structure": "Ce qui est déclaré de la structure est enregistré.",
    "releve": "Le relevé est pris, et les mois qu’il porte sont recomptés.",
    "visite": "La visite est demandée.",
    "information": "Le nombre de patients informés est noté.",
    "information-retiree": "Ce décompte est retiré.",
}


@signed_in()
def board(request: PersonRequest) -> HttpResponse:
    """The territory for who steers it; one's own structure for everybody else."""
    actor = request.actor
    if not territory.may_steer(actor):
        own = structures.own(actor)
        return HttpResponseRedirect(f"{HOME}/structures/{own}") if own else _outside(request)
    month, looked = _month(request), _part(request)
    families = measuring.board(actor, month, looked)
    best = territory.visits.next_best(actor, basin=looked.basin, most=5)
    return page(
        request, "territory/board.html", families=families, month=month, part=looked, lines=_lines(families),
        funnel=structures.funnel(actor, basin=looked.basin, type_code=looked.structure_type), best=best,
        done=_done(request), **_choices(actor),
    )  # fmt: skip


@signed_in()
def study(request: PersonRequest, *, measure: str) -> HttpResponse:
    month, looked = _month(request), _part(request)
    found = measuring.study(request.actor, measure, month, looked)
    if found is None:
        raise access_room.AccessDenied
    tile, bound = found.tile, found.tile.measure.threshold_on(month)
    drawn = months.bars(
        [(point.month, point.value.value) for point in tile.points], label=tile.measure.libelle,
        bound=float(bound.vert) if bound else None, shown=shown_value(tile.measure.genre),
    )  # fmt: skip
    return page(
        request, "territory/study.html", study=found, tile=tile, bound=bound, drawn=drawn, month=month, part=looked,
        **_choices(request.actor),
    )  # fmt: skip


@signed_in("POST")
def declare(request: PersonRequest) -> HttpResponse:
    try:
        territory.declare(request.actor, name=request.POST.get("nom", ""))
    except UserMessage as refusal:
        return _outside(request, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/structures?fait=territoire")


@signed_in()
def structure_list(request: PersonRequest) -> HttpResponse:
    return _structures(request)


@signed_in("POST")
def register_basin(request: PersonRequest) -> HttpResponse:
    population = request.POST.get("population", "").replace("\u202f", "").replace(" ", "")
    try:
        structures.register_basin(
            request.actor, name=request.POST.get("bassin-nom", ""),
            population=typed_number(population) if population else None,
        )  # fmt: skip
    except UserMessage as refusal:
        return _structures(request, refusal=shown(refusal), at="bassin")
    return HttpResponseRedirect(f"{HOME}/structures?fait=bassin")


@signed_in("POST")
def bring_statement(request: PersonRequest) -> HttpResponse:
    sent = request.FILES.get("releve")
    try:
        territory.statements.bring(request.actor, sent.read() if sent else b"")
    except UserMessage as refusal:
        return _structures(request, refusal=shown(refusal), at="releve")
    return HttpResponseRedirect(f"{HOME}/structures?fait=releve")


@signed_in()
def structure(request: PersonRequest, *, structure: UUID) -> HttpResponse:
    return _structure(request, structure)


@signed_in("POST")
def enrol(request: PersonRequest, *, structure: UUID) -> HttpResponse:
    """What is declared of a structure that is in the deployment."""
    line = structures.sheet(request.actor, structure).line
    try:
        structures.enrol(request.actor, line.id, _declared(request))
    except UserMessage as refusal:
        return _structure(request, structure, refusal=shown(refusal), at="declarer")
    territory.rounds.look(only=[line.id])
    return HttpResponseRedirect(f"{HOME}/structures/{structure}?fait=structure")


@signed_in("POST")
def enrol_new(request: PersonRequest) -> HttpResponse:
    """One of the directory, which the form names."""
    try:
        chosen = professionals.structure_by_number(UUID(request.POST.get("structure", "")))
        place = chosen.id if chosen else StructureId(0)
        structures.enter(request.actor, place, _declared(request))
    except ValueError:
        return _structures(request, refusal="Choisissez une structure dans la liste.", at="inscrire")
    except UserMessage as refusal:
        return _structures(request, refusal=shown(refusal), at="inscrire")
    territory.rounds.look(only=[place])
    return HttpResponseRedirect(f"{HOME}/structures/{request.POST['structure']}?fait=structure")


@signed_in("POST")
def ask_visit(request: PersonRequest, *, structure: UUID) -> HttpResponse:
    line = structures.sheet(request.actor, structure).line
    try:
        territory.visits.ask(request.actor, line.id, reason=request.POST.get("motif", ""))
    except UserMessage as refusal:
        return _structure(request, structure, refusal=shown(refusal), at="visite")
    return HttpResponseRedirect(f"{HOME}/structures/{structure}?fait=visite")


@signed_in("POST")
def note_information(request: PersonRequest, *, structure: UUID) -> HttpResponse:
    said = request.POST
    try:
        territory.informing.note(
            request.actor, means=said.get("moyen", ""), day=typed_day(said.get("jour", "")),
            number=typed_number(said.get("nombre", "")), campaign=said.get("campagne", ""),
        )  # fmt: skip
    except UserMessage as refusal:
        return _structure(request, structure, refusal=shown(refusal), at="information")
    return HttpResponseRedirect(f"{HOME}/structures/{structure}?fait=information")


@signed_in("POST")
def take_back_information(request: PersonRequest, *, structure: UUID, information: int) -> HttpResponse:
    line = structures.sheet(request.actor, structure).line
    territory.informing.take_back(request.actor, line.id, information)
    return HttpResponseRedirect(f"{HOME}/structures/{structure}?fait=information-retiree")


@signed_in()
def published(request: PersonRequest) -> HttpResponse:
    month, basin = _final_month(request), request.GET.get("bassin", "")
    refusal, found = "", None
    try:
        found = territory.public.publication(request.actor, month, basin=basin)
    except UserMessage as refused:
        refusal = shown(refused)
    return page(
        request, "territory/public.html", found=found, refusal=refusal, month=month, basin=basin,
        status=422 if refusal else 200, **_choices(request.actor),
    )  # fmt: skip


@signed_in()
def published_file(request: PersonRequest) -> HttpResponse:
    month, basin = _final_month(request), request.GET.get("bassin", "")
    found = territory.public.publication(request.actor, month, basin=basin)
    name = f"territoire-{month:%Y-%m}{f'-{basin}' if basin else ''}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(territory.public.as_csv(found), content_type="text/csv; charset=utf-8", headers=headers)


# ------------------------------------------------------------------------------------------------ within


def shown_value(genre: str) -> Callable[[float], str]:
    """« 55,0 % », « 4,2 », « 1 204 »."""
    if genre == "taux":
        return part
    return (lambda value: level(round(value, 1))) if genre == "moyenne" else (lambda value: thousands(int(value)))


def _outside(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    """No territory, or a structure that is not in it."""
    return page(
        request, "territory/outside.html", status=422 if refusal else 200, place=territory.territory(),
        may_declare=territory.may_declare(request.actor), refusal=refusal, typed=request.POST,
    )  # fmt: skip


def _structures(request: PersonRequest, *, refusal: str = "", at: str = "") -> HttpResponse:
    actor, asked = request.actor, request.GET
    looked = _part(request)
    found = structures.listed(
        actor, basin=looked.basin, type_code=looked.structure_type, stage=asked.get("etape", "")
    )  # fmt: skip
    typed = asked.get("q", "") or request.POST.get("q", "")
    known = professionals.find_structures(typed, limit=30) if typed else []
    deployed = structures.deployed([each.id for each in known])
    return page(
        request, "territory/structures.html", status=422 if refusal else 200, found=found, part=looked,
        stage=asked.get("etape", ""), stages=territory.Stage.choices, refusal=refusal, at=at, typed=request.POST,
        q=typed, candidates=[each for each in known if each.id not in deployed][:8], done=_done(request),
        there=[each for each in known if each.id in deployed][:8],
        facts=[each for each in territory.catalogue.facts().faits if each.releve], **_choices(actor),
    )  # fmt: skip


def _structure(request: PersonRequest, uuid: UUID, *, refusal: str = "", at: str = "") -> HttpResponse:
    actor, month = request.actor, _month(request)
    sheet = structures.sheet(actor, uuid)
    is_own, place = actor.structure_id == sheet.line.id, StructureId(sheet.line.id)
    families = _worth_showing(measuring.board(actor, month, measuring.Part(structure_id=place)))
    may_steer = territory.may_steer(actor)
    return page(
        request, "territory/structure.html", status=422 if refusal else 200, sheet=sheet, line=sheet.line,
        stages=territory.Stage.choices, families=families, lines=_lines(families), month=month, refusal=refusal, at=at,
        typed=request.POST, visits=territory.visits.of_structure(actor, place) if may_steer else (), is_own=is_own,
        sessions=territory.trainings.of_structure(actor, place), tickets=territory.tickets.of_structure(actor, place),
        informed=territory.informing.listed(actor, place) if is_own else (),
        means=territory.informing.Means.choices, done=_done(request), months=measuring.months(),
        basins=structures.basins(actor) if may_steer else (),
    )  # fmt: skip


def _worth_showing(families: Board) -> Board:
    """On the sheet of one structure: neither shares of structures, nor what it has nothing of."""
    found = []
    for family, tiles in families:
        some = tuple(
            each for each in tiles
            if each.now.value is not None and not each.not_by and each.counted != "structures"
            and (each.measure.genre != "nombre" or each.now.numerator)
        )
        found += [(family, some)] if some else []
    return tuple(found)


def _declared(request: PersonRequest) -> territory.structures.Declared:
    said = request.POST
    staff = said.get("effectif", "")
    return structures.Declared(
        basin=said.get("bassin", ""), is_eligible="eligible" in said, counted_here="compte_ici" in said,
        staff=typed_number(staff) if staff else None, software=said.get("logiciel", ""),
        equipped_on=typed_day(said.get("equipee_le", "")), connected_on=typed_day(said.get("raccordee_le", "")),
    )  # fmt: skip


def _choices(actor: Actor) -> dict[str, Any]:
    return {
        "basins": structures.basins(actor), "types": structures.TYPES, "months": measuring.months(),
        "professions": professionals.PROFESSIONS, "documents": territory.catalogue.facts().documents,
        "place": territory.territory(),
    }  # fmt: skip


def _part(request: PersonRequest) -> territory.measuring.Part:
    asked = request.GET
    return measuring.Part(
        basin=asked.get("bassin", "")[:30], structure_type=asked.get("type", "")[:10],
        profession=asked.get("profession", "")[:10], document=asked.get("document", "")[:20],
    )  # fmt: skip


def _month(request: PersonRequest) -> dt.date:
    """The one that is asked for; else the last that is over, so that the first figures seen are final."""
    known = {each.first for each in measuring.months()}
    try:
        asked = dt.date.fromisoformat(f"{request.GET.get('mois', '')}-01")
    except ValueError:
        asked = None
    last = territory.counting.last_over()
    return asked if asked in known else last if last in known else clock.today().replace(day=1)


def _final_month(request: PersonRequest) -> dt.date:
    """Without a month, the last that is final; one that is asked for is refused by the verb when it is not."""
    asked = _month(request)
    final = [each.first for each in measuring.months() if each.is_final]
    return asked if "mois" in request.GET or not final else final[0]


def _lines(families: Board) -> dict[int, months.Line | None]:
    return {
        id(tile): months.line(
            [(point.month, point.value.value) for point in tile.points], label=tile.measure.libelle,
            shown=shown_value(tile.measure.genre),
        )
        for _, tiles in families for tile in tiles
    }  # fmt: skip


def _done(request: PersonRequest) -> str:
    return DONE.get(request.GET.get("fait", ""), "")
