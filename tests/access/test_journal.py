"""What the journal says, and to whom."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from maillon import cli
from maillon.access import api as access_room
from maillon.access.journal.lines import told
from maillon.access.models import DocumentMark, JournalEntry, Visitor
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, Purpose, StructureId
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.documents import making

PSYCHIATRIC = "68599-0"


def opened(actor: Actor, patient: PatientId, **asked: Any) -> None:
    with access_room.reading(actor, patient, purpose=Purpose.CARE, **asked):
        pass


def rows(**of: Any) -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(**of).order_by("id"))


def test_a_refused_document_leaves_one_row_with_the_rule_that_refused(cast: Cast, jeanne: PatientId) -> None:
    """AC8.1: 68599-0 is closed to a nurse (A05); the referent will see it, the patient will not."""
    closed = making.file(jeanne, making.filing(type_code=PSYCHIATRIC))
    with pytest.raises(access_room.AccessDenied):
        documents.patient_of(cast.nadia, closed.uuid)
    (row,) = rows(decision="deny")
    assert (row.rule, row.patient_id, row.resource_id) == ("A05", jeanne, str(closed.uuid))
    assert (row.type_code, row.actor_professional_id) == (PSYCHIATRIC, cast.nadia.professional_id)
    access = access_room.open_record(cast.claire, jeanne, purpose=Purpose.CARE)
    assert not any(line.is_denied for line in access_room.journal.who_opened(access))


def test_the_address_of_nothing_leaves_a_row_as_well(cast: Cast) -> None:
    nothing = uuid4()
    with pytest.raises(access_room.AccessDenied):
        documents.patient_of(cast.nadia, nothing)
    (row,) = rows(decision="deny")
    assert (row.rule, row.patient_id, row.resource_id, row.type_code) == ("A04", None, str(nothing), "")


def test_an_opening_is_told_in_plain_french(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.claire, access_room.Basis.TREATING)
    opened(cast.claire, jeanne, action="download", resource_type="document", type_code="11502-2")
    line = next(each for each in told(rows(patient_id=jeanne)) if each.actor == "Dr Claire Morel")
    assert line.action.startswith("a téléchargé un document (")
    assert (line.profession, line.structure) == ("Médecin", "Maison de santé des Tilleuls")
    assert (line.why, line.ground) == ("pour les soins", "médecin traitant déclaré")
    assert not line.is_denied
    assert not line.is_emergency


def test_a_colleague_is_not_told_what_was_done_with_one_document(cast: Cast, jeanne: PatientId) -> None:
    """The document may be one that they do not read."""
    making.link(jeanne, cast.claire, access_room.Basis.TREATING)
    opened(cast.claire, jeanne, action="download", resource_type="document", type_code=PSYCHIATRIC)
    access_room.open_for_intake(
        making.MACHINE, jeanne, structure_id=StructureId(cast.tilleuls_id), resource_id=str(uuid4())
    )
    access = access_room.open_record(cast.nadia, jeanne, purpose=Purpose.CARE)
    assert [line.resource_type for line in access_room.journal.who_opened(access)] == ["record"]


def test_what_awaits_its_announcement_is_not_betrayed_by_the_journal(cast: Cast, jeanne: PatientId) -> None:
    """CSP R1111-53: neither the document, nor that somebody read it."""
    making.link(jeanne, cast.claire, access_room.Basis.TREATING)
    hidden, plain = (making.file(jeanne, making.filing(type_code=code)) for code in ("60568-3", "11502-2"))
    for filed, code in ((hidden, "60568-3"), (plain, "11502-2")):
        opened(cast.claire, jeanne, resource_type="document", resource_id=str(filed.uuid), type_code=code)
    opened(cast.claire, jeanne, action="acknowledge", resource_type="task", resource_id=str(uuid4()))
    visitor = Visitor.objects.create(patient_id=jeanne, family_name="X", given_name="Y", birth_date=dt.date(1952, 2, 1))
    patient = Actor(kind="patient", label="Jeanne", assurance=2, visitor_id=visitor.pk, patient_id=jeanne)

    def told_to_the_patient() -> list[str]:
        with access_room.reading(patient, jeanne, purpose=Purpose.PERSONAL) as access:
            lines = access_room.journal.who_opened(access)
        return [line.action for line in lines if line.actor == cast.claire.label]

    assert len(told_to_the_patient()) == 3
    DocumentMark.objects.create(
        patient_id=jeanne, document_id=Document.objects.get(uuid=hidden.uuid).pk, kind="invisible_patient",
        since=clock.now() - dt.timedelta(hours=1), set_by="essai",
    )  # fmt: skip
    (line,) = told_to_the_patient()
    assert "biologi" in line


def test_every_action_and_every_reason_of_the_law_has_its_french_words() -> None:
    from maillon.access import law
    from maillon.access.journal import wording

    for steps in law.LAWS.values():
        for step in steps:
            assert wording.ground(step.code) != step.code, step.code
    for purpose in Purpose:
        assert purpose.value in wording.PURPOSES
    for basis in access_room.Basis:
        assert wording.ground(basis.value) != basis.value


# ------------------------------------------------------------------------------------------------ AuditEvents


def test_every_row_of_a_patient_is_an_audit_event(cast: Cast, jeanne: PatientId, tmp_path: Path) -> None:
    opened(cast.nadia, jeanne)
    closed = making.file(jeanne, making.filing(type_code=PSYCHIATRIC))
    with pytest.raises(access_room.AccessDenied):
        documents.patient_of(cast.nadia, closed.uuid)
    target = tmp_path / "acces.ndjson"
    assert cli.main(["journal", "exporter", "--patient", str(making.uuid_of(jeanne)), "--vers", str(target)]) == 0
    events = [orjson.loads(line) for line in target.read_bytes().splitlines()]
    assert len(events) == JournalEntry.objects.filter(patient_id=jeanne).count()
    assert events[-1]["type"]["code"] == "110106"  # the export itself
    assert "4" in {each["outcome"] for each in events}
    text = target.read_text()
    patient = Patient.objects.get(pk=jeanne)
    assert patient.birth_family_name not in text
    assert str(patient.ins or "?") not in text


def test_what_the_patient_takes_away_holds_no_refusal(cast: Cast, jeanne: PatientId) -> None:
    closed = making.file(jeanne, making.filing(type_code=PSYCHIATRIC))
    with pytest.raises(access_room.AccessDenied):
        documents.patient_of(cast.nadia, closed.uuid)
    access = access_room.open_record(cast.claire, jeanne, purpose=Purpose.CARE)
    outcomes = {orjson.loads(line)["outcome"] for line in access_room.journal.audit_events(access)}
    assert outcomes == {"0"}


def test_a_period_is_exported_by_a_program_only(cast: Cast, jeanne: PatientId, tmp_path: Path) -> None:
    opened(cast.nadia, jeanne)
    now = clock.now()
    with pytest.raises(access_room.AccessDenied):
        access_room.journal.audit_events_between(cast.claire, now, now)
    target = tmp_path / "periode.ndjson"
    day = clock.today().isoformat()
    assert cli.main(["journal", "exporter", "--depuis", day, "--vers", str(target)]) == 0
    assert len(target.read_bytes().splitlines()) == JournalEntry.objects.count()


def test_a_faulty_export_says_what_to_do(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "existe"
    there.write_text("à garder")
    for arguments, status, said in (
        (["--vers", str(there)], 2, "Nommez un patient"),
        (["--depuis", "2026-01-01", "--vers", str(there)], 2, "existe déjà"),
        (["--patient", str(uuid4()), "--vers", str(tmp_path / "neuf")], 1, "Aucun dossier"),
    ):
        assert cli.main(["journal", "exporter", *arguments]) == status
        assert said in capsys.readouterr().err
    assert there.read_text() == "à garder"
    assert not (tmp_path / "neuf").exists()
