"""Plans as they are shown: what is open, who does what next, what was raised and why, what happened."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.pathways import protocols
from maillon.pathways.definition import PATIENT, Protocol, State, Step, Table
from maillon.pathways.including import may_keep, may_read
from maillon.pathways.models import Alert, Deviation, Goal, Move, Paragraph, Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState, VersionState
from maillon.professionals import api as professionals
from maillon.record import api as record

TextLine = exchange.outgoing.texting.TextLine
FORESEEN = dt.timedelta(days=120)
MOST_PAST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    uuid: UUID
    id: str
    says: str
    comment: str
    who: str
    state: StepState
    due_at: dt.datetime
    is_late: bool
    is_shared: bool
    form: str
    letter: str
    rhythm: str
    table: Table | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """`table`, `row`: what the protocol shows to who answers, and the line that applies; nothing is filled in."""

    uuid: UUID
    says: str
    level: str
    raised_at: dt.datetime
    due_at: dt.datetime
    because: tuple[str, ...]
    conduct: str
    document_uuid: UUID | None
    table: Table | None
    row: int | None
    answered_at: dt.datetime | None
    answered_by: str
    outcome: str
    text: TextLine | None  # the SMS that the patient was sent
    is_by_itself: bool  # settled by what happened: `answered_by` is what


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterLine:
    name: str
    label: str
    unit: str
    value: Decimal | None
    says: str  # the words of the choice that was made
    choices: tuple[tuple[Decimal, str], ...]
    is_free: bool
    by: str
    is_mine: bool  # the reader's profession decides it


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened in a plan."""

    at: dt.datetime
    says: str
    by: str
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A plan in a list."""

    uuid: UUID
    code: str
    number: int
    title: str
    state: str
    is_over: bool
    included_at: dt.datetime | None
    ended_at: dt.datetime | None
    end_reason: str
    alerts: int
    next_due: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    line: PlanLine
    protocol: Protocol
    may_keep: bool
    state: State
    moves: tuple[State, ...]  # where it may go
    parameters: tuple[ParameterLine, ...]
    dates: tuple[tuple[str, str, str], ...]  # name, label, ISO day or nothing
    criteria: tuple[dict[str, Any], ...]
    consent: str
    next_steps: tuple[tuple[str, tuple[StepLine, ...]], ...]  # by profession
    of_patient: tuple[Step, ...]
    alerts: tuple[AlertLine, ...]
    former_alerts: tuple[AlertLine, ...]
    goals: tuple[Goal, ...]  # the patient's first
    text: str
    revision: int
    text_by: str
    history: tuple[Event, ...]
    deviations: int
    newer: ProtocolVersion | None  # in force, and not this plan's


def plans(access: Access) -> list[PlanLine]:
    """Those that the key opens, the open ones first."""
    if not may_read(access):
        return []
    found = _visible(access).select_related("version").order_by("is_over", "-proposed_at")
    return [_line(access, plan) for plan in found]


def count_open(access: Access) -> int:
    """For the tab."""
    return _visible(access).filter(is_over=False).count() if may_read(access) else 0


def plan(access: Access, plan_uuid: UUID) -> PlanView:
    """Raises AccessDenied, alike for a plan that is not there and for one that the key does not open."""
    found = _visible(access).select_related("version").filter(uuid=plan_uuid).first() if may_read(access) else None
    if found is None:
        raise access_room.AccessDenied
    protocol = protocols.protocol_of(found.version)
    latest = Paragraph.objects.filter(plan=found).order_by("-revision").first()
    alerts = _alerts(access, found, protocol)
    return PlanView(
        line=_line(access, found),
        protocol=protocol,
        may_keep=may_keep(access) and not found.is_over,
        state=protocol.state(found.state),
        moves=tuple(protocol.state(name) for name in protocol.state(found.state).vers),
        parameters=_parameters(access, found, protocol),
        dates=tuple((date.nom, date.libelle, found.dates.get(date.nom, "")) for date in protocol.dates),
        criteria=tuple(found.criteria),
        consent=consented(found),
        next_steps=_next_steps(found, protocol),
        of_patient=tuple(step for step in protocol.etapes if set(step.qui) == {PATIENT}),
        alerts=tuple(each for each in alerts if each.answered_at is None),
        former_alerts=tuple(each for each in alerts if each.answered_at is not None)[:MOST_PAST],
        goals=tuple(Goal.objects.filter(plan=found).order_by("-is_of_patient", "id")),
        text=latest.text if latest else "",
        revision=latest.revision if latest else 0,
        text_by=f"{latest.by}, {clock.in_paris(latest.at):%d/%m/%Y}" if latest else "",
        history=_history(found, protocol),
        deviations=Deviation.objects.filter(plan=found).count(),
        newer=_newer(found),
    )


def _visible(access: Access) -> Any:
    return Plan.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)


def _line(access: Access, found: Plan) -> PlanLine:
    waiting = PlanStep.objects.filter(plan=found, state=StepState.ASKED).order_by("due_at")
    raised = Alert.objects.filter(access_room.rule.VisibleWithin(access), plan=found, answered_at__isnull=True)
    return PlanLine(
        uuid=found.uuid, code=found.version.code, number=found.version.number, title=found.version.title,
        state=protocols.protocol_of(found.version).state(found.state).libelle, is_over=found.is_over,
        included_at=found.included_at, ended_at=found.ended_at, end_reason=found.end_reason,
        alerts=0 if found.is_over else raised.count(), next_due=waiting.values_list("due_at", flat=True).first(),
    )  # fmt: skip


def _next_steps(found: Plan, protocol: Protocol) -> tuple[tuple[str, tuple[StepLine, ...]], ...]:
    now = clock.now()
    rows = PlanStep.objects.filter(
        plan=found, state__in=[StepState.AHEAD, StepState.ASKED], due_at__lte=now + FORESEEN
    ).order_by("due_at", "id")
    by_profession: dict[str, list[StepLine]] = defaultdict(list)
    for row in rows:
        step = protocol.step(row.step)
        if step is not None and (step.condition is None or row.state == StepState.ASKED):
            by_profession[step.qui[0]].append(_step_line(row, step, protocol, now))
    order = {code: place for place, code in enumerate(protocol.professions)}
    return tuple(
        (professionals.PROFESSIONS.get(code, code), tuple(lines))
        for code, lines in sorted(by_profession.items(), key=lambda each: order.get(each[0], 99))
    )


def _step_line(row: PlanStep, step: Step, protocol: Protocol, now: dt.datetime) -> StepLine:
    return StepLine(
        uuid=row.uuid, id=step.id, says=step.quoi, comment=step.comment,
        who=" ou ".join(professionals.PROFESSIONS.get(code, "Patient").lower() for code in step.qui),
        state=StepState(row.state), due_at=row.due_at, is_late=row.late_at < now,
        is_shared=row.shared_with_id is not None, form=step.formulaire, letter=step.courrier, rhythm=_rhythm(step),
        table=protocol.table(step.tableau),
    )  # fmt: skip


def _rhythm(step: Step) -> str:
    return f"tous les {step.quand.tous_les}" if step.quand.tous_les else ""


def _alerts(access: Access, found: Plan, protocol: Protocol) -> list[AlertLine]:
    """Reds first, then the latest. Whoever sees an alert sees the document that raised it."""
    visible = list(Alert.objects.filter(access_room.rule.VisibleWithin(access), plan=found).order_by("-raised_at"))
    entries = record.entries_of({row.document_id for row in visible if row.document_id is not None})
    uuids = {number: entry.document_uuid for number, entry in entries.items()}
    texts = {each.uuid: each for each in exchange.outgoing.texting.of_record(access)}
    lines = [_alert_line(row, protocol, uuids.get(row.document_id or 0), texts.get(row.uuid)) for row in visible]
    return sorted(lines, key=lambda line: line.level != "rouge")


def _alert_line(row: Alert, protocol: Protocol, document: UUID | None, text: TextLine | None) -> AlertLine:
    alert = protocol.alert(row.alert)
    return AlertLine(
        uuid=row.uuid, says=row.says, level=row.level, raised_at=row.raised_at, due_at=row.due_at,
        because=tuple(row.because), conduct=alert.conduite if alert else "", document_uuid=document,
        table=protocol.table(alert.tableau) if alert else None, row=row.table_row, answered_at=row.answered_at,
        answered_by=row.answered_by, outcome=_OUTCOMES.get(row.outcome, row.outcome), text=text,
        is_by_itself=row.outcome == "sans_objet",
    )  # fmt: skip


_OUTCOMES = {"fait": "Traitée", "sans_suite": "Sans suite", "sans_objet": "Réglée d’elle-même"}


def _parameters(access: Access, found: Plan, protocol: Protocol) -> tuple[ParameterLine, ...]:
    lines = []
    for each in protocol.parametres:
        value = Decimal(found.parameters[each.nom]) if each.nom in found.parameters else None
        lines.append(
            ParameterLine(
                name=each.nom, label=each.libelle, unit=each.unite, value=value,
                says=next((choice.dire for choice in each.choix if choice.valeur == value), ""),
                choices=tuple((choice.valeur, choice.dire) for choice in each.choix),
                is_free=each.libre or not each.choix, by=professionals.PROFESSIONS.get(each.par, each.par).lower(),
                is_mine=each.par == access.actor.profession_code,
            )
        )  # fmt: skip
    return tuple(lines)


def consented(found: Plan) -> str:
    """One sentence."""
    if found.refused_at is not None:
        return f"Refusé par le patient le {_day(found.refused_at)}\u202f: {found.refused_reason or 'sans motif donné'}."
    if found.consent_withdrawn_at is not None:
        return f"Le patient s’est retiré le {_day(found.consent_withdrawn_at)}."
    if found.consent_at is None:
        return "Le patient n’a pas encore été informé."
    how = {"information": "informé", "oral": "informé, accord oral", "ecrit": "informé, accord écrit"}[found.consent]
    return f"Patient {how} le {_day(found.consent_at)} par {found.consent_by}."


def _history(found: Plan, protocol: Protocol) -> tuple[Event, ...]:
    """The latest first."""
    events = [_moved(move, protocol) for move in Move.objects.filter(plan=found)]
    ended = PlanStep.objects.filter(plan=found, state__in=[StepState.DONE, StepState.LEFT])
    for row in ended.order_by("-id")[:MOST_PAST]:
        step = protocol.step(row.step)
        says = step.quoi if step else row.step
        if row.done_at is not None:
            more = row.evidence if row.done_by or not row.evidence else f"vu au dossier\u202f: {row.evidence}"
            events.append(Event(at=row.done_at, says=f"Fait\u202f: {says}", by=row.done_by, more=more))
    for deviation in Deviation.objects.filter(plan=found):
        step = protocol.step(deviation.step)
        says = f"Écart\u202f: {step.quoi}" if step else "Écart"
        events.append(Event(at=deviation.at, says=says, by=deviation.by, more=deviation.reason))
    return tuple(sorted(events, key=lambda event: event.at, reverse=True)[:MOST_PAST])


def _moved(move: Move, protocol: Protocol) -> Event:
    names = {state.nom: state.libelle for state in protocol.etats}
    same = move.source == move.target
    says = "Version" if same else names.get(move.target, move.target)
    return Event(at=move.at, says=says, by=move.by, more=move.reason)


def _newer(found: Plan) -> ProtocolVersion | None:
    if found.is_over:
        return None
    return (
        ProtocolVersion.objects.filter(
            structure_id=found.version.structure_id, code=found.version.code, state=VersionState.IN_FORCE
        )
        .exclude(pk=found.version_id)
        .first()
    )


def _day(moment: dt.datetime) -> str:
    return f"{clock.in_paris(moment):%d/%m/%Y}"


__all__ = ["AlertLine", "Event", "PlanLine", "PlanView", "StepLine", "consented", "count_open", "plan", "plans"]
