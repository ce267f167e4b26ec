"""From the base to the desk and back: plans of many patients are looked at together, and only those in which something
moved are written, each with a key.

Looking shows nothing to anybody and is no opening of a record; writing is, and is journalled.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock, events
from maillon.kernel.key import Access, StructureId
from maillon.pathways import alerting, protocols, reaching
from maillon.pathways.addressing import addressee
from maillon.pathways.definition import Protocol, Step
from maillon.pathways.desk import Desk, Track
from maillon.pathways.events import StepDue
from maillon.pathways.machine import key_to
from maillon.pathways.models import Move, Plan, PlanStep
from maillon.pathways.states import StepState
from maillon.questions.api import Kind, Subject, subjects_to_watch
from maillon.record import api as record
from maillon.tasks import api as tasks


@transaction.atomic
def look_at(patients: Collection[int], *, woken: Mapping[int, set[str]] | None = None, day: bool = False) -> int:
    """Every running plan of these patients: steps, then alerts. `woken`: by patient, what may have changed (the names
    of protocols.Index); all when absent. `day`: alerts of the day as well. Returns how many patients had something to
    write. Whoever else looks at the same patient meanwhile waits."""
    tracks = tracks_of(patients)
    if not tracks:
        return 0
    now, withdrawn = clock.now(), _withdrawn(tracks)
    by_patient: dict[int, list[Track]] = defaultdict(list)
    for track in tracks:
        by_patient[track.plan.patient_id].append(track)
    written = set()
    for patient, some in by_patient.items():
        desk = Desk(some, now, withdrawn)
        desk.settle()
        if desk.changed or desk.to_close:
            apply(desk, key_to(patient))
            written.add(patient)
    written |= alerting.take_back(tracks, withdrawn, now=now)
    written |= alerting.raise_for(tracks, now=now, woken=woken, day=day)
    Plan.objects.filter(pk__in=[track.plan.pk for track in tracks]).update(looked_at=now)
    return len(written)


def _withdrawn(tracks: Iterable[Track]) -> frozenset[int]:
    """Documents that were withdrawn since they showed a step done, or raised an alert that waits."""
    tracks = list(tracks)
    shown = {row.document_id for track in tracks for rows in track.rows.values() for row in rows}
    waiting = alerting.waiting_for([track.plan for track in tracks])
    entries = record.entries_of({each for each in (*shown, *waiting) if each is not None})
    return frozenset(number for number, entry in entries.items() if entry.is_withdrawn)


def tracks_of(patients: Collection[int], *, running_only: bool = True) -> list[Track]:
    """Held until the end of the transaction."""
    found = Plan.objects.filter(patient_id__in=list(patients), is_over=False).select_related("version")
    if running_only:
        found = found.filter(is_running=True)
    plans = list(found.select_for_update(of=("self",)).order_by("pk"))
    rows, entered = _rows_of(plans), _entered(plans)
    people = _people(plans)
    return [
        Track(
            plan=plan, protocol=protocols.protocol_of(plan.version), rows=rows[plan.pk], entered=entered[plan.pk],
            person=with_parameters(people[plan.patient_id][0], plan), said_in=people[plan.patient_id][1],
            closed=people[plan.patient_id][2],
        )
        for plan in plans
    ]  # fmt: skip


FactKey = tuple[Kind, int]
Watched = tuple[Subject, dict[FactKey, int | None], frozenset[FactKey]]


def _people(plans: Iterable[Plan]) -> dict[int, Watched]:
    """Each patient with the facts that their protocols read and no other, where each was said, and which are not open
    to the whole team."""
    by_texts: dict[frozenset[str], set[int]] = defaultdict(set)
    texts: dict[int, set[str]] = defaultdict(set)
    for plan in plans:
        texts[plan.patient_id].add(plan.version.text)
    for patient, read in texts.items():
        by_texts[frozenset(read)].add(patient)
    found: dict[int, Watched] = {}
    for read_by, patients in by_texts.items():
        asked = [question for text in read_by for question in protocols.index_of(text).every]
        sent = reaching.sent_of(patients, reaching.types_in(asked))
        entries = record.entries_of({each.document_id for some in sent.values() for each in some})
        for patient, (person, facts) in subjects_to_watch(patients, asked).items():
            said_in = {(Kind(each.kind), each.id): each.document_id for each in facts}
            closed = {(Kind(each.kind), each.id) for each in facts if not each.is_open}
            for each in sent.get(patient, ()):
                said_in[Kind.SENDING, each.fact.id] = each.document_id
                if each.document_id not in entries or not entries[each.document_id].is_open:
                    closed.add((Kind.SENDING, each.fact.id))
            more = (each.fact for each in sent.get(patient, ()))
            found[patient] = replace(person, facts=(*person.facts, *more)), said_in, frozenset(closed)
    return found


def with_parameters(subject: Subject, plan: Plan) -> Subject:
    return Subject(
        birth_date=subject.birth_date, sex=subject.sex, facts=subject.facts,
        parameters={name: Decimal(value) for name, value in plan.parameters.items()},
    )  # fmt: skip


def _rows_of(plans: Iterable[Plan]) -> dict[int, dict[str, list[PlanStep]]]:
    found: dict[int, dict[str, list[PlanStep]]] = defaultdict(lambda: defaultdict(list))
    for row in PlanStep.objects.filter(plan__in=list(plans)).order_by("plan_id", "step", "rank"):
        found[row.plan_id][row.step].append(row)
    return found


def rows_of(plan: Plan) -> dict[str, list[PlanStep]]:
    return _rows_of([plan])[plan.pk]


def _entered(plans: Iterable[Plan]) -> dict[int, dict[str, dt.datetime]]:
    """When each state was last entered."""
    found: dict[int, dict[str, dt.datetime]] = defaultdict(dict)
    for plan_id, target, at in (
        Move.objects.filter(plan__in=list(plans)).order_by("at", "id").values_list("plan_id", "target", "at")
    ):
        found[plan_id][target] = at
    return found


def entered_of(plan: Plan) -> dict[str, dt.datetime]:
    return _entered([plan])[plan.pk]


def apply(desk: Desk, access: Access) -> None:
    """What the desk decided, in the caller's transaction."""
    changed = list(desk.changed.values())
    for row in changed:
        row.save()
    for task_uuid, comment in desk.to_close.items():
        if not any(str(row.task_uuid) == task_uuid and row.state == StepState.ASKED for row in desk.every_row()):
            tasks.cancel(access, UUID(task_uuid), comment=comment)
    for track, step, row in desk.to_ask:
        ask(access, track.plan, track.protocol, step, row)


def ask(access: Access, plan: Plan, protocol: Protocol, step: Step, row: PlanStep) -> None:
    """The task of a step that is to be asked."""
    assert row.task_uuid is not None
    who = addressee(access, StructureId(plan.structure_id), step.qui)
    row.role_code = who.role_code
    row.save(update_fields=["role_code"])
    title = f"À organiser\u202f: {step.quoi}" if who.is_to_arrange else step.quoi
    tasks.ask(
        access, uuid=row.task_uuid, title=title[:300], structure_id=who.structure_id, due_at=row.due_at,
        professional_id=who.professional_id, role_code=who.role_code, opens_at=min(row.opens_at, row.due_at),
        late_at=row.late_at, origin=f"plan:{plan.uuid}/{step.id}", reason=f"{protocol.code}, {protocol.titre}"[:500],
    )  # fmt: skip
    events.announce(StepDue(plan_uuid=plan.uuid, step_uuid=row.uuid, step=step.id))
