"""What is open is served; what is not is nowhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from maillon.access.models import JournalEntry
from maillon.documents import api as documents
from maillon.documents.models import Blob
from maillon.kernel import clock
from maillon.tasks import api as tasks
from tests.conftest import Cast
from tests.documents import making
from tests.fhir_api.conftest import Record, Software, alone, code_of, said, software, through
from tests.tasks import asking

pytestmark = pytest.mark.django_db


def test_a_document_is_read_and_its_bytes_are_those_that_came(lgc: Software, record: Record) -> None:
    filed = record.documents[0]
    answer = lgc.ask("GET", f"/fhir/DocumentReference/{filed.uuid}")
    resource = said(answer)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.headers["ETag"] == f'W/"{resource["meta"]["versionId"]}"'
    assert resource["description"] == filed.title
    assert resource["subject"] == {"reference": f"Patient/{record.uuid}"}
    address = resource["content"][0]["attachment"]["url"]
    assert address == f"http://testserver/fhir/Binary/{filed.uuid}"
    data = lgc.ask("GET", address.removeprefix("http://testserver")).content
    assert data == documents.original(record.access, filed.uuid).data
    assert len(data) == resource["content"][0]["attachment"]["size"]


def test_it_has_not_changed_since(lgc: Software, record: Record) -> None:
    address = f"/fhir/DocumentReference/{record.documents[0].uuid}"
    etag = lgc.ask("GET", address).headers["ETag"]
    assert lgc.ask("GET", address, **{"If-None-Match": etag}).status_code == 304


def test_each_disclosure_leaves_its_line(lgc: Software, record: Record) -> None:
    JournalEntry.objects.filter(actor_kind="partner").exists()
    lgc.found("/fhir/DocumentReference", patient=str(record.uuid))
    lgc.ask("GET", f"/fhir/Binary/{record.documents[0].uuid}")
    rows = (
        JournalEntry.objects.filter(actor_kind="partner")
        .order_by("id")
        .values_list("action", "resource_type", "decision")
    )
    assert list(rows) == [("search", "documents", "allow"), ("download", "document", "allow")]
    row = JournalEntry.objects.filter(actor_kind="partner").latest("id")
    assert row.actor_label == "LGC Essai (Maison de santé des Tilleuls)"
    assert row.rule == "equipe_structure"


def test_a_person_through_a_software_is_named_with_it(record: Record, cast: Cast) -> None:
    claire = through(software(cast.tilleuls_id), cast.claire)
    assert claire.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 200
    row = JournalEntry.objects.latest("id")
    assert (row.actor_kind, row.actor_label) == ("professional", "Dr Claire Morel (par LGC Essai)")
    assert row.session_id is not None


ADDRESSES = ("DocumentReference/{document}", "Binary/{document}", "Patient/{patient}", "CareTeam/{patient}",
             "CareTeam/{patient}/_history", "CareTeam/{patient}/_history/1")  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_not_open_is_answered_like_what_is_not_there(elsewhere: Software, record: Record, address: str) -> None:
    def asked(document: UUID, patient: UUID) -> tuple[int, bytes]:
        answer = elsewhere.ask("GET", "/fhir/" + address.format(document=document, patient=patient))
        return answer.status_code, answer.content

    hidden = asked(record.documents[0].uuid, record.uuid)
    assert hidden == asked(uuid4(), uuid4())
    assert hidden[0] == 404


SEARCHED = ("DocumentReference", "List", "CareTeam", "Observation", "Task")


@pytest.mark.parametrize("kind", SEARCHED)
def test_a_search_finds_nothing_of_a_closed_record(
    elsewhere: Software, lgc: Software, record: Record, kind: str
) -> None:
    empty = elsewhere.found(f"/fhir/{kind}", patient=str(record.uuid))
    nobody = elsewhere.found(f"/fhir/{kind}", patient=str(uuid4()))
    assert "entry" not in empty
    assert empty["total"] == nobody["total"] == 0
    if kind != "List":
        assert lgc.found(f"/fhir/{kind}", patient=str(record.uuid))["total"] > 0


def test_whatever_was_deleted_from_the_address_is_not_served(lgc: Software) -> None:
    answer = lgc.ask("GET", "/fhir/Condition?patient=1")
    assert (answer.status_code, code_of(answer)) == (404, "E-FHIR-05")


def test_a_pharmacist_through_a_software_reads_what_the_matrix_opens(record: Record, cast: Cast) -> None:
    """The law is that of the person, not that of the software."""
    nadia = through(software(cast.tilleuls_id, profession="G15_10"), cast.nadia)
    mine = {
        each["resource"]["id"] for each in nadia.found("/fhir/DocumentReference", patient=str(record.uuid))["entry"]
    }
    alone_ = alone(software(cast.tilleuls_id))
    all_of_them = {
        each["resource"]["id"] for each in alone_.found("/fhir/DocumentReference", patient=str(record.uuid))["entry"]
    }
    assert mine <= all_of_them


def test_a_patient_is_found_by_the_whole_matricule_or_by_all_traits(
    lgc: Software, elsewhere: Software, record: Record
) -> None:
    resource = said(lgc.ask("GET", f"/fhir/Patient/{record.uuid}"))
    matricule = resource["identifier"][0]
    by_number = {"identifier": f"{matricule['system']}|{matricule['value']}"}
    name = resource["name"][0]
    by_traits = {
        "family": name["family"],
        "given": name["given"][0],
        "birthdate": resource["birthDate"],
        "gender": resource["gender"],
    }
    for asked in (by_number, by_traits):
        found = lgc.found("/fhir/Patient", **asked)
        assert [each["resource"]["id"] for each in found["entry"]] == [str(record.uuid)]
        assert elsewhere.found("/fhir/Patient", **asked)["total"] == 0
    for missing in by_traits:
        asked = {key: value for key, value in by_traits.items() if key != missing}
        assert code_of(lgc.get("/fhir/Patient", **asked)) == "E-FHIR-52"
    assert code_of(lgc.get("/fhir/Patient", identifier=matricule["value"])) == "E-FHIR-51"


def test_results_by_code_and_date(lgc: Software, record: Record) -> None:
    found = lgc.found("/fhir/Observation", patient=str(record.uuid), _count="100")
    assert found["total"] > 3
    some = found["entry"][0]["resource"]
    coding = some["code"]["coding"][0]
    same = lgc.found("/fhir/Observation", patient=str(record.uuid), code=f"{coding['system']}|{coding['code']}")
    assert 0 < same["total"] < found["total"]
    assert (
        lgc.found("/fhir/Observation", patient=str(record.uuid), code="http://snomed.info/sct|" + coding["code"])[
            "total"
        ]
        == 0
    )
    day = some["effectiveDateTime"][:10]
    assert lgc.found("/fhir/Observation", patient=str(record.uuid), date=day)["total"] > 0
    assert lgc.found("/fhir/Observation", patient=str(record.uuid), date="ge2999")["total"] == 0
    assert said(lgc.ask("GET", f"/fhir/Observation/{some['id']}")) == some
    assert lgc.ask("GET", "/fhir/Observation/1").status_code == 404


def test_tasks_are_those_of_the_record(lgc: Software, record: Record) -> None:
    found = lgc.found("/fhir/Task", patient=str(record.uuid), status="requested")
    assert found["total"] == 3
    one = found["entry"][0]["resource"]
    assert one["focus"]["reference"].startswith("DocumentReference/")
    assert said(lgc.ask("GET", f"/fhir/Task/{one['id']}")) == one
    assert lgc.found("/fhir/Task", patient=str(record.uuid), status="completed")["total"] == 9 - 9


def test_a_task_says_its_window_why_it_was_raised_and_how_far_it_is(lgc: Software, record: Record, cast: Cast) -> None:
    access = making.key(record.access.patient_id, cast.claire)
    opens = clock.now() - asking.DAY
    uuid = asking.alert(access, cast)
    plan = asking.to_do(access, cast, opens_at=opens, due_at=opens + 5 * asking.DAY)

    def read(which: UUID) -> dict[str, Any]:
        return said(lgc.ask("GET", f"/fhir/Task/{which}"))

    red = read(uuid)
    assert (red["status"], red["priority"], red["code"]["text"]) == ("requested", "stat", "Alerte")
    assert red["reasonCode"] == {"text": "INR à 6,4 le 24/11/2026, cible 2,5"}
    assert red["owner"] == {"display": "Dr Claire Morel"}
    assert set(read(plan)["restriction"]["period"]) == {"start", "end"}
    tasks.handling.take(access, uuid)
    assert read(uuid)["status"] == "in-progress"
    tasks.handling.snooze(access, uuid, until=clock.now() + asking.HOUR, reason="Au bloc jusqu’à midi")
    assert (read(uuid)["status"], read(uuid)["statusReason"]) == ("on-hold", {"text": "Au bloc jusqu’à midi"})
    assert lgc.found("/fhir/Task", patient=str(record.uuid), status="on-hold")["total"] == 1
    tasks.acknowledge(access, uuid, outcome="fait")
    assert read(uuid)["status"] == "completed"


def test_pages_follow_each_other_and_hold_each_document_once(lgc: Software, record: Record) -> None:
    found: list[str] = []
    page: dict[str, Any] = lgc.found("/fhir/DocumentReference", patient=str(record.uuid), _count="5")
    while True:
        found += [each["resource"]["id"] for each in page["entry"]]
        assert page["total"] == len(record.documents)
        links = {each["relation"]: each["url"] for each in page["link"]}
        if "next" not in links:
            break
        page = lgc.found(links["next"].removeprefix("http://testserver"))
    assert sorted(found) == sorted(str(each.uuid) for each in record.documents)


def test_the_place_of_a_page_is_of_that_search_alone(lgc: Software, record: Record) -> None:
    page = lgc.found("/fhir/DocumentReference", patient=str(record.uuid), _count="2")
    cursor = page["link"][1]["url"].rpartition("_page=")[2]
    other = lgc.get("/fhir/DocumentReference", patient=str(record.uuid), _count="2", _page=cursor, status="current")
    assert code_of(other) == "E-FHIR-46"
    assert code_of(lgc.get("/fhir/DocumentReference", patient=str(record.uuid), _page="00ff")) == "E-FHIR-46"


def test_bytes_that_are_gone_are_said_to_be(lgc: Software, record: Record) -> None:
    Blob.objects.all().delete()
    for address in (
        f"/fhir/Binary/{record.documents[0].uuid}", f"/fhir/DocumentReference?patient={record.uuid}",
    ):  # fmt: skip
        answer = lgc.ask("GET", address)
        assert (answer.status_code, code_of(answer)) == (500, "E-FHIR-81")


def test_a_long_search_has_a_second_page_too(lgc: Software, record: Record) -> None:
    asked = {"status": "current,superseded,entered-in-error", "period": "ge2000-01-01", "type": ",".join(
        f"http://loinc.org|{code}" for code in ("11502-2", "11488-4", "34112-3", "18748-4", "57833-6", "60591-5")
    )}  # fmt: skip
    page = lgc.found("/fhir/DocumentReference", patient=str(record.uuid), _count="1", **asked)
    assert page["total"] > 1
    links = {each["relation"]: each["url"] for each in page["link"]}
    again = lgc.found(links["next"].removeprefix("http://testserver"))
    assert again["entry"][0]["resource"]["id"] != page["entry"][0]["resource"]["id"]


def test_a_search_is_sent_in_a_form_as_well(lgc: Software, record: Record) -> None:
    answer = lgc.ask("POST", "/fhir/DocumentReference/_search", f"patient={record.uuid}&status=current",
                     kind="application/x-www-form-urlencoded")  # fmt: skip
    assert answer.status_code == 200
    assert said(answer)["total"] > 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "current"}, True), ({"status": "superseded"}, False), ({"type": "http://loinc.org|11502-2"}, True),
        ({"type": "http://snomed.info/sct|11502-2"}, False), ({"category": "31"}, None), ({"creation": "ge2020"}, True),
        ({"period": "lt2000"}, False), ({"security-label": "N"}, True), ({"security-label": "R"}, False),
        ({"security-label": "MASQUE_PS"}, False), ({"isArchived": "false"}, True), ({"isArchived": "true"}, False),
        ({"format": "urn:ihe:lab:xd-lab:2008"}, None), ({"date": "2999"}, False),
        ({"_id": "00000000-0000-4000-8000-00000000dead"}, False),
        ({"author.identifier": "urn:oid:1.2.250.1.71.4.2.1|000"}, False), ({"_sort": "-creation"}, True),
        ({"relatesto.identifier": "urn:ietf:rfc:3986|urn:oid:1.2.3"}, False),
    ],
    ids=str,
)  # fmt: skip
def test_each_parameter_of_a_search(
    lgc: Software, record: Record, query: dict[str, str], expected: bool | None
) -> None:
    found = lgc.found("/fhir/DocumentReference", patient=str(record.uuid), **query)["total"]
    assert expected is None or bool(found) == expected


@pytest.mark.parametrize(
    ("kind", "query", "code"),
    [
        ("DocumentReference", {}, "E-FHIR-50"),
        ("DocumentReference", {"patient": "1", "subject": "2"}, "E-FHIR-50"),
        ("DocumentReference", {"_has:Observation:patient:code": "1"}, "E-FHIR-40"),
        ("DocumentReference", {"patient.name": "MARTIN"}, "E-FHIR-40"),
        ("DocumentReference", {"_include": "*"}, "E-FHIR-40"),
        ("DocumentReference", {"patient": "1", "status": "parti"}, "E-FHIR-54"),
        ("DocumentReference", {"patient": "1", "creation": "hier"}, "E-FHIR-48"),
        ("DocumentReference", {"patient": "1", "creation": "2026-02-31"}, "E-FHIR-48"),
        ("DocumentReference", {"patient": "1", "type": ""}, "E-FHIR-41"),
        ("DocumentReference", {"patient": "1", "type": ",".join("x" * 21)}, "E-FHIR-43"),
        ("DocumentReference", {"patient": "1", "_count": "-1"}, "E-FHIR-49"),
        ("DocumentReference", {"patient": "1", "_sort": "title"}, "E-FHIR-45"),
        ("DocumentReference", {"patient": "1", "_total": "oui"}, "E-FHIR-47"),
        ("DocumentReference", {"patient": "1", "isArchived": "peut-être"}, "E-FHIR-56"),
        ("DocumentReference", {"patient": "1", "relatesto": "DocumentReference/1"}, "E-FHIR-57"),
        ("AuditEvent", {"date": "ge2026-01-01"}, "E-FHIR-71"),
        ("AuditEvent", {}, "E-FHIR-71"),
        ("CareTeam", {"patient": "1", "_include": "CareTeam:encounter"}, "E-FHIR-59"),
        ("Task", {"patient": "1", "status": "draft"}, "E-FHIR-70"),
        ("CarePlan", {"patient": "1", "status": "en_cours"}, "E-FHIR-78"),
        ("CarePlan", {"status": "active"}, "E-FHIR-50"),
        ("Goal", {"patient": "1", "lifecycle-status": "atteint"}, "E-FHIR-79"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_said(lgc: Software, kind: str, query: dict[str, str], code: str) -> None:
    answer = lgc.get(f"/fhir/{kind}", **query)
    assert (answer.status_code, code_of(answer)) == (400, code)


def test_a_lenient_search_leaves_out_and_says_so(lgc: Software, record: Record) -> None:
    answer = lgc.ask("GET", f"/fhir/DocumentReference?patient={record.uuid}&couleur=bleu", Prefer="handling=lenient")
    assert answer.status_code == 200
    assert "couleur" not in said(answer)["link"][0]["url"]
    assert lgc.ask("GET", f"/fhir/DocumentReference?patient={record.uuid}&couleur=bleu").status_code == 400


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/fhir+xml", 406), ("text/html", 406), ("*/*", 200), ("application/json", 200),
     ("application/fhir+json; fhirVersion=4.0", 200)],
)  # fmt: skip
def test_only_json_is_spoken(lgc: Software, accept: str, status: int) -> None:
    assert lgc.ask("GET", "/fhir/metadata", Accept=accept).status_code == status


def test_a_method_that_is_not_there(lgc: Software, record: Record) -> None:
    answer = lgc.ask("DELETE", f"/fhir/DocumentReference/{record.documents[0].uuid}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PATCH, PUT")
    assert lgc.ask("PUT", f"/fhir/Patient/{record.uuid}").status_code == 405


def test_the_circle_with_its_versions(lgc: Software, record: Record, cast: Cast) -> None:
    address = f"/fhir/CareTeam/{record.uuid}"
    found = said(lgc.ask("GET", address))
    names = {each["member"]["display"] for each in found["participant"]}
    assert names == {"Maison de santé des Tilleuls", "Dr Claire Morel"}
    treating = next(each for each in found["participant"] if each["member"]["display"] == "Dr Claire Morel")
    assert treating["role"][0]["coding"][0]["code"] == "PCP"
    versions = said(lgc.ask("GET", f"{address}/_history"))
    assert versions["total"] == int(found["meta"]["versionId"])
    first = said(lgc.ask("GET", f"{address}/_history/1"))
    assert first["meta"]["versionId"] == "1"
    assert lgc.ask("GET", f"{address}/_history/99").status_code == 404
    included = lgc.found("/fhir/CareTeam", patient=str(record.uuid), _include="*")
    kinds = {each["resource"]["resourceType"] for each in included["entry"]}
    assert kinds == {"CareTeam", "Patient", "PractitionerRole", "Practitioner", "Organization"}
    assert included["total"] == 1
    member = treating["member"]["reference"]
    assert said(lgc.ask("GET", f"/fhir/{member}"))["practitioner"]["display"] == "Claire Morel"
    assert lgc.found("/fhir/CareTeam", patient=str(record.uuid), participant=member)["total"] == 1
    assert lgc.found("/fhir/CareTeam", patient=str(record.uuid), **{"participant-start": "lt1990"})["total"] == 0


def test_the_traces_of_a_record(lgc: Software, elsewhere: Software, record: Record, cast: Cast) -> None:
    lgc.ask("GET", f"/fhir/Patient/{record.uuid}")
    period = [("date", "ge2000-01-01"), ("date", "le2999-01-01")]
    address = f"/fhir/AuditEvent?patient={record.uuid}&" + "&".join(f"{name}={value}" for name, value in period)
    found = said(lgc.ask("GET", address))
    assert found["total"] >= 2
    one = found["entry"][0]["resource"]
    assert one["agent"][0]["who"]["display"] == "LGC Essai (Maison de santé des Tilleuls), Maison de santé des Tilleuls"
    assert said(lgc.ask("GET", f"/fhir/AuditEvent/{one['id']}")) == one
    assert elsewhere.ask("GET", f"/fhir/AuditEvent/{one['id']}").status_code == 404
    assert said(elsewhere.ask("GET", address))["total"] == 0
    nobody = lgc.ask("GET", "/fhir/AuditEvent?date=ge2000-01-01&date=le2999-01-01")
    assert (nobody.status_code, code_of(nobody)) == (403, "E-FHIR-03")


def test_the_referent_reads_the_traces_of_the_structure(record: Record, cast: Cast, lgc: Software) -> None:
    from maillon.access.models import Account

    Account.objects.filter(professional_id=cast.karim.professional_id).update(is_referent=True)
    karim = through(software(cast.tilleuls_id), cast.karim)
    lgc.ask("GET", f"/fhir/Binary/{record.documents[0].uuid}")
    found = said(karim.ask("GET", "/fhir/AuditEvent?date=ge2000-01-01&date=le2999-01-01"))
    assert found["total"] > 0
    text = str(found)
    assert str(record.documents[0].uuid) not in text
    assert JournalEntry.objects.filter(action="control", patient_id=record.access.patient_id).exists()
