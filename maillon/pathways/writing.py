"""What a team writes together in a plan: goals, and one text that several may edit at once without losing a word.

Saving says from which revision one wrote. When somebody saved meanwhile, the two are merged paragraph by paragraph; a
paragraph that both changed keeps both texts, one under the other, and says so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.text import storable
from maillon.pathways import refusals
from maillon.pathways.models import Goal, Paragraph
from maillon.pathways.moving import kept

LONGEST_TEXT: Final = 20_000
LONGEST_GOAL: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The text as it now is. `conflicts`: paragraphs that two people changed, of which both texts are kept."""

    text: str
    revision: int
    conflicts: int = 0
    merged_with: str = ""  # who had saved meanwhile


@transaction.atomic
def write(access: Access, plan_uuid: UUID, text: str, *, revision: int) -> Written:
    """Raises E-PRO-09, -16, -19. Nothing that anybody saved is ever lost: each revision is kept."""
    plan, _ = kept(access, plan_uuid)
    mine = _clean(text)
    if len(mine) > LONGEST_TEXT:
        raise refusals.TOO_LONG
    latest = Paragraph.objects.filter(plan=plan).order_by("-revision").first()
    now_text, now_number = (latest.text, latest.revision) if latest else ("", 0)
    if mine == now_text:
        return Written(text=mine, revision=now_number)
    conflicts, other = 0, ""
    if revision != now_number and latest is not None:
        base = Paragraph.objects.filter(plan=plan, revision=revision).values_list("text", flat=True).first() or ""
        mine, conflicts = merged(base, now_text, mine, theirs_by=latest.by, mine_by=access.actor.label)
        other = latest.by
    Paragraph.objects.create(
        patient_id=plan.patient_id, plan=plan, revision=now_number + 1, text=mine, at=clock.now(),
        by=access.actor.label, professional_id=access.actor.professional_id,
    )  # fmt: skip
    plan.revision = now_number + 1
    plan.save(update_fields=["revision"])
    return Written(text=mine, revision=now_number + 1, conflicts=conflicts, merged_with=other)


def merged(base: str, theirs: str, mine: str, *, theirs_by: str, mine_by: str) -> tuple[str, int]:
    """Three texts into one, by paragraphs, and how many of them both had changed. Every paragraph that either wrote is
    in the result."""
    old, left, right = _paragraphs(base), _paragraphs(theirs), _paragraphs(mine)
    found: list[str] = []
    conflicts = 0
    for of_base, of_left, of_right in _chunks(old, left, right):
        if of_left == of_right or of_right == of_base:
            found += of_left
        elif of_left == of_base:
            found += of_right
        else:
            conflicts += 1
            found += [f"[Version de {theirs_by}]", *of_left, f"[Version de {mine_by}]", *of_right]
    return "\n\n".join(found), conflicts


def _chunks(
    base: Sequence[str], left: Sequence[str], right: Sequence[str]
) -> list[tuple[list[str], list[str], list[str]]]:
    """The three texts cut where all three agree: what stands between two such places is one piece of each."""
    to_left, to_right = _kept(base, left), _kept(base, right)
    both = [place for place in range(len(base)) if place in to_left and place in to_right]
    pieces, at, at_left, at_right = [], 0, 0, 0
    for place in (*both, None):
        end, end_left, end_right = (
            (place, to_left[place], to_right[place]) if place is not None else (len(base), len(left), len(right))
        )
        piece = list(base[at:end]), list(left[at_left:end_left]), list(right[at_right:end_right])
        if any(piece):
            pieces.append(piece)
        if place is not None:
            pieces.append(([base[place]], [base[place]], [base[place]]))
            at, at_left, at_right = end + 1, end_left + 1, end_right + 1
    return pieces


def _kept(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Places of the paragraphs that stayed as they were."""
    blocks = difflib.SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def _clean(text: str) -> str:
    return storable(text).replace("\r\n", "\n").strip()


# ------------------------------------------------------------------------------------------------ goals


@transaction.atomic
def add_goal(access: Access, plan_uuid: UUID, text: str, *, is_of_patient: bool) -> Goal:
    """Raises E-PRO-09, -16, -18, -19."""
    plan, _ = kept(access, plan_uuid)
    said = _goal_text(text)
    now = clock.now()
    return Goal.objects.create(
        patient_id=plan.patient_id, plan=plan, text=said, is_of_patient=is_of_patient, by=access.actor.label, at=now,
        changed_at=now, changed_by=access.actor.label,
    )  # fmt: skip


@transaction.atomic
def change_goal(access: Access, goal_uuid: UUID, *, state: str) -> None:
    """Raises E-PRO-09, -16."""
    goal = Goal.objects.filter(patient_id=access.patient_id, uuid=goal_uuid).select_related("plan").first()
    if goal is None or state not in Goal.State.values:
        raise refusals.NO_PLAN
    kept(access, goal.plan.uuid)
    goal.state, goal.changed_at, goal.changed_by = state, clock.now(), access.actor.label
    goal.save(update_fields=["state", "changed_at", "changed_by"])


def _goal_text(text: str) -> str:
    said = storable(text).strip()
    if not said:
        raise refusals.NOTHING_SAID
    if len(said) > LONGEST_GOAL:
        raise refusals.TOO_LONG
    return said
