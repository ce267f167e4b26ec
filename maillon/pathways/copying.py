"""The plans and the answers to questionnaires in the copy of a record that a person takes away (RGPD, article 15; CSP
L1111-7): in plain French, and as FHIR."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from maillon.formats.copy_write import Section
from maillon.formats.fhir.datatypes import address_of, reference
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.pathways import serving
from maillon.pathways.models import Goal
from maillon.pathways.states import StepState
from maillon.rights.api import parts

ALL: Final = 1_000_000  # a copy is not a page
OUTCOMES: Final = {"": "En attente", "fait": "Traitée", "sans_suite": "Sans suite", "sans_objet": "Réglée d’elle-même"}


@parts.adds
def plans(access: Access) -> parts.Part:
    found = serving.whole(access)
    patient = reference(str(access.patient_uuid))
    resources = [
        serving.plan_as_fhir(each, patient=patient, goal_at=lambda goal: reference(str(goal))) for each in found
    ]
    resources += [serving.goal_as_fhir(goal, patient=patient) for each in found for goal in each.goals]
    return parts.Part(
        name="plans_de_soins", count=len(found), resources=tuple(resources),
        sections=(_list(found), *(section for each in found for section in _told(each))),
    )  # fmt: skip


def _list(found: list[serving.WholePlan]) -> Section:
    return Section(
        title=f"Plans de soins ({len(found)})", headers=("Plan", "Où il en est", "Du", "Au"), widths=(4, 2.4, 1.1, 1.1),
        rows=tuple((each.title, where(each), day(each.included_at), day(each.ended_at)) for each in found),
        nothing="Aucun plan de soins.",
    )  # fmt: skip


def _told(plan: serving.WholePlan) -> Iterator[Section]:
    yield Section(
        title=f"{plan.title}\u202f: ce qui a été convenu", headers=("Quoi", "En clair"), widths=(2, 6),
        rows=tuple(agreed(plan)), nothing="Rien n’a été noté.",
    )  # fmt: skip
    yield Section(
        title=f"{plan.title}\u202f: ce qui est prévu et ce qui a été fait",
        headers=("Étape", "Qui", "Prévu le", "Où elle en est"), widths=(3.4, 1.8, 1.1, 2.7),
        rows=tuple((step.says, step.who, day(step.due_at), standing(step)) for step in plan.steps),
        nothing="Aucune étape.",
    )  # fmt: skip
    if plan.alerts:
        yield Section(
            title=f"{plan.title}\u202f: ce qui a été signalé à l’équipe", headers=("Quand", "Quoi", "Suite"),
            widths=(1.1, 4.6, 3),
            rows=tuple((day(each.raised_at), each.says, _answered(each)) for each in plan.alerts), nothing="",
        )  # fmt: skip


def agreed(plan: serving.WholePlan) -> Iterator[tuple[str, str]]:
    """What was told and agreed, what is aimed at, what the patient does, what the team wrote."""
    yield "Votre accord", plan.consent
    for goal in plan.goals:
        whose = "Votre objectif" if goal.is_of_patient else "Objectif de l’équipe"
        yield whose, f"{goal.text} ({Goal.State(goal.state).label.lower()})"
    for target in plan.targets:
        yield "Cible", target
    for said in plan.of_patient:
        yield "Ce que vous faites", said
    if plan.text:
        yield "Ce que l’équipe a écrit avec vous", plan.text


def where(plan: serving.WholePlan) -> str:
    return f"{plan.state} ({plan.end_reason[:1].lower()}{plan.end_reason[1:]})" if plan.end_reason else plan.state


def standing(step: serving.WholeStep) -> str:
    """One sentence on a step, for the person whom it is about."""
    if step.state == StepState.DONE:
        by = f" par {step.done_by}" if step.done_by else ""
        return f"Fait le {day(step.done_at)}{by}" + (f"\u202f: {step.shown_by}" if step.shown_by else "")
    if step.state == StepState.LEFT:
        return f"Non fait\u202f: {step.reason}" if step.reason else "Non fait"
    if step.state == StepState.CANCELLED:
        return "N’est plus prévu"
    return "En retard" if step.is_late else "À faire" if step.state == StepState.ASKED else "Prévu"


def _answered(alert: serving.Alert) -> str:
    said = OUTCOMES.get(alert.outcome, alert.outcome)
    if alert.answered_at is None:
        return said
    by = f" par {alert.answered_by}" if alert.answered_by and alert.outcome != "sans_objet" else ""
    return f"{said} le {day(alert.answered_at)}{by}"


def day(moment: dt.datetime | None) -> str:
    return f"{clock.in_paris(moment):%d/%m/%Y}" if moment is not None else ""


# ------------------------------------------------------------------------------------------------ questionnaires


@parts.adds
def answers(access: Access) -> parts.Part:
    """Those that were signed and that nothing has replaced."""
    views = [forms.read(access, line.uuid) for line in forms.signed(access, most=ALL) if line.replaced_at is None]
    patient = {"reference": address_of(str(access.patient_uuid))}
    return parts.Part(
        name="questionnaires", count=len(views),
        resources=tuple(forms.carrying.response_as_fhir(view, patient=patient) for view in views),
        sections=(_answered_list(views), *(_answers(view) for view in views)),
    )  # fmt: skip


def _answered_list(views: list[forms.ResponseView]) -> Section:
    return Section(
        title=f"Questionnaires ({len(views)})", headers=("Questionnaire", "Rempli par", "Le", "En résumé"),
        widths=(3, 2, 1.1, 3),
        rows=tuple((view.asked.titre, view.author, day(view.signed_at), view.summary) for view in views),
        nothing="Aucun questionnaire signé.",
    )  # fmt: skip


def _answers(view: forms.ResponseView) -> Section:
    rows = (
        (line.question.texte, f"{line.shown} ({line.band})" if line.band else line.shown)
        for line in view.sheet.standing
        if line.shown
    )
    return Section(
        title=f"{view.asked.titre}, {day(view.signed_at)}", headers=("Question", "Réponse"), widths=(5, 3),
        rows=tuple(rows), nothing="Aucune réponse.",
    )  # fmt: skip
