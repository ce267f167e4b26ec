"""A plan as a letter: the plan de soins (18776-5) of the room of writing, with what the plan says."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.pathways.showing import PlanView, StepLine, plan
from maillon.writing import api as writing

LETTER = "plan-de-soins"


def may_send(access: Access) -> bool:
    letter = writing.definition.letters().get(LETTER)
    return letter is not None and writing.may_write(access, letter)


def begin_letter(access: Access, plan_uuid: UUID) -> UUID:
    """A draft, to be read again and signed. Raises AccessDenied, E-RED-01, -03."""
    view = plan(access, plan_uuid)
    draft = writing.begin(access, LETTER)
    begun = writing.read(access, draft)
    texts = dict(begun.content.texts) | texts_of(view)
    content = dataclasses.replace(begun.content, title=f"Plan de soins : {view.line.title}"[:200], texts=texts)
    writing.save(access, draft, content, revision=begun.revision)
    return draft


def texts_of(view: PlanView) -> dict[str, str]:
    """By part of the letter."""
    goals = [goal.text for goal in view.goals if goal.state == "en_cours"]
    targets = [
        f"{each.label} : {each.value:f} {each.unit}".strip().replace(".", ",")
        for each in view.parameters
        if each.value is not None
    ]
    return {
        "attentes": "\n".join(goal.text for goal in view.goals if goal.is_of_patient),
        "objectifs": "\n".join([*goals, *targets, *([view.text] if view.text else [])]),
        "actions": "\n".join(_action(who, step) for who, steps in view.next_steps for step in steps),
        "alerte": "\n".join(view.protocol.avis_medical),
        "revu_le": f"{clock.in_paris(view.line.next_due):%d%m%Y}" if view.line.next_due else "",
    }


def _action(who: str, step: StepLine) -> str:
    return f"{who} : {step.says}, le {clock.in_paris(step.due_at):%d/%m/%Y}{f' ({step.rhythm})' if step.rhythm else ''}"
