"""The counts of a programme over a year: six of activity, six of process (the form of the yearly self-evaluation).

Counted on every plan and every session of the programme in the structure, of nobody by name; the session log, counted
line by line, must give the same (AC4.6)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from maillon.formats.wording import NO_SHARE, shown_number, shown_share
from maillon.kernel import clock
from maillon.pathways import protocols, teams
from maillon.pathways.definition import Step
from maillon.pathways.education import programme
from maillon.pathways.education.attendance import ASSESSMENT
from maillon.pathways.education.contract import FINAL
from maillon.pathways.education.rules import rules
from maillon.pathways.models import Attendance, EducationSession, Goal, Plan, PlanStep, ProtocolVersion
from maillon.pathways.moving import LEFT, leaving_state
from maillon.pathways.states import AttendanceState, SessionState, StepState
from maillon.questions.api import Kind, Question, subjects_to_watch

NARROW: Final = "\u202f"
DECISION: Final = Question.of_text('renseigné(réponse("ETP-FIN", "decision"))')
REINFORCED: Final = "renforcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One line of the form. `parts`: what it is made of; `of`: the denominator of a share, None for a plain count."""

    code: str
    group: str  # activité | processus
    label: str
    value: Decimal | None
    of: int | None = None
    unit: str = ""
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def shown(self) -> str:
        if self.value is None:
            return NO_SHARE
        if self.of is not None:
            return shown_share(self.value, self.of)
        said = shown_number(f"{self.value.normalize():f}")
        return f"{said}{NARROW}{self.unit}" if self.unit else said

    def kept(self) -> dict[str, object]:
        """As it is written in a closed report."""
        return {
            "code": self.code, "group": self.group, "label": self.label, "unit": self.unit, "of": self.of,
            "value": None if self.value is None else str(self.value), "parts": [list(each) for each in self.parts],
        }  # fmt: skip

    @classmethod
    def of_kept(cls, kept: dict[str, object]) -> Count:
        value, parts = kept["value"], kept["parts"]
        assert isinstance(parts, list)
        return cls(
            code=str(kept["code"]), group=str(kept["group"]), label=str(kept["label"]), unit=str(kept["unit"]),
            of=int(str(kept["of"])) if kept["of"] is not None else None,
            value=Decimal(str(value)) if value is not None else None,
            parts=tuple((str(name), int(number)) for name, number in parts),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A session of the year, in the log. Of nobody by name."""

    at: dt.datetime
    title: str
    kind: str
    state: str
    minutes: int
    present: int
    absent: int
    facilitators: str


@dataclass(slots=True)
class _Year:
    """What the year is counted on."""

    start: dt.datetime
    end: dt.datetime
    plans: list[Plan] = field(default_factory=list)

    def holds(self, moment: dt.datetime | None) -> bool:
        return moment is not None and self.start <= moment < self.end


def of_year(version: ProtocolVersion, year: int) -> tuple[Count, ...]:
    """The twelve."""
    span = _Year(*_bounds(year))
    span.plans = list(
        Plan.objects.filter(
            structure_id=version.structure_id, version__code=version.code, refused_at__isnull=True,
            included_at__isnull=False, included_at__lt=span.end,
        ).select_related("version")
    )  # fmt: skip
    return (*_activity(version, span), *_process(version, span))


def log_of_year(version: ProtocolVersion, year: int) -> list[LogLine]:
    start, end = _bounds(year)
    found = EducationSession.objects.filter(
        structure_id=version.structure_id, code=version.code, at__gte=start, at__lt=end
    )
    return [_log_line(row) for row in found.order_by("at", "id").prefetch_related("facilitators", "attendances")]


def _log_line(row: EducationSession) -> LogLine:
    states = Counter(each.state for each in row.attendances.all())
    return LogLine(
        at=row.at, title=row.title, kind=row.kind, state=SessionState(row.state).label, minutes=row.minutes,
        present=states[AttendanceState.PRESENT], absent=states[AttendanceState.ABSENT],
        facilitators=", ".join(each.name for each in row.facilitators.all() if not each.is_observer),
    )  # fmt: skip


def differences(counts: Iterable[Count], log: Sequence[LogLine]) -> dict[str, int]:
    """By what is in both: the form less the log. All at 0, or something is wrong."""
    found = next(each for each in counts if each.code == "seances")
    parts = dict(found.parts)
    held = [line for line in log if line.state == SessionState.HELD.label]
    told = {
        "Individuelles": sum(line.kind == "individuelle" for line in held),
        "Collectives": sum(line.kind == "collective" for line in held),
        "Présences": sum(line.present for line in held),
    }
    return {"Séances tenues": int(found.value or 0) - len(held)} | {
        name: parts.get(name, 0) - number for name, number in told.items()
    }


# ------------------------------------------------------------------------------------------------ activity


def _activity(version: ProtocolVersion, span: _Year) -> list[Count]:
    entered = [plan for plan in span.plans if span.holds(plan.included_at)]
    active = [plan for plan in span.plans if plan.ended_at is None or plan.ended_at >= span.start]
    left = Counter(_motive(plan) for plan in _left(span))
    held = EducationSession.objects.filter(
        structure_id=version.structure_id, code=version.code, state=SessionState.HELD, at__gte=span.start,
        at__lt=span.end,
    )  # fmt: skip
    kinds = Counter(held.values_list("kind", flat=True))
    present = Attendance.objects.filter(session__in=held, state=AttendanceState.PRESENT).count()
    return [
        _plain("patients", "Patients dans le programme", len(active), ("Nouveaux", len(entered)),
               ("Déjà suivis", len(active) - len(entered))),
        _plain("bilans", "Bilans éducatifs partagés faits", len(_assessed(span))),
        _plain("termines", "Programmes menés à leur terme", len(_completed(span))),
        _plain("seances", "Séances tenues", sum(kinds.values()), ("Individuelles", kinds["individuelle"]),
               ("Collectives", kinds["collective"]), ("Présences", present)),
        _plain("arrets", "Arrêts avant la fin", sum(left.values()), *sorted(left.items())),
        _plain("renforcements", "Renforcements décidés", _reinforced(span)),
    ]  # fmt: skip


def _plain(code: str, label: str, value: int, *parts: tuple[str, int]) -> Count:
    return Count(code=code, group="activité", label=label, value=Decimal(value), parts=parts)


def _is_leaving(plan: Plan) -> bool:
    protocol = protocols.protocol_of(plan.version)
    active = protocol.included_state
    return plan.consent_withdrawn_at is not None or plan.state == leaving_state(protocol, active).nom


def _ended(span: _Year) -> list[Plan]:
    return [plan for plan in span.plans if plan.is_over and span.holds(plan.ended_at)]


def _left(span: _Year) -> list[Plan]:
    return [plan for plan in _ended(span) if _is_leaving(plan)]


def _completed(span: _Year) -> list[Plan]:
    return [plan for plan in _ended(span) if not _is_leaving(plan)]


def _motive(plan: Plan) -> str:
    """Without the words that were added: those may tell who."""
    said = plan.end_reason.removeprefix(LEFT).lstrip("\u202f: ")
    motives = protocols.protocol_of(plan.version).state(plan.state).motifs
    return next((each for each in motives if said.startswith(each)), "Choix du patient")


def _reinforced(span: _Year) -> int:
    people = subjects_to_watch({plan.patient_id for plan in span.plans}, [DECISION.asked])
    return sum(
        any(
            fact.kind is Kind.ANSWER and fact.text == REINFORCED and span.holds(fact.at) for fact in person.facts
        )
        for person, _ in people.values()
    )


# ------------------------------------------------------------------------------------------------ process


def _process(version: ProtocolVersion, span: _Year) -> list[Count]:
    entered = [plan for plan in span.plans if span.holds(plan.included_at)]
    completed = _completed(span)
    agreed = Counter(
        Goal.objects.filter(plan__in=entered)
        .exclude(family="").exclude(state=Goal.State.DROPPED).values_list("plan_id", flat=True)
    )  # fmt: skip
    team = {each.line.member.professional_id: each for each in programme.educators(teams.team_of(version))}
    assessed = _assessed(span)
    waited = sum(((at - plan.proposed_at) for plan, at in assessed), dt.timedelta())
    days = Decimal(waited / dt.timedelta(days=1)) / len(assessed) if assessed else None
    mean = days.quantize(Decimal("0.1"), ROUND_HALF_UP) if days is not None else None
    evaluated = _done(completed, lambda step: step.formulaire == FINAL)
    told = _done(completed, lambda step: bool(step.courrier))
    return [
        _share("consentements", "Consentements tracés", sum(plan.consent_at is not None for plan in entered), entered),
        _share("contrats", "Objectifs écrits", sum(n >= rules().competences_min for n in agreed.values()), entered),
        _share("evaluations", "Évaluations finales faites", len(evaluated), completed),
        _share("lettres", "Synthèses au médecin traitant", len(told), completed),
        Count(code="delai", group="processus", label="Délai moyen de la proposition au bilan", value=mean,
              unit="jours"),
        _share("formes", "Intervenants formés (40 h)", sum(not each.missing for each in team.values()), team),
    ]  # fmt: skip


def _share(code: str, label: str, value: int, of: Sized) -> Count:
    return Count(code=code, group="processus", label=label, value=Decimal(value), of=len(of))


def _assessed(span: _Year) -> list[tuple[Plan, dt.datetime]]:
    """Plans whose shared assessment was first done in the year, and when."""
    found = _done(span.plans, lambda step: step.formulaire == ASSESSMENT)
    plans = {plan.pk: plan for plan in span.plans}
    return [(plans[number], at) for number, at in found.items() if span.holds(at)]


def _done(plans: Sequence[Plan], is_it: Callable[[Step], bool]) -> dict[int, dt.datetime]:
    """Plan → when such a step of it was first done."""
    wanted = {
        plan.pk: {step.id for step in protocols.protocol_of(plan.version).etapes if is_it(step)} for plan in plans
    }
    rows = PlanStep.objects.filter(plan__in=list(wanted), state=StepState.DONE, done_at__isnull=False)
    found: dict[int, dt.datetime] = {}
    for number, step, at in rows.order_by("-done_at").values_list("plan_id", "step", "done_at"):
        if at is not None and step in wanted[number]:
            found[number] = at
    return found


def _bounds(year: int) -> tuple[dt.datetime, dt.datetime]:
    start, end = (dt.datetime(each, 1, 1, tzinfo=clock.PARIS) for each in (year, year + 1))
    return start, end
