"""How a plan moves: from a state to another, to another version, by a choice of its targets; how a step is done or
left by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.text import storable
from maillon.pathways import alerting, guards, protocols, reaching, refusals, working
from maillon.pathways.definition import Protocol, State
from maillon.pathways.desk import steps_as_facts
from maillon.pathways.including import checked_parameters, may_keep, note_move
from maillon.pathways.models import Alert, Deviation, Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState, VersionState
from maillon.questions.api import Subject, subject_of
from maillon.record import api as record
from maillon.tasks import api as tasks

SHORTEST_REASON = 3
LEFT = "Retrait du patient"


@transaction.atomic
def move(access: Access, plan_uuid: UUID, to: str, *, reason: str = "") -> None:
    """Raises E-PRO-09, -15 (no such way), -16 (no such plan), -17 (a motive is asked), and the refusals of the guards
    of the state. What was asked is taken back when nothing runs any more."""
    plan, protocol = kept(access, plan_uuid)
    source, target = protocol.state(plan.state), next((each for each in protocol.etats if each.nom == to), None)
    if target is None or to not in source.vers:
        raise refusals.no_such_move(source.libelle, target.libelle if target else to)
    said = storable(reason).strip()
    if target.motifs and len(said) < SHORTEST_REASON:
        raise refusals.NO_REASON
    situation = guards.Situation(
        access=access, plan=plan, protocol=protocol, subject=_subject(access, plan), source=source.nom, reason=said
    )
    guards.demand(target.exige, situation)
    _enter(access, plan, target, said)
    note_move(access, plan, source=source.nom, target=target.nom, reason=said)
    _look(access)


def _enter(access: Access, plan: Plan, state: State, reason: str) -> None:
    plan.state, plan.is_running, plan.is_over = state.nom, state.genre == "actif", state.genre == "fin"
    if plan.is_running and plan.included_at is None:
        plan.included_at, plan.included_by = clock.now(), access.actor.label
    if plan.is_over:
        plan.ended_at, plan.end_reason = clock.now(), reason[:200]
    plan.save()
    if not plan.is_running:
        take_back(access, plan, over=plan.is_over, comment=f"Plan {state.libelle.lower()}"[:500])


def take_back(access: Access, plan: Plan, *, over: bool, comment: str) -> None:
    """Nobody has to do any more what the plan had asked; a suspended plan will ask again."""
    wanted = {StepState.ASKED, StepState.AHEAD} if over else {StepState.ASKED}
    for row in PlanStep.objects.filter(plan=plan, state__in=wanted):
        _nobody_has_to(access, row, comment)
        row.state = StepState.CANCELLED if over else StepState.AHEAD
        row.reason, row.task_uuid, row.shared_with = (comment if over else ""), None, None
        row.save()
    if over:
        protocol = protocols.protocol_of(plan.version)
        for alert in Alert.objects.filter(plan=plan, answered_at__isnull=True):
            alerting.close(access, alert, protocol, why=comment, now=clock.now())


def _nobody_has_to(access: Access, row: PlanStep, comment: str) -> None:
    """The task of a step, unless another plan waits for it as well."""
    if row.task_uuid is None:
        return
    waited_for = PlanStep.objects.filter(task_uuid=row.task_uuid, state=StepState.ASKED).exclude(pk=row.pk)
    if not waited_for.exists():
        tasks.cancel(access, row.task_uuid, comment=comment)


@transaction.atomic
def withdraw_consent(access: Access, plan_uuid: UUID, *, reason: str) -> None:
    """The patient leaves, whenever they want: the plan is over, and nothing is asked any more."""
    plan, protocol = kept(access, plan_uuid)
    plan.consent_withdrawn_at = clock.now()
    end = leaving_state(protocol, protocol.state(plan.state))
    source = plan.state
    why = storable(reason).strip()
    said = f"{LEFT}\u202f: {why}" if why else LEFT
    _enter(access, plan, end, said)
    note_move(access, plan, source=source, target=end.nom, reason=said)


def leaving_state(protocol: Protocol, source: State) -> State:
    """Where a plan ends when the patient leaves: an end that demands nothing rather than one that says that all was
    done; one to which the present state leads, if there is one."""
    ends = [state for state in protocol.etats if state.genre == "fin"]
    near = [state for state in ends if state.nom in source.vers] or ends
    return next((state for state in reversed(near) if not state.exige), near[-1])


@transaction.atomic
def choose(
    access: Access, plan_uuid: UUID, parameters: Mapping[str, str], *, dates: Mapping[str, dt.date] | None = None
) -> None:
    """The targets of this patient, by the profession that decides each; dates that steps count from. A date that
    changes moves the steps that were still to come. Raises E-PRO-09, -12, -16."""
    plan, protocol = kept(access, plan_uuid)
    chosen = checked_parameters(protocol, parameters)
    for parameter in protocol.parametres:
        is_new = parameter.nom in chosen and chosen[parameter.nom] != plan.parameters.get(parameter.nom)
        if is_new and parameter.par != access.actor.profession_code:
            raise refusals.wrong_parameter(parameter.libelle, "une autre profession en décide")
    known = {each.nom for each in protocol.dates}
    days = {name: day.isoformat() for name, day in (dates or {}).items() if name in known}
    moved = {name for name, day in days.items() if plan.dates.get(name) != day}
    plan.parameters |= chosen
    plan.dates |= days
    plan.save(update_fields=["parameters", "dates"])
    for step in protocol.etapes:
        if step.quand.depuis in moved:
            _forget_to_come(access, plan, step.id)
    _look(access)


def _forget_to_come(access: Access, plan: Plan, step: str) -> None:
    for row in PlanStep.objects.filter(plan=plan, step=step, state__in=[StepState.AHEAD, StepState.ASKED]):
        _nobody_has_to(access, row, "La date a changé.")
        row.state, row.reason, row.task_uuid = StepState.CANCELLED, "La date a changé.", None
        row.save()


@transaction.atomic
def migrate(access: Access, plan_uuid: UUID, version_uuid: str) -> None:
    """This one plan goes over to another version in force of its protocol: a decision, plan by plan. What was done
    stays done; what was asked under the former version is asked anew where the new one still asks it. Raises E-PRO-14,
    -15."""
    plan, former = kept(access, plan_uuid)
    version = ProtocolVersion.objects.filter(
        uuid=version_uuid, code=plan.version.code, structure_id=plan.version.structure_id, state=VersionState.IN_FORCE
    ).first()
    if version is None or version.pk == plan.version_id:
        raise refusals.NOT_IN_FORCE
    protocol = protocols.protocol_of(version)
    if plan.state not in {state.nom for state in protocol.etats}:
        raise refusals.no_such_move(former.state(plan.state).libelle, f"version {version.number}")
    take_back(access, plan, over=False, comment=f"Passage à la version {version.number}")
    kept_steps = {step.id for step in protocol.etapes}
    for row in PlanStep.objects.filter(plan=plan, state=StepState.AHEAD).exclude(step__in=kept_steps):
        row.state, row.reason = StepState.CANCELLED, f"N’est plus dans la version {version.number}"
        row.save()
    former_number, plan.version = plan.version.number, version
    plan.save(update_fields=["version"])
    reason = f"De la version {former_number} à la version {version.number}"
    note_move(access, plan, source=plan.state, target=plan.state, reason=reason)
    _look(access)


# ------------------------------------------------------------------------------------------------ steps by hand


@transaction.atomic
def do_step(access: Access, step_uuid: UUID, *, comment: str = "", on: dt.date | None = None) -> None:
    """Done, by who says so, on that day; the task closes. Raises E-PRO-09, -16, and the refusals of the step."""
    row, plan, protocol = _open_step(access, step_uuid)
    _demand(access, plan, protocol, row.step)
    moment = dt.datetime.combine(on, dt.time(12), clock.PARIS) if on and on < clock.today() else clock.now()
    finish(access, row, at=moment, by=access.actor.label, evidence=storable(comment).strip())
    if row.task_uuid is not None:
        tasks.cancel(access, row.task_uuid, comment=f"Fait par {access.actor.label}")
    _look(access)


@tasks.before_done
def demand_of_task(access: Access, task_uuid: UUID) -> None:
    """A step that is answered from somebody's day demands there what it demands on the page of its plan."""
    rows = PlanStep.objects.filter(task_uuid=task_uuid, patient_id=access.patient_id, state=StepState.ASKED)
    for row in rows.select_related("plan__version"):
        _demand(access, row.plan, protocols.protocol_of(row.plan.version), row.step)


def _demand(access: Access, plan: Plan, protocol: Protocol, name: str) -> None:
    """The refusals of a step; a step that the version no longer has demands nothing."""
    step = protocol.step(name)
    if step is not None and step.exige:
        situation = guards.Situation(access=access, plan=plan, protocol=protocol, subject=_subject(access, plan))
        guards.demand(step.exige, situation)


@transaction.atomic
def leave_step(access: Access, step_uuid: UUID, *, reason: str) -> None:
    """Not done this time, for a reason: never blocked, counted as a deviation. Raises E-PRO-09, -16, -17."""
    row, plan, _ = _open_step(access, step_uuid)
    said = storable(reason).strip()
    if len(said) < SHORTEST_REASON:
        raise refusals.NO_REASON
    left(access, row, plan, said)
    _nobody_has_to(access, row, said)
    _look(access)


def finish(access: Access, row: PlanStep, *, at: dt.datetime, by: str, evidence: str) -> None:
    """The row, and those of other plans that wait for the same task."""
    same = PlanStep.objects.filter(task_uuid=row.task_uuid, state=StepState.ASKED).exclude(pk=row.pk)
    for each in (row, *(same if row.task_uuid is not None else ())):
        each.state, each.done_at, each.done_by = StepState.DONE, at, by[:200]
        each.done_by_professional_id, each.evidence = access.actor.professional_id, evidence[:500]
        each.save()


def left(access: Access, row: PlanStep, plan: Plan, reason: str, *, by: str = "") -> None:
    row.state, row.reason = StepState.LEFT, reason[:500]
    row.save(update_fields=["state", "reason"])
    note_deviation(access, plan, step=row.step, reason=reason, by=by)


@transaction.atomic
def deviate(access: Access, plan_uuid: UUID, *, step: str = "", reason: str) -> None:
    """The team does otherwise than the protocol says. Raises E-PRO-09, -16, -17."""
    plan, _ = kept(access, plan_uuid)
    said = storable(reason).strip()
    if len(said) < SHORTEST_REASON:
        raise refusals.NO_REASON
    note_deviation(access, plan, step=step, reason=said)


def note_deviation(access: Access, plan: Plan, *, step: str, reason: str, by: str = "") -> None:
    Deviation.objects.create(
        patient_id=plan.patient_id, plan=plan, step=step[:40], at=clock.now(), reason=reason[:500],
        by=by or access.actor.label, professional_id=access.actor.professional_id,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ what is kept


def kept(access: Access, plan_uuid: UUID) -> tuple[Plan, Protocol]:
    """The plan, held until the end of the transaction. Raises E-PRO-09, -16."""
    if not may_keep(access):
        raise refusals.NOT_YOURS
    found = Plan.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id, uuid=plan_uuid)
    plan = found.select_for_update(of=("self",)).select_related("version").first()
    if plan is None or plan.is_over:
        raise refusals.NO_PLAN
    return plan, protocols.protocol_of(plan.version)


def _open_step(access: Access, step_uuid: UUID) -> tuple[PlanStep, Plan, Protocol]:
    """Looked at once the plan is held: whoever was quicker may have done it."""
    of_record = PlanStep.objects.filter(patient_id=access.patient_id, uuid=step_uuid)
    found = of_record.values_list("plan__uuid", flat=True).first()
    if found is None:
        raise refusals.NO_PLAN
    plan, protocol = kept(access, found)
    row = of_record.filter(state__in=[StepState.AHEAD, StepState.ASKED]).select_related("plan").first()
    if row is None:
        raise refusals.NO_PLAN
    return row, plan, protocol


def _subject(access: Access, plan: Plan) -> Subject:
    """What the actor's key opens, with the steps and the targets of the plan."""
    facts = steps_as_facts(plan, working.rows_of(plan), working.entered_of(plan))
    parameters = {name: Decimal(value) for name, value in plan.parameters.items()}
    types = reaching.types_in(protocols.index_of(plan.version.text).every)
    sent = reaching.sent_of([plan.patient_id], types)[plan.patient_id]
    opened = record.entries_of({each.document_id for each in sent}, access=access)
    heard = (each.fact for each in sent if each.document_id in opened)
    return subject_of(access, parameters=parameters, more=(*facts, *heard))


def _look(access: Access) -> None:
    with access_room.wall.beside():
        working.look_at([access.patient_id], day=True)

