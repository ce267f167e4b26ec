"""The agenda as iCalendar (RFC 5545)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from icalendar import Calendar, Event

NAME: Final = "AGENDA/agenda.ics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """From a day to a day, both included. `number`: of the row; `at`: when it was written."""

    number: int
    start: dt.date
    end: dt.date
    who: str
    replaced_by: str
    reason: str
    at: dt.datetime


def write_calendar(absences: Iterable[Absence], *, instance: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Maillon//Export//FR")
    calendar.add("version", "2.0")
    for absence in absences:
        event = Event()
        event.add("uid", f"absence-{absence.number}@{instance}")
        event.add("dtstamp", absence.at)
        event.add("dtstart", absence.start)
        event.add("dtend", absence.end + dt.timedelta(days=1))  # the day after the last: RFC 5545 §3.6.1
        by = f", remplacement\u202f: {absence.replaced_by}" if absence.replaced_by else ", sans remplacement"
        event.add("summary", f"Absence de {absence.who}{by}")
        event.add("description", absence.reason)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
