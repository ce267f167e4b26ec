"""Ma journée: what waits for this person, and the one gesture that closes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.exchange import api as exchange
from maillon.fielddays import api as fielddays
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.noticed import api as noticed
from maillon.patients import api as patients
from maillon.tasks import api as tasks
from maillon.territory import api as territory
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, is_htmx, purpose_of, signed_in
from maillon.web.wording import MONTHS
from maillon.writing import api as writing

WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

Lines = tuple[tasks.TaskLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A list of the page. Without lines it says so, or is not drawn when it has nothing to say."""

    id: str
    title: str
    icon: str
    lines: Lines
    nothing: str = ""
    about_nothing: str = ""
    is_folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A filter: its word in the address, and how many lines it would show."""

    word: str
    title: str
    icon: str
    count: int
    tone: str = "info"


@signed_in()
def my_day(request: PersonRequest) -> HttpResponse:
    return day_page(request, announce="")


@signed_in()
def count(request: PersonRequest) -> HttpResponse:
    """For the bar: the red alerts that wait; nothing when there is none."""
    number = tasks.alerting.red_waiting(request.actor)
    spoken = "alerte rouge" if number == 1 else "alertes rouges"
    return HttpResponse(f'{number}<span class="spoken"> {spoken}</span>' if number else "")


def back(request: PersonRequest, access: Access, *, announce: str) -> HttpResponse:
    """To where the gesture was made: the list drawn again, the record's tasks, or Ma journée."""
    if is_htmx(request):
        with access_room.wall.beside():
            return day_page(request, announce=announce)
    if request.POST.get("retour") == "dossier":
        return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/taches")
    return HttpResponseRedirect("/journee")


@transaction.atomic
def day_page(request: PersonRequest, *, announce: str) -> HttpResponse:
    day = tasks.my_day(request.actor)
    asked = (request.POST if request.method == "POST" else request.GET).get("vue", "")
    choices = _choices(day)
    view = asked if asked in {each.word for each in choices} else ""
    parts = _parts(day, view)
    names = patients.lines({line.patient_id for part in parts for line in part.lines})
    _note_names(request.actor, list(names))
    return page(
        request, "day.html", day=day, parts=parts, patients=names, choices=choices, view=view, today=today(),
        announce=announce, drafts=len(writing.mine(request.actor)), cover=tasks.cover.of(request.actor),
        address_of=address_of, rubbing=noticed.of_day(request.actor), rubbed=_rubbed(request.actor, parts),
        worded=exchange.arrivals.came_with_any(_documents(parts)),
        team=evaluations.my_part(request.actor),
        followed=irritants.lines.owned(request.actor), answers=irritants.lines.answered(request.actor),
        to_triage=irritants.lines.waiting(request.actor), visits=territory.visits.mine(request.actor),
        playing=fielddays.playing.mine(request.actor),
    )  # fmt: skip


def _rubbed(actor: Actor, parts: list[Part]) -> dict[UUID, tuple[str, ...]]:
    """What the documents to read say of themselves, before they are opened."""
    shown = _documents(parts)
    return noticed.marks_across(actor, shown) if shown else {}


def _documents(parts: list[Part]) -> list[UUID]:
    return [line.document_uuid for part in parts for line in part.lines if line.document_uuid is not None]


def address_of(task: tasks.TaskLine) -> str:
    """Where the work is done: the document to read, the letter to print, the sending to look after; else the task's own
    page."""
    record = f"/dossier/{task.patient_uuid}"
    if task.document_uuid and task.kind == "a_lire":
        return f"/document/{task.document_uuid}"
    if task.origin == exchange.dmp.IDENTITY_ORIGIN:
        return f"{record}/identite"
    if task.title == exchange.telling.LETTER_TITLE:
        return f"{record}/urgence/courrier"
    return f"{record}/envois" if task.title in exchange.outgoing.TASK_TITLES else f"{record}/tache/{task.uuid}"


def _choices(day: tasks.Day) -> list[Choice]:
    late = len(_late(day.waiting))
    return [
        Choice(word="", title="Tout", icon="inbox", count=len(day.waiting), tone="neutral"),
        Choice(word="retard", title="En retard", icon="clock-history", count=late, tone="late"),
        Choice(word="alertes", title="Alertes", icon="exclamation-triangle", count=len(day.alerts), tone="danger"),
        Choice(word="a-lire", title="À lire", icon="file-text", count=len(day.to_read)),
        Choice(word="a-faire", title="À faire", icon="list-check", count=len(day.to_do)),
        Choice(word="mon-role", title="De mon rôle", icon="people", count=len(_of_role(day.waiting))),
        Choice(word="confiees", title="Confiées", icon="person-check", count=len(day.delegated)),
        Choice(word="remises", title="Remises", icon="hourglass-split", count=len(day.snoozed)),
        Choice(word="a-venir", title="À venir", icon="calendar-check", count=len(day.to_come)),
    ]


def _parts(day: tasks.Day, view: str) -> list[Part]:
    chosen = {
        "retard": ("En retard", "clock-history", _late(day.waiting), "Rien n’est en retard. "),
        "alertes": ("Alertes", "exclamation-triangle", day.alerts, "Aucune alerte. "),
        "a-lire": ("À lire", "file-text", day.to_read, "Tout est lu. "),
        "a-faire": ("À faire", "list-check", day.to_do, "Rien à faire. "),
        "mon-role": ("De mon rôle", "people", _of_role(day.waiting), "Rien n’attend votre rôle. "),
        "confiees": ("Confiées par moi", "person-check", day.delegated, "Vous n’avez rien confié. "),
        "remises": ("Remises à plus tard", "hourglass-split", day.snoozed, "Rien n’est remis à plus tard. "),
        "a-venir": ("À venir", "calendar-check", day.to_come, "Rien ne s’ouvre dans les sept jours. "),
    }
    if view:
        title, icon, lines, nothing = chosen[view]
        return [Part(id=view, title=title, icon=icon, lines=tuple(lines), nothing=nothing)]
    return _whole(day)


def _whole(day: tasks.Day) -> list[Part]:
    """What waits, then what is aside, folded. Only « À lire » is drawn empty."""
    found = [
        Part(id="alertes", title="Alertes", icon="exclamation-triangle", lines=day.alerts),
        Part(id="sans-reponse", title="Resté sans réponse", icon="hourglass-split", lines=day.escalated),
        Part(
            id="a-lire", title="À lire", icon="file-text", lines=day.to_read, nothing="Tout est lu. ",
            about_nothing="Les documents qui vous sont adressés apparaîtront ici.",
        ),
        Part(id="a-faire", title="À faire", icon="list-check", lines=day.to_do),
        Part(id="confiees", title="Confiées par moi", icon="person-check", lines=day.delegated, is_folded=True),
        Part(
            id="avec-un-collegue", title="Un collègue s’en occupe", icon="people", lines=day.with_others,
            is_folded=True,
        ),
        Part(id="remises", title="Remises à plus tard", icon="hourglass-split", lines=day.snoozed, is_folded=True),
        Part(id="a-venir", title="À venir", icon="calendar-check", lines=day.to_come, is_folded=True),
    ]  # fmt: skip
    return [part for part in found if part.lines or part.nothing]


def _late(lines: Iterable[tasks.TaskLine]) -> Lines:
    return tuple(line for line in lines if line.is_late)


def _of_role(lines: Iterable[tasks.TaskLine]) -> Lines:
    return tuple(line for line in lines if line.is_of_role)


def _note_names(actor: Actor, shown: list[PatientId]) -> None:
    access_room.journal.note_list(actor, shown, purpose=purpose_of(actor))


def today() -> str:
    day = clock.today()
    return f"{WEEK[day.weekday()]} {day.day}{'er' if day.day == 1 else ''} {MONTHS[day.month - 1]} {day.year}"
