"""The shapes of XDS.b and PDSm: what is written is what is read, and half a message is none."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from maillon.formats.cda.write import write_cda
from maillon.formats.fhir import national_record as pdsm
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import Code, PatientId, XdmMetadata, read_metadata
from maillon.formats.xds import existence, messages, mtom, soap
from maillon.formats.xds.describing import entry_of, level_of, submission_of, visibility_of, visible_as
from maillon.formats.xds.ebrim import (
    HAS_MEMBER,
    REPLACES,
    association,
    extrinsic_object,
    registry_package,
    submit_objects,
)
from tests.formats.cda.written import TRAITS, letter, report

CLASS = Code(code="10", scheme="1.2.250.1.213.1.1.4.1", label="Compte rendu")
PACKAGES = Path(__file__).resolve().parents[2].parent / "shared" / "fhir-packages"


def entry() -> XdmMetadata:
    document = letter()
    return entry_of(document, write_cda(document), class_code=CLASS)


def test_the_metadata_of_a_document_survive_the_two_shapes() -> None:
    for document in (letter(), report()):
        said = entry_of(document, write_cda(document), class_code=CLASS)
        again = read_metadata(etree.tostring(submit_objects(extrinsic_object(said)))).documents[0]
        assert replace(again, source_patient_info=said.source_patient_info) == said
        there = pdsm.read_document_reference(json.loads(json.dumps(pdsm.document_reference(said, url="Binary/1"))))
        for name in ("unique_id", "entry_uuid", "hash_sha1", "size", "title", "mime_type", "type", "class_", "format",
                     "facility", "practice_setting", "confidentiality", "events", "patient_id", "language",
                     "availability"):  # fmt: skip
            assert getattr(there, name) == getattr(said, name), name
        assert [(each.id, each.family_name, each.organization_id) for each in there.authors] == [
            (each.id, each.family_name, each.organization_id) for each in said.authors
        ]


def test_a_submission_says_its_set_its_member_and_what_it_replaces() -> None:
    said = entry()
    import uuid

    sent = submission_of(
        said.patient_id or PatientId(), said.authors[0], source_id="1.2.250.1.999.2",
        submitted_at="2026-03-31T10:00:00+02:00", title="Consultation", number=uuid.uuid4(),
    )  # fmt: skip
    written = submit_objects(
        *registry_package(sent), extrinsic_object(said),
        association(HAS_MEMBER, source=sent.entry_uuid or "", target=said.entry_uuid or ""),
        association(REPLACES, source=said.entry_uuid or "", target="urn:uuid:ancien"),
    )  # fmt: skip
    read = read_metadata(etree.tostring(written))
    assert read.submission_set is not None
    assert read.submission_set.unique_id == sent.unique_id
    assert read.submission_set.submission_time == "2026-03-31T08:00:00"  # UTC
    assert read.documents[0].replaces == ("urn:uuid:ancien",)
    assert messages.members_of(written) == (said.entry_uuid,)


@pytest.mark.parametrize(
    ("codes", "marks", "expected"),
    [
        (["N"], {"MASQUE_PS"}, ["MASQUE_PS"]), (["MASQUE_PS"], set(), ["N"]),
        (["R"], {"MASQUE_PS"}, ["R", "MASQUE_PS"]),
        (["R", "MASQUE_PS"], set(), ["R"]), ([], set(), ["N"]),
        (["N"], {"MASQUE_PS", "INVISIBLE_PATIENT"}, ["MASQUE_PS", "INVISIBLE_PATIENT"]),
    ],
)  # fmt: skip
def test_visibility_takes_the_place_of_the_normal_level_and_gives_it_back(
    codes: list[str], marks: set[str], expected: list[str]
) -> None:
    had = tuple(
        Code(code=each, scheme="2.16.840.1.113883.5.25" if len(each) == 1 else "1.2.250.1.213.1.1.4.13")
        for each in codes
    )
    shown = visible_as(had, frozenset(marks))
    assert [each.code for each in shown] == expected
    assert (visibility_of(shown), level_of(shown)) == (frozenset(marks), "R" if "R" in codes else "N")


@settings(max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 10_000))
def test_a_package_cut_anywhere_is_refused(data: bytes, place: int) -> None:
    content_type, body = mtom.write_mtom(b"<a/>", {"doc@x": data}, action="urn:x")
    whole = mtom.read_message(content_type, body)
    assert (whole.xml, whole.parts) == (b"<a/>", {"doc@x": data})
    cut = body[: place % (len(body) - 4)]
    with pytest.raises(Refused):
        mtom.read_message(content_type, cut)


def test_odd_packages_are_refused() -> None:
    content_type, body = mtom.write_mtom(b"<a/>", {"doc@x": b"1"}, action="urn:x")
    for kind, data in (
        ("text/html", body), ("multipart/related", body), (content_type.replace("maillon-", "autre-"), body),
        (content_type, body.replace(b"doc@x", b"racine@maillon")), (content_type, body.replace(b"Content-ID", b"X")),
    ):  # fmt: skip
        found = None
        try:
            found = mtom.read_message(kind, data)
        except Refused:
            continue
        assert "doc@x" not in found.parts  # a part without its name is nobody's


@pytest.mark.parametrize("odd", [b"", b"<a/>", b"<!DOCTYPE a []><a/>", b"<html>maintenance</html>", b"{}", b"\xff\xfe"])
def test_what_is_no_envelope_is_refused(odd: bytes) -> None:
    with pytest.raises(Refused):
        soap.read_envelope(odd)


def test_a_fault_says_whose_it_is() -> None:
    with pytest.raises(soap.Fault) as fault:
        soap.read_envelope(soap.write_fault("wsse:FailedAuthentication", "Non"))
    assert (fault.value.code, fault.value.reason, fault.value.is_theirs) == ("wsse:FailedAuthentication", "Non", False)
    theirs = soap.write_fault("x", "Panne").replace(b"s:Sender", b"s:Receiver")
    with pytest.raises(soap.Fault) as fault:
        soap.read_envelope(theirs)
    assert fault.value.is_theirs


def test_a_stored_query_keeps_its_values() -> None:
    asked = messages.stored_query(
        messages.FIND_DOCUMENTS, XDSDocumentEntryPatientId="279^^^&1.2&ISO^NH", XDSDocumentEntryStatus=("a", "l'autre"),
        XDSDocumentEntryServiceStartTimeFrom="20260331",
    )  # fmt: skip
    read = messages.read_stored_query(asked)
    assert read.slots["XDSDocumentEntryPatientId"] == ("279^^^&1.2&ISO^NH",)
    assert read.slots["XDSDocumentEntryStatus"] == ("a", "l'autre")
    assert read.slots["XDSDocumentEntryServiceStartTimeFrom"] == ("20260331",)


def test_an_answer_that_does_not_say_whether_is_none() -> None:
    good = messages.registry_response()
    messages.refuse_failure(good, "RegistryResponse")
    with pytest.raises(messages.RegistryRefusal):
        messages.refuse_failure(messages.registry_response([messages.RemoteError(code="X", context="y")]),
                                "RegistryResponse")  # fmt: skip
    good.set("status", "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:PartialSuccess")
    for body, expected in ((good, "RegistryResponse"), (messages.registry_response(), "AdhocQueryResponse")):
        with pytest.raises(Refused):
            messages.refuse_failure(body, expected)
    patient = PatientId(value=TRAITS.ins, oid=TRAITS.ins_oid)
    assert existence.patient_asked(existence.ask_existence(patient)) == patient
    with pytest.raises(Refused):
        existence.read_existence(existence.answer_existence(existence.ExistenceSaid(
            existence="PEUT-ETRE", authorisation="VALIDE")))  # fmt: skip


@pytest.mark.parametrize("odd", [
    None, [], {}, {"resourceType": "Patient"}, {"resourceType": "DocumentReference"},
    {"resourceType": "DocumentReference", "id": "1", "content": []},
    {"resourceType": "DocumentReference", "id": 3, "content": [{"attachment": {"hash": "%%%"}}], "subject": {}},
])  # fmt: skip
def test_what_is_no_document_reference_is_refused(odd: object) -> None:
    with pytest.raises(Refused):
        pdsm.read_document_reference(odd)


def test_the_resources_obey_the_national_profiles() -> None:
    """Every element that PDSm requires is there, and an independent library reads the resources as FHIR R4."""
    package = PACKAGES / "ans.fhir.fr.pdsm-3.1.1.tgz"
    if not package.exists():
        pytest.skip("the official FHIR packages are absent")
    pytest.importorskip("fhir.resources.R4B")
    from fhir.resources.R4B.documentreference import DocumentReference
    from fhir.resources.R4B.list import List

    said = entry()
    import uuid

    sent = submission_of(
        said.patient_id or PatientId(), said.authors[0], source_id="1.2.250.1.999.2",
        submitted_at="2026-03-31T10:00:00+02:00", title="Consultation", number=uuid.uuid4(),
    )  # fmt: skip
    bundle = pdsm.provide_bundle(sent, said, b"<x/>")
    held = {each["resource"]["resourceType"]: each["resource"] for each in bundle["entry"]}
    DocumentReference.model_validate(json.loads(json.dumps(held["DocumentReference"])))
    List.model_validate(json.loads(json.dumps(held["List"])))
    lacking = []
    with tarfile.open(package) as opened:
        for name, resource in (("pdsm-comprehensive-document-reference", held["DocumentReference"]),
                               ("pdsm-submissionset-comprehensive", held["List"])):  # fmt: skip
            found = next(each for each in opened.getnames() if each.endswith(f"{name}.json"))
            profile = json.load(opened.extractfile(found))  # type: ignore[arg-type]
            lacking += [f"{name}: {each}" for each in _lacking(profile, resource)]
    assert lacking == []


def _lacking(profile: dict[str, object], resource: dict[str, object]) -> list[str]:
    """Required elements without slices, at their place when what holds them is there."""
    missing = []
    for element in profile["snapshot"]["element"]:  # type: ignore[index]
        path = element["path"].split(".")[1:]
        if ":" in element["id"] or not path or element.get("min", 0) == 0 or element.get("max") == "0":
            continue
        holders = [resource]
        for step in path[:-1]:
            holders = [each for holder in holders for each in _as_list(holder.get(step.replace("[x]", "")))]
        name = path[-1]
        if any(isinstance(holder, dict) and not any(key.startswith(name.replace("[x]", "")) for key in holder)
               for holder in holders):  # fmt: skip
            missing.append(element["id"])
    return missing


def _as_list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []
