"""The digital referent's board: emergency openings to review, notices that failed, habilitations, « voir comme »."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.access.api import oversight
from maillon.exchange import api as exchange
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in

MOST_FOUND = 10


def may_referee(request: PersonRequest) -> None:
    """The board does not exist for anybody else."""
    if not oversight.may_referee(request.actor):
        raise access_room.AccessDenied


@signed_in()
def board(request: PersonRequest) -> HttpResponse:
    return _board(request)


@signed_in()
def count(request: PersonRequest) -> HttpResponse:
    number = oversight.waiting(request.actor)
    return HttpResponse(str(number) if number else "")


@signed_in("POST")
def review(request: PersonRequest, *, glass: int) -> HttpResponse:
    verdict, comment = request.POST.get("verdict", ""), request.POST.get("commentaire", "")
    try:
        oversight.review(request.actor, glass, verdict=verdict, comment=comment)
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _board(request, refusal=refusal.message, refused=glass, verdict=verdict, comment=comment)
    return HttpResponseRedirect("/referent?relu")


@signed_in("POST")
def letter_sent(request: PersonRequest, *, glass: int) -> HttpResponse:
    oversight.note_letter_sent(request.actor, glass)
    return HttpResponseRedirect("/referent?prevenu")


@signed_in()
def habilitations(request: PersonRequest) -> HttpResponse:
    may_referee(request)
    lines = oversight.habilitations(request.actor)
    return page(
        request, "referent/habilitations.html", lines=lines, due=sum(line.is_due for line in lines),
        is_done="revu" in request.GET,
    )  # fmt: skip


@signed_in("POST")
def keep_habilitation(request: PersonRequest, *, account: int) -> HttpResponse:
    oversight.keep_habilitation(request.actor, account)
    return HttpResponseRedirect("/referent/habilitations?revu")


@signed_in("POST")
def close_habilitation(request: PersonRequest, *, account: int) -> HttpResponse:
    oversight.close_habilitation(request.actor, account)
    return HttpResponseRedirect("/referent/habilitations?revu")


@signed_in()
def see_as_form(request: PersonRequest) -> HttpResponse:
    return _see_as(request)


# Without an address for its answer: neither a name nor a person may stand in a browser's history.
@signed_in("POST")
def see_as(request: PersonRequest) -> HttpResponse:
    may_referee(request)
    typed, person, patient = (request.POST.get(name, "").strip() for name in ("q", "personne", "patient"))
    if patient and person.isdigit():
        try:
            asked = UUID(patient)
        except ValueError:
            raise access_room.AccessDenied from None
        return _see_as(request, typed=typed, person=person, patient=patient,
                       answer=oversight.as_seen_by(request.actor, asked, int(person)))  # fmt: skip
    return _see_as(request, typed=typed, person=person)


def _see_as(
    request: PersonRequest, *, typed: str = "", person: str = "", patient: str = "",
    answer: oversight.Explanation | None = None,
) -> HttpResponse:  # fmt: skip
    may_referee(request)
    people = [each for each in oversight.habilitations(request.actor) if each.is_active]
    found, refusal = [], ""
    if len(typed) > 1:
        try:
            found = access_room.search_patients(request.actor, typed[:100], limit=MOST_FOUND)
        except UserMessage as refused:
            refusal = refused.message
    return page(
        request, "referent/see_as.html", people=sorted(people, key=lambda each: each.person), typed=typed,
        person=person, patient=patient, found=found, refusal=refusal, answer=answer,
    )  # fmt: skip


def _board(
    request: PersonRequest, *, refusal: str = "", refused: int = 0, verdict: str = "", comment: str = ""
) -> HttpResponse:
    may_referee(request)
    actor = request.actor
    return page(
        request,
        "referent/board.html",
        status=422 if refusal else 200,
        waiting=oversight.to_review(actor),
        reviewed=oversight.reviewed(actor),
        untold=oversight.late_notices(actor),
        counts=oversight.counts(actor),
        failed=exchange.failed_notices(actor),
        due=sum(line.is_due for line in oversight.habilitations(actor)),
        may_control=access_room.journal.may_control(actor),
        may_manage=access_room.partners.may_manage(actor),
        now=clock.now(),
        refusal=refusal,
        refused=refused,
        verdict=verdict,
        comment=comment,
        done={"relu": "La revue est enregistrée.", "prevenu": "Le patient est noté comme prévenu."}.get(
            next(iter(request.GET), ""), ""
        ),
    )
