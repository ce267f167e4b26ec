"""The simulated imaging centre sends structured reports that say what its letters said."""

from __future__ import annotations

from datetime import date

import pytest

from maillon.formats.cda.checks import check
from maillon.formats.cda.read import read_cda
from maillon.formats.mail import read_mail
from maillon.formats.xdm import read_xdm
from simulators.imaging import EXAMINATIONS
from simulators.messages import messages
from simulators.outgoing import OutgoingDocument, address_book, render
from simulators.story import documents
from simulators.territory import build_territory

UNTIL = date(2026, 11, 24)
TERRITORY = build_territory(until=UNTIL)
CONTACTS = address_book(TERRITORY)


@pytest.fixture(scope="module")
def reports() -> list[OutgoingDocument]:
    told = documents(TERRITORY, seed=1, until=UNTIL)
    return [each for each in told if each.document.type_code == "18748-4"]


def test_every_examination_of_the_territory_has_its_structured_report(reports: list[OutgoingDocument]) -> None:
    assert {each.document.level for each in reports} == {3}
    codes = {each.document.acts[0].code for each in reports}
    assert codes == {examination.code[0] for examination in EXAMINATIONS.values()}
    studies = [study.uid for each in reports for study in each.document.studies]
    assert len(set(studies)) == len(reports)


def test_what_a_report_says_is_read_again_with_its_file(reports: list[OutgoingDocument]) -> None:
    one_of_each = {each.document.acts[0].code: each for each in reports}
    for each in one_of_each.values():
        written = render(each.document, contacts=CONTACTS)
        assert check(written.cda) == ()
        again = read_cda(written.cda)
        assert [act.modalities for act in again.acts] == [act.modalities for act in each.document.acts]
        assert again.studies[0].series[0].instances
        said = {section.code: section.text for section in again.sections}
        asked = {section.code: section.text for section in each.document.sections}
        assert said["19005-8"] == asked["19005-8"]
        assert [one.sha256 for one in again.attachments] == [one.sha256 for one in written.document.attachments]


def test_the_metadata_of_a_report_name_its_study_and_what_it_shows(reports: list[OutgoingDocument]) -> None:
    message = next(iter(messages(TERRITORY, reports[:1])))
    archive = next(found.data for found in read_mail(message.data).attachments if found.name == "IHE_XDM.zip")
    entry = read_xdm(archive).documents[0].metadata
    assert entry is not None
    assert entry.format is not None
    assert entry.format.code == "urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013"
    act = reports[0].document.acts[0]
    assert [event.code for event in entry.events] == [act.code, *(one.code for one in (*act.modalities, *act.regions))]
    assert any(act.id is not None and each.startswith(act.id) for each in entry.reference_ids)
