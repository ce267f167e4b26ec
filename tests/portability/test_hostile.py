"""An export that lies, is altered or attacks: found by the verification, refused by the taking over, and nothing lands
that should not. The right archive, brought back, is then taken over."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from maillon.documents.models import Document
from maillon.formats.portability.manifest import CHECKSUMS, NAME
from maillon.formats.refusal import Refused
from maillon.kernel import config
from maillon.patients.models import Patient
from maillon.portability import api as portability
from maillon.portability.models import ArrivalArchive
from tests.portability import altering
from tests.portability.altering import Members
from tests.portability.conftest import Installations

pytestmark = pytest.mark.django_db
Change = Callable[[dict[str, object]], None]
DOCUMENTS = "DONNEES/documents_document.jsonl"


@pytest.fixture
def touched(empty: Installations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the export, to be altered; the product works on the empty installation."""
    monkeypatch.setattr(config, "data_dir", lambda: tmp_path / "donnees")
    return altering.copied(empty.folder, tmp_path / "export")


@pytest.fixture
def code(left: Installations, touched: Path) -> str:
    """The archive of the patient whose record is altered."""
    return altering.code_of(touched, left.world.world.patients["followed"].uuid)


def findings(folder: Path) -> set[str]:
    return {each.code for each in portability.check(folder).findings}


def held_back(folder: Path, code: str, expected: str) -> None:
    """Only that archive waits; the others have landed; of it, nothing has."""
    report = portability.take_over(folder)
    row = ArrivalArchive.objects.get(code=code)
    assert (row.state, row.refusal_code) == ("a_regler", expected), row.reasons
    assert report.to_settle == 1
    assert Patient.objects.count() == 11
    assert not Document.objects.filter(unique_id="1.2.250.1.999.500.3").exists()


def edited_rows(change: Change, table: str = "documents_document") -> Callable[[Members], None]:
    def edit(held: Members) -> None:
        name = f"DONNEES/{table}.jsonl"
        lines = [json.loads(line) for line in held[name].splitlines()]
        for line in lines:
            change(line)
        held[name] = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"

    return edit


def other_bytes(held: Members) -> None:
    name = next(each for each in held if "/DOC0" in each)
    held[name] = b"autre contenu"


def without_a_document(held: Members) -> None:
    del held[next(each for each in held if "/DOC0" in each)]


def without_rows(held: Members) -> None:
    del held["DONNEES/access_document_mark.jsonl"]


def spoilt_rows(held: Members) -> None:
    held[DOCUMENTS] = held[DOCUMENTS][:-20] + b"}}}\n"


def two_patients(held: Members) -> None:
    held["DONNEES/patients_patient.jsonl"] *= 2


def too_long(row: dict[str, object]) -> None:
    row["title"] = "x" * 5_000


def unknown_state(row: dict[str, object]) -> None:
    row["patient_id"] = 987_654_321


def a_word_for_a_date(row: dict[str, object]) -> None:
    row["act_at"] = "hier"


@pytest.mark.parametrize(
    ("edit", "seen", "refused"),
    [
        (other_bytes, "E-POR-07", "E-POR-07"),
        (without_a_document, "E-POR-08", "E-POR-08"),
        (without_rows, "E-POR-08", "E-POR-08"),
        (spoilt_rows, "E-POR-06", "E-POR-06"),
        (two_patients, "E-POR-08", "E-POR-08"),
        (edited_rows(unknown_state), "E-POR-09", "E-POR-23"),
    ],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_an_archive_that_is_not_what_it_says_is_found_and_held_back(
    touched: Path, code: str, edit: Callable[[Members], None], seen: str, refused: str
) -> None:
    altering.rewrite(touched, code, edit)
    assert seen in findings(touched)
    held_back(touched, code, refused)


@pytest.mark.parametrize("change", [too_long, a_word_for_a_date], ids=lambda each: each.__name__)
def test_values_that_no_column_holds_are_held_back(
    touched: Path, code: str, change: Change
) -> None:
    altering.rewrite(touched, code, edited_rows(change))
    held_back(touched, code, "E-POR-25")


def test_what_was_altered_after_the_manifest_is_found_and_the_right_archive_is_taken_over(
    left: Installations, touched: Path, code: str
) -> None:
    path = touched / "ARCHIVES" / f"{code}.ZIP"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert findings(touched) == {"E-POR-05"}
    held_back(touched, code, "E-POR-05")
    shutil.copyfile(left.folder / "ARCHIVES" / f"{code}.ZIP", path)
    report = portability.take_over(touched, into_occupied=True)
    assert report.to_settle == 0
    assert Document.objects.filter(unique_id="1.2.250.1.999.500.3").exists()


def test_an_archive_that_is_gone_waits(touched: Path, code: str) -> None:
    (touched / "ARCHIVES" / f"{code}.ZIP").unlink()
    assert "E-POR-04" in findings(touched)
    held_back(touched, code, "E-POR-04")


def test_a_link_to_elsewhere_is_not_followed(touched: Path, code: str, tmp_path: Path) -> None:
    path = touched / "ARCHIVES" / f"{code}.ZIP"
    path.rename(tmp_path / "ailleurs.zip")
    os.symlink(tmp_path / "ailleurs.zip", path)
    assert "E-POR-04" in findings(touched)
    held_back(touched, code, "E-POR-04")


def zipped(path: Path, *entries: tuple[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)


def bomb(path: Path) -> None:
    zipped(path, (DOCUMENTS, b"\0" * 8_000_000))


def out_of_the_archive(path: Path) -> None:
    zipped(path, ("../../etc/passwd", b"x"))


def absolute(path: Path) -> None:
    zipped(path, ("/etc/passwd", b"x"))


def lying_size(path: Path) -> None:
    zipped(path, (DOCUMENTS, b"{}" * 500))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    path.write_bytes(bytes(data))


def no_zip(path: Path) -> None:
    path.write_bytes(b"ceci n'est pas une archive" * 40)


@pytest.mark.parametrize(
    ("attack", "expected"),
    [(bomb, "E-FMT-23"), (out_of_the_archive, "E-FMT-24"), (absolute, "E-FMT-24"),
     (lying_size, "E-FMT-30"), (no_zip, "E-FMT-20")],
    ids=lambda each: getattr(each, "__name__", str(each)),
)  # fmt: skip
def test_a_hostile_archive_is_refused_by_the_bounded_reader(
    touched: Path, code: str, attack: Callable[[Path], None], expected: str
) -> None:
    attack(touched / "ARCHIVES" / f"{code}.ZIP")
    altering.agree(touched, code)
    assert expected in findings(touched)
    held_back(touched, code, expected)


@pytest.mark.parametrize(
    ("former", "after"),
    [
        (b"<PatientArchiveCount>12<", b"<PatientArchiveCount>13<"),
        (b"<exportType>MASSIF<", b"<exportType>PARTIEL<"),
        (b'archiveid="PAT00002"', b'archiveid="PAT00001"'),
        (b'archiveid="PAT00002"', b'archiveid="../PAT0002"'),
        (b"<exportId>", b"<exportId>x"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused_whole(touched: Path, former: bytes, after: bytes) -> None:
    path = touched / NAME
    assert former in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(former, after))
    for reading in (portability.check, portability.take_over):
        with pytest.raises(Refused) as refusal:
            reading(touched)
        assert refusal.value.code == "E-POR-02"
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "data", [b"", b"<html/>", b'<!DOCTYPE m [<!ENTITY a "b">]><manifest version="1">&a;</manifest>'], ids=str
)
def test_what_is_no_manifest_is_refused(touched: Path, data: bytes) -> None:
    (touched / NAME).write_bytes(data)
    with pytest.raises(Refused):
        portability.take_over(touched)
    assert not Patient.objects.exists()


def test_a_folder_without_a_manifest_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        portability.check(tmp_path)
    assert refusal.value.code == "E-POR-01"


@pytest.mark.parametrize("line", [b"../../etc/passwd", b"/etc/passwd", b"nimporte quoi"])
def test_checksums_name_nothing_outside(touched: Path, line: bytes) -> None:
    path = touched / CHECKSUMS
    path.write_bytes(path.read_bytes() + b"0" * 64 + b"  " + line + b"\n")
    assert "E-POR-03" in findings(touched)


def test_a_directory_that_is_spoilt_stops_everything(touched: Path) -> None:
    altering.rewrite(touched, "TRANSV", lambda held: held.pop("DONNEES/professionals_professional.jsonl"))
    with pytest.raises(Refused) as refusal:
        portability.take_over(touched)
    assert refusal.value.code == "E-POR-08"
    assert not Patient.objects.exists()


def test_a_line_of_the_journal_that_was_touched_is_found(touched: Path) -> None:
    def forge(row: dict[str, object]) -> None:
        row["canonical"] = str(row["canonical"]).replace("machine", "personne", 1)

    altering.rewrite(touched, "TRANSV02", edited_rows(forge, "access_journal"))
    assert findings(touched) == {"E-POR-40"}
    portability.take_over(touched)
    (annex,) = portability.prove_annexes()
    assert annex.findings


def test_heads_that_a_stranger_signed_are_found(touched: Path) -> None:
    report = portability.check(touched, keys=frozenset({"00" * 32}))
    assert {each.code for each in report.findings} == {"E-POR-40"}
