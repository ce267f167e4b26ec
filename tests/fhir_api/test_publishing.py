"""Publishing: what is certain is filed, what is not waits for a person, what is wrong is refused with its reason."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import UUID

import pytest

from maillon.access import api as access_room
from maillon.access.models import DocumentMark, JournalEntry
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange.models import Message, ReceivedDocument
from maillon.formats.cda.read import open_cda
from tests.access.deciding import key, oneself
from tests.conftest import Cast
from tests.fhir_api import publishing
from tests.fhir_api.conftest import Record, Software, alone, code_of, reference, said, software, through
from tests.web import world

pytestmark = pytest.mark.django_db

KEY = "diabete"


def cda_sent(rank: int = -1, **changed: Any) -> tuple[dict[str, Any], bytes]:
    data = publishing.cda(KEY, rank)
    header = open_cda(data).header
    known = header.patient
    made = publishing.document(data, known, unique_id=header.version.id or "", **changed)
    made["type"] = {"coding": [{"system": f"urn:oid:{header.type_system}", "code": header.type_code}]}
    return made, data


@pytest.fixture
def followed(cast: Cast) -> Record:
    """The patient of the story, of whom nothing is filed yet."""
    return Record(access=world.follow(world.register(KEY), cast, treating=cast.claire), documents=[])


def test_a_submission_set_is_filed_whole(lgc: Software, followed: Record) -> None:
    bundle = publishing.transaction(cda_sent(-1), cda_sent(-2), folder=True)
    answer = lgc.ask("POST", "/fhir", bundle)
    assert answer.status_code == 200, answer.content
    response = said(answer)
    assert response["type"] == "transaction-response"
    assert [each["response"]["status"] for each in response["entry"]] == ["201 Created"] * 6
    places = [each["response"]["location"] for each in response["entry"] if "location" in each["response"]]
    filed = [each for each in places if each.startswith("DocumentReference/")]
    for place, rank in zip(filed, (-1, -2), strict=True):
        uuid = UUID(place.partition("/")[2])
        assert documents.original(followed.access, uuid).data == publishing.cda(KEY, rank)
    sets = lgc.found("/fhir/List", patient=str(followed.uuid), code="submissionset", status="current")
    assert sets["total"] == 1
    listed = [each["item"]["reference"] for each in sets["entry"][0]["resource"]["entry"]]
    assert listed == filed
    folders = lgc.found("/fhir/List", patient=str(followed.uuid), code="folder")
    assert folders["entry"][0]["resource"]["title"] == "Classeur d’essai"
    one = folders["entry"][0]["resource"]
    assert said(lgc.ask("GET", f"/fhir/List/{one['id']}")) == one


def test_the_same_request_twice_is_one(lgc: Software, followed: Record) -> None:
    bundle = publishing.transaction(cda_sent())
    first, again = (said(lgc.ask("POST", "/fhir/", bundle)) for _ in range(2))
    assert first == again
    assert Document.objects.count() == 1
    assert Message.objects.count() == 1
    # Another request with the same document: the identifier and the bytes are known.
    third = lgc.ask("POST", "/fhir", publishing.transaction(cda_sent()))
    assert third.status_code == 200
    assert Document.objects.count() == 1


def test_who_must_read_it_finds_it_in_their_day(lgc: Software, followed: Record, cast: Cast) -> None:
    from maillon.tasks import api as tasks

    lgc.ask("POST", "/fhir", publishing.transaction(cda_sent()))
    assert len(tasks.my_day(cast.claire).to_read) == 1
    row = JournalEntry.objects.filter(action="file").latest("id")
    assert (row.actor_kind, row.actor_label) == ("machine", "réception FHIR")


def test_one_document_alone(lgc: Software, followed: Record) -> None:
    sent = reference(followed)
    answer = lgc.ask("POST", "/fhir/DocumentReference", sent)
    assert answer.status_code == 201, answer.content
    resource = said(answer)
    assert answer.headers["Location"] == f"http://testserver/fhir/DocumentReference/{resource['id']}"
    assert resource["masterIdentifier"]["value"] == sent["masterIdentifier"]["value"]
    assert resource["description"] == "Bilan de kinésithérapie"
    data = lgc.ask("GET", f"/fhir/Binary/{resource['id']}").content
    assert base64.b64encode(data).decode() == sent["content"][0]["attachment"]["data"]
    found = lgc.found("/fhir/DocumentReference", patient=str(followed.uuid),
                      identifier="urn:ietf:rfc:3986|" + sent["masterIdentifier"]["value"])  # fmt: skip
    assert found["total"] == 1


def test_a_new_version_replaces(lgc: Software, followed: Record) -> None:
    first = said(lgc.ask("POST", "/fhir/DocumentReference", reference(followed)))
    target = {"reference": f"DocumentReference/{first['id']}"}
    second = reference(followed, relatesTo=[{"code": "replaces", "target": target}])
    made = said(lgc.ask("POST", "/fhir/DocumentReference", second))
    former = said(lgc.ask("GET", f"/fhir/DocumentReference/{first['id']}"))
    assert (former["status"], made["status"]) == ("superseded", "current")
    assert former["meta"]["versionId"] != first["meta"]["versionId"]
    assert made["relatesTo"][0]["target"]["identifier"] == {
        "system": "urn:ietf:rfc:3986",
        "value": first["masterIdentifier"]["value"],
    }
    found = lgc.found("/fhir/DocumentReference", patient=str(followed.uuid), **{
        "relatesto.identifier": f"urn:ietf:rfc:3986|{first['masterIdentifier']['value']}"
    })  # fmt: skip
    assert [each["resource"]["id"] for each in found["entry"]] == [made["id"]]


def test_a_bundle_may_say_that_what_it_replaces_is_superseded_and_nothing_else(lgc: Software, followed: Record) -> None:
    """The patch that IHE MHD puts beside a replacement."""
    first = said(lgc.ask("POST", "/fhir/DocumentReference", reference(followed)))
    name = f"urn:ietf:rfc:3986|{first['masterIdentifier']['value']}"
    data = b"une nouvelle version"
    made = publishing.document(data, publishing.traits(KEY), unique_id="1.2.250.1.999.5.888", media_type="text/plain")
    bundle = publishing.transaction((made, data))
    patch = {
        "fullUrl": "urn:uuid:p",
        "resource": {"resourceType": "Parameters"},
        "request": {"method": "PATCH", "url": f"DocumentReference?identifier={name}"},
    }
    bundle["entry"].append(patch)
    assert code_of(lgc.ask("POST", "/fhir", bundle)) == "E-FHIR-32"
    made["relatesTo"] = [{"code": "replaces", "target": {"identifier": first["masterIdentifier"]}}]
    answer = lgc.ask("POST", "/fhir", bundle)
    assert answer.status_code == 200, answer.content
    assert said(answer)["entry"][-1]["response"]["status"] == "200 OK"
    assert said(lgc.ask("GET", f"/fhir/DocumentReference/{first['id']}"))["status"] == "superseded"


def test_what_the_producer_masked_is_masked_from_the_first_instant(lgc: Software, followed: Record) -> None:
    system = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument"
    labels = [*reference(followed)["securityLabel"], {"coding": [{"system": system, "code": "INVISIBLE_PATIENT"}]}]
    made = said(lgc.ask("POST", "/fhir/DocumentReference", reference(followed, securityLabel=labels)))
    assert [each["coding"][0]["code"] for each in made["securityLabel"]] == ["N", "INVISIBLE_PATIENT"]
    mark = DocumentMark.objects.get()
    assert mark.kind == "invisible_patient"
    assert mark.until is not None


# ------------------------------------------------------------------------------------------------ kept, for a person


def test_what_the_producer_masked_is_masked_when_a_person_files_it(cast: Cast, elsewhere: Software) -> None:
    access = world.follow(world.register(KEY), cast)
    sent, data = cda_sent()
    system = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument"
    codes = ("MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX")
    sent["securityLabel"] += [{"coding": [{"system": system, "code": code}]} for code in codes]
    assert elsewhere.ask("POST", "/fhir", publishing.transaction((sent, data))).status_code == 202
    (waiting,) = exchange.to_settle(cast.paul)
    exchange.settle_to(cast.paul, waiting.uuid, patient_uuid=access.patient_uuid, reason="Adressé par le laboratoire")
    document = Document.objects.get()
    assert set(DocumentMark.objects.filter(document_id=document.pk).values_list("kind", flat=True)) == {
        "masque_ps", "invisible_patient", "invisible_representants",
    }  # fmt: skip
    with pytest.raises(access_room.AccessDenied):
        documents.read(key(oneself(access.patient_id), access.patient_id), document.uuid)



def test_a_patient_who_is_unknown_and_one_who_is_not_followed_get_one_answer(
    cast: Cast, lgc: Software, elsewhere: Software
) -> None:
    """A post is no question about who exists."""
    world.follow(world.register(KEY), cast)
    sent = publishing.transaction(cda_sent())
    not_followed = elsewhere.ask("POST", "/fhir", sent)
    stranger = publishing.traits(KEY)
    unknown = publishing.document(
        b"un texte",
        type(stranger)(birth_family_name="PERSONNE", birth_given_names="ZOE", birth_date="1950-01-01", sex="F"),
        unique_id="1.2.250.1.999.5.777", media_type="text/plain",
    )  # fmt: skip
    nobody = elsewhere.ask("POST", "/fhir", publishing.transaction((unknown, b"un texte")))
    for answer in (not_followed, nobody):
        assert answer.status_code == 202
        entry = said(answer)["entry"][1]
        assert entry["response"]["status"] == "202 Accepted"
        assert entry["response"]["outcome"]["issue"][0]["details"]["coding"][0]["code"] == "I-FHIR-01"
    assert not_followed.content == nobody.content
    assert Document.objects.count() == 0
    states = ReceivedDocument.objects.values_list("state", flat=True)
    assert list(states) == ["to_settle", "to_settle"]


def test_what_waits_is_settled_like_any_mail(cast: Cast, elsewhere: Software) -> None:
    access = world.follow(world.register(KEY), cast)
    elsewhere.ask("POST", "/fhir", publishing.transaction(cda_sent()))
    waiting = exchange.to_settle(cast.paul)
    assert [each.code for each in waiting] == ["D-MSG-04"]
    exchange.settle_to(cast.paul, waiting[0].uuid, patient_uuid=access.patient_uuid, reason="Adressé par le labo")
    row = Document.objects.get()
    assert row.sha256 == hashlib.sha256(publishing.cda(KEY)).digest()
    # Asked again, the software learns that it is filed by now.
    again = elsewhere.ask("POST", "/fhir", publishing.transaction(cda_sent()))
    assert again.status_code == 200


def test_a_known_identifier_with_other_bytes_waits(lgc: Software, followed: Record) -> None:
    first = reference(followed)
    lgc.ask("POST", "/fhir/DocumentReference", first)
    other = reference(followed, masterIdentifier=first["masterIdentifier"])
    answer = lgc.ask("POST", "/fhir/DocumentReference", other)
    assert (answer.status_code, code_of(answer)) == (202, "I-FHIR-01")
    assert ReceivedDocument.objects.get(state="to_settle").code == "D-MSG-07"
    assert Document.objects.count() == 1


def test_a_document_that_speaks_of_another_patient_waits(lgc: Software, followed: Record, cast: Cast) -> None:
    """The request names one patient by our number, the CDA another."""
    other = world.follow(world.register("asthme" if _exists("asthme") else _another()), cast)
    made, data = cda_sent()
    made["subject"] = {"reference": f"Patient/{other.patient_uuid}"}
    answer = lgc.ask("POST", "/fhir", publishing.transaction((made, data)))
    assert answer.status_code == 202
    assert ReceivedDocument.objects.get().code == "D-FHIR-02"


def _exists(key: str) -> bool:
    return any(each.key == key for each in world.territory().patients)


def _another() -> str:
    return next(each.key for each in world.territory().patients if each.key != KEY)


# ------------------------------------------------------------------------------------------------ refused


def _without(name: str) -> Any:
    def change(sent: dict[str, Any]) -> None:
        del sent[name]

    return change


def _attachment(**changed: Any) -> Any:
    def change(sent: dict[str, Any]) -> None:
        sent["content"][0]["attachment"].update(changed)

    return change


def _with(**changed: Any) -> Any:
    return lambda sent: sent.update(changed)


NOWHERE = "00000000-0000-4000-8000-00000000dead"
HOSTILE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
REFUSED = {
    "no identifier": (_without("masterIdentifier"), "E-FHIR-23"),
    "no content": (_with(content=[]), "E-FHIR-22"),
    "no bytes": (_attachment(data=None), "E-FHIR-24"),
    "not base64": (_attachment(data="é"), "E-FHIR-25"),
    "empty": (_attachment(data=""), "E-FHIR-26"),
    "hash of nothing": (_attachment(hash="AAAA"), "E-FHIR-27"),
    "hash of other bytes": (_attachment(hash=base64.b64encode(hashlib.sha1(b"autre").digest()).decode()), "E-FMT-41"),
    "superseded": (_with(status="superseded"), "E-FHIR-21"),
    "appends": (_with(relatesTo=[{"code": "appends", "target": {}}]), "E-FHIR-28"),
    "nobody": (_without("subject"), "E-FHIR-29"),
    "unknown patient": (_with(subject={"reference": "Patient/00000000-0000-4000-8000-00000000dead"}), "E-FHIR-38"),
    "unknown former": (
        _with(relatesTo=[{"code": "replaces", "target": {"reference": f"DocumentReference/{NOWHERE}"}}]),
        "E-FHIR-39",
    ),
    "a program": (_attachment(data=base64.b64encode(b"MZ\x90\x00" + b"\0" * 60).decode()), "E-MSG-23"),
    "hostile": (_attachment(data=base64.b64encode(HOSTILE).decode()), None),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_refused_with_its_reason_and_kept(
    lgc: Software, followed: Record, change: Any, code: str | None
) -> None:
    sent = reference(followed)
    change(sent)
    answer = lgc.ask("POST", "/fhir/DocumentReference", sent)
    assert answer.status_code == 422, answer.content
    assert code is None or code_of(answer) == code
    assert Document.objects.count() == 0
    if code not in ("E-FHIR-38", "E-FHIR-39"):
        message = Message.objects.get()
        assert (message.state, message.kind) == ("refused", "fhir")
        assert message.refusal_code == code_of(answer)
    # And the recovery: the same document, put right.
    assert lgc.ask("POST", "/fhir/DocumentReference", reference(followed)).status_code == 201


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/fhir+json", 400, "E-FHIR-10"),
        (b'{"resourceType":"DocumentReference","status":NaN}', "application/fhir+json", 400, "E-FHIR-10"),
        (b'{"status":"current","status":"x"}', "application/fhir+json", 400, "E-FHIR-11"),
        (b"[" * 65 + b"]" * 65, "application/fhir+json", 400, "E-FHIR-12"),
        (b"\xff\xfe", "application/fhir+json", 400, "E-FHIR-10"),
        (b'{"resourceType":"DocumentReference","x":[9223372036854775808]}', "application/fhir+json", 400, "E-FHIR-14"),
        (b'{"resourceType":"DocumentReference","x":-1e300}', "application/fhir+json", 400, "E-FHIR-14"),
        (b'{"resourceType":"Patient"}', "application/fhir+json", 400, "E-FHIR-20"),
        (b"<Bundle/>", "application/fhir+xml", 415, "E-FHIR-08"),
    ],
)
def test_a_body_that_is_no_resource(lgc: Software, body: bytes, kind: str, status: int, code: str) -> None:
    answer = lgc.ask("POST", "/fhir/DocumentReference", body, kind=kind)
    assert (answer.status_code, code_of(answer)) == (status, code)


def _bundle(change: Any) -> dict[str, Any]:
    bundle = publishing.transaction(cda_sent())
    change(bundle)
    return bundle


BUNDLES = {
    "batch": (lambda bundle: bundle.update(type="batch"), "E-FHIR-30"),
    "an encounter": (lambda bundle: bundle["entry"][1]["resource"].update(resourceType="Encounter"), "E-FHIR-31"),
    "a deletion": (lambda bundle: bundle["entry"][1]["request"].update(method="DELETE"), "E-FHIR-32"),
    "no set": (lambda bundle: bundle["entry"].pop(0), "E-FHIR-33"),
    "no document": (lambda bundle: bundle["entry"].pop(1), "E-FHIR-34"),
    "a stranger in the set": (
        lambda bundle: bundle["entry"][0]["resource"]["entry"].append({"item": {"reference": "urn:uuid:x"}}),
        "E-FHIR-36",
    ),
    "another list": (lambda bundle: bundle["entry"][0]["resource"].update(code={}), "E-FHIR-37"),
    "bytes elsewhere": (lambda bundle: bundle["entry"].pop(2), "E-FHIR-24"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), BUNDLES.values(), ids=BUNDLES.keys())
def test_a_bundle_is_taken_whole_or_not_at_all(lgc: Software, followed: Record, change: Any, code: str) -> None:
    answer = lgc.ask("POST", "/fhir", _bundle(change))
    assert (answer.status_code, code_of(answer)) == (422, code)
    assert Document.objects.count() == 0
    assert ReceivedDocument.objects.count() == 0


def test_one_bad_document_undoes_its_neighbours(lgc: Software, followed: Record) -> None:
    good, bad = cda_sent(-1), cda_sent(-2)
    bad[0]["content"][0]["attachment"]["hash"] = base64.b64encode(b"\0" * 20).decode()
    answer = lgc.ask("POST", "/fhir", publishing.transaction(good, bad))
    assert answer.status_code == 422
    assert Document.objects.count() == 0
    assert lgc.ask("POST", "/fhir", publishing.transaction(good)).status_code == 200


def test_a_token_that_reads_does_not_write(cast: Cast, followed: Record) -> None:
    reader = alone(software(cast.tilleuls_id), scope="system/DocumentReference.read")
    answer = reader.ask("POST", "/fhir/DocumentReference", reference(followed))
    assert (answer.status_code, code_of(answer)) == (403, "E-FHIR-02")


def test_a_person_publishes_through_a_software(cast: Cast, followed: Record) -> None:
    claire = through(software(cast.tilleuls_id), cast.claire)
    answer = claire.ask("POST", "/fhir/DocumentReference", reference(followed))
    assert answer.status_code == 201
    assert Message.objects.get().sender == "Dr Claire Morel (par LGC Essai)"


def test_an_administrator_finds_what_was_refused(cast: Cast, lgc: Software, followed: Record) -> None:
    import dataclasses

    sent = reference(followed)
    del sent["masterIdentifier"]
    lgc.ask("POST", "/fhir/DocumentReference", sent)
    administrator = dataclasses.replace(cast.sylvie, is_administrator=True)
    line = exchange.refused(administrator)[0]
    assert line.code == "E-FHIR-23"
    assert b"kin" in base64.b64decode(sent["content"][0]["attachment"]["data"])
    assert exchange.original_of(administrator, line.uuid).startswith(b"{")
    assert access_room.AccessDenied is not None


def test_a_date_at_the_end_of_time_does_not_break_the_record(lgc: Software, followed: Record) -> None:
    """It was kept, and from then on nobody could take the copy of that record away."""
    from maillon.rights.api import export_file

    when = "9999-12-31T23:59:59Z"
    sent = reference(followed, date=when, context={"period": {"start": when}})
    sent["content"][0]["attachment"]["creation"] = when
    assert lgc.ask("POST", "/fhir/DocumentReference", sent).status_code == 201
    assert export_file(followed.access)


def test_a_nul_in_a_title_is_a_blank(lgc: Software, followed: Record) -> None:
    sent = reference(followed)
    sent["content"][0]["attachment"]["title"] = "Bilan\0de suivi \\u0000"
    answer = lgc.ask("POST", "/fhir/DocumentReference", sent)
    assert answer.status_code == 201, answer.content
    assert said(answer)["content"][0]["attachment"]["title"] == "Bilan de suivi \\u0000"
