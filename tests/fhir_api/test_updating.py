"""Updating: status, labels, archiving; by whom the law lets; nothing else (405)."""

from __future__ import annotations

from typing import Any

import pytest

from maillon.access.models import DocumentMark
from maillon.documents.models import Document
from tests.conftest import Cast
from tests.fhir_api.conftest import Record, Software, alone, code_of, reference, said, software, through

pytestmark = pytest.mark.django_db

VISIBILITY = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument"
MASKED = {"coding": [{"system": VISIBILITY, "code": "MASQUE_PS"}]}
ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
JSON_PATCH, MERGE = "application/json-patch+json", "application/merge-patch+json"


@pytest.fixture
def mine(lgc: Software, record: Record) -> dict[str, Any]:
    """Published by the software itself."""
    return said(lgc.ask("POST", "/fhir/DocumentReference", reference(record)))


def _fhirpath(kind: str, path: str, **value: Any) -> dict[str, Any]:
    parts = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    parts += [{"name": "value", **value}] if value else []
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}


ARCHIVING = {
    "json patch": (JSON_PATCH, [{"op": "replace", "path": "/extension/0/valueBoolean", "value": True}]),
    "merge patch": (MERGE, {"extension": [{"url": ARCHIVED, "valueBoolean": True}]}),
    "plain json": ("application/json", {"extension": [{"url": ARCHIVED, "valueBoolean": True}]}),
    "fhirpath patch": (
        "application/fhir+json",
        _fhirpath("replace", f"DocumentReference.extension.where(url='{ARCHIVED}').value", valueBoolean=True),
    ),
}


@pytest.mark.parametrize(("kind", "change"), ARCHIVING.values(), ids=ARCHIVING.keys())
def test_a_document_is_archived_in_four_ways_of_saying_it(
    lgc: Software, mine: dict[str, Any], kind: str, change: Any
) -> None:
    answer = lgc.ask("PATCH", f"/fhir/DocumentReference/{mine['id']}", change, kind=kind)
    assert answer.status_code == 200, answer.content
    after = said(answer)
    assert after["extension"] == [{"url": ARCHIVED, "valueBoolean": True}]
    assert answer.headers["ETag"] == f'W/"{after["meta"]["versionId"]}"'
    assert after["meta"]["versionId"] != mine["meta"]["versionId"]
    assert said(lgc.ask("GET", f"/fhir/DocumentReference/{mine['id']}")) == after


def test_by_its_identifier(lgc: Software, mine: dict[str, Any]) -> None:
    name = f"urn:ietf:rfc:3986|{mine['masterIdentifier']['value']}"
    change = [{"op": "replace", "path": "/extension/0/valueBoolean", "value": True}]
    answer = lgc.ask("PATCH", f"/fhir/DocumentReference?identifier={name}", change, kind=JSON_PATCH)
    assert answer.status_code == 200
    assert (
        lgc.ask(
            "PATCH", "/fhir/DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:9.9", change, kind=JSON_PATCH
        ).status_code
        == 404
    )
    assert code_of(lgc.ask("PATCH", "/fhir/DocumentReference", change, kind=JSON_PATCH)) == "E-FHIR-60"


def test_the_whole_resource_sent_back(lgc: Software, mine: dict[str, Any]) -> None:
    mine["extension"][0]["valueBoolean"] = True
    answer = lgc.ask("PUT", f"/fhir/DocumentReference/{mine['id']}", mine)
    assert answer.status_code == 200
    assert said(answer)["extension"][0]["valueBoolean"] is True


def test_a_stale_copy_changes_nothing(lgc: Software, mine: dict[str, Any]) -> None:
    address, etag = f"/fhir/DocumentReference/{mine['id']}", f'W/"{mine["meta"]["versionId"]}"'
    change = {"extension": [{"url": ARCHIVED, "valueBoolean": True}]}
    assert lgc.ask("PATCH", address, change, kind=MERGE, **{"If-Match": etag}).status_code == 200
    stale = lgc.ask("PATCH", address, change, kind=MERGE, **{"If-Match": etag})
    assert (stale.status_code, code_of(stale)) == (412, "E-FHIR-61")


OTHERS = {
    "description": {"description": "Autre titre"},
    "subject": {"subject": {"reference": "Patient/00000000-0000-4000-8000-00000000dead"}},
    "content": {"content": []},
    "extension": {"extension": [{"url": "http://ailleurs.example", "valueBoolean": True}]},
    "extension of no shape": {"extension": 5},
    "confidentiality": {
        "securityLabel": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}]}
        ]
    },
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_nothing_else_changes(lgc: Software, mine: dict[str, Any], change: dict[str, Any]) -> None:
    answer = lgc.ask("PATCH", f"/fhir/DocumentReference/{mine['id']}", change, kind=MERGE)
    assert answer.status_code == 405
    assert said(lgc.ask("GET", f"/fhir/DocumentReference/{mine['id']}")) == mine


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (JSON_PATCH, {"op": "replace"}), (JSON_PATCH, [{"op": "move", "path": "/status", "from": "/x"}]),
        (JSON_PATCH, [{"op": "replace", "path": "/nulle/part", "value": 1}]), (JSON_PATCH, []),
        (JSON_PATCH, [{"op": "test", "path": "/status", "value": "superseded"}]),
        ("application/fhir+json", _fhirpath("replace", "DocumentReference.content", valueString="x")),
        ("application/fhir+json", {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": 5}]}),
        ("text/plain", {}),
    ],
    ids=str,
)  # fmt: skip
def test_a_change_that_cannot_be_read(lgc: Software, mine: dict[str, Any], kind: str, change: Any) -> None:
    answer = lgc.ask("PATCH", f"/fhir/DocumentReference/{mine['id']}", change, kind=kind)
    assert (answer.status_code, code_of(answer)) == (400, "E-FHIR-67")


def test_what_one_published_one_masks_and_then_no_longer_sees(
    lgc: Software, mine: dict[str, Any], record: Record, cast: Cast
) -> None:
    labels = [*mine["securityLabel"], MASKED]
    answer = lgc.ask("PATCH", f"/fhir/DocumentReference/{mine['id']}", {"securityLabel": labels}, kind=MERGE)
    assert answer.status_code == 200
    assert said(answer)["securityLabel"][1]["coding"][0]["code"] == "MASQUE_PS"
    assert lgc.ask("GET", f"/fhir/DocumentReference/{mine['id']}").status_code == 404
    found = lgc.found("/fhir/DocumentReference", patient=str(record.uuid))
    assert mine["id"] not in {each["resource"]["id"] for each in found["entry"]}


def test_what_another_wrote_one_does_not_change(lgc: Software, record: Record) -> None:
    uuid = record.documents[0].uuid
    before = said(lgc.ask("GET", f"/fhir/DocumentReference/{uuid}"))
    for change in (
        {"securityLabel": [*before["securityLabel"], MASKED]},
        {"status": "entered-in-error"},
        {"extension": [{"url": ARCHIVED, "valueBoolean": True}]},
    ):
        answer = lgc.ask("PATCH", f"/fhir/DocumentReference/{uuid}", change, kind=MERGE)
        assert (answer.status_code, code_of(answer)) == (403, "E-FHIR-03")
    assert not DocumentMark.objects.exists()
    assert Document.objects.get(uuid=uuid).status == "current"


def test_what_one_may_not_see_one_does_not_change(elsewhere: Software, record: Record) -> None:
    address = f"/fhir/DocumentReference/{record.documents[0].uuid}"
    answer = elsewhere.ask("PATCH", address, {"status": "entered-in-error"}, kind=MERGE)
    assert (answer.status_code, code_of(answer)) == (404, "E-FHIR-04")


def test_a_document_published_by_mistake_is_withdrawn(lgc: Software, mine: dict[str, Any]) -> None:
    change = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]
    answer = lgc.ask("PATCH", f"/fhir/DocumentReference/{mine['id']}", change, kind=JSON_PATCH)
    assert said(answer)["status"] == "entered-in-error"
    assert Document.objects.get(uuid=mine["id"]).status == "withdrawn"
    back = [{"op": "replace", "path": "/status", "value": "current"}]
    assert code_of(lgc.ask("PATCH", f"/fhir/DocumentReference/{mine['id']}", back, kind=JSON_PATCH)) == "E-FHIR-65"


def test_the_physician_writes_down_that_the_patient_wants_it_masked(record: Record, cast: Cast) -> None:
    claire = through(software(cast.tilleuls_id), cast.claire)
    uuid = record.documents[0].uuid
    before = said(claire.ask("GET", f"/fhir/DocumentReference/{uuid}"))
    change = {"securityLabel": [*before["securityLabel"], MASKED]}
    assert claire.ask("PATCH", f"/fhir/DocumentReference/{uuid}", change, kind=MERGE).status_code == 200
    mark = DocumentMark.objects.get()
    assert mark.set_by == "Dr Claire Morel (par LGC Essai)"


def test_a_software_that_may_only_write_is_shown_nothing(lgc: Software, record: Record) -> None:
    """What its scope does not let it read, it does not read by changing nothing, nor by publishing."""
    writer = alone(lgc, "system/DocumentReference.write")
    address = f"/fhir/DocumentReference/{record.documents[0].uuid}"
    assert writer.ask("GET", address).status_code == 403
    answer = writer.ask("PATCH", address, {"status": "current"}, kind=MERGE)
    assert (answer.status_code, answer.content) == (204, b"")
    made = writer.ask("POST", "/fhir/DocumentReference", reference(record))
    assert (made.status_code, code_of(made)) == (201, "I-FHIR-02")
    assert "Location" in made.headers
