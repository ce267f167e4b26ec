"""Field days: prepared, led live, said from a phone, compared, reported on A4."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from maillon.access import api as access_room
from maillon.fielddays import api as fielddays
from maillon.irritants import api as irritants
from maillon.kernel.key import ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.web import errors, jinja
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, public, signed_in
from maillon.web.typed import typed_day, typed_number
from maillon.web.views.circle import shown
from maillon.web.views.irritants import MINUTES
from maillon.web.wording import browser

HOME = "/journees"
DONE = {
    "preparer": "La journée est préparée. Il reste à dire qui joue chaque rôle.",
    "participants": "Les participants sont enregistrés.",
    "ouvrir": "La journée est ouverte\u202f: chacun peut répondre.",
    "clore": "La journée est close. Le rapport est prêt.",
    "rouvrir": "La journée est rouverte.",
    "decisions": "Les décisions sont enregistrées.",
    "partager": "La journée est partagée, sans aucun nom.",
    "ne-plus-partager": "La journée n’est plus partagée.",
    "note": "C’est noté.",
}


@signed_in()
def listed(request: PersonRequest) -> HttpResponse:
    return _list(request)


@signed_in("POST")
def prepare(request: PersonRequest) -> HttpResponse:
    said = request.POST
    try:
        uuid = fielddays.preparing.prepare(
            request.actor, said.get("parcours", ""), held_on=typed_day(said.get("jour", "")),
            place=said.get("lieu", ""), territory=said.get("territoire", ""),
        )  # fmt: skip
    except UserMessage as refusal:
        return _list(request, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{uuid}/participants?fait=preparer")


@signed_in()
def lead(request: PersonRequest, *, day: UUID) -> HttpResponse:
    return _lead(request, day)


@signed_in()
def parts(request: PersonRequest, *, day: UUID) -> HttpResponse:
    return _parts(request, day)


@signed_in("POST")
def give_out(request: PersonRequest, *, day: UUID) -> HttpResponse:
    view = fielddays.reading.show(request.actor, day)
    holdings = {each.actor: _holding(request, each.actor) for each in view.parts}
    try:
        fielddays.preparing.give_out(request.actor, day, holdings)
    except UserMessage as refusal:
        return _parts(request, day, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{day}?fait=participants")


@signed_in()
def codes(request: PersonRequest, *, day: UUID) -> HttpResponse:
    """One card for each guest, to print and hand out."""
    view = fielddays.reading.show(request.actor, day)
    cards = [
        (each, segno.make(_door(request, each.code), error="m").svg_data_uri(scale=4, border=2, dark="#000"))
        for each in view.parts if each.code
    ]  # fmt: skip
    return page(request, "fielddays/codes.html", day=view.line, cards=cards, door=_door(request, ""))


@signed_in("POST")
def move(request: PersonRequest, *, day: UUID, step: str) -> HttpResponse:
    verb = STEPS.get(step)
    if verb is None:
        return errors.not_found(request)
    try:
        verb(request, day)
    except UserMessage as refusal:
        return _lead(request, day, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{day}?fait={step}")


@signed_in()
def report(request: PersonRequest, *, day: UUID) -> HttpResponse:
    pdf = fielddays.paper.report(request.actor, day)
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="journee.pdf"'}
    )


@signed_in()
def compare(request: PersonRequest, *, scenario: str) -> HttpResponse:
    seen = fielddays.comparing.compare(request.actor, scenario, request.GET.getlist("avec"))
    return page(request, "fielddays/compare.html", seen=seen, duration=fielddays.paper.duration)


# ------------------------------------------------------------------------------------------------ the steps of one


@signed_in()
def mine(request: PersonRequest, *, day: UUID) -> HttpResponse:
    return _steps(request, fielddays.playing.seat_of(request.actor, day), f"{HOME}/{day}/mes-etapes")


@signed_in("POST")
def say(request: PersonRequest, *, day: UUID, etape: str) -> HttpResponse:
    return _said(request, fielddays.playing.seat_of(request.actor, day), etape, f"{HOME}/{day}/mes-etapes")


@signed_in()
def in_place(request: PersonRequest, *, day: UUID, etape: str) -> HttpResponse:
    return _in_place(request, day, etape)


@signed_in("POST")
def note_in_place(request: PersonRequest, *, day: UUID, etape: str) -> HttpResponse:
    seat = fielddays.playing.seat_of_facilitator(request.actor, day)
    try:
        fielddays.playing.say(seat, etape, _spoken(request))
    except UserMessage as refusal:
        return _in_place(request, day, etape, refusal=shown(refusal))
    return HttpResponseRedirect(f"{HOME}/{day}?fait=note#etape-{etape}")


@public()
def guest_door(request: HttpRequest) -> HttpResponse:
    return page(request, "fielddays/door.html", typed="", refusal="")


@public("POST")
def guest_knock(request: HttpRequest) -> HttpResponse:
    typed = "".join(request.POST.get("acces", "").lower().split()).replace("-", "")[:40]
    try:
        fielddays.playing.seat_of_guest(typed)
    except access_room.AccessDenied:
        refusal = "Ce code n’ouvre aucune journée en cours. Vérifiez-le, ou demandez à qui anime."
        return page(request, "fielddays/door.html", status=422, typed=typed, refusal=refusal)
    return HttpResponseRedirect(f"/terrain/{typed}")


@public()
def guest_steps(request: HttpRequest, *, guest: str) -> HttpResponse:
    return _steps(request, fielddays.playing.seat_of_guest(guest), f"/terrain/{guest}")


@public("POST")
def guest_say(request: HttpRequest, *, guest: str, etape: str) -> HttpResponse:
    return _said(request, fielddays.playing.seat_of_guest(guest), etape, f"/terrain/{guest}")


# ------------------------------------------------------------------------------------------------ within


def _open(request: PersonRequest, uuid: UUID) -> None:
    fielddays.preparing.open_day(request.actor, uuid)


def _close(request: PersonRequest, uuid: UUID) -> None:
    fielddays.preparing.close_day(request.actor, uuid, decisions=request.POST.get("decisions", ""))


def _decide(request: PersonRequest, uuid: UUID) -> None:
    fielddays.preparing.decide(request.actor, uuid, request.POST.get("decisions", ""))


def _reopen(request: PersonRequest, uuid: UUID) -> None:
    fielddays.preparing.reopen(request.actor, uuid)


def _share(request: PersonRequest, uuid: UUID) -> None:
    fielddays.preparing.share(request.actor, uuid, is_shared=True)


def _unshare(request: PersonRequest, uuid: UUID) -> None:
    fielddays.preparing.share(request.actor, uuid, is_shared=False)


STEPS: dict[str, Callable[[PersonRequest, UUID], None]] = {
    "ouvrir": _open, "clore": _close, "decisions": _decide, "rouvrir": _reopen, "partager": _share,
    "ne-plus-partager": _unshare,
}  # fmt: skip


def _list(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    actor = request.actor
    return page(
        request, "fielddays/list.html", status=422 if refusal else 200, days=fielddays.reading.days(actor),
        leads=fielddays.leads(actor), mine=fielddays.playing.mine(actor), journeys=fielddays.comparing.journeys(),
        refusal=refusal, typed=request.POST,
    )  # fmt: skip


def _lead(request: PersonRequest, uuid: UUID, *, refusal: str = "") -> HttpResponse:
    view = fielddays.reading.show(request.actor, uuid)
    return page(
        request, "fielddays/lead.html", status=422 if refusal else 200, view=view, day=view.line, refusal=refusal,
        found=fielddays.reading.found_on(request.actor, view), duration=fielddays.paper.duration, typed=request.POST,
        done=DONE.get(request.GET.get("fait", ""), ""), door=_door(request, ""),
    )  # fmt: skip


def _parts(request: PersonRequest, uuid: UUID, *, refusal: str = "") -> HttpResponse:
    view = fielddays.reading.show(request.actor, uuid)
    return page(
        request, "fielddays/parts.html", status=422 if refusal else 200, view=view, day=view.line, refusal=refusal,
        members=fielddays.reading.members(request.actor), typed=request.POST,
        done=DONE.get(request.GET.get("fait", ""), ""),
    )  # fmt: skip


def _in_place(request: PersonRequest, uuid: UUID, code: str, *, refusal: str = "") -> HttpResponse:
    view = fielddays.reading.show(request.actor, uuid)
    step = next((each for each in view.steps if each.code == code), None)
    if step is None:
        return errors.not_found(request)
    return page(
        request, "fielddays/in_place.html", status=422 if refusal else 200, day=view.line, step=step, refusal=refusal,
        **_asking(request), typed=request.POST,
    )  # fmt: skip


def _steps(
    request: HttpRequest, seat: fielddays.Seat, address: str, *, refusal: str = "", at: str = ""
) -> HttpResponse:
    day, steps = fielddays.reading.steps_of(seat)
    return page(
        request, "fielddays/steps.html", status=422 if refusal else 200, day=day, steps=steps, seat=seat,
        replies=fielddays.reading.replies_to(seat),
        address=address, refusal=refusal, at=at, current=next((each.code for each in steps if not each.is_said), ""),
        duration=fielddays.paper.duration, **_asking(request), typed=request.POST if refusal else {},
    )  # fmt: skip


def _said(request: HttpRequest, seat: fielddays.Seat, code: str, address: str) -> HttpResponse:
    """A script is answered in JSON, a form by a page; what is refused comes back as it was typed."""
    is_script = request.headers.get("Accept") == "application/json"
    try:
        if request.POST.get("resultat") == "commencer":
            fielddays.playing.start(seat, code, ago=_ago(request))
        else:
            fielddays.playing.say(seat, code, _spoken(request))
    except UserMessage as refusal:
        if is_script:
            return JsonResponse({"refus": shown(refusal)}, status=422)
        return _steps(request, seat, address, refusal=shown(refusal), at=code)
    return JsonResponse({"etape": code}) if is_script else HttpResponseRedirect(f"{address}#etape-{code}")


def _spoken(request: HttpRequest) -> fielddays.Said:
    said = request.POST
    try:
        number = UUID(said.get("numero", ""))
    except ValueError:
        number = uuid4()
    return fielddays.Said(
        outcome=said.get("resultat", ""), number=number, note=said.get("note", ""), code=said.get("irritant", ""),
        severity=typed_number(said.get("gravite", "")), minutes=typed_number(said.get("minutes") or "0"),
        ago=_ago(request),
        started_ago=max(0, typed_number(said.get("commence_il_y_a") or "0")),
        browser=browser(request.headers.get("User-Agent", "")), software=jinja.VERSION,
    )  # fmt: skip


def _ago(request: HttpRequest) -> int:
    """How many seconds a phone kept it."""
    return max(0, typed_number(request.POST.get("il_y_a") or "0"))


def _asking(request: HttpRequest) -> dict[str, object]:
    return {"grid": irritants.grid(), "minutes": MINUTES, "number": uuid4}


def _holding(request: PersonRequest, actor: str) -> fielddays.Holding:
    person = request.POST.get(f"personne-{actor}", "")
    typed = request.POST.get(f"invite-{actor}", "")
    return fielddays.Holding(professional_id=ProfessionalId(typed_number(person)) if person else None, typed=typed)


def _door(request: HttpRequest, code: str) -> str:
    return request.build_absolute_uri(f"/terrain/{code}" if code else "/terrain")
