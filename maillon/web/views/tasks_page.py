"""One task, and what may be done with it: take it in hand, give it back, entrust it, put it off, close it. And what is
to be done in one record, whoever has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.http import HttpResponse

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.noticed import api as noticed
from maillon.patients import api as patients
from maillon.tasks import api as tasks
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.day import address_of, back
from maillon.web.views.record import record_page

handling = tasks.handling
Gesture = Callable[[], None]
OUTCOMES: Final = {"lu": "Marqué comme lu.", "fait": "Marqué comme fait.", "sans_suite": "Classé sans suite."}
MORNING: Final = dt.time(8)
# Word of the form -> what it says, and how long; a red alert is put off by minutes, the rest by days.
MINUTES: Final = {"15m": "15 minutes", "30m": "30 minutes", "60m": "1 heure"}
DAYS: Final = {"1j": "demain", "3j": "dans 3 jours", "7j": "dans une semaine", "28j": "dans 4 semaines"}


@opens_record("read", resource="tasks")
def of_record(request: PersonRequest, access: Access) -> HttpResponse:
    waiting = sorted(tasks.of_record(access), key=lambda line: line.level != "rouge")
    return record_page(
        request, access, "tasks/of_record.html", tab="taches", waiting=waiting,
        closed=tasks.of_record(access, closed=True)[:50], address_of=address_of, rubbing=noticed.of_record(access),
        rubbed=noticed.marks(access, [line.document_uuid for line in waiting if line.document_uuid is not None]),
    )  # fmt: skip


@opens_record("read", resource="task")
def show(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    return _show(request, access, task)


@opens_record("acknowledge", resource="task", method="POST")
def close(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    """Read, done, or left without effect for a reason; what was typed stays when it is refused."""
    outcome = request.POST.get("suite", "lu")
    outcome = outcome if outcome in OUTCOMES else "lu"
    return _done(
        request, access, task, lambda: tasks.acknowledge(
            access, task, outcome=outcome, comment=request.POST.get("commentaire", "")
        ), OUTCOMES[outcome],
    )  # fmt: skip


@opens_record("update", resource="task", method="POST")
def take(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    over = request.POST.get("reprendre") == "oui"
    return _done(
        request, access, task, lambda: handling.take(access, task, over=over), "Vous vous en occupez."
    )


@opens_record("update", resource="task", method="POST")
def give_back(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    return _done(request, access, task, lambda: handling.give_back(access, task), "Rendu.")


@opens_record("update", resource="task", method="POST")
def entrust(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    said = request.POST.get("qui", "")
    to = ProfessionalId(int(said) if said.isascii() and said.isdigit() and len(said) < 18 else 0)
    return _done(request, access, task, lambda: handling.delegate(access, task, to=to), "Confié.")


@opens_record("update", resource="task", method="POST")
def put_off(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    def gesture() -> None:
        until = _until(request.POST.get("pour", ""), request.POST.get("jusqu_au", ""))
        handling.snooze(access, task, until=until, reason=request.POST.get("motif", ""))

    return _done(request, access, task, gesture, "Remis à plus tard.")


@opens_record("update", resource="task", method="POST")
def wake(request: PersonRequest, access: Access, *, task: UUID) -> HttpResponse:
    return _done(request, access, task, lambda: handling.wake(access, task), "De retour dans la journée.")


def _done(request: PersonRequest, access: Access, task: UUID, gesture: Gesture, said: str) -> HttpResponse:
    """Back where the gesture was made; refused, the task's page says why and keeps what was typed."""
    try:
        gesture()
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied) or refusal.code == "E-TAC-01":
            raise
        return _show(request, access, task, refusal=refusal.message)
    return back(request, access, announce=said)


def _show(request: PersonRequest, access: Access, task: UUID, *, refusal: str = "") -> HttpResponse:
    found = tasks.serving.of_record(access, uuid=task)
    if not found:
        raise access_room.AccessDenied
    line = found[0]
    return record_page(
        request, access, "tasks/one.html", tab="taches", status=422 if refusal else 200, task=line, refusal=refusal,
        said=request.POST, chain=handling.chain(access, task), moments=_moments(line),
        colleagues=handling.colleagues(access, task) if line.is_mine else [],
        document=f"/document/{line.document_uuid}" if line.document_uuid else "",
    )  # fmt: skip


def _moments(line: tasks.TaskLine) -> dict[str, str]:
    """How long it may be put off: what the level of the task allows."""
    if line.level != "rouge":
        most = handling.most_days(line.level)
        return {word: text for word, text in DAYS.items() if int(word[:-1]) <= most}
    now = clock.now()
    return {word: text for word, text in MINUTES.items() if now + dt.timedelta(minutes=int(word[:-1])) <= line.due_at}


def _until(word: str, typed: str) -> dt.datetime:
    """A day begins at eight. A day that was typed prevails."""
    if typed.strip():
        return _morning(patients.typed_date(typed))
    if word in DAYS:
        return _morning(clock.today() + dt.timedelta(days=int(word[:-1])))
    if word in MINUTES:
        return clock.now() + dt.timedelta(minutes=int(word[:-1]))
    raise handling.PAST


def _morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, MORNING, clock.PARIS)
