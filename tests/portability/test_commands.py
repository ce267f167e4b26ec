"""The three commands, as anybody runs them: what they print, how they end, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icalendar import Calendar

from maillon.cli import main
from maillon.documents.models import Document
from maillon.patients.models import Patient
from maillon.portability import api as portability
from tests.portability import altering, sight, territory
from tests.portability.conftest import Installations

pytestmark = pytest.mark.django_db
MOTIVE = "Le patient change de maison de santé."


def test_one_record_by_its_number(at_home: Installations, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patient = str(at_home.world.world.patients["second"].uuid)
    assert main(["exporter", "--patient", patient, "--motif", MOTIVE, "-o", str(tmp_path / "export")]) == 0
    assert "Export complet." in capsys.readouterr().out
    assert main(["verifier-export", str(tmp_path / "export"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    held = Document.objects.filter(patient_id=at_home.world.world.patients["second"].id).count()
    assert (said["type"], said["conforme"], said["nombres"]["documents"]) == ("UNITAIRE", True, held)


def test_one_record_by_its_matricule(at_home: Installations, tmp_path: Path) -> None:
    Patient.objects.filter(pk=at_home.world.world.patients["second"].id).update(
        ins="248077512345651", ins_oid="1.2.250.1.213.1.4.10", identity_status="QUAL"
    )
    asked = ["exporter", "--patient", "2 48 07 75 123 456 51", "--motif", MOTIVE, "-o", str(tmp_path / "export")]
    assert main(asked) == 0
    metadata = altering.members(tmp_path / "export", "PAT00001")["IHE_XDM/SUBSET01/METADATA.XML"].decode()
    assert "248077512345651^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH" in metadata


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (["--patient", "00000000-0000-4000-8000-00000000dead", "--motif", MOTIVE], "n’existe pas"),
        (["--patient", "00000000-0000-4000-8000-00000000dead"], "E-POR-10"),
        (["--tout"], "E-POR-17"),
        (["--tout", "--accord", "00000000-0000-4000-8000-00000000dead"], "E-POR-16"),
        (["--professionnel", "99000000029"], "E-POR-17"),
    ],
)
def test_what_is_not_allowed_is_refused_in_french(
    at_home: Installations, tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str], code: str
) -> None:
    assert main(["exporter", *asked, "-o", str(tmp_path / "export")]) == 2
    assert code in capsys.readouterr().err
    assert not (tmp_path / "export").exists()


def test_a_folder_that_holds_something_else_is_left_alone(at_home: Installations, tmp_path: Path) -> None:
    (tmp_path / "autre.txt").write_text("déjà là")
    patient = str(at_home.world.world.patients["second"].uuid)
    assert main(["exporter", "--patient", patient, "--motif", MOTIVE, "-o", str(tmp_path)]) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["autre.txt"]


def test_a_professional_s_records_by_their_number(
    at_home: Installations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = portability.departures.ask_for_professional(
        territory.actor("karim@demo"), at_home.world.world.people["karim"].professional_id,  # type: ignore[arg-type]
        motive=territory.MOTIVE,
    )  # fmt: skip
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=True)
    asked = ["--accord", str(number), "-o", str(tmp_path / "export")]
    assert main(["exporter", "--professionnel", "99000000037", *asked]) == 2
    assert "E-POR-18" in capsys.readouterr().err
    assert main(["exporter", "--professionnel", "99000000029", *asked]) == 0
    assert portability.check(tmp_path / "export").findings == []
    assert main(["exporter", "--professionnel", "99000000029", *asked]) == 2
    assert "déjà fait" in capsys.readouterr().err


def test_everything_arrives_by_the_command(
    empty: Installations, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maillon.commands.base.migrate", lambda: None)  # the tables are there, inside a transaction
    assert main(["importer", str(empty.folder)]) == 0
    said = capsys.readouterr().out
    assert "documents_document" in said
    assert "sans mot de passe" in said
    assert sight.documents() == empty.documents
    assert main(["importer", str(empty.folder)]) == 2
    assert "E-POR-30" in capsys.readouterr().err
    assert main(["importer", str(empty.folder), "--dans-une-base-occupee"]) == 0
    assert main(["verifier"]) == 0
    assert "Journal repris de Maison de santé des Tilleuls" in capsys.readouterr().out


def test_what_is_no_export_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verifier-export", str(tmp_path)]) == 2
    assert "E-POR-01" in capsys.readouterr().err


def test_an_altered_export_is_told_line_by_line(
    left: Installations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = altering.copied(left.folder, tmp_path / "export")
    (folder / "README.TXT").write_text("autre")
    assert main(["verifier-export", str(folder)]) == 1
    assert "✗ E-POR-03 README.TXT" in capsys.readouterr().out


def test_the_agenda_is_read_by_a_calendar(left: Installations) -> None:
    """The absences, last day included (RFC 5545 §3.6.1: the end is the day after)."""
    held = altering.members(left.folder, "TRANSV")["AGENDA/agenda.ics"]
    (event,) = Calendar.from_ical(held).walk("VEVENT")
    assert str(event["summary"]) == "Absence de Karim Benali, remplacement\u202f: Luc Vasseur"
    assert (event.decoded("dtend") - event.decoded("dtstart")).days == 3
