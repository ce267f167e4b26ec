"""What is served is what the official profiles describe: PDSm 3.1.1, Cercle de soins 2.0.1, TdE 2.0.0, FR Core 2.2."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.conftest import Cast
from tests.fhir_api import publishing
from tests.fhir_api.checking import check, every_path, faults_of
from tests.fhir_api.conftest import Record, Software, reference, said
from tests.fhir_api.test_publishing import KEY, cda_sent
from tests.web import world

pytestmark = pytest.mark.django_db


def resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["resource"] for each in bundle["entry"]]


def test_documents(lgc: Software, record: Record) -> None:
    lgc.ask("POST", "/fhir/DocumentReference", reference(record))
    found = lgc.found("/fhir/DocumentReference", patient=str(record.uuid))
    assert len(resources(found)) == len(record.documents) + 1
    for each in resources(found):
        assert not faults_of(each, "pdsm-comprehensive-document-reference")
    assert not faults_of(found, "pdsm-find-documentreferences-comprehensive-response")
    assert not faults_of(lgc.found("/fhir/DocumentReference", patient=str(record.uuid), status="superseded"),
                         "pdsm-find-documentreferences-comprehensive-response")  # fmt: skip


def test_lists(lgc: Software, cast: Cast) -> None:
    access = world.follow(world.register(KEY), cast)
    lgc.ask("POST", "/fhir", publishing.transaction(cda_sent(), folder=True))
    found = lgc.found("/fhir/List", patient=str(access.patient_uuid))
    kinds = {each["code"]["coding"][0]["code"]: each for each in resources(found)}
    assert not faults_of(kinds["submissionset"], "pdsm-submissionset-comprehensive")
    assert not faults_of(kinds["folder"], "pdsm-folder-comprehensive")
    assert not faults_of(found, "pdsm-find-lists-response")


def test_what_we_publish_in_these_tests_is_what_a_partner_would() -> None:
    made, _ = cda_sent()
    verdict = faults_of(made, "pdsm-comprehensive-document-reference")
    # Our tests name the patient by a contained resource; the rest is as the guide says.
    assert not [each for each in verdict if "DocumentReference.context" not in each]


def test_the_circle_and_who_belongs_to_it(lgc: Software, record: Record) -> None:
    found = lgc.found("/fhir/CareTeam", patient=str(record.uuid), _include="*")
    by_kind = {each["resourceType"]: each for each in resources(found)}
    assert not faults_of(by_kind["CareTeam"], "cds-ihe-careteam")
    assert not faults_of(by_kind["Organization"], "cds-organization")
    assert not faults_of(by_kind["Patient"], "fr-core-patient-ins")


def test_traces(lgc: Software, record: Record) -> None:
    address = f"/fhir/AuditEvent?patient={record.uuid}&date=ge2000&date=le2999"
    for each in resources(said(lgc.ask("GET", address))):
        assert not faults_of(each, "tde-auditevent")


@pytest.mark.parametrize("key", [each.key for each in world.territory().patients[:12]])
def test_patients(lgc: Software, cast: Cast, key: str) -> None:
    access = world.follow(world.register(key), cast)
    resource = said(lgc.ask("GET", f"/fhir/Patient/{access.patient_uuid}"))
    name = resource["meta"]["profile"][0].rpartition("/")[2]
    assert not faults_of(resource, name)
    shows_ins = any("INS" in str(each.get("type")) for each in resource.get("identifier", ()))
    assert shows_ins == (world.person(key).status == "QUAL")


def test_how_much_was_judged(lgc: Software, record: Record) -> None:
    """What the checker leaves aside is named, and short."""
    one = resources(lgc.found("/fhir/DocumentReference", patient=str(record.uuid)))[0]
    assert check(one, "pdsm-comprehensive-document-reference").not_judged <= {
        "dom-2", "dom-3", "dom-4", "dom-5", "ref-1", "bdl-3", "http://hl7.org/fhir/ValueSet/mimetypes",
        "http://hl7.org/fhir/ValueSet/resource-types", "DocumentReference.identifier:entryUUID",
        "DocumentReference.context.related:referenceIdList",
    }  # fmt: skip


def test_the_checker_sees_what_is_taken_away(lgc: Software, record: Record) -> None:
    """A checker that never finds anything proves nothing: each mandatory element, taken away, is missed."""
    one = resources(lgc.found("/fhir/DocumentReference", patient=str(record.uuid)))[0]
    must = ("masterIdentifier", "status", "type", "category", "subject", "date", "author", "custodian", "securityLabel",
            "content", "context", "contained")  # fmt: skip
    for name in must:
        faulty = copy.deepcopy(one)
        del faulty[name]
        assert faults_of(faulty, "pdsm-comprehensive-document-reference"), name
    for wrong in ({"status": "final"}, {"docStatus": "final"}, {"modifierExtension": [{"url": "x"}]}):
        assert faults_of(one | wrong, "pdsm-comprehensive-document-reference"), wrong
    for path in every_path(one["content"][0]["attachment"]):
        faulty = copy.deepcopy(one)
        del faulty["content"][0]["attachment"][path[0]]
        assert faults_of(faulty, "pdsm-comprehensive-document-reference"), path
