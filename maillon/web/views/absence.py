"""Absence: the sheet that is handed over, and what was done meanwhile. Noting an absence is in « Mon équipe »."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpResponse

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId
from maillon.patients import api as patients
from maillon.tasks import api as tasks
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, purpose_of, signed_in
from maillon.web.views.day import address_of

cover = tasks.cover
A_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One patient, and what is open about them."""

    patient: patients.PatientLine
    lines: list[tasks.TaskLine]


@signed_in()
def hand_over(request: PersonRequest) -> HttpResponse:
    """Without an absence: what is mine today, and in the week to come."""
    me = request.actor.professional_id or ProfessionalId(0)
    return _sheet(request, me, request.actor.label, until=clock.today() + A_WEEK, absence=None)


@signed_in()
def hand_over_for(request: PersonRequest, *, replacement: int) -> HttpResponse:
    found = _of(request, replacement)
    return _sheet(request, found.replaced_id, found.replaced, until=found.end, absence=found)


@signed_in()
def summary(request: PersonRequest, *, replacement: int) -> HttpResponse:
    """One's own absence only: what others answered in one's name."""
    found = _of(request, replacement)
    if found.replaced_id != request.actor.professional_id:
        raise access_room.AccessDenied
    lines = cover.done_meanwhile(request.actor, found)
    return page(
        request, "day/summary.html", absence=found, sheets=_by_patient(request, lines), count=len(lines),
        address_of=address_of, ends=min(found.end, clock.in_paris(cover.back_at(found)).date()),
    )  # fmt: skip


def _of(request: PersonRequest, number: int) -> cover.Absence:
    found = cover.absence(request.actor, number)
    if found is None:
        raise access_room.AccessDenied
    return found


def _sheet(
    request: PersonRequest, whose: ProfessionalId, name: str, *, until: dt.date, absence: cover.Absence | None
) -> HttpResponse:
    lines = cover.handed_over(request.actor, whose, until=until)
    return page(
        request, "day/hand_over.html", absence=absence, whose=name, until=until, today=clock.today(),
        sheets=_by_patient(request, lines), count=len(lines), address_of=address_of,
    )  # fmt: skip


def _by_patient(request: PersonRequest, lines: list[tasks.TaskLine]) -> list[Sheet]:
    """In the order of the alphabet; the names shown are journalled."""
    names = patients.lines({line.patient_id for line in lines})
    access_room.journal.note_list(request.actor, list(names), purpose=purpose_of(request.actor))
    ordered = sorted(lines, key=lambda line: line.patient_id)
    sheets = [
        Sheet(patient=names[who], lines=list(group)) for who, group in groupby(ordered, lambda line: line.patient_id)
    ]
    return sorted(sheets, key=lambda sheet: (sheet.patient.birth_family_name, sheet.patient.first_birth_given_name))
