"""A text that several write at once loses no word; goals are the patient's first."""

from __future__ import annotations

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from maillon.kernel.message import UserMessage
from maillon.pathways import writing
from maillon.pathways.models import Goal, Paragraph
from tests.conftest import Cast
from tests.pathways import team

paragraph = st.text("abcé ,.\n", min_size=1, max_size=12).map(lambda text: " ".join(text.split()) or "a")
text = st.lists(paragraph, max_size=5).map("\n\n".join)


@given(text, text, text)
def test_every_paragraph_that_anybody_wrote_is_in_the_merge(base: str, theirs: str, mine: str) -> None:
    merged, conflicts = writing.merged(base, theirs, mine, theirs_by="Claire", mine_by="Nadia")
    kept, old = writing._paragraphs(merged), set(writing._paragraphs(base))
    written = {part for side in (theirs, mine) for part in writing._paragraphs(side)} - old
    assert written <= set(kept)
    if not conflicts:
        assert "[Version de" not in merged


@given(text, text)
def test_what_only_one_changed_is_what_they_wrote(base: str, mine: str) -> None:
    said, conflicts = writing.merged(base, base, mine, theirs_by="Claire", mine_by="Nadia")
    assert (writing._paragraphs(said), conflicts) == (writing._paragraphs(mine), 0)


def test_two_people_write_at_once(cast: Cast, hands: time_machine.Traveller) -> None:
    patient = team.diabetic(cast)
    plan = team.include(cast, patient, team.in_force(cast, "DIAB-01"))
    claire, nadia = team.key(patient, cast.claire), team.key(patient, cast.nadia)
    first = writing.write(claire, plan.uuid, "Marcher.\n\nPeser.\n\nRevoir en juin.", revision=0)
    one = writing.write(claire, plan.uuid, "Marcher chaque jour.\n\nPeser.\n\nRevoir en juin.", revision=first.revision)
    two = writing.write(nadia, plan.uuid, "Marcher.\n\nPeser.\n\nRevoir en mai.\n\nChausser.", revision=first.revision)
    assert two.text == "Marcher chaque jour.\n\nPeser.\n\nRevoir en mai.\n\nChausser."
    assert (two.conflicts, two.merged_with) == (0, cast.claire.label)
    three = writing.write(
        claire, plan.uuid, "Marcher chaque jour.\n\nPeser le lundi.\n\nRevoir en juin.", revision=one.revision
    )
    assert "Peser le lundi." in three.text
    four = writing.write(nadia, plan.uuid, two.text.replace("Peser.", "Peser le mardi."), revision=two.revision)
    assert four.conflicts == 1
    assert {"Peser le lundi.", "Peser le mardi."} <= set(four.text.split("\n\n"))
    assert Paragraph.objects.filter(plan=plan).count() == 5
    same = writing.write(nadia, plan.uuid, four.text, revision=four.revision)
    assert same.revision == four.revision


def test_goals_are_kept_with_who_said_them(cast: Cast, hands: time_machine.Traveller) -> None:
    patient = team.diabetic(cast)
    plan = team.include(cast, patient, team.in_force(cast, "DIAB-01"))
    access = team.key(patient, cast.nadia)
    with pytest.raises(UserMessage) as empty:
        writing.add_goal(access, plan.uuid, "  ", is_of_patient=True)
    assert empty.value.code == "E-PRO-18"
    goal = writing.add_goal(access, plan.uuid, "Reprendre le jardin", is_of_patient=True)
    writing.change_goal(access, goal.uuid, state="atteint")
    with pytest.raises(UserMessage):
        writing.change_goal(access, goal.uuid, state="oublié")
    assert Goal.objects.get().state == "atteint"
    with pytest.raises(UserMessage) as refused:
        writing.add_goal(team.key(patient, cast.sylvie), plan.uuid, "Autre", is_of_patient=False)
    assert refused.value.code == "E-PRO-09"
