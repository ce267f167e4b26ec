"""A stop at any moment: the export goes on where it was, and what was written is not written again."""

from __future__ import annotations

from pathlib import Path

import pytest

from maillon.access.models import JournalEntry
from maillon.documents import api as documents
from maillon.portability import api as portability
from maillon.portability import record_archive
from maillon.portability.models import DepartureArchive
from tests.portability import territory
from tests.portability.conftest import Installations

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As a signal would."""


def killed_after(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a record: while a document is being read."""
    read = 0
    real = documents.bytes_of

    def counted(sha256: bytes) -> bytes:
        nonlocal read
        read += 1
        if read == number:
            raise Killed
        return real(sha256)

    monkeypatch.setattr(record_archive.documents, "bytes_of", counted)


@pytest.mark.parametrize("after", [1, 20, 55])
def test_an_export_that_was_stopped_goes_on(
    at_home: Installations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    referent, administrator = at_home.world.in_charge()
    number = portability.departures.ask_for_everything(referent, motive=territory.MOTIVE)
    portability.departures.decide(administrator, number, agrees=True)
    with monkeypatch.context() as patched:
        killed_after(after, patched)
        with pytest.raises(Killed):
            territory.write(number, tmp_path / "export")
    done = {
        each.code: (tmp_path / "export" / "ARCHIVES" / f"{each.code}.ZIP").stat().st_mtime_ns
        for each in DepartureArchive.objects.filter(departure__uuid=number, sha256__isnull=False)
    }
    territory.write(number, tmp_path / "export")
    report = portability.check(tmp_path / "export")
    assert report.findings == []
    assert report.documents == portability.check(at_home.folder).documents
    written_again = {
        code for code, at in done.items() if (tmp_path / "export" / "ARCHIVES" / f"{code}.ZIP").stat().st_mtime_ns != at
    }
    assert written_again == set()
    patients = JournalEntry.objects.filter(action="export", resource_id=str(number), decision="allow")
    assert patients.count() == len({each.patient_id for each in patients}) == 12  # each record once


def test_a_folder_without_its_checksums_is_said_to_be_unfinished(at_home: Installations, tmp_path: Path) -> None:
    referent, administrator = at_home.world.in_charge()
    number = portability.departures.ask_for_everything(referent, motive=territory.MOTIVE)
    portability.departures.decide(administrator, number, agrees=True)
    territory.write(number, tmp_path / "export")
    (tmp_path / "export" / "CHECKSUMS.TXT").unlink()
    assert {each.code for each in portability.check(tmp_path / "export").findings} == {"E-POR-03"}
