"""The educational contract of a patient (three to six competencies, each a goal of the plan with its criterion), its
evaluation (the questionnaire ETP-FIN, from which the results come back), and what the médecin traitant may be told."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.forms import api as forms
from maillon.forms.events import FormSigned
from maillon.kernel import clock, events
from maillon.kernel.key import Access
from maillon.kernel.text import storable
from maillon.pathways import refusals as of_plans
from maillon.pathways.definition import Protocol
from maillon.pathways.education import attendance, refusals
from maillon.pathways.education.programme import NATURE
from maillon.pathways.education.rules import rules
from maillon.pathways.guards import Situation, rule
from maillon.pathways.machine import key_to
from maillon.pathways.models import Attendance, Goal, LetterAgreement, Plan
from maillon.pathways.moving import kept
from maillon.pathways.states import AttendanceState, SessionState
from maillon.writing import api as writing

FAMILIES: Final = {"autosoins": "Autosoins", "sécurité": "Sécurité", "adaptation": "Adaptation"}
FINAL: Final = "ETP-FIN"
RESULTS: Final = {"acquis": Goal.State.REACHED, "partiel": Goal.State.PARTLY, "non": Goal.State.MISSED}
SAID: Final = {"atteint": "acquise", "partiel": "acquise en partie", "non": "non acquise", "en_cours": "en cours"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Competency:
    """As it is negotiated. `uuid`: of one that was agreed before."""

    family: str
    text: str
    criterion: str
    uuid: UUID | None = None


def contract_of(plan: Plan) -> list[Goal]:
    return list(Goal.objects.filter(plan=plan).exclude(family="").exclude(state=Goal.State.DROPPED).order_by("id"))


@transaction.atomic
def agree(access: Access, plan_uuid: UUID, wanted: Sequence[Competency]) -> None:
    """The contract as it now stands: those in progress that are not in it any more are dropped, those evaluated stay
    as they are. Raises E-ETP-02, -09, E-PRO-09, -16."""
    plan, _ = kept(access, plan_uuid)
    attendance.demand_ready(plan)
    asked = [_cleaned(each) for each in wanted if each.text.strip() or each.criterion.strip()]
    if any(not each.text or not each.criterion or each.family not in FAMILIES for each in asked):
        raise refusals.NO_CRITERION
    open_ones = {goal.uuid: goal for goal in contract_of(plan) if goal.state == Goal.State.CURRENT}
    if not rules().competences_min <= len(asked) <= rules().competences_max:
        raise refusals.how_many(rules().competences_min, rules().competences_max)
    now, by = clock.now(), access.actor.label
    for each in asked:
        known = _known_as(each, tuple(open_ones.values()))
        goal = open_ones.pop(known) if known else None
        if goal is None:
            Goal.objects.create(
                patient_id=plan.patient_id, plan=plan, text=each.text, family=each.family, criterion=each.criterion,
                is_of_patient=True, by=by, at=now, changed_at=now, changed_by=by,
            )  # fmt: skip
        elif (goal.text, goal.family, goal.criterion) != (each.text, each.family, each.criterion):
            goal.text, goal.family, goal.criterion = each.text, each.family, each.criterion
            goal.changed_at, goal.changed_by = now, by
            goal.save()
    for goal in open_ones.values():
        goal.state, goal.changed_at, goal.changed_by = Goal.State.DROPPED, now, by
        goal.save()


def _known_as(wanted: Competency, agreed: Collection[Goal]) -> UUID | None:
    """By its number, else by its words: a contract that is sent twice is the same."""
    named = (goal.uuid for goal in agreed if goal.uuid == wanted.uuid)
    alike = (goal.uuid for goal in agreed if goal.text == wanted.text)
    return next(named, None) or next(alike, None)


def _cleaned(each: Competency) -> Competency:
    return dataclasses.replace(
        each, text=storable(each.text).strip()[:500], criterion=storable(each.criterion).strip()[:500]
    )


# ------------------------------------------------------------------------------------------------ evaluation


@transaction.atomic
def begin_evaluation(access: Access, plan_uuid: UUID) -> UUID:
    """The draft of the final evaluation, with the competencies of the contract written in it. Raises E-ETP-09 (no
    contract), E-PRO-09, -16, E-QST-01."""
    plan, _ = kept(access, plan_uuid)
    agreed = [goal.text for goal in contract_of(plan) if goal.state == Goal.State.CURRENT]
    if not agreed:
        raise refusals.how_many(rules().competences_min, rules().competences_max)
    uuid = forms.begin(access, FINAL, origin=f"plan:{plan.uuid}")
    view = forms.read(access, uuid)
    typed = {code: line.typed for code, line in view.sheet.lines.items() if line.typed}
    proposed: dict[str, tuple[str, ...]] = {f"objet_{rank}": (text[:200],) for rank, text in enumerate(agreed, 1)}
    forms.save(access, uuid, proposed | typed, revision=view.revision)
    return uuid


@events.reacts_to(FormSigned)
def evaluated(event: FormSigned) -> None:
    """The result of each competency comes back into the contract: that of the plan for which it was begun; of every
    programme of the patient, when it was for none."""
    if event.form_code != FINAL:
        return
    plans = Plan.objects.filter(patient_id=event.patient_id, is_over=False, version__nature=NATURE)
    kind, _, named = event.origin.partition(":")
    if kind == "plan":
        plans = plans.filter(uuid=named)
    # What corrects an evaluation corrects its results.
    waiting = {Goal.State.CURRENT, *(RESULTS.values() if event.replaces is not None else ())}
    pending = [goal for plan in plans for goal in contract_of(plan) if goal.state in waiting]
    if not pending:
        return
    access = key_to(event.patient_id)
    view = forms.read(access, event.response_uuid)
    said = {code: line.typed[0].strip() for code, line in view.sheet.lines.items() if line.stands and line.typed}
    results = {
        said[f"objet_{rank}"].casefold(): said.get(f"etat_{rank}", "")
        for rank in range(1, rules().competences_max + 1)
        if said.get(f"objet_{rank}")
    }
    for goal in pending:
        state = RESULTS.get(results.get(goal.text[:200].strip().casefold(), ""))
        if state is not None:
            goal.state, goal.changed_at, goal.changed_by = state, clock.now(), view.author
            goal.save(update_fields=["state", "changed_at", "changed_by"])


@rule("competences_evaluees")
def _all_evaluated(situation: Situation) -> str | None:
    waiting = [goal.text for goal in contract_of(situation.plan) if goal.state == Goal.State.CURRENT]
    return f"sans résultat, {', '.join(waiting)}" if waiting else None


# ------------------------------------------------------------------------------------------------ médecin traitant


@transaction.atomic
def say_whether_gp_is_told(access: Access, plan_uuid: UUID, *, agreed: bool) -> None:
    """What the patient says, whenever they want; the last word counts. Raises E-PRO-09, -16."""
    plan, _ = kept(access, plan_uuid)
    if agreement_of(plan) is not agreed:
        LetterAgreement.objects.create(
            patient_id=plan.patient_id, plan=plan, agreed=agreed, at=clock.now(), by=access.actor.label
        )


def agreement_of(plan: Plan) -> bool | None:
    latest = LetterAgreement.objects.filter(plan=plan).order_by("-at", "-id").first()
    return latest.agreed if latest else None


@rule("accord_envoi")
def _gp_may_be_told(situation: Situation) -> str | None:
    said = {None: "il ne l’a pas donné", False: "il l’a refusé", True: None}
    return said[agreement_of(situation.plan)]


@transaction.atomic
def begin_letter(access: Access, plan_uuid: UUID) -> UUID:
    """The draft of the letter to the médecin traitant, to be read again and signed. Raises E-ETP-06, E-PRO-09, -16,
    E-RED-01, -03."""
    plan, protocol = kept(access, plan_uuid)
    if not agreement_of(plan):
        raise refusals.NO_AGREEMENT
    name = letter_of(protocol)
    if not name:
        raise of_plans.NO_PLAN
    draft = writing.begin(access, name)
    begun = writing.read(access, draft)
    texts = dict(begun.content.texts) | letter_texts(plan, protocol)
    content = dataclasses.replace(begun.content, title=f"Éducation thérapeutique : {protocol.theme}"[:200], texts=texts)
    writing.save(access, draft, content, revision=begun.revision)
    return draft


def letter_of(protocol: Protocol) -> str:
    """The letter that a step of the programme writes."""
    return next((step.courrier for step in protocol.etapes if step.courrier), "")


def may_write_letter(access: Access, protocol: Protocol) -> bool:
    letter = writing.definition.letters().get(letter_of(protocol))
    return letter is not None and writing.may_write(access, letter)


def letter_texts(plan: Plan, protocol: Protocol) -> dict[str, str]:
    """By part of the letter: entry, shared goals, state of the competencies, next step."""
    agreed = contract_of(plan)
    entered = f"Entré dans le programme le {clock.in_paris(plan.included_at):%d/%m/%Y}." if plan.included_at else ""
    results = [f"{goal.text} : {SAID.get(goal.state, goal.state)}" for goal in agreed]
    present = Attendance.objects.filter(plan=plan, state=AttendanceState.PRESENT)
    seen = present.exclude(session__state=SessionState.CANCELLED).count()
    return {
        "vu_le": f"{clock.today():%d%m%Y}",
        "seances": str(seen),
        "constat": "\n".join([entered, *results]).strip(),
        "objectifs": "\n".join(f"{goal.text} ({goal.criterion})" for goal in agreed),
        "propositions": f"État du programme : {protocol.state(plan.state).libelle.lower()}.",
    }
