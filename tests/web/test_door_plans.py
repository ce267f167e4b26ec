"""What the team has planned, read by the patient behind their door; and by nobody else."""

from __future__ import annotations

import re

from maillon.access.models import JournalEntry
from maillon.pathways import moving, writing
from maillon.pathways.models import Plan, PlanStep
from maillon.pathways.states import StepState
from tests.access.test_visitors import jeanne
from tests.access.visiting import key, telephone
from tests.conftest import Cast
from tests.pathways import team
from tests.web.test_door import Home, home

__all__ = ["home", "jeanne", "telephone"]


def included(home: Home, cast: Cast) -> Plan:
    team.says(home.patient, "problem", "E11.9", "Diabète de type 2", team.ICD10)
    return team.include(cast, home.patient, team.in_force(cast, "DIAB-01"), cast.nadia)


def read(home: Home) -> str:
    return re.sub(r"\s+", " ", home.get("/plans"))


def test_the_patient_reads_what_is_planned_who_does_it_and_what_was_done(home: Home, cast: Cast) -> None:
    plan, access = included(home, cast), key(cast.claire, home.patient)
    writing.add_goal(access, plan.uuid, "Pouvoir jardiner", is_of_patient=True)
    writing.write(access, plan.uuid, "Marche : vingt minutes par jour.", revision=0)
    moving.do_step(access, PlanStep.objects.get(plan=plan, step="M3").uuid, comment="Rythme régulier")
    page = read(home)
    for expected in (
        "Suivi coordonné du diabète de type 2", "Pouvoir jardiner", "Votre objectif, en cours", "Ce que vous faites",
        "Regarder ses pieds chaque jour", "Marche : vingt minutes par jour.", "Rythme régulier", "Infirmier, vers le",
    ):  # fmt: skip
        assert expected in page, expected
    assert "/mon-espace/plans" in home.get()
    assert JournalEntry.objects.filter(resource_type="plan", actor_kind="patient").exists()


def test_a_plan_that_ended_is_told_apart_with_its_reason(home: Home, cast: Cast) -> None:
    plan = included(home, cast)
    moving.withdraw_consent(key(cast.nadia, home.patient), plan.uuid, reason="")
    page = read(home)
    assert "Aucun plan de soins en cours." in page
    assert "Plans terminés (1)" in page
    assert not PlanStep.objects.filter(plan=plan, state=StepState.ASKED).exists()


def test_without_a_plan_the_page_says_so(home: Home) -> None:
    assert "Aucun plan de soins en cours." in read(home)
