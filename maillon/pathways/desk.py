"""The plans of one patient on one desk: which steps were done, which come back, which are to be asked now.

In memory and without a base: it changes the rows that it is given, makes new ones, and keeps the list of what is to be
told to the room of tasks. Run again on its own result, it finds nothing to do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from maillon.kernel.identifiers import time_ordered_uuid
from maillon.pathways import rhythm, watching
from maillon.pathways.definition import PATIENT, Protocol, Step
from maillon.pathways.models import Plan, PlanStep
from maillon.pathways.states import StepState
from maillon.questions.api import Expression, Fact, Kind, Series, Subject, answer, day_of, reads
from maillon.questions.api import syntax as questions

WITHDRAWN: Final = "Le document qui le montrait a été retiré"
OPEN: Final = (StepState.AHEAD, StepState.ASKED)
MOST_ROUNDS: Final = 12  # of a step that was done in the past and comes back at once


@dataclass(slots=True, kw_only=True)
class Track:
    """One plan: its protocol, its rows by step, when each of its states was entered, and what its questions see.

    Steps, and what is missing day after day, are told to the whole team: they rest on what is open to it. An alert is
    told to those who may read what raised it: it rests on all.
    """

    plan: Plan
    protocol: Protocol
    rows: dict[str, list[PlanStep]]
    entered: Mapping[str, dt.datetime]
    person: Subject
    said_in: Mapping[tuple[Kind, int], int | None] = field(default_factory=dict)  # fact → document
    closed: frozenset[tuple[Kind, int]] = frozenset()  # of restricted or marked documents, or their sending

    @property
    def subject(self) -> Subject:
        """All that is known, with the steps of this plan among the facts."""
        return self._with_steps(self.person.facts)

    @property
    def open_subject(self) -> Subject:
        """The same, without what is not open to the whole team."""
        return self._with_steps(fact for fact in self.person.facts if (fact.kind, fact.id) not in self.closed)

    def _with_steps(self, facts: Iterable[Fact]) -> Subject:
        return Subject(
            birth_date=self.person.birth_date, sex=self.person.sex, parameters=self.person.parameters,
            facts=(*facts, *steps_as_facts(self.plan, self.rows, self.entered)),
        )  # fmt: skip

    def of(self, step: Step) -> list[PlanStep]:
        return self.rows.setdefault(step.id, [])


@dataclass(slots=True)
class Desk:
    """`changed`: rows to be saved, new or not. `to_ask`: of those, the ones whose task is to be asked. `to_close`:
    tasks that nobody has to do any more, and why."""

    tracks: Sequence[Track]
    now: dt.datetime
    withdrawn: frozenset[int] = frozenset()  # documents
    changed: dict[int, PlanStep] = field(default_factory=dict)  # by identity: a new row has no number
    to_ask: list[tuple[Track, Step, PlanStep]] = field(default_factory=list)
    to_close: dict[str, str] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        return day_of(self.now)

    def settle(self) -> None:
        """Until nothing moves any more."""
        for track in self.tracks:
            if track.plan.is_running:
                self._take_back(track)
        for _ in range(MOST_ROUNDS):
            moved = [self._moved(track) for track in self.tracks if track.plan.is_running]
            if not any(moved):
                break
        for track in self.tracks:
            if track.plan.is_running:
                self._ask(track)

    def _moved(self, track: Track) -> bool:
        seen, moved = track.open_subject, False
        for step in _of_professionals(track.protocol):
            moved |= self._begun(track, step, seen)
            moved |= self._finished(track, step, seen)
            moved |= self._repeated(track, step, seen)
        return moved

    # -------------------------------------------------------------------------------------------- taking back

    def _take_back(self, track: Track) -> None:
        """What a withdrawn document showed done was not: it is to be done, and what followed from it is not any more.
        When a later time has ended, that one stays not done: nobody does it today."""
        every = [row for rows in track.rows.values() for row in rows]
        shown = [row for row in every if row.state == StepState.DONE and row.document_id in self.withdrawn]
        for row in shown:
            later = (each for each in track.rows[row.step] if each.rank > row.rank)
            is_past = any(each.state in (StepState.DONE, StepState.LEFT) for each in later)
            became = StepState.LEFT if is_past else StepState.AHEAD
            for other in [each for each in every if _came_of(track, each, row)]:
                if other.step == row.step:  # the next time of it takes its place
                    became = StepState.CANCELLED
                    other.origin_at, other.opens_at = row.origin_at, row.opens_at
                    other.due_at, other.late_at = row.due_at, row.late_at
                self._put_back(other, StepState.AHEAD if other.step == row.step else StepState.CANCELLED)
            self._put_back(row, became)

    def _put_back(self, row: PlanStep, state: StepState) -> None:
        if row.state == StepState.ASKED and row.task_uuid is not None:
            self.to_close[str(row.task_uuid)] = WITHDRAWN
        row.state, row.reason = state, "" if state == StepState.AHEAD else WITHDRAWN
        row.done_at, row.done_by, row.evidence, row.document_id = None, "", "", None
        row.task_uuid, row.shared_with = None, None
        self.changed[id(row)] = row

    # -------------------------------------------------------------------------------------------- beginning

    def _begun(self, track: Track, step: Step, seen: Subject) -> bool:
        if step.quand.des_que is not None:
            return self._triggered(track, step, seen)
        rows, moved = track.of(step), False
        for origin in _origins(track, step):
            # A date may come back to a former day: what was cancelled then begins again, and not what was done.
            begun = sum(row.origin_at == origin and row.state != StepState.CANCELLED for row in rows)
            for occurrence in rhythm.first_ones(step, origin, after_rank=len(rows) - begun)[begun:]:
                self._new(track, step, occurrence)
                moved = True
        return moved

    def _triggered(self, track: Track, step: Step, seen: Subject) -> bool:
        assert step.quand.des_que is not None
        said = answer(step.quand.des_que.asked, seen, today=self.today)
        if not said.truth:
            return False
        measured = (Kind.OBSERVATION, Kind.ANSWER, Kind.DOCUMENT, Kind.STEP)
        facts = [fact for reason in said.because for fact in reason.facts]
        mark = watching.sight_of([fact for fact in facts if fact.kind in measured] or facts)
        if any(row.trigger == mark for row in track.of(step)):
            return False
        for occurrence in rhythm.first_ones(step, self.now, after_rank=len(track.of(step)))[:1]:
            self._new(track, step, occurrence).trigger = mark
        return True

    def _repeated(self, track: Track, step: Step, seen: Subject) -> bool:
        rows = track.of(step)
        last = rows[-1] if rows else None
        if last is None or last.state not in (StepState.DONE, StepState.LEFT) or step.quand.des_que is not None:
            return False
        ended = last.done_at or max(last.due_at, self.now)
        included = track.plan.included_at or track.plan.proposed_at
        following = rhythm.next_one(step, rank=last.rank, ended_at=ended, included_at=included, subject=seen)
        if following is None:
            return False
        self._new(track, step, following)
        return True

    def _new(self, track: Track, step: Step, when: rhythm.Occurrence) -> PlanStep:
        row = PlanStep(
            patient_id=track.plan.patient_id, plan=track.plan, step=step.id, rank=when.rank, origin_at=when.origin_at,
            examination=examination_of(step), role_code=step.qui[0], opens_at=when.opens_at, due_at=when.due_at,
            late_at=when.late_at, state=StepState.AHEAD, trigger="", done_by="", evidence="", reason="",
        )  # fmt: skip
        track.of(step).append(row)
        self.changed[id(row)] = row
        return row

    # -------------------------------------------------------------------------------------------- finishing

    def _finished(self, track: Track, step: Step, seen: Subject) -> bool:
        shown, moved = evidence_of(step), False
        for row in track.of(step):
            if row.state in OPEN and shown is not None:
                fact = self._evidence(track, step, row, seen, shown)
                if fact is not None:
                    self._done(track, row, fact)
                    moved = True
        return moved

    def _evidence(self, track: Track, step: Step, row: PlanStep, seen: Subject, shown: Expression) -> Fact | None:
        """Nothing older than the time before shows it done, nor than what it follows or what triggered it; of a form
        that was never answered, nothing older than the day on which it opens."""
        before = [each.done_at for each in track.of(step) if each.done_at is not None]
        if row.trigger or _follows(track.protocol, step):
            before.append(row.origin_at)
        elif not before and step.fait_quand is None:
            before.append(step.ouvre.before(row.origin_at))
        return rhythm.shown_done(shown, seen, since=max(before, default=None), today=self.today)

    def _done(self, track: Track, row: PlanStep, fact: Fact) -> None:
        document = track.said_in.get((fact.kind, fact.id))
        for each in self._served_with(row):
            self.mark_done(each, at=fact.at, evidence=_said(fact), document_id=document)

    def mark_done(
        self, row: PlanStep, *, at: dt.datetime, evidence: str = "", by: str = "", document_id: int | None = None
    ) -> None:
        if row.state == StepState.ASKED and row.task_uuid is not None and not by:
            self.to_close[str(row.task_uuid)] = f"Fait\u202f: {evidence}"[:500]
        row.state, row.done_at, row.done_by = StepState.DONE, at, by[:200]
        row.evidence, row.document_id = evidence[:500], document_id
        self.changed[id(row)] = row

    def _served_with(self, row: PlanStep) -> list[PlanStep]:
        """The row, and those of other plans that wait for the same task."""
        if row.task_uuid is None:
            return [row]
        return [
            each for each in self.every_row() if each is row or (each.task_uuid == row.task_uuid and each.state in OPEN)
        ]

    # -------------------------------------------------------------------------------------------- asking

    def _ask(self, track: Track) -> None:
        seen = track.open_subject
        for step in _of_professionals(track.protocol):
            for row in track.of(step):
                is_time = row.state == StepState.AHEAD and row.opens_at <= self.now
                if is_time and rhythm.is_wanted(step, seen, today=self.today):
                    self._ask_one(track, step, row)

    def _ask_one(self, track: Track, step: Step, row: PlanStep) -> None:
        if row.late_at <= self.now:  # its day went by while it was not wanted, or while the plan was suspended
            row.due_at, row.late_at = self.now, step.fenetre.after(self.now)
        row.state = StepState.ASKED
        self.changed[id(row)] = row
        elsewhere = self._asked_elsewhere(track, row)
        if elsewhere is None:
            row.task_uuid = time_ordered_uuid()
            self.to_ask.append((track, step, row))
        elif elsewhere.state == StepState.DONE:
            assert elsewhere.done_at is not None
            row.shared_with = elsewhere
            evidence = f"Fait pour un autre plan\u202f: {elsewhere.evidence or elsewhere.done_by}"
            self.mark_done(row, at=elsewhere.done_at, evidence=evidence, document_id=elsewhere.document_id)
        else:
            row.shared_with, row.task_uuid = elsewhere, elsewhere.task_uuid

    def _asked_elsewhere(self, track: Track, row: PlanStep) -> PlanStep | None:
        """The same examination, for another plan of the patient: asked now, or done since this one opened."""
        same = [
            each
            for other in self.tracks
            if other is not track and row.examination
            for rows in other.rows.values()
            for each in rows
            if each.examination == row.examination
        ]
        asked = (each for each in same if each.state == StepState.ASKED and each.task_uuid is not None)
        done = (each for each in same if each.done_at is not None and each.done_at >= row.opens_at)
        return next(asked, None) or next(done, None)

    def every_row(self) -> Iterator[PlanStep]:
        for track in self.tracks:
            for rows in track.rows.values():
                yield from rows


def _came_of(track: Track, row: PlanStep, done: PlanStep) -> bool:
    """Still open, and counted from the time when the other was done: its next time, or a step that follows it."""
    if row.state not in OPEN or row.origin_at != done.done_at:
        return False
    step = track.protocol.step(row.step)
    return row.step == done.step or (step is not None and step.quand.depuis == done.step)


def _of_professionals(protocol: Protocol) -> Iterator[Step]:
    return (step for step in protocol.etapes if any(code != PATIENT for code in step.qui))


def _follows(protocol: Protocol, step: Step) -> bool:
    """It counts from a state or from another step: not from inclusion, nor from a date that may be to come."""
    return step.quand.depuis not in {"inclusion", *(date.nom for date in protocol.dates)}


def _origins(track: Track, step: Step) -> list[dt.datetime]:
    """When the step begins to count: once, or each time that the step it follows is done."""
    included = track.plan.included_at
    if included is None:
        return []
    if track.protocol.step(step.quand.depuis) is not None:
        return [row.done_at for row in track.rows.get(step.quand.depuis, []) if row.done_at is not None]
    found = rhythm.origin_of(step, included_at=included, dates=track.plan.dates, states=track.entered)
    return [found] if found is not None else []


def steps_as_facts(
    plan: Plan, rows: Mapping[str, Sequence[PlanStep]], entered: Mapping[str, dt.datetime]
) -> tuple[Fact, ...]:
    """What `étape(…)` reads: inclusion, every state that was entered, and every step done."""
    facts = [
        Fact(id=row.rank, kind=Kind.STEP, code=row.step, at=row.done_at, text=row.evidence)
        for some in rows.values()
        for row in some
        if row.done_at is not None
    ]
    facts += [Fact(id=0, kind=Kind.STEP, code=state, at=at) for state, at in entered.items()]
    if plan.included_at is not None:
        facts.append(Fact(id=0, kind=Kind.STEP, code="inclusion", at=plan.included_at))
    return tuple(facts)


def evidence_of(step: Step) -> Expression | None:
    """What shows that a step was done: what it says, else the answers to its form."""
    if step.fait_quand is not None:
        return step.fait_quand.asked
    if step.formulaire:
        return questions.AtLeast(1, Series(Kind.ANSWER, (f"{step.formulaire}/*",)))
    return None


def examination_of(step: Step) -> str:
    """One word for what is examined, the same in every protocol that asks the same thing."""
    if step.examen:
        return step.examen.casefold()[:300]
    asked = evidence_of(step)
    read = sorted(f"{kind.value}:{code}" for kind, code in reads(asked)) if asked is not None else []
    return " ".join(read)[:300]


def _said(fact: Fact) -> str:
    label = fact.label or fact.code
    if fact.kind is Kind.ANSWER:  # one question among those of its form
        label = f"questionnaire {fact.code.partition('/')[0]}"
    return f"{label}, le {day_of(fact.at):%d/%m/%Y}"
