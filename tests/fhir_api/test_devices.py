"""A device of telemonitoring speaks by the API: measures and alerts in, nothing told to who is not awaited."""

from __future__ import annotations

from typing import Any

import pytest

from maillon.kernel.key import PatientId
from maillon.pathways.models import Alert, DeviceReport, Plan
from tests.conftest import Cast
from tests.fhir_api.conftest import Software, alone, code_of, said, software
from tests.pathways.conftest import _nobody_is_remembered, hands
from tests.pathways.test_telemonitoring import UDI, WEIGHT, watched

__all__ = ["_nobody_is_remembered", "hands", "watched"]
SCOPES = ("system/Observation.write", "system/Observation.read", "system/DetectedIssue.write")


@pytest.fixture
def operator(cast: Cast, watched: Plan) -> Software:
    return alone(software(cast.tilleuls_id, scopes=SCOPES, name="Télésurveillance Essai"))


def weighed(plan: Plan, number: str = "1", kilos: Any = 78.4, **changed: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final",
        "identifier": [{"system": "urn:operateur", "value": number}],
        "code": {"coding": [{"system": "http://loinc.org", "code": WEIGHT, "display": "Poids"}]},
        "subject": {"reference": f"Patient/{plan.patient.uuid}"},
        "effectiveDateTime": "2026-12-01T08:00:00+01:00",
        "valueQuantity": {"value": kilos, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
        "device": {"identifier": {"system": "urn:udi", "value": UDI}},
    } | changed  # fmt: skip


def alarm(plan: Plan, number: str = "a1", **changed: Any) -> dict[str, Any]:
    return {
        "resourceType": "DetectedIssue", "status": "final", "severity": "high",
        "identifier": [{"system": "urn:operateur", "value": number}],
        "patient": {"reference": f"Patient/{plan.patient.uuid}"},
        "identifiedDateTime": "2026-12-01T08:01:00+01:00", "detail": "Poids en hausse de 2,3 kg en trois jours",
        "author": {"identifier": {"system": "urn:udi", "value": UDI}},
    } | changed  # fmt: skip


def test_a_measure_is_created_read_back_and_known_again(operator: Software, watched: Plan) -> None:
    made = operator.ask("POST", "/fhir/Observation", weighed(watched))
    assert made.status_code == 201, made.content
    read = operator.found("/fhir/" + made.headers["Location"].rpartition("/fhir/")[2])
    assert read["valueQuantity"]["value"] == 78.4
    again = operator.ask("POST", "/fhir/Observation", weighed(watched))
    assert again.status_code == 200
    assert code_of(again) == "I-FHIR-03"
    assert DeviceReport.objects.count() == 1


def test_an_alert_raises_one_in_the_plan(operator: Software, watched: Plan) -> None:
    assert operator.ask("POST", "/fhir/DetectedIssue", alarm(watched)).status_code == 201
    assert Alert.objects.filter(plan=watched, alert="DMN-ROUGE").count() == 1
    assert operator.ask("POST", "/fhir/DetectedIssue", alarm(watched, "a2", severity="moderate")).status_code == 201
    assert Alert.objects.filter(plan=watched, alert="DMN-ORANGE").count() == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no unit": ({"valueQuantity": {"value": 78}}, "E-FHIR-61"),
    "no number": (
        {"valueQuantity": {"value": "lourd", "system": "http://unitsofmeasure.org", "code": "kg"}}, "E-FHIR-68",
    ),
    "no identifier": ({"identifier": []}, "E-FHIR-64"),
    "no device": ({"device": {}}, "E-FHIR-70"),
    "another device": ({"device": {"identifier": {"value": "autre"}}}, "E-TLM-08"),
    "no time zone": ({"effectiveDateTime": "2026-12-01T08:00:00"}, "E-FHIR-67"),
    "a preliminary one": ({"status": "preliminary"}, "E-FHIR-60"),
    "a local code": ({"code": {"coding": [{"system": "urn:x", "code": "poids"}]}}, "E-FHIR-69"),
    "a code of no shape": ({"code": {"coding": 5}}, "E-FHIR-69"),
    "a moment of no calendar": ({"effectiveDateTime": "0001-01-01T00:00:00+14:00"}, "E-FHIR-67"),
    "a moment to come": ({"effectiveDateTime": "2062-12-01T08:00:00+01:00"}, "E-FHIR-80"),
    "a number too small": (
        {"valueQuantity": {"value": "1e-20000", "system": "http://unitsofmeasure.org", "code": "kg"}}, "E-FHIR-68",
    ),
    "nobody": ({"subject": {"reference": "Patient/00000000-0000-0000-0000-000000000000"}}, "E-TLM-08"),
    "no patient": ({"subject": {"display": "M. X"}}, "E-FHIR-66"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_in_french_and_leaves_nothing(operator: Software, watched: Plan, name: str) -> None:
    changed, code = WRONG[name]
    refused = operator.ask("POST", "/fhir/Observation", weighed(watched, **changed))
    assert refused.status_code == 422, refused.content
    assert code_of(refused) == code
    assert not DeviceReport.objects.exists()
    assert operator.ask("POST", "/fhir/Observation", weighed(watched)).status_code == 201


def test_the_software_of_another_structure_learns_nothing(cast: Cast, watched: Plan) -> None:
    """A closed record, a record without a plan and nobody get the very same answer."""
    other = alone(software(cast.elsewhere_id, scopes=SCOPES, name="Ailleurs"))
    closed = other.ask("POST", "/fhir/Observation", weighed(watched))
    nobody = other.ask(
        "POST", "/fhir/Observation", weighed(watched, subject={"reference": f"Patient/{watched.uuid}"})
    )
    assert (closed.status_code, said(closed)) == (nobody.status_code, said(nobody)) == (422, said(closed))
    assert not DeviceReport.objects.exists()


def test_a_token_without_the_scope_writes_no_measure(cast: Cast, watched: Plan) -> None:
    reader = alone(software(cast.tilleuls_id, scopes=("system/Observation.read",), name="Lecteur"))
    assert reader.ask("POST", "/fhir/Observation", weighed(watched)).status_code == 403
    assert PatientId(watched.patient_id)
