"""CarePlan and Goal by the FHIR API: what the law opens of a plan, in shapes that the standard admits."""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID

import pytest

from maillon.access.models import DocumentMark
from maillon.kernel import clock
from maillon.pathways import moving, writing
from maillon.pathways.models import Plan, PlanStep
from maillon.pathways.states import StepState
from tests.conftest import Cast
from tests.fhir_api.checking import faults_of
from tests.fhir_api.conftest import Record, Software, said, software, through
from tests.pathways import team

PLACE, GOALS = "/fhir/CarePlan", "/fhir/Goal"


@pytest.fixture
def plan(record: Record, cast: Cast) -> Plan:
    patient = record.access.patient_id
    version = team.in_force(cast, "DIAB-01")
    team.says(patient, "problem", "E11.9", "Diabète de type 2", team.ICD10)
    made = team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7.0"})
    team.report(patient, "4548-4", "7.1", label="HbA1c")
    team.work()
    return made


def one(software_: Software, plan: Plan) -> dict[str, Any]:
    return said(software_.ask("GET", f"{PLACE}/{plan.uuid}"))


def test_a_plan_says_its_protocol_and_each_step(lgc: Software, record: Record, plan: Plan, cast: Cast) -> None:
    access = team.key(record.access.patient_id, cast.claire)
    writing.add_goal(access, plan.uuid, "Pouvoir jardiner sans être essoufflé", is_of_patient=True)
    writing.write(access, plan.uuid, "Marche : vingt minutes par jour.", revision=0)
    read = one(lgc, plan)
    assert (read["status"], read["intent"], read["subject"]) == (
        "active", "plan", {"reference": f"Patient/{record.uuid}"},
    )  # fmt: skip
    assert read["instantiatesUri"] == ["urn:maillon:protocole:DIAB-01|1"]
    states = {each["detail"]["status"] for each in read["activity"]}
    assert {"completed", "in-progress"} <= states
    done = next(each for each in read["activity"] if each["detail"]["status"] == "completed")
    assert done["progress"][0]["time"]
    assert done["progress"][0]["text"]
    notes = [each["text"] for each in read["note"]]
    assert any("7" in each and "HbA1c" in each for each in notes)
    assert "Marche : vingt minutes par jour." in notes
    (aimed,) = lgc.found(GOALS, patient=str(record.uuid))["entry"]
    assert read["goal"] == [{"reference": f"Goal/{aimed['resource']['id']}"}]
    assert aimed["resource"]["expressedBy"] == {"reference": f"Patient/{record.uuid}"}
    assert said(lgc.ask("GET", f"{GOALS}/{aimed['resource']['id']}")) == aimed["resource"]


def test_the_shapes_are_those_of_the_standard(lgc: Software, record: Record, plan: Plan, cast: Cast) -> None:
    access = team.key(record.access.patient_id, cast.claire)
    writing.add_goal(access, plan.uuid, "HbA1c à 7 %", is_of_patient=False)
    step = PlanStep.objects.filter(plan=plan, state=StepState.ASKED).first()
    assert step is not None
    moving.leave_step(access, step.uuid, reason="Le patient est absent")
    read = one(lgc, plan)
    assert not faults_of(read, "r4-care-plan")
    (goal,) = [each["resource"] for each in lgc.found(GOALS, patient=str(record.uuid))["entry"]]
    assert not faults_of(goal, "r4-goal")
    for name in ("status", "intent", "subject"):
        faulty = copy.deepcopy(read)
        del faulty[name]
        assert faults_of(faulty, "r4-care-plan"), name
    both = copy.deepcopy(read)
    both["activity"][0]["reference"] = {"reference": "Task/1"}
    assert faults_of(both, "r4-care-plan")
    assert faults_of(goal | {"statusDate": "1999-01-01"}, "r4-goal")


def test_how_a_plan_and_a_goal_end(lgc: Software, record: Record, plan: Plan, cast: Cast) -> None:
    access = team.key(record.access.patient_id, cast.claire)
    uuid = writing.add_goal(access, plan.uuid, "Marcher", is_of_patient=True).uuid
    writing.change_goal(access, uuid, state="atteint")
    moving.withdraw_consent(access, plan.uuid, reason="trop de visites")
    read = one(lgc, plan)
    assert read["status"] == "revoked"
    assert read["period"]["end"]
    said_of_goal = said(lgc.ask("GET", f"{GOALS}/{uuid}"))
    assert said_of_goal["lifecycleStatus"] == "completed"
    assert said_of_goal["achievementStatus"]["coding"][0]["code"] == "achieved"
    patient = str(record.uuid)
    assert lgc.found(PLACE, patient=patient, status="active")["total"] == 0
    assert lgc.found(PLACE, patient=patient, status="revoked")["total"] == 1
    assert lgc.found(GOALS, patient=patient, **{"lifecycle-status": "active"})["total"] == 0


def test_a_search_by_protocol(lgc: Software, record: Record, plan: Plan) -> None:
    for named, total in (
        ("urn:maillon:protocole:DIAB-01", 1), ("urn:maillon:protocole:DIAB-01|1", 1),
        ("urn:maillon:protocole:AVK-01", 0),
    ):  # fmt: skip
        assert lgc.found(PLACE, patient=str(record.uuid), **{"instantiates-uri": named})["total"] == total


def test_a_closed_record_and_an_absent_plan_are_the_same_nothing(
    lgc: Software, elsewhere: Software, record: Record, plan: Plan
) -> None:
    for place in (PLACE, GOALS):
        closed, absent = elsewhere.ask("GET", f"{place}/{plan.uuid}"), lgc.ask("GET", f"{place}/{UUID(int=7)}")
        assert (closed.status_code, closed.content) == (absent.status_code, absent.content)
        assert closed.status_code == 404
        assert elsewhere.found(place, patient=str(record.uuid))["total"] == 0


def test_who_may_not_read_a_plan_finds_none(lgc: Software, record: Record, plan: Plan, cast: Cast) -> None:
    """The law is that of the person behind the software: a secretary reads no plan of care."""
    desk = through(software(cast.tilleuls_id), cast.sylvie)
    assert desk.found(PLACE, patient=str(record.uuid))["total"] == 0
    assert desk.ask("GET", f"{PLACE}/{plan.uuid}").status_code == 404


def test_what_showed_a_step_is_told_to_readers_of_that_document(
    lgc: Software, record: Record, plan: Plan, cast: Cast
) -> None:
    step = PlanStep.objects.filter(plan=plan, state=StepState.DONE, document_id__isnull=False).first()
    assert step is not None
    assert step.evidence
    assert step.evidence in str(one(lgc, plan))
    DocumentMark.objects.create(
        patient_id=plan.patient_id, document_id=step.document_id, kind="masque_ps", since=clock.now(), set_by="essai"
    )
    assert step.evidence not in str(one(lgc, plan))


def test_the_statement_of_capabilities_names_them(lgc: Software) -> None:
    served = {each["type"]: each for each in said(lgc.ask("GET", "/fhir/metadata"))["rest"][0]["resource"]}
    for kind, status in (("CarePlan", "status"), ("Goal", "lifecycle-status")):
        assert {each["code"] for each in served[kind]["interaction"]} == {"read", "search-type"}
        assert {"patient", "_id", status} <= {each["name"] for each in served[kind]["searchParam"]}
