"""A certified device at home: what it transmits is kept once, its alerts find somebody, and its silence is heard."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from maillon.formats.fhir.device_report import Transmission
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId
from maillon.kernel.message import UserMessage
from maillon.pathways import checking, devices, moving, reactions
from maillon.pathways.models import Alert, DeviceReport, Plan
from maillon.record import api as record
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team

UDI = "03760000000017"
WEIGHT = "29463-7"
Hands = time_machine.Traveller


def installed(text: str) -> str:
    """The model as a structure completes it: its device, its declaration."""
    return text.replace(
        "  transmet:", f'  identifiant_ce: "{UDI}"\n  declaration_ars: "TLS-2026-0042"\n  transmet:', 1
    )


def model() -> str:
    return Path(checking.FOLDER / "IC-TLS.yaml").read_text(encoding="utf-8")


def heart(cast: Cast) -> PatientId:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    making.link(patient, cast.karim, "medecin_traitant")
    team.says(patient, "problem", "I50.9", "Insuffisance cardiaque", team.ICD10)
    making.file(patient, making.filing(type_code="75496-0"))
    return patient


@pytest.fixture
def watched(cast: Cast, hands: Hands) -> Plan:
    """Included, trained, active."""
    version = team.in_force(cast, "IC-TLS", text=installed(model()))
    patient = heart(cast)
    plan = team.include(cast, patient, version, cast.karim)
    step = plan.steps.get(step="FORMATION")
    moving.do_step(team.key(patient, cast.nadia), step.uuid)
    moving.move(team.key(patient, cast.nadia), plan.uuid, "active")
    plan.refresh_from_db()
    return plan


def sent(plan: Plan, number: str, *, value: str = "78", level: str = "", **changed: object) -> Transmission:
    given = {
        "identifier": f"urn:operateur|{number}", "device": UDI, "patient": plan.patient.uuid, "at": clock.now(),
    } | ({"level": level, "says": "Poids en hausse de 2,3 kg en trois jours"} if level else
         {"code": WEIGHT, "label": "Poids", "value": Decimal(value), "unit": "kg"}) | changed  # fmt: skip
    return Transmission(**given)  # type: ignore[arg-type]


def machine_key(plan: Plan) -> Access:
    return making.key(PatientId(plan.patient_id))


def silence_alerts(plan: Plan) -> int:
    return Alert.objects.filter(plan=plan, alert="SILENCE").count()


def test_ac6_5_three_days_without_data_raise_one_alert_and_none_again(cast: Cast, watched: Plan, hands: Hands) -> None:
    devices.receive(machine_key(watched), sent(watched, "1"))
    seen = []
    for _ in range(6):
        hands.shift(dt.timedelta(days=1))
        reactions.sweep()
        seen.append(silence_alerts(watched))
    assert seen == [0, 0, 1, 1, 1, 1]
    assert "SILENCE" in team.open_tasks(PatientId(watched.patient_id), "alerte")
    devices.receive(machine_key(watched), sent(watched, "2"))  # it transmits again: nobody has to call any more
    assert "SILENCE" not in team.open_tasks(PatientId(watched.patient_id), "alerte")
    hands.shift(dt.timedelta(days=3))
    reactions.sweep()
    assert silence_alerts(watched) == 2  # another silence is another alert


def test_an_alert_of_the_device_finds_the_nurse_and_climbs(cast: Cast, watched: Plan) -> None:
    devices.receive(machine_key(watched), sent(watched, "a1", level="rouge"))
    (task, *_) = Task.objects.filter(patient_id=watched.patient_id, kind="alerte", role_code="G15_60")
    assert task.title.startswith("Alerte rouge du dispositif")
    assert task.level == "rouge"
    assert Alert.objects.get(plan=watched, alert="DMN-ROUGE").due_at == clock.now() + dt.timedelta(hours=4)


def test_a_transmission_received_twice_counts_once(cast: Cast, watched: Plan) -> None:
    first = devices.receive(machine_key(watched), sent(watched, "7"))
    assert first is not None
    assert devices.receive(machine_key(watched), sent(watched, "7")) is None
    assert DeviceReport.objects.filter(plan=watched).count() == 1
    (series,) = record.series(team.key(PatientId(watched.patient_id), cast.nadia), system=devices.LOINC, code=WEIGHT)
    assert [point.value for point in series.points] == [Decimal(78)]


def test_no_threshold_of_the_house_is_put_on_a_measure(cast: Cast, watched: Plan) -> None:
    """Domain sheet 0.2-4: only the certified device decides what is an alert."""
    for number, kilos in enumerate(("78", "90", "120")):
        devices.receive(machine_key(watched), sent(watched, str(number), value=kilos))
    assert not Alert.objects.filter(plan=watched).exists()


REFUSED = {
    "another device": {"device": "03760000000999"},
    "a measure that nobody awaits": {"code": "2339-0", "label": "Glycémie"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_plan_does_not_await_is_refused_and_leaves_nothing(cast: Cast, watched: Plan, name: str) -> None:
    with pytest.raises(UserMessage) as refused:
        devices.receive(machine_key(watched), sent(watched, "1", **REFUSED[name]))
    assert refused.value.code == ("E-TLM-08" if name == "another device" else "E-TLM-11")
    assert not DeviceReport.objects.exists()
    assert devices.receive(machine_key(watched), sent(watched, "1")) is not None


def test_e_tlm_08_no_inclusion_without_device_and_declaration(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "IC-TLS", text=model()), heart(cast)
    with pytest.raises(UserMessage) as refused:
        team.include(cast, patient, version, cast.karim)
    assert refused.value.code == "E-TLM-08"
    assert "identifiant CE" in refused.value.message
    assert not Plan.objects.exists()
    completed = team.in_force(cast, "IC-TLS", text=installed(model()), number=2)
    assert team.include(cast, patient, completed, cast.karim).is_running


def test_nobody_has_to_answer_the_alerts_of_a_patient_who_has_left(cast: Cast, watched: Plan) -> None:
    """Neither the nurse, who must, nor the physician, whom the protocol also tells."""
    patient = PatientId(watched.patient_id)
    devices.receive(machine_key(watched), sent(watched, "a1", level="rouge"))
    waiting = Task.objects.filter(patient_id=patient, kind="alerte", done_at__isnull=True)
    assert waiting.count() == 2
    moving.withdraw_consent(team.key(patient, cast.nadia), watched.uuid, reason="ne veut plus")
    assert not waiting.exists()


def test_nothing_is_received_once_the_patient_has_left(cast: Cast, watched: Plan) -> None:
    moving.withdraw_consent(team.key(PatientId(watched.patient_id), cast.nadia), watched.uuid, reason="ne veut plus")
    with pytest.raises(UserMessage) as refused:
        devices.receive(machine_key(watched), sent(watched, "9"))
    assert refused.value.code == "E-TLM-08"
