"""A protocol's indicators, counted: by SQL on an extract for what is asked of records, on the plans for the rest.

A denominator of 0 is « non calculable », never 0 %. Whoever may not read what is counted, and whatever leaves the
structure, does not see a count made of fewer people than the indicator allows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Q

from maillon.access import api as access_room
from maillon.formats.wording import NO_SHARE, shown_number, shown_share
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.pathways import protocols, rosendaal
from maillon.pathways.alerting import SETTLED
from maillon.pathways.definition import Indicator, Protocol
from maillon.pathways.duration import months_later
from maillon.pathways.models import Alert, Move, Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState
from maillon.questions.api import Kind, Series, day_of, extract, reads, sql_of

BIOLOGY: Final = "11502-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`value`: a proportion, a rate for 100 patient-years, or hours; None: « non calculable ». `is_hidden`: too few
    people for this reader."""

    indicator: Indicator
    numerator: float
    denominator: float
    value: float | None
    is_hidden: bool = False

    @property
    def reaches_target(self) -> bool | None:
        target = self.indicator.cible
        if target is None or self.value is None or self.is_hidden:
            return None
        return self.value <= float(target) if self.indicator.sens == "baisse" else self.value >= float(target)

    @property
    def shown(self) -> str:
        """« 60,0 % », « non calculable », « effectif trop faible »."""
        if self.is_hidden:
            return f"effectif inférieur à {self.indicator.effectif_min}"
        if self.value is None:
            return NO_SHARE
        if self.is_share:
            return shown_share(self.numerator, self.denominator)
        return f"{shown_number(f'{self.value:.1f}')}\u202f{_UNITS[self.indicator.genre]}"

    @property
    def is_share(self) -> bool:
        return self.indicator.genre not in _UNITS


_UNITS: Final = {"taux": "pour 100 patients-années", "delai": "h"}


def measure(
    actor: Actor, version: ProtocolVersion, *, on: dt.date | None = None, leaving: bool = False
) -> list[Measured]:
    """Each indicator of the version, over the plans of its code in its structure, at the end of that day (today).
    `leaving`: for what goes out of the structure."""
    day, protocol = on or clock.today(), protocols.protocol_of(version)
    may_read_all = access_room.matrix.readable(actor.profession_code, on=day)[access_room.matrix.bit_of(BIOLOGY)] == "1"
    with _base(actor, version, protocol, day) as base:
        found = [_measured(base, each, version, day) for each in protocol.indicateurs]
    return [_for_reader(each, is_guarded=leaving or not may_read_all) for each in found]


def _for_reader(measured: Measured, *, is_guarded: bool) -> Measured:
    is_small = 0 < measured.denominator < measured.indicator.effectif_min
    if not (is_guarded and is_small):
        return measured
    return Measured(indicator=measured.indicator, numerator=0, denominator=0, value=None, is_hidden=True)


# ------------------------------------------------------------------------------------------------ the extract


@contextmanager
def _base(actor: Actor, version: ProtocolVersion, protocol: Protocol, day: dt.date) -> Iterator[Any]:
    """The extract, with the plans of the protocol: who is included, their targets, their steps."""
    plans = list(
        Plan.objects.filter(structure_id=version.structure_id, version__code=version.code, included_at__isnull=False)
        .order_by("included_at", "id")
    )
    counted = [plan for plan in plans if _is_counted(plan, day, protocol)]
    kinds = [kind for kind in Kind if kind is not Kind.STEP]
    with extract(actor, kinds, counting=True) as base:
        base.execute("CREATE TABLE included(subject BIGINT, begun DATE, ended DATE, is_open BOOLEAN)")
        _fill(base, "included", [
            (plan.patient_id, day_of(plan.included_at), day_of(plan.ended_at) if plan.ended_at else None,
             plan in counted)
            for plan in plans if plan.included_at is not None and day_of(plan.included_at) <= day
        ])  # fmt: skip
        # Somebody who came back has two plans, and counts once: with the targets of the latest.
        chosen = {(plan.patient_id, name): value for plan in counted for name, value in plan.parameters.items()}
        _fill(base, "parameter", [(number, name, Decimal(value)) for (number, name), value in chosen.items()])
        _fill(base, "fact", [*_steps(counted)])
        base.execute("DELETE FROM included WHERE subject NOT IN (SELECT id FROM subject)")
        yield base


def _is_counted(plan: Plan, day: dt.date, protocol: Protocol) -> bool:
    """Open on that day; or ended in the year before, when the protocol counts how its plans end (stays, acts,
    programmes)."""
    if plan.ended_at is None or day_of(plan.ended_at) > day:
        return True
    return counts_endings(protocol) and day_of(plan.ended_at) > months_later(day, -12)


def counts_endings(protocol: Protocol) -> bool:
    """An indicator reads one of the states that end a plan."""
    ends = {(Kind.STEP, state.nom) for state in protocol.etats if state.genre == "fin"}
    asked = (each for one in protocol.indicateurs for each in (one.denominateur, one.exclusions, one.numerateur))
    return any(ends & reads(each.asked) for each in asked if each is not None)


def _steps(plans: list[Plan]) -> Iterator[tuple[Any, ...]]:
    """What `étape(…)` reads: inclusion, states entered, steps done."""
    for plan in plans:
        assert plan.included_at is not None
        yield _fact(0, plan.patient_id, "inclusion", plan.included_at)
    for move in Move.objects.filter(plan__in=plans):
        yield _fact(0, move.patient_id, move.target, move.at)
    done = PlanStep.objects.filter(plan__in=plans, state=StepState.DONE)
    for number, patient, code, at in done.values_list("id", "patient_id", "step", "done_at"):
        assert at is not None
        yield _fact(number, patient, code, at)


def _fact(number: int, patient: int, code: str, at: dt.datetime) -> tuple[Any, ...]:
    return number, patient, Kind.STEP.value, code, at, day_of(at), None, "", "", "", False, False, None


def _fill(base: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        base.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608


# ------------------------------------------------------------------------------------------------ the kinds


def _measured(base: Any, indicator: Indicator, version: ProtocolVersion, day: dt.date) -> Measured:
    numerator, denominator, value = _KINDS[indicator.genre](base, indicator, version, day)
    return Measured(
        indicator=indicator, numerator=float(numerator), denominator=float(denominator),
        value=None if not denominator or value is None else float(value),
    )  # fmt: skip


Counted = tuple[Any, Any, Any]


def _proportion(base: Any, indicator: Indicator, version: ProtocolVersion, day: dt.date) -> Counted:
    assert indicator.denominateur is not None
    assert indicator.numerateur is not None
    excluded, counted = "", "d.truth"
    if indicator.exclusions is not None:
        excluded = f"LEFT JOIN ({sql_of(indicator.exclusions.asked, today=day)}) x USING (id)"
        counted += " AND COALESCE(NOT x.truth, true)"
    found = base.execute(f"""
        SELECT count(*) FILTER (n.truth), count(*) FROM ({sql_of(indicator.denominateur.asked, today=day)}) d
          JOIN ({sql_of(indicator.numerateur.asked, today=day)}) n USING (id) {excluded}
         WHERE {counted} AND {_people(indicator, "id")}
    """).fetchone()  # noqa: S608 (texts of the questions' own engine)
    return found[0], found[1], found[0] / found[1] if found[1] else None


def _people(indicator: Indicator, column: str) -> str:
    if indicator.population == "patients":
        return "true"
    return f"{column} IN (SELECT subject FROM included WHERE is_open)"  # noqa: S608


def _rate(base: Any, indicator: Indicator, version: ProtocolVersion, day: dt.date) -> Counted:
    """Events for 100 patient-years of follow-up within the period. An answer « non » is no event."""
    assert indicator.serie is not None
    start = _start(indicator, day)
    (years,) = base.execute(
        "SELECT COALESCE(sum(greatest(0, date_diff('day', greatest(begun, ?), least(COALESCE(ended, ?), ?)))), 0)"
        " / 365.25 FROM included", [start, day, day],
    ).fetchone()  # fmt: skip
    (events,) = base.execute(f"""
        SELECT count(*) FROM fact f WHERE {_of(indicator.serie.series)} AND day > ? AND day <= ? AND text <> 'non'
           AND EXISTS (SELECT 1 FROM included i WHERE i.subject = f.subject AND f.day >= i.begun
                          AND f.day <= COALESCE(i.ended, f.day))
    """, [start, day]).fetchone()  # noqa: S608  # fmt: skip
    return events, years, events / years * 100 if years else None


def _delay(base: Any, indicator: Indicator, version: ProtocolVersion, day: dt.date) -> Counted:
    """The median of the hours from each event to the next of the other series; those that wait do not count."""
    assert indicator.serie is not None
    assert indicator.vers is not None
    many, median = base.execute(f"""
        SELECT count(hours), median(hours) FROM (
          SELECT (epoch(min(v.moment)) - epoch(any_value(s.moment))) / 3600 AS hours
            FROM (SELECT * FROM fact WHERE {_of(indicator.serie.series)} AND day > ? AND day <= ? AND text <> 'non') s
            JOIN (SELECT * FROM fact WHERE {_of(indicator.vers.series)} AND day <= ?) v
              ON v.subject = s.subject AND v.moment >= s.moment
           WHERE {_people(indicator, "s.subject")} GROUP BY s.id, s.subject)
    """, [_start(indicator, day), day, day]).fetchone()  # noqa: S608  # fmt: skip
    return many, many, median


def _time_in_range(base: Any, indicator: Indicator, version: ProtocolVersion, day: dt.date) -> Counted:
    assert indicator.serie is not None
    facts = (
        f"SELECT subject, moment, id, value FROM fact WHERE {_of(indicator.serie.series)} AND value IS NOT NULL"  # noqa: S608
        f" AND comparator = '' AND day > DATE '{_start(indicator, day)}' AND day <= DATE '{day}'"
    )
    low, high = indicator.bornes
    bounds = (
        f"SELECT s.id AS subject, {_bound(low)} AS low, {_bound(high)} AS high FROM subject s"  # noqa: S608
        f" WHERE {_people(indicator, 's.id')}"
    )
    longest = indicator.intervalle_max.rough.total_seconds()
    text = rosendaal.SQL.format(facts=facts, bounds=bounds, longest=longest, least=indicator.au_moins)
    reached, many = base.execute(
        f"SELECT count(*) FILTER (share * 100 >= {indicator.seuil}), count(*) FROM ({text})"  # noqa: S608
    ).fetchone()
    return reached, many, reached / many if many else None


def _bound(named: str) -> str:
    if named.replace(".", "", 1).isdigit():
        return named
    return f"(SELECT max(value) FROM parameter p WHERE p.subject = s.id AND p.name = '{named}')"  # noqa: S608


def _steps_in_time(base: Any, indicator: Indicator, version: ProtocolVersion, day: dt.date) -> Counted:
    """Of the times that were asked and whose delay is over or answered: those done within `sous` of their day (of what
    triggered them, for a step asked « dès que »)."""
    assert indicator.sous is not None
    end = clock.midnight(day + dt.timedelta(days=1))
    moment = "origin_at" if _is_triggered(version, indicator.etape) else "due_at"
    limit = F(moment) + indicator.sous.rough
    waits_too_long = Q(state=StepState.ASKED, **{f"{moment}__lte": end - indicator.sous.rough})
    asked = PlanStep.objects.filter(
        Q(state__in=[StepState.DONE, StepState.LEFT]) | waits_too_long,
        plan__structure_id=version.structure_id, plan__version__code=version.code, step=indicator.etape,
        **{f"{moment}__gt": _start_moment(indicator, day), f"{moment}__lt": end},
    )  # fmt: skip
    done = asked.filter(state=StepState.DONE, done_at__lte=limit).count()
    many = asked.count()
    return done, many, done / many if many else None


def _is_triggered(version: ProtocolVersion, step: str) -> bool:
    found = protocols.protocol_of(version).step(step)
    return found is not None and found.quand.des_que is not None


def _alerts_in_time(base: Any, indicator: Indicator, version: ProtocolVersion, day: dt.date) -> Counted:
    assert indicator.sous is not None
    end = clock.midnight(day + dt.timedelta(days=1))
    raised = Alert.objects.filter(
        Q(answered_at__isnull=False) | Q(raised_at__lte=end - indicator.sous.rough),
        plan__structure_id=version.structure_id, plan__version__code=version.code, alert=indicator.alerte,
        raised_at__gt=_start_moment(indicator, day), raised_at__lt=end,
    ).exclude(outcome=SETTLED, answered_at__lte=F("raised_at") + indicator.sous.rough)  # nobody had the time to answer
    answered = raised.filter(answered_at__lte=F("raised_at") + indicator.sous.rough).count()
    many = raised.count()
    return answered, many, answered / many if many else None


def _start(indicator: Indicator, day: dt.date) -> dt.date:
    return day_of(_start_moment(indicator, day))


def _start_moment(indicator: Indicator, day: dt.date) -> dt.datetime:
    return indicator.periode.before(clock.midnight(day))


def _of(series: Series) -> str:
    """Rows of `fact` of a series."""
    return f"({_condition(series)})"


def _condition(series: Series) -> str:
    codes = " OR ".join(
        f"starts_with(code, {_quoted(code[:-1])})" if code.endswith("*") else f"code = {_quoted(code)}"
        for code in series.codes
    )
    return f"kind = '{series.kind.value}' AND ({codes}) AND NOT negated AND NOT absent"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_KINDS: Final[dict[str, Callable[[Any, Indicator, ProtocolVersion, dt.date], Counted]]] = {
    "proportion": _proportion,
    "taux": _rate,
    "delai": _delay,
    "ttr": _time_in_range,
    "etapes": _steps_in_time,
    "alertes": _alerts_in_time,
}
