"""One record, at once: what its reader may read, and no trace of the rest."""

from __future__ import annotations

import dataclasses
import json
import re
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest

from maillon.access import api as access_room
from maillon.access.models import JournalEntry, Visitor
from maillon.documents.models import Document
from maillon.formats.xdm import XdmMetadata, read_xdm
from maillon.forms.models import DefinitionVersion, Response
from maillon.kernel import clock
from maillon.kernel.key import Access, Purpose
from maillon.pathways.models import Alert, DeviceReport, Plan, PlanStep, ProtocolVersion
from maillon.portability import api as portability
from tests.portability import altering, territory
from tests.portability.conftest import Installations

pytestmark = pytest.mark.django_db


def exported(left: Installations, person: str, patient: str, to: Path) -> Path:
    actor = territory.actor(f"{person}@demo")
    record = left.world.world.patients[patient].uuid
    purpose = access_room.rule.usual_purpose(actor)
    with access_room.reading(actor, record, purpose=purpose, action="export") as access:
        portability.export_patient(access, to)
    return to


def read_by(person: str, patient_id: int) -> set[str]:
    visible = access_room.rule.VisibleTo(territory.actor(f"{person}@demo"), document="id")
    return set(Document.objects.filter(visible, patient_id=patient_id).values_list("unique_id", flat=True))


def rows(folder: Path, table: str, code: str = "PAT00001") -> list[dict[str, object]]:
    held = altering.members(folder, code).get(f"DONNEES/{table}.jsonl", b"")
    return [json.loads(line) for line in held.splitlines()]


def metadata(archive: bytes) -> list[XdmMetadata]:
    """As the reader of the archives that come by mail reads them."""
    return [each.metadata for each in read_xdm(archive).documents if each.metadata]


@pytest.mark.parametrize("person", ["claire", "karim", "nadia", "sylvie"])
def test_it_holds_what_its_reader_reads_and_nothing_else(at_home: Installations, tmp_path: Path, person: str) -> None:
    folder = exported(at_home, person, "followed", tmp_path / "export")
    patient = at_home.world.world.patients["followed"].id
    mine = read_by(person, patient)
    assert {row["unique_id"] for row in rows(folder, "documents_document")} == mine
    every = set(Document.objects.filter(patient_id=patient).values_list("unique_id", flat=True))
    assert mine < every
    for hidden in Document.objects.filter(unique_id__in=every - mine):
        for code in ("PAT00001", "TRANSV"):
            for data in altering.members(folder, code).values():
                assert hidden.unique_id.encode() not in data
                assert str(hidden.uuid).encode() not in data
                assert not re.search(rf'"document_id": {hidden.pk}\b'.encode(), data)
    assert portability.check(folder).findings == []


def test_it_has_neither_traces_nor_agenda_nor_what_is_of_the_house(at_home: Installations, tmp_path: Path) -> None:
    folder = exported(at_home, "claire", "followed", tmp_path / "export")
    names = set(altering.members(folder, "PAT00001")) | set(altering.members(folder, "TRANSV"))
    tables = {name.removeprefix("DONNEES/").removesuffix(".jsonl") for name in names}
    assert not tables & {
        "access_journal", "access_break_glass", "access_visitor", "access_delegation", "conversations_message",
        "rights_request", "access_account", "exchange_message", "charter_version", "record_last_visit",
    }  # fmt: skip
    assert not any(name.startswith(("TRACES/", "AGENDA/", "MESSAGES/")) for name in names)
    assert {"access_care_team_membership", "access_document_mark", "tasks_task"} <= tables


def test_the_marks_travel_with_the_documents_that_may_travel(at_home: Installations, tmp_path: Path) -> None:
    folder = exported(at_home, "karim", "followed", tmp_path / "export")
    marks = {row["kind"] for row in rows(folder, "access_document_mark")}
    assert "invisible_patient" in marks
    assert "masque_ps" not in marks
    archive = (folder / "ARCHIVES" / "PAT00001.ZIP").read_bytes()
    levels = {code.code for each in metadata(archive) for code in each.confidentiality}
    assert {"N", "INVISIBLE_PATIENT"} <= levels


def test_versions_are_told_as_replacements(at_home: Installations, tmp_path: Path) -> None:
    folder = exported(at_home, "claire", "followed", tmp_path / "export")
    found = {each.unique_id: each for each in metadata((folder / "ARCHIVES" / "PAT00001.ZIP").read_bytes())}
    first, second, third = (found[f"1.2.250.1.999.500.{number}"] for number in (1, 2, 3))
    assert (first.availability, second.availability, third.availability) == ("Deprecated", "Deprecated", "Approved")
    assert third.replaces == (second.entry_uuid,)
    assert second.replaces == (first.entry_uuid,)
    assert first.lid == second.lid == third.lid


def test_nothing_recorded_and_none_known_are_told_apart(at_home: Installations, tmp_path: Path) -> None:
    folder = exported(at_home, "claire", "second", tmp_path / "export")
    said = json.loads(altering.members(folder, "PAT00001")["DONNEES/rubriques.json"])
    assert said["device"] == ["aucun_connu"]
    assert said["problem"] == ["affirme", "nie"]
    assert said["procedure"] == ["non_renseigne"]
    stated = rows(folder, "record_statement")
    assert any(row["absent"] for row in stated)
    assert any(row["negated"] for row in stated)


def test_the_protocols_of_its_own_plans_leave_with_their_pilot_and_no_other(
    at_home: Installations, tmp_path: Path
) -> None:
    world = at_home.world.world
    sylvie = world.people["sylvie"].professional_id
    other = ProtocolVersion.objects.get(code="DIAB-01")
    other.pk, other.uuid, other.code, other.theme, other.pilot_id = None, uuid4(), "BPCO-01", "bronches", sylvie
    other.save()
    Plan.objects.filter(patient_id=world.patients["second"].id).update(version=other)
    first = exported(at_home, "claire", "followed", tmp_path / "first")
    assert [row["code"] for row in rows(first, "pathways_protocol_version", "TRANSV")] == ["DIAB-01"]
    second = exported(at_home, "claire", "second", tmp_path / "second")
    assert [row["code"] for row in rows(second, "pathways_protocol_version", "TRANSV")] == ["BPCO-01"]
    assert sylvie in {row["n"] for row in rows(second, "professionals_professional", "TRANSV")}
    assert [portability.check(folder).findings for folder in (first, second)] == [[], []]


def test_a_session_leaves_with_who_attended_it_and_without_who_ran_it(at_home: Installations, tmp_path: Path) -> None:
    folder = exported(at_home, "claire", "but_karim", tmp_path / "export")
    (attended,) = rows(folder, "pathways_attendance")
    (session,) = rows(folder, "pathways_education_session", "TRANSV")
    assert attended["session_id"] == session["n"]
    assert [row["code"] for row in rows(folder, "pathways_protocol_version", "TRANSV")] == ["ETP-ASTHME"]
    other = exported(at_home, "claire", "followed", tmp_path / "other")
    assert not rows(other, "pathways_education_session", "TRANSV")
    assert [portability.check(each).findings for each in (folder, other)] == [[], []]


def test_what_a_closed_plan_holds_stays_with_it(at_home: Installations, tmp_path: Path) -> None:
    """The alert itself is open to its reader: it does not leave without its plan, nor does the transmission."""
    plan = Plan.objects.get(patient_id=at_home.world.world.patients["followed"].id)
    Alert.objects.create(
        uuid=uuid4(), patient_id=plan.patient_id, plan=plan, alert="A1", level="rouge", raised_at=clock.now(),
        due_at=clock.now(), says="Hypoglycémie", type_bit=plan.type_bit,
    )  # fmt: skip
    DeviceReport.objects.create(
        uuid=uuid4(), patient_id=plan.patient_id, plan=plan, device="Lecteur", at=clock.now(),
        received_at=clock.now(), type_bit=plan.type_bit,
    )  # fmt: skip
    held = ("pathways_plan", "pathways_step", "pathways_alert", "pathways_device_report")
    opened = exported(at_home, "nadia", "followed", tmp_path / "opened")
    assert all(rows(opened, table) for table in held)
    nurses = access_room.matrix.readable("G15_60", on=clock.today())
    Plan.objects.filter(pk=plan.pk).update(type_bit=nurses.index("0"))
    closed = exported(at_home, "nadia", "followed", tmp_path / "closed")
    assert not any(rows(closed, table) for table in held)
    assert portability.check(closed).findings == []


def test_a_step_that_a_hidden_document_showed_done_stays_hidden(at_home: Installations, tmp_path: Path) -> None:
    patient = at_home.world.world.patients["followed"].id
    hidden = Document.objects.filter(patient_id=patient).exclude(unique_id__in=read_by("karim", patient))[0]
    step = PlanStep.objects.filter(patient_id=patient).order_by("pk")[0]
    PlanStep.objects.filter(pk=step.pk).update(
        state="faite", done_at=clock.now(), document_id=hidden.pk, evidence="Sérologie, le 01/12/2026"
    )
    folder = exported(at_home, "karim", "followed", tmp_path / "export")
    assert str(step.uuid) not in {row["uuid"] for row in rows(folder, "pathways_step")}
    for data in altering.members(folder, "PAT00001").values():
        assert str(hidden.uuid).encode() not in data
    assert portability.check(folder).findings == []


def test_answers_of_a_visitor_leave_and_not_the_visitor(at_home: Installations, tmp_path: Path) -> None:
    patient = at_home.world.world.patients["followed"].id
    definition = DefinitionVersion.objects.create(
        fingerprint="f" * 64, code="EPICES", version="1", body="titre: EPICES"
    )
    Response.objects.create(
        patient_id=patient, definition=definition, form_code="EPICES", origin="essai", is_for_patient=True,
        visitor_id=Visitor.objects.order_by("pk")[0].pk, signed_at=clock.now(), author_label="La patiente",
        type_bit=access_room.matrix.bit_of("11488-4"),
    )  # fmt: skip
    folder = exported(at_home, "claire", "followed", tmp_path / "export")
    (answered,) = (row for row in rows(folder, "forms_response") if row["origin"] == "essai")
    assert answered["visitor_id"] is None
    assert portability.check(folder).findings == []


def test_an_author_without_a_link_takes_what_they_wrote(at_home: Installations, tmp_path: Path) -> None:
    folder = exported(at_home, "karim", "unknown", tmp_path / "export")
    assert [row["title"] for row in rows(folder, "documents_document")] == ["Avis ponctuel"]
    assert rows(folder, "access_care_team_membership") == []
    assert altering.manifest_of(folder).export_status == "PARTIAL"


def test_who_may_not_open_the_record_exports_nothing_and_the_journal_says_so(
    at_home: Installations, tmp_path: Path
) -> None:
    with pytest.raises(access_room.AccessDenied):
        exported(at_home, "paul", "followed", tmp_path / "export")
    refused = JournalEntry.objects.filter(action="export", decision="deny")
    assert refused.latest("pk").actor_label == "Dr Paul Étranger"


def test_the_export_is_a_line_of_the_journal(at_home: Installations, tmp_path: Path) -> None:
    before = JournalEntry.objects.filter(action="export", decision="allow").count()
    exported(at_home, "claire", "followed", tmp_path / "export")
    assert JournalEntry.objects.filter(action="export", decision="allow").count() == before + 1


def test_bytes_that_are_gone_are_named(at_home: Installations, tmp_path: Path) -> None:
    document = Document.objects.get(unique_id="1.2.250.1.999.500.2")
    key = access_room.open_record(
        access_room.machine("essai"), at_home.world.world.patients["followed"].uuid, purpose=Purpose.INTAKE
    )
    with _damaged(document):
        manifest = portability.export_patient(key, tmp_path / "export")
    assert manifest.export_status == "PARTIAL"
    assert [each.unique_id for each in manifest.archives[0].missing] == ["1.2.250.1.999.500.2"]
    report = portability.check(tmp_path / "export")
    assert (report.findings, report.missing) == ([], 1)
    assert "1.2.250.1.999.500.2" in (tmp_path / "export" / "INDEX.HTM").read_text()


def test_one_zip_holds_the_folder(at_home: Installations, tmp_path: Path) -> None:
    key: Access = access_room.open_record(
        territory.actor("claire@demo"), at_home.world.world.patients["followed"].uuid, purpose=Purpose.CARE
    )
    path = tmp_path / "export.zip"
    path.write_bytes(portability.export_patient_as_zip(dataclasses.replace(key)))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "export")
    assert portability.check(tmp_path / "export").findings == []


class _damaged:
    """The bytes of a document, altered for a while."""

    def __init__(self, document: Document) -> None:
        self.digest = bytes(document.sha256)

    def __enter__(self) -> None:
        from maillon.documents.models import Blob

        self.kept = bytes(Blob.objects.get(pk=self.digest).data)
        Blob.objects.filter(pk=self.digest).update(data=b"x" + self.kept[1:])

    def __exit__(self, *_: object) -> None:
        from maillon.documents.models import Blob

        Blob.objects.filter(pk=self.digest).update(data=self.kept)
