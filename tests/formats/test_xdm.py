"""XDM packages: what their metadata say, and what it is worth beside the document."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.formats.archive import open_archive
from maillon.formats.cda.read import read_cda
from maillon.formats.refusal import Refused
from maillon.formats.xdm import compare, read_xdm
from maillon.formats.xdm_metadata import Code, PatientId, read_metadata
from tests.formats.hostile.making import INS_TEST, Entry, cda, entry_xml, good_xdm, metadata_xml, xdm_of, zip_of

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "cda"


def test_every_metadata_of_a_document_is_read() -> None:
    (document,) = read_xdm(good_xdm()).documents
    metadata = document.metadata
    assert metadata is not None
    assert document.name == "IHE_XDM/SUBSET01/DOC0001.XML"
    assert metadata.hash_sha1 == hashlib.sha1(document.data).hexdigest()
    assert metadata.size == len(document.data)
    assert metadata.unique_id == "1.2.250.1.213.1.1.99.1"
    assert metadata.entry_uuid == "urn:uuid:00000000-0000-4000-8000-000000000001"
    assert metadata.patient_id == PatientId(value="279035121518989", oid=INS_TEST)
    assert metadata.type == Code(code="11502-2", scheme="2.16.840.1.113883.6.1", label="CR biologie")
    assert metadata.class_ is not None
    assert metadata.class_.code == "10"
    assert [each.code for each in metadata.confidentiality] == ["N"]
    assert metadata.creation_time == "2026-03-01T09:20:00"
    assert metadata.service_start == "2026-03-01T09:00"
    assert (metadata.language, metadata.title, metadata.mime_type) == ("fr-FR", "Compte rendu", "text/xml")
    assert (metadata.availability, metadata.version) == ("Approved", "1")


def test_traits_and_people_are_read_from_their_hl7_forms() -> None:
    metadata = read_xdm(good_xdm()).documents[0].metadata
    assert metadata is not None
    info = metadata.source_patient_info
    assert (info.family, info.given, info.birth_date, info.sex) == ("PAT-TROIS", "DOMINIQUE", "1979-03-28", "F")
    (author,) = metadata.authors
    assert (author.id, author.family_name, author.given_name) == ("801234567897", "DURAND", "Claire")
    assert (author.organization_id, author.organization_name) == ("1990000016", "Laboratoire des Lilas")
    assert author.specialty is not None
    assert author.specialty.code == "G15_10/SM26"
    assert metadata.legal_authenticator is not None
    assert metadata.legal_authenticator.id == "801234567897"


def test_the_submission_set_says_who_sends_what_to_whom() -> None:
    (submission,) = read_xdm(good_xdm()).submission_sets
    assert submission.metadata is not None
    assert submission.metadata.unique_id == "1.2.250.1.213.1.1.99.500"
    assert submission.metadata.source_id == "1.2.250.1.213.1.1.99.501"
    assert submission.metadata.submission_time == "2026-03-01T09:30:00"
    assert submission.metadata.content_type is not None
    assert submission.metadata.content_type.code == "07"
    assert submission.metadata.intended_recipients == ("|801234567897^MARTIN^Karim",)


def test_a_replaced_document_is_named() -> None:
    association = (
        '<Association associationType="urn:ihe:iti:2007:AssociationType:RPLC"'
        ' sourceObject="urn:uuid:00000000-0000-4000-8000-000000000001" targetObject="urn:uuid:ancien"/>'
    )
    submission = read_metadata(metadata_xml(entry_xml(cda()), extra=association))
    assert submission.documents[0].replaces == ("urn:uuid:ancien",)


def test_a_membership_replaces_nothing() -> None:
    association = (
        '<Association associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"'
        ' sourceObject="SubmissionSet01" targetObject="urn:uuid:00000000-0000-4000-8000-000000000001"/>'
    )
    assert read_metadata(metadata_xml(entry_xml(cda()), extra=association)).documents[0].replaces == ()


def test_two_submission_sets_keep_their_own_documents() -> None:
    second = cda(unique="1.2.250.1.213.1.1.99.2")
    package = read_xdm(
        xdm_of(
            {
                "IHE_XDM/SUBSET01/METADATA.XML": metadata_xml(entry_xml(cda())),
                "IHE_XDM/SUBSET01/DOC0001.XML": cda(),
                "IHE_XDM/SUBSET02/METADATA.XML": metadata_xml(entry_xml(second, unique="1.2.250.1.213.1.1.99.2")),
                "IHE_XDM/SUBSET02/DOC0001.XML": second,
            }
        )
    )
    assert [each.folder for each in package.submission_sets] == ["IHE_XDM/SUBSET01", "IHE_XDM/SUBSET02"]
    assert [document.data for document in package.documents] == [cda(), second]


def test_what_lies_beside_is_listed_and_never_a_document() -> None:
    package = read_xdm(good_xdm())
    assert {extra.name: extra.media_type for extra in package.extras} == {
        "INDEX.HTM": "text/html",
        "README.TXT": "text/plain",
    }
    assert len(package.documents) == 1


def test_a_truthful_package_has_no_disagreement() -> None:
    (document,) = read_xdm(good_xdm()).documents
    assert document.metadata is not None
    assert compare(document.metadata, document.data, read_cda(document.data)) == ()


def test_a_changed_byte_is_fatal() -> None:
    (document,) = read_xdm(good_xdm()).documents
    assert document.metadata is not None
    found = compare(document.metadata, document.data + b" ", None)
    assert {(each.code, each.fatal) for each in found} == {("E-FMT-41", True), ("E-FMT-42", False)}


def test_the_name_in_use_is_no_doubt_where_the_birth_name_agrees() -> None:
    changed = read_metadata(metadata_xml(entry_xml(cda(), family="PAT-TROIS^DOMINIQUE^^^^^L~MARTIN"))).documents[0]
    assert not any(each.about_identity for each in compare(changed, cda(), read_cda(cda())))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the official samples are not beside the repository")
def test_an_official_document_agrees_with_metadata_written_from_its_header() -> None:
    data = (SAMPLES / "BIO-TROD_2024.01_Angine.xml").read_bytes()
    header = read_cda(data)
    given = header.patient.first_birth_given_name or ""
    told = {
        "patient": f"{header.patient.ins}^^^&amp;{header.patient.ins_oid}&amp;ISO^INS",
        "family": header.patient.birth_family_name or "",
        "given": given,
        "birth": (header.patient.birth_date or "").replace("-", ""),
        "sex": header.patient.sex or "",
    }
    metadata = read_metadata(metadata_xml(entry_xml(data, **told))).documents[0]
    assert not any(each.about_identity or each.fatal for each in compare(metadata, data, header))
    other = read_metadata(metadata_xml(entry_xml(data, **{**told, "birth": "19010101"}))).documents[0]
    assert [each.code for each in compare(other, data, header) if each.about_identity] == ["D-XDM-14"]


@settings(max_examples=150)
@given(st.data())
def test_an_archive_with_a_changed_byte_is_read_the_same_or_refused(data: st.DataObject) -> None:
    whole = zip_of([Entry(name=b"a.xml", data=b"<a/>" * 30), Entry(name=b"b.txt", data=b"bonjour")])
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    try:
        files = open_archive(changed)
    except Refused:
        return
    assert sorted(files.values()) == [b"<a/>" * 30, b"bonjour"]


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_as_a_package(data: bytes) -> None:
    with pytest.raises(Refused):
        read_xdm(data)
