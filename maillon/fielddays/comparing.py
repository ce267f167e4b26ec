"""Several playings of one journey beside each other: days of here and of elsewhere, and a run by the machine."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from maillon.access import api as access_room
from maillon.fielddays.models import FieldDay
from maillon.fielddays.preparing import leads
from maillon.fielddays.reading import DayView, view_of
from maillon.fielddays.states import Outcome
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios

MOST: Final = 6  # columns that a page of paper holds
_OF_RUN: Final = {"reussie": Outcome.DONE, "echouee": Outcome.NOT_DONE, "impossible": Outcome.NOT_DONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    outcome: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`key` names it in an address. A run has real seconds of a machine: they are not those of people."""

    key: str
    title: str
    about: str
    is_run: bool
    cells: dict[str, Cell]
    steps: int
    done: int
    rubbed: int
    not_done: int
    seconds: float | None
    minutes_lost: int
    codes: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    code: str
    rank: int
    role: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    scenario: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    offered: tuple[tuple[str, str], ...]  # (key, what it is), to choose from
    codes: tuple[tuple[str, str], ...]  # of irritants that one of them met


def compare(actor: Actor, name: str, keys: Sequence[str] = ()) -> Comparison:
    """Of one journey; without a choice, the latest days that were played and the last run. Raises AccessDenied,
    E-PAR-01, E-JDT-07 for too many."""
    if not leads(actor):
        raise access_room.AccessDenied
    journey = scenarios.library.scenario(name)
    days = {f"j-{each.uuid}": each for each in _days(actor, name)}
    runs = {f"m-{each.number}": each for each in scenarios.runs.latest(name, most=12) if each.ended_at is not None}
    offered = [*((key, f"{day.territory}, {_day(day.held_on)}") for key, day in days.items())]
    offered += [(key, f"Simulation n° {each.number}") for key, each in runs.items()]
    chosen = [key for key in dict.fromkeys(keys) if key in days or key in runs]
    if len(chosen) > MOST:
        raise UserMessage("E-JDT-07", f"Comparez {MOST} exécutions au plus à la fois.")
    chosen = chosen or [*list(days)[: MOST - 1], *list(runs)[:1]]
    columns = tuple(
        _of_day(key, view_of(days[key], None), is_ours=days[key].structure_id == actor.structure_id)
        if key in days else _of_run(key, runs[key])
        for key in chosen
    )  # fmt: skip
    named: list[tuple[str, str]] = [*scenarios.definition.IRRITANTS.items(), (irritants.UNKNOWN, "Autre chose")]
    met = [(code, said) for code, said in named if any(each.codes[code] for each in columns)]
    return Comparison(
        scenario=name, title=journey.titre, columns=columns, offered=tuple(offered),
        rows=tuple(
            Row(code=step.code, rank=rank, role=journey.acteurs[step.acteur].role, says=step.dire)
            for rank, step in enumerate(journey.etapes, start=1)
        ),
        codes=tuple(met),
    )  # fmt: skip


def journeys() -> tuple[tuple[str, str], ...]:
    """(name, title) of each journey that can be played."""
    return tuple((name, scenarios.library.scenario(name).titre) for name in scenarios.library.names())


def _days(actor: Actor, name: str) -> list[FieldDay]:
    """Those of here that were opened, those of elsewhere that are shared."""
    ours = FieldDay.objects.filter(structure_id=actor.structure_id or 0, opened_at__isnull=False)
    found = ours | FieldDay.objects.filter(shared_at__isnull=False)
    return list(found.filter(scenario=name).select_related("structure").order_by("-held_on", "-id"))


def _of_day(key: str, view: DayView, *, is_ours: bool) -> Column:
    """Elsewhere, a step has an outcome, a time and a code: neither a name, nor a place, nor a text."""
    line, seconds = view.line, [each.seconds for each in view.steps if each.seconds is not None]
    place = f", {line.place}" if is_ours else ""
    return Column(
        key=key, title=line.territory, about=f"{_day(line.held_on)}{place}", is_run=False,
        cells={each.code: Cell(outcome=each.outcome, seconds=each.seconds) for each in view.steps},
        steps=line.steps, done=line.done, rubbed=line.rubbed, not_done=line.not_done,
        seconds=sum(seconds) if seconds else None, minutes_lost=view.minutes_lost,
        codes=Counter(rub.code for each in view.steps for rub in each.rubs),
    )  # fmt: skip


def _of_run(key: str, run: scenarios.report.Report) -> Column:
    cells = {}
    for each in run.steps:
        outcome = _OF_RUN.get(each.state, Outcome.TO_COME)
        rubs = outcome == Outcome.DONE and bool(each.irritants)
        cells[each.step.code] = Cell(outcome=Outcome.RUBBED if rubs else outcome, seconds=each.seconds)
    count = Counter(each.outcome for each in cells.values())
    seconds = [each.seconds for each in run.steps if each.seconds is not None]
    at = _day(clock.in_paris(run.ended_at or run.asked_at).date())
    return Column(
        key=key, title="Simulation", about=f"n° {run.number}, {at}" + (f", {run.variant}" if run.variant else ""),
        is_run=True, cells=cells, steps=len(cells), done=count[Outcome.DONE] + count[Outcome.RUBBED],
        rubbed=count[Outcome.RUBBED], not_done=count[Outcome.NOT_DONE], seconds=sum(seconds) if seconds else None,
        minutes_lost=0, codes=Counter(noticed.code for each in run.steps for noticed in each.irritants),
    )  # fmt: skip


def _day(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"
