"""Absence: whose tasks are whose, what is handed over, what was done meanwhile.

Nothing is moved. Whoever replaces holds, from the first to the last day, what is addressed to the person absent
(tasks.reach); on the day after, it is theirs alone again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from maillon.tasks import reach
from maillon.tasks.lines import TaskLine, lines
from maillon.tasks.lists import visible_to

Absence = access_room.team.staff.ReplacementLine

ANNOUNCED = dt.timedelta(days=14)  # before an absence, and after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """`mine`: my absence, now or soon. `ended`: the one that I come back from. `held`: those of the colleagues whom I
    replace today."""

    mine: Absence | None
    ended: Absence | None
    held: tuple[Absence, ...]

    @property
    def is_uncovered(self) -> bool:
        return self.mine is not None and not self.mine.replacing


def of(actor: Actor) -> Cover:
    known = access_room.team.staff.replacements(actor)
    today, moment = clock.today(), clock.now()
    own = [each for each in known if each.replaced_id == actor.professional_id]
    soon = [each for each in own if each.is_current or (each.is_to_come and each.start <= today + ANNOUNCED)]
    over = [each for each in own if _was_away(each) and moment - ANNOUNCED <= back_at(each) <= moment]
    return Cover(
        mine=min(soon, key=lambda each: each.start, default=None),
        ended=max(over, key=back_at, default=None),
        held=tuple(each for each in known if each.is_current and each.replacing_id == actor.professional_id),
    )


def absence(actor: Actor, number: int) -> Absence | None:
    """One's own, or that of a colleague whom one replaces; None for any other."""
    known = access_room.team.staff.replacements(actor)
    theirs = (actor.professional_id, *actor.replaces)
    return next((each for each in known if each.id == number and each.replaced_id in theirs), None)


def back_at(absence: Absence) -> dt.datetime:
    """The morning after the last day; sooner when an end was put to it."""
    last = _midnight_after(absence.end)
    return last if absence.ended_at is None else min(last, absence.ended_at)


def handed_over(actor: Actor, whose: ProfessionalId, *, until: dt.date) -> list[TaskLine]:
    """What is in that person's name and open, or will open before the end of `until`: in the order of patients, then of
    due dates. Only what the actor may see."""
    theirs = Q(taken_by_id=whose) | Q(taken_by__isnull=True, professional_id=whose)
    in_time = Q(opens_at__isnull=True) | Q(opens_at__lt=_midnight_after(until))
    found = visible_to(actor).filter(theirs, in_time, done_at__isnull=True)
    return lines(found.order_by("patient_id", "due_at", "id"), reach.of(actor))


def done_meanwhile(actor: Actor, absence: Absence) -> list[TaskLine]:
    """What others answered in the actor's name while they were away, the earliest first."""
    me = actor.professional_id
    addressed = Q(professional_id=me) | Q(taken_by_id=me)
    found = visible_to(actor).filter(
        addressed, done_at__gte=clock.midnight(absence.start), done_at__lt=back_at(absence), done_by__isnull=False
    )
    return lines(found.exclude(done_by_id=me).order_by("done_at", "id"), reach.of(actor))


def _was_away(absence: Absence) -> bool:
    """An absence that was called off before its first day was none."""
    return back_at(absence) > clock.midnight(absence.start)


def _midnight_after(day: dt.date) -> dt.datetime:
    return clock.midnight(day + dt.timedelta(days=1))
