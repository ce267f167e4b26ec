"""Ma journée: what waits for this person, and the one gesture that closes it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.exchange import api as exchange
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.patients import api as patients
from maillon.tasks import api as tasks
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, is_htmx, opens_record, purpose_of, signed_in
from maillon.web.wording import MONTHS
from maillon.writing import api as writing

WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
OUTCOMES = {"lu": "Marqué comme lu.", "fait": "Marqué comme fait.", "sans_suite": "Classé sans suite."}


@signed_in()
def my_day(request: PersonRequest) -> HttpResponse:
    return _day(request, announce="")


@opens_record("acknowledge", resource="task", method="POST")
def acknowledge(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    """From Ma journée the list comes back; from a document, the reader goes on to the next thing to do."""
    outcome = request.POST.get("suite", "lu")
    tasks.acknowledge(
        access,
        task,
        outcome=outcome if outcome in OUTCOMES else "lu",
        comment=request.POST.get("commentaire", "").strip(),
    )
    if is_htmx(request):
        with access_room.wall.beside():
            return _day(request, announce=OUTCOMES.get(outcome, ""))
    return HttpResponseRedirect("/journee")


@transaction.atomic
def _day(request: PersonRequest, *, announce: str) -> HttpResponse:
    day = tasks.my_day(request.actor)
    shown = (*day.escalated, *day.to_read, *day.to_do)
    names = patients.lines({task.patient_id for task in shown})
    _note_names(request.actor, list(names))
    late = sum(task.is_late for task in shown)
    return page(
        request, "day.html", day=day, patients=names, late=late, today=today(), announce=announce,
        letter=exchange.telling.LETTER_TITLE, drafts=len(writing.mine(request.actor)),
        sendings=exchange.outgoing.TASK_TITLES, team=evaluations.my_part(request.actor),
    )  # fmt: skip


def _note_names(actor: Actor, shown: list[PatientId]) -> None:
    access_room.journal.note_list(actor, shown, purpose=purpose_of(actor))


def today() -> str:
    day = clock.today()
    return f"{WEEK[day.weekday()]} {day.day}{'er' if day.day == 1 else ''} {MONTHS[day.month - 1]} {day.year}"
