from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.document import ClinicalDocument, Version
from maillon.formats.refusal import Refused
from maillon.formats.xdm import compare, read_xdm
from maillon.formats.xdm_write import XdmItem, XdmSubmission, entry_uuid, write_xdm
from maillon.formats.xdm_write_metadata import Code, dtm
from tests.formats.cda.written import BIOLOGIST, TRAITS, letter, report, reports

REPORT = Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
SUBMISSION = XdmSubmission(
    unique_id="2.25.1",
    source_id="1.2.250.1.999.1.3",
    submitted_at="2026-05-04T14:31:00+02:00",
    title="Envoi",
    author=BIOLOGIST,
)


def item(document: ClinicalDocument) -> XdmItem:
    return XdmItem(document=document, cda=write_cda(document), class_code=REPORT)


def archive(*documents: ClinicalDocument) -> bytes:
    return write_xdm([item(document) for document in documents], submission=SUBMISSION)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reports())
def test_metadata_header_and_bytes_agree(document: ClinicalDocument) -> None:
    package = read_xdm(archive(document, letter()))
    assert package.anomalies == ()
    assert len(package.documents) == 2
    for each in package.documents:
        assert each.metadata is not None
        assert compare(each.metadata, each.data, read_cda(each.data)) == ()


def test_the_archive_has_its_five_parts_and_nothing_else() -> None:
    with zipfile.ZipFile(io.BytesIO(archive(report(), letter()))) as opened:
        assert opened.namelist() == [
            "INDEX.HTM",
            "README.TXT",
            "IHE_XDM/SUBSET01/METADATA.XML",
            "IHE_XDM/SUBSET01/DOC0001.XML",
            "IHE_XDM/SUBSET01/DOC0002.XML",
        ]
        assert opened.testzip() is None


def test_metadata_are_complete() -> None:
    submission = read_xdm(archive(report())).submission_sets[0]
    found, sent = submission.documents[0].metadata, submission.metadata
    assert found is not None
    assert sent is not None
    assert (found.type and found.type.code, found.class_ and found.class_.code) == ("11502-2", "10")
    assert found.format is not None
    assert found.format.code == "urn:ihe:lab:xd-lab:2008"
    assert (found.facility and found.facility.code) == "SA25"
    assert (found.practice_setting and found.practice_setting.code) == "AMBULATOIRE"
    assert found.patient_id is not None
    assert (found.patient_id.value, found.patient_id.oid) == (TRAITS.ins, TRAITS.ins_oid)
    assert found.legal_authenticator is not None
    assert found.legal_authenticator.id == BIOLOGIST.id
    assert found.source_patient_info.birth_place == TRAITS.birth_place_code
    assert [event.code for event in found.events] == ["18719-5"]
    assert found.creation_time == "2026-05-04T12:30:00"
    assert sent.patient_id == found.patient_id
    assert (sent.unique_id, sent.source_id) == (SUBMISSION.unique_id, SUBMISSION.source_id)


def test_a_replacement_names_the_entry_that_it_replaces() -> None:
    first = report(version=Version(id="1.2.3^1", set_id="1.2.3", number=1))
    second = report(version=Version(id="1.2.3^2", set_id="1.2.3", number=2, replaces="1.2.3^1"))
    old, new = read_xdm(archive(first)).documents[0].metadata, read_xdm(archive(second)).documents[0].metadata
    assert old is not None
    assert new is not None
    assert new.replaces == (old.entry_uuid,) == (entry_uuid("1.2.3^1"),)


def test_separators_in_a_name_do_not_break_its_components() -> None:
    patient = replace(TRAITS, birth_family_name="A^B|C&D")
    found = read_xdm(archive(report(patient=patient))).documents[0].metadata
    assert found is not None
    assert found.source_patient_info.family == "A B C D"
    assert found.source_patient_info.given == TRAITS.first_birth_given_name


def test_the_same_documents_give_the_same_archive() -> None:
    assert archive(report(), letter()) == archive(report(), letter())


def test_a_moment_is_written_in_utc_and_a_day_stays_a_day() -> None:
    assert dtm("2026-01-01T00:30:00+01:00") == "20251231233000"
    assert dtm("2026-01-01") == "20260101"


@pytest.mark.parametrize(
    "documents",
    [
        (),
        (report(), letter(patient=replace(TRAITS, ins="277076322082910"))),
        (report(), letter(patient=replace(TRAITS, birth_date="1980-01-01"))),
    ],
)
def test_a_message_never_speaks_of_two_patients_nor_of_nobody(documents: tuple[ClinicalDocument, ...]) -> None:
    with pytest.raises(Refused) as refusal:
        archive(*documents)
    assert refusal.value.code == "E-ECR-20"
