"""The copy of a record tells the plans and the answers, to the person in plain French and to software as FHIR."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

import pytest

from maillon.access.models import DocumentMark, Visitor
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.pathways import copying, moving, serving, writing
from maillon.pathways.models import Plan, PlanStep
from maillon.pathways.states import StepState
from maillon.rights import paths
from maillon.rights.api import export_file, parts
from tests.access.test_visitors import jeanne
from tests.conftest import Cast
from tests.documents import making
from tests.fhir_api.checking import faults_of
from tests.forms.test_responses import GOOD
from tests.pathways import team

__all__ = ["jeanne"]


@pytest.fixture
def plan(cast: Cast) -> Plan:
    """Included, with words of the patient, a step done, one left, an alert answered."""
    patient = team.diabetic(cast, treating=cast.claire)
    made = team.include(cast, patient, team.in_force(cast, "DIAB-01"), cast.claire, parameters={"hba1c": "7.0"})
    access = team.key(patient, cast.claire)
    writing.add_goal(access, made.uuid, "Jardiner sans être essoufflé", is_of_patient=True)
    writing.write(access, made.uuid, "Marche : vingt minutes par jour.", revision=0)
    team.report(patient, "4548-4", "8.3", label="HbA1c")
    team.work()
    step = PlanStep.objects.get(plan=made, step="I3", state=StepState.ASKED)
    moving.leave_step(access, step.uuid, reason="Le patient préfère attendre")
    return made


def said(part: parts.Part) -> str:
    return "\n".join(" | ".join(row) for section in part.sections for row in (*section.rows, (section.title,)))


def members(access: Access) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(export_file(access))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_copy_tells_what_was_agreed_planned_and_done(cast: Cast, plan: Plan) -> None:
    told = said(copying.plans(making.key(PatientId(plan.patient_id), cast.claire)))
    for expected in (
        "Votre objectif | Jardiner sans être essoufflé (en cours)", "Cible | Cible d’HbA1c\u202f: 7 % (cas général)",
        "Marche : vingt minutes par jour.", "Non fait\u202f: Le patient préfère attendre", "Ce que vous faites",
        "HbA1c à un point ou plus au-dessus de la cible | En attente", "À faire",
    ):  # fmt: skip
        assert expected in told, expected
    done = PlanStep.objects.filter(plan=plan, state=StepState.DONE).first()
    assert done is not None
    assert f"Fait le {clock.in_paris(done.done_at or clock.now()):%d/%m/%Y}" in told


def test_the_copy_tells_the_answers_that_stand(cast: Cast, plan: Plan) -> None:
    access = making.key(PatientId(plan.patient_id), cast.nadia)
    first = forms.begin(access, "PADSS")
    forms.save(access, first, GOOD, revision=1)
    forms.sign(access, first)
    forms.sign(access, forms.correct(access, first))
    part = copying.answers(making.key(PatientId(plan.patient_id), cast.claire))
    assert (part.count, len(part.resources)) == (1, 1)
    assert "Score de sortie" in said(part) or "PADSS" in said(part)


def test_the_archive_holds_them_for_people_and_for_software(cast: Cast, plan: Plan) -> None:
    files = members(making.key(PatientId(plan.patient_id), cast.claire))
    counts = json.loads(files[paths.MANIFEST])["nombres"]
    assert (counts["plans_de_soins"], counts["questionnaires"]) == (1, 0)
    resources: list[dict[str, Any]] = [each["resource"] for each in json.loads(files[paths.BUNDLE])["entry"]]
    kinds = {each["resourceType"]: each for each in resources}
    assert not faults_of(kinds["CarePlan"], "r4-care-plan")
    assert not faults_of(kinds["Goal"], "r4-goal")
    addresses = {each["fullUrl"] for each in json.loads(files[paths.BUNDLE])["entry"]}
    assert kinds["CarePlan"]["subject"]["reference"] in addresses
    assert kinds["CarePlan"]["goal"][0]["reference"] in addresses
    assert files[paths.READABLE].startswith(b"%PDF")


def test_what_the_patient_may_not_read_is_not_in_their_copy(cast: Cast, plan: Plan) -> None:
    """The report awaits its announcement: neither the alert that it raised nor what it showed is told."""
    step = PlanStep.objects.filter(plan=plan, state=StepState.DONE, document_id__isnull=False).first()
    assert step is not None
    for document in {step.document_id, *plan.alerts.values_list("document_id", flat=True)} - {None}:
        DocumentMark.objects.create(
            patient_id=plan.patient_id, document_id=document, kind="invisible_patient", since=clock.now(),
            until=clock.now() + dt.timedelta(days=20), set_by="essai",
        )  # fmt: skip
    patient = PatientId(plan.patient_id)
    visitor = Visitor.objects.create(
        patient_id=patient, family_name="MARTIN", given_name="JEANNE", birth_date=dt.date(1952, 2, 1),
        email="jeanne@exemple.test",
    )  # fmt: skip
    mine = Actor(
        kind="patient", label="Jeanne MARTIN (patient)", assurance=2, visitor_id=visitor.pk, patient_id=patient
    )
    told = said(copying.plans(making.key(patient, mine)))
    shown = f"\u202f: {step.evidence.partition(',')[0]}"
    assert "Jardiner" in told
    assert shown not in told
    assert "à un point ou plus" not in told
    assert shown in said(copying.plans(making.key(patient, cast.claire)))


def test_who_reads_no_plan_carries_none_away(cast: Cast, plan: Plan) -> None:
    assert serving.whole(making.key(PatientId(plan.patient_id), cast.sylvie)) == []
