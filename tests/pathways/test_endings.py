"""Indicators of stays and programmes: how plans ended counts, for a year."""

from __future__ import annotations

import datetime as dt

import time_machine

from maillon.kernel import clock
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.key import PatientId
from maillon.pathways import checking, indicators, moving
from maillon.pathways.models import Move, Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState
from maillon.record import api as record
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team
from tests.pathways.test_indicators import counted

Hands = time_machine.Traveller


def patients(cast: Cast, many: int) -> list[PatientId]:
    found = [making.patient() for _ in range(many)]
    for patient in found:
        making.link(patient, cast.tilleuls_id, "equipe_structure")
    return found


def plan_of(version: ProtocolVersion, patient: PatientId, *states: str, ended: bool = False) -> Plan:
    """One that went through these states, the last one today."""
    now = clock.now()
    plan = Plan.objects.create(
        patient_id=patient, version=version, structure_id=version.structure_id, state=states[-1], is_running=not ended,
        is_over=ended, included_at=now, ended_at=now if ended else None,
    )  # fmt: skip
    for state in states:
        Move.objects.create(patient_id=patient, plan=plan, at=now, target=state, by="essai")
    return plan


def answered(patient: PatientId, form: str, item: str, said: str) -> None:
    record.note_answers(
        making.key(patient), response=time_ordered_uuid(), form=form, title=form, type_code="34120-6", at=clock.now(),
        answers=[record.NotedAnswer(item=item, label=item, text=said)],
    )  # fmt: skip


def done(plan: Plan, step: str) -> None:
    now = clock.now()
    PlanStep.objects.create(
        patient_id=plan.patient_id, plan=plan, step=step, rank=1, origin_at=now, role_code="G15_60", opens_at=now,
        due_at=now, late_at=now, state=StepState.DONE, done_at=now,
    )  # fmt: skip


def test_ac5_3_conversions_readmissions_and_calls_of_two_hundred_stays(cast: Cast, hands: Hands) -> None:
    version = team.in_force(cast, "APPENDICE-AMBU")
    for number, patient in enumerate(patients(cast, 200)):
        if number < 9:
            plan_of(version, patient, "programme", "admis", "converti", ended=True)
        else:
            plan_of(version, patient, "programme", "admis", "rentre")
        if number < 6:
            answered(patient, "SUIVI-AMBU", "readmission", "j30" if number % 2 else "j3")
        if number >= 19:
            answered(patient, "APPEL-LENDEMAIN", "joint", "oui")
    found = counted(cast.claire, version)
    assert [found[name].shown for name in ("AMB-CONV", "AMB-READM", "AMB-J1")] == [
        "4,5\u202f%", "3,0\u202f%", "90,5\u202f%",
    ]  # fmt: skip
    assert found["AMB-J1"].reaches_target is True
    assert found["AMB-CONV"].reaches_target is True  # five per cent is the most
    hands.shift(dt.timedelta(days=400))
    assert counted(cast.claire, version)["AMB-CONV"].numerator == 0  # those ended more than a year ago


def test_ac4_3_completion_and_letters_of_forty_who_entered(cast: Cast, hands: Hands) -> None:
    version = team.in_force(cast, "ETP-ASTHME")
    for number, patient in enumerate(patients(cast, 40)):
        is_over = number < 24
        plan = plan_of(version, patient, "entre", *(["programme", "clos"] if is_over else []), ended=is_over)
        if number < 32:
            done(plan, "BEP")
        if number < 20:
            done(plan, "LETTRE")
    found = counted(cast.claire, version)
    assert [found[name].shown for name in ("ETP-ENTREES", "ETP-FIN", "ETP-LETTRE")] == [
        "80,0\u202f%", "60,0\u202f%", "83,3\u202f%",
    ]  # fmt: skip


def test_a_chronic_follow_up_counts_open_plans_alone() -> None:
    assert not indicators.counts_endings(checking.models()["DIAB-01"])
    assert indicators.counts_endings(checking.models()["APPENDICE-AMBU"])


def test_ac4_5_a_patient_who_leaves_is_reminded_of_nothing(cast: Cast, hands: Hands) -> None:
    version = team.in_force(cast, "ETP-ASTHME")
    (patient,) = patients(cast, 1)
    team.says(patient, "problem", "J45.9", "Asthme", team.ICD10)
    plan = team.include(cast, patient, version)
    assert "BEP" in team.open_tasks(patient)
    moving.withdraw_consent(team.key(patient, cast.nadia), plan.uuid, reason="n’a plus le temps")
    plan.refresh_from_db()
    assert (plan.is_over, team.open_tasks(patient)) == (True, {})
    assert "n’a plus le temps" in plan.end_reason
    hands.shift(dt.timedelta(days=90))
    from maillon.pathways import reactions

    reactions.sweep()
    assert team.open_tasks(patient) == {}
    assert team.open_tasks(patient, "alerte") == {}
