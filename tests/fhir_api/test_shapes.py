"""Whatever stands where something else was expected: it is read or refused, and nothing of the server breaks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.formats.cds_hooks_read import read_feedback, read_request
from maillon.formats.fhir.device_report import read_alert, read_measure
from maillon.formats.fhir.lists import read_list
from maillon.formats.fhir.patching import JSON_PATCH, patched
from maillon.formats.fhir.published import read_document, read_transaction
from maillon.formats.refusal import Refused
from tests.fhir_api.checking import every_path
from tests.fhir_api.conftest import reference

NUMBER = "00000000-0000-4000-8000-00000000dead"
PATIENT = {
    "resourceType": "Patient", "id": "p", "birthDate": "1950-01-01", "gender": "female",
    "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "1"}],
    "name": [{"use": "official", "family": "MARTIN", "given": ["JEANNE"],
              "extension": [{"url": "x/fr-core-patient-birth-list-given-name", "valueString": "JEANNE MARIE"}]}],
    "extension": [{"url": "x/patient-birthPlace", "valueAddress": {"extension": [{"valueCoding": {"code": "75056"}}]}}],
}  # fmt: skip
PEOPLE = [
    {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#w"},
     "organization": {"reference": "#o"}},
    {"resourceType": "Practitioner", "id": "w", "name": [{"family": "MOREL", "given": ["Claire"]}],
     "identifier": [{"value": "899000000011"}]},
    {"resourceType": "Organization", "id": "o", "name": "Cabinet"},
]  # fmt: skip
DOCUMENT = reference(
    UUID(NUMBER), contained=[PATIENT, *PEOPLE], subject={"reference": "#p"}, author=[{"reference": "#r"}],
    relatesTo=[{"code": "replaces", "target": {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2"}}}],
    context={"period": {"start": "2026-03-30"}, "sourcePatientInfo": {"reference": "#p"}},
)  # fmt: skip
LIST = {
    "resourceType": "List", "title": "Lot", "identifier": [{"use": "usual", "value": "1.2"}],
    "extension": [{"url": "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId",
                   "valueIdentifier": {"value": "1.3"}}],
    "code": {"coding": [{"system": "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes",
                         "code": "submissionset"}]},
    "entry": [{"item": {"reference": "urn:uuid:1"}}],
}  # fmt: skip
BUNDLE = {
    "resourceType": "Bundle", "type": "transaction",
    "entry": [
        {"fullUrl": "urn:uuid:1", "resource": DOCUMENT, "request": {"method": "POST", "url": "DocumentReference"}},
        {"fullUrl": "urn:uuid:2", "resource": LIST, "request": {"method": "POST", "url": "List"}},
        {"fullUrl": "urn:uuid:3", "resource": {"resourceType": "Parameters"},
         "request": {"method": "PATCH", "url": "DocumentReference?identifier=urn:oid:1|2"}},
    ],
}  # fmt: skip
MEASURE = {
    "resourceType": "Observation", "status": "final", "identifier": [{"system": "urn:x", "value": "1"}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": f"Patient/{NUMBER}"}, "effectiveDateTime": "2026-12-01T08:00:00+01:00",
    "valueQuantity": {"value": 78, "system": "http://unitsofmeasure.org", "code": "kg"},
    "device": {"identifier": {"value": "UDI"}},
}  # fmt: skip
ALERT = {
    "resourceType": "DetectedIssue", "status": "final", "severity": "high", "detail": "Poids en hausse",
    "identifier": [{"system": "urn:x", "value": "1"}], "patient": {"reference": f"Patient/{NUMBER}"},
    "identifiedDateTime": "2026-12-01T08:00:00+01:00", "author": {"identifier": {"value": "UDI"}},
}  # fmt: skip
ORDER = {
    "resourceType": "MedicationRequest", "id": "1", "medicationReference": {"reference": "#m"},
    "contained": [{"id": "m", "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "J01CA04"}]}}],
    "dosageInstruction": [{"text": "1 par jour"}], "subject": {"reference": f"Patient/{NUMBER}"},
}  # fmt: skip
ORDERS = {"resourceType": "Bundle", "entry": [{"resource": ORDER}]}
CALL = {
    "hook": "order-sign", "hookInstance": NUMBER,
    "context": {"patientId": NUMBER, "draftOrders": ORDERS, "selections": ["MedicationRequest/1"]},
    "prefetch": {"patient": {"id": NUMBER}, "treatments": ORDERS},
}  # fmt: skip
ANSWER = {
    "feedback": [{"card": NUMBER, "outcome": "overridden", "outcomeTimestamp": "2026-12-01T08:59:00Z",
                  "overrideReason": {"reason": {"code": "avis"}, "userComment": "x"}}],
}  # fmt: skip
SERVED = {"resourceType": "DocumentReference", "status": "current", "extension": [], "securityLabel": [{}]}
CHANGE = {
    "resourceType": "Parameters",
    "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "replace"}, {"name": "value", "valueBoolean": True},
        {"name": "path", "valueString": "DocumentReference.extension.where(url='x').value"},
    ]}],
}  # fmt: skip
OPERATIONS = {"": [{"op": "add", "path": "/securityLabel/0/coding", "value": []}]}
Reading = tuple[dict[str, Any], Callable[[dict[str, Any]], object]]
READINGS: dict[str, Reading] = {
    "a document": (DOCUMENT, read_document),
    "a transaction": (BUNDLE, read_transaction),
    "a list": (LIST, read_list),
    "a measure": (MEASURE, read_measure),
    "an alert": (ALERT, read_alert),
    "a call": (CALL, lambda said: read_request(said, hook="order-sign")),
    "an answer to a card": (ANSWER, read_feedback),
    "a FHIRPath patch": (CHANGE, lambda said: patched(SERVED, said, "application/fhir+json")),
    "a JSON patch": (OPERATIONS, lambda said: patched(SERVED, said.get(""), JSON_PATCH)),
}
ODD = (None, True, 5, -1.5, "", "x", [], {}, [5], [None], [[]], {"x": 5}, [{}])


@pytest.mark.parametrize("name", READINGS)
@settings(max_examples=250)
@given(data=st.data())
def test_a_piece_of_another_shape_is_read_or_refused(name: str, data: st.DataObject) -> None:
    whole, read = READINGS[name]
    read(whole)
    said = copy.deepcopy(whole)
    *way, last = data.draw(st.sampled_from(list(every_path(whole))))
    piece: Any = said
    for step in way:
        piece = piece[step]
    piece[last] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    refused: Refused | None = None
    try:
        read(said)
    except Refused as found:
        refused = found
    assert refused is None or refused.message
