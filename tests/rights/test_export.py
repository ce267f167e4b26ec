"""A copy is read again: what the reader may see is there, byte for byte; what they may not see left no trace."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from pypdf import PdfReader

from maillon.access import api as access_room
from maillon.access.models import DocumentMark, JournalEntry, Visitor, Wish
from maillon.documents.models import Blob, Document
from maillon.formats import xdm
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, Purpose
from maillon.record.models import Observation
from maillon.rights import api as rights
from tests.conftest import Cast
from tests.documents import making


def copy_for(actor: Actor, patient: PatientId, purpose: Purpose = Purpose.CARE) -> zipfile.ZipFile:
    with access_room.reading(actor, patient, purpose=purpose, action="export") as access:
        return zipfile.ZipFile(io.BytesIO(rights.export_file(access)))


def manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    return json.loads(archive.read("manifest.json"))  # type: ignore[no-any-return]


def resources(archive: zipfile.ZipFile, kind: str) -> list[dict[str, Any]]:
    entries = json.loads(archive.read("FHIR/dossier.json"))["entry"]
    return [each["resource"] for each in entries if each["resource"]["resourceType"] == kind]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "reference":
                yield each
            else:
                yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def text_of(archive: zipfile.ZipFile) -> str:
    pages = PdfReader(io.BytesIO(archive.read("Copie-du-dossier.pdf"))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def at_the_door(patient: PatientId, *, is_parent: bool = False) -> Actor:
    """The patient, or a parent, as the patient's door signs them in."""
    visitor = Visitor.objects.create(
        patient_id=None if is_parent else patient, family_name="MARTIN", given_name="Anne", birth_date="1960-01-01"
    )
    if is_parent:
        visitor.delegations.create(patient_id=patient, kind="parent", start="2020-01-01", recorded_by="essai")
    kind: Any = "representative" if is_parent else "patient"
    return Actor(kind=kind, label="Anne Martin", assurance=2, visitor_id=visitor.pk, patient_id=patient)


def mark(patient: PatientId, document: int, kind: DocumentMark.Kind) -> None:
    DocumentMark.objects.create(patient_id=patient, document_id=document, kind=kind, since=clock.now(), set_by="essai")


def test_every_document_is_there_byte_for_byte(cast: Cast, patient_id: PatientId) -> None:
    archive = copy_for(cast.claire, patient_id)
    kept = {
        str(uuid): bytes(sha256).hex()
        for uuid, sha256 in Document.objects.filter(patient_id=patient_id).values_list("uuid", "sha256")
    }
    carried = {
        each["uuid"]: hashlib.sha256(archive.read(each["chemin"])).hexdigest()
        for each in manifest(archive)["documents"]
    }
    assert len(kept) == 7
    assert carried == kept


def test_a_document_whose_bytes_are_gone_is_told_and_the_rest_is_given(cast: Cast, patient_id: PatientId) -> None:
    """As after a taking over that said so: the copy of the record ended in an error of ours."""
    gone = Document.objects.filter(patient_id=patient_id).latest("pk")
    Blob.objects.filter(sha256=gone.sha256).delete()
    archive = copy_for(cast.claire, patient_id)
    said = manifest(archive)
    assert (said["exportStatus"], said["documentsPerdus"]) == ("PARTIAL", [str(gone.uuid)])
    assert str(gone.uuid) not in {each["uuid"] for each in said["documents"]}
    assert said["nombres"]["documents"] == 6
    assert "fichier perdu ou abîmé" in text_of(archive)


def test_the_counts_are_those_of_the_base(cast: Cast, patient_id: PatientId) -> None:
    archive = copy_for(cast.claire, patient_id)
    said = manifest(archive)["nombres"]
    results = Observation.objects.filter(patient_id=patient_id, is_current=True).count()
    assert results > 10
    assert said["resultats"] == results == len(resources(archive, "Observation"))
    assert said["documents"] == len(resources(archive, "DocumentReference")) == 7
    openings = JournalEntry.objects.filter(patient_id=patient_id, decision="allow").count()
    assert archive.read("FHIR/acces.ndjson").count(b"\n") == openings
    assert said["ouvertures"] == openings == archive.read("TABLEAUX/acces.csv").decode().count("\r\n") - 1


def test_the_manifest_tells_every_other_file(cast: Cast, patient_id: PatientId) -> None:
    archive = copy_for(cast.claire, patient_id)
    told = {each["chemin"]: each["sha256"] for each in manifest(archive)["fichiers"]}
    assert told == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != "manifest.json"
    }


def test_the_xdm_tree_is_one_that_a_receiver_reads(cast: Cast, patient_id: PatientId) -> None:
    archive = copy_for(cast.claire, patient_id)
    names = [name for name in archive.namelist() if name.startswith(("IHE_XDM/", "INDEX", "README"))]
    assert "IHE_XDM/SUBSET01/METADATA.XML" in names
    alone = io.BytesIO()
    with zipfile.ZipFile(alone, "w") as tree:
        for name in names:
            tree.writestr(name, archive.read(name))
    read = xdm.read_xdm(alone.getvalue())
    in_the_tree = [each for each in manifest(archive)["documents"] if each["chemin"].startswith("IHE_XDM/")]
    assert in_the_tree
    assert len(read.documents) == len(in_the_tree)


def test_every_reference_leads_to_an_entry(cast: Cast, patient_id: PatientId) -> None:
    bundle = json.loads(copy_for(cast.claire, patient_id).read("FHIR/dossier.json"))
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    assert {each for each in references(bundle) if not each.startswith("#")} <= set(addresses)


def test_statements_become_the_resources_of_their_kind(cast: Cast, patient_id: PatientId) -> None:
    archive = copy_for(cast.claire, patient_id)
    denied = [each for each in resources(archive, "Condition") if each["code"]["text"] == "Infarctus du myocarde"]
    assert denied[0]["verificationStatus"]["coding"][0]["code"] == "refuted"
    assert "clinicalStatus" not in denied[0]
    (allergy,) = resources(archive, "AllergyIntolerance")
    assert allergy["reaction"][0]["manifestation"][0]["text"] == "urticaire"
    assert {each["status"] for each in resources(archive, "MedicationStatement")} == {"active"}
    (vaccine,) = resources(archive, "Immunization")
    assert (vaccine["lotNumber"], vaccine["occurrenceDateTime"]) == ("GR2025A", "2025-10-20")


def test_the_readable_part_is_french_and_complete(cast: Cast, patient_id: PatientId) -> None:
    text = text_of(copy_for(cast.claire, patient_id))
    for said in ("Copie du dossier", "Documents (7)", "Pénicilline", "Maison de santé des Tilleuls", "Qui a ouvert"):
        assert said in text
    assert "Non : Infarctus du myocarde" in text


def test_what_is_masked_left_no_trace(cast: Cast, patient_id: PatientId) -> None:
    secret = making.file(patient_id, making.filing(title="Consultation très privée", data=b"octets prives"))
    assert "Consultation très privée" in text_of(copy_for(cast.claire, patient_id))
    mark(patient_id, secret.id, DocumentMark.Kind.MASKED)
    archive = copy_for(cast.claire, patient_id)
    assert manifest(archive)["nombres"]["documents"] == 7
    everything = b"".join(archive.read(name) for name in archive.namelist()) + text_of(archive).encode()
    for trace in ("Consultation très privée".encode(), b"octets prives", str(secret.uuid).encode()):
        assert trace not in everything


def test_the_patient_takes_away_the_whole_record(followed: Access, patient_id: PatientId) -> None:
    archive = copy_for(at_the_door(patient_id), patient_id, Purpose.PERSONAL)
    said = manifest(archive)
    assert said["nombres"]["documents"] == 7
    assert said["exportStatus"] == "COMPLETE"
    assert "tout ce que cette personne peut lire" in text_of(archive)


def test_a_parent_does_not_take_away_what_the_minor_keeps_secret(followed: Access, patient_id: PatientId) -> None:
    secret = making.file(patient_id, making.filing(title="Entretien du mineur"))
    mark(patient_id, secret.id, DocumentMark.Kind.MINOR_SECRET)
    archive = copy_for(at_the_door(patient_id, is_parent=True), patient_id, Purpose.PERSONAL)
    assert manifest(archive)["nombres"]["documents"] == 7
    assert "Entretien du mineur" not in text_of(archive)
    assert "la personne qui la représente" in text_of(archive)


def test_the_journal_does_not_tell_the_patient_of_what_waits_for_its_announcement(
    cast: Cast, patient_id: PatientId
) -> None:
    waiting = making.file(patient_id, making.filing(title="Compte rendu d’anapath", type_code="60568-3"))
    mark(patient_id, waiting.id, DocumentMark.Kind.HIDDEN_FROM_PATIENT)
    asked: dict[str, Any] = {"resource_type": "document", "resource_id": str(waiting.uuid)}
    with access_room.reading(cast.claire, patient_id, purpose=Purpose.CARE, **asked):
        pass
    JournalEntry.objects.create(
        actor_kind="professional", actor_label="Dr Claire Morel", patient_id=patient_id, action="acknowledge",
        resource_type="task", purpose="soin", decision="allow", rule="medecin_traitant", type_code="60568-3",
    )  # fmt: skip
    archive = copy_for(at_the_door(patient_id), patient_id, Purpose.PERSONAL)
    told = b"".join(archive.read(name) for name in archive.namelist()) + text_of(archive).encode()
    assert str(waiting.uuid).encode() not in told
    assert b"60568-3" not in told
    assert b"marqu\xc3\xa9 comme lu" not in told


def test_what_was_wished_is_in_the_copy(cast: Cast, followed: Access, patient_id: PatientId) -> None:
    Wish.objects.create(
        patient_id=patient_id, kind="refus_urgence", since=clock.now(), channel="oral", recorded_by="Sylvie Caron"
    )
    archive = copy_for(cast.claire, patient_id)
    assert "Refus exprès" in archive.read("TABLEAUX/consentements.csv").decode()
    assert "Refus exprès" in text_of(archive)


def test_who_only_wrote_takes_away_what_they_wrote(cast: Cast, patient_id: PatientId) -> None:
    making.file(
        patient_id,
        making.filing(title="Lettre du port", author_national_id=cast.paul.national_id, author="Dr Paul Étranger"),
    )
    archive = copy_for(cast.paul, patient_id)
    said = manifest(archive)
    assert [said["nombres"][name] for name in ("documents", "cercle_de_soins", "ouvertures")] == [1, 0, 0]
    assert said["exportStatus"] == "PARTIAL"
    assert "TABLEAUX/acces.csv" not in archive.namelist()


def test_nobody_else_takes_anything(cast: Cast, patient_id: PatientId) -> None:
    with pytest.raises(access_room.AccessDenied):
        copy_for(cast.paul, patient_id)


def test_the_export_is_one_row_of_the_journal(cast: Cast, patient_id: PatientId) -> None:
    copy_for(cast.claire, patient_id)
    found = JournalEntry.objects.filter(patient_id=patient_id, action="export")
    assert [(row.actor_label, row.decision) for row in found] == [("Dr Claire Morel", "allow")]


def test_the_same_record_at_the_same_instant_gives_the_same_bytes(cast: Cast, patient_id: PatientId) -> None:
    with (
        time_machine.travel("2026-11-25T10:00:00+01:00", tick=False),
        access_room.reading(cast.claire, patient_id, purpose=Purpose.CARE, action="export") as access,
    ):
        assert rights.export_file(access) == rights.export_file(access)
