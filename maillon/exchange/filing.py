"""From a decision to what is filed: the key, the care team, the readers, the document."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

from django.db import transaction

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange.findings import CONFLICT, CORRECTS_ANOTHER, NOT_FOLLOWED, WAS_WITHDRAWN, Doubt, Finding
from maillon.exchange.readers import Place, readers_of
from maillon.formats import media
from maillon.formats.confidentiality import level_of, marks_of
from maillon.formats.document import PatientTraits
from maillon.formats.pdf import text_of_pdf
from maillon.formats.xdm_metadata import XdmMetadata
from maillon.kernel import sql
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, Purpose, StructureId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients

MACHINE = access_room.machine("réception MSSanté")
FIRST_DOCUMENT = "premier document reçu dans la boîte MSSanté de la structure"
_CONFLICTS = {"E-DOC-03": CORRECTS_ANOTHER, "E-DOC-04": WAS_WITHDRAWN}
CREATION_LOCK = 4_660_002  # first key of this room's advisory locks on the creation of a patient


class NotFiled(Exception):
    """A person decides. Whoever catches it undoes what was begun: the key has already written its journal row."""

    def __init__(self, *doubts: Doubt, candidates: tuple[PatientId, ...] = ()) -> None:
        super().__init__(doubts[0].code)
        self.doubts = doubts
        self.candidates = candidates


def file_alone(
    finding: Finding, patient_id: PatientId, place: Place, *, received_at: dt.datetime, resource_id: str
) -> documents.Filed:
    """File for a patient whom the mailbox's structure follows. Raises NotFiled."""
    intake = open_for_filing(patient_id, place, resource_id=resource_id)
    if not intake.is_followed:
        raise NotFiled(NOT_FOLLOWED)
    return file_with(
        intake.access, finding, place, treating_physician=intake.treating_physician, received_at=received_at,
        even_withdrawn=False,
    )  # fmt: skip


def file_for_new_patient(
    finding: Finding, place: Place, *, received_at: dt.datetime, resource_id: str
) -> documents.Filed:
    """Create the patient, begin the structure's care, file. Whoever was created meanwhile is found, not doubled."""
    traits = finding.traits or PatientTraits()
    with transaction.atomic():
        lock_creation(traits)
        match = patients.match(traits)
        if match.verdict == "doubt":
            raise NotFiled(*(Doubt(each.code, each.message) for each in match.reasons), candidates=match.candidates)
        if match.patient_id is not None:
            return file_alone(finding, match.patient_id, place, received_at=received_at, resource_id=resource_id)
        try:
            patient_id = create_patient(traits, place.structure_id, actor=MACHINE, evidence=FIRST_DOCUMENT)
        except UserMessage as refusal:
            raise NotFiled(Doubt(refusal.code, refusal.message)) from None
        intake = open_for_filing(patient_id, place, resource_id=resource_id)
        return file_with(intake.access, finding, place, treating_physician=None, received_at=received_at)


def lock_creation(traits: PatientTraits) -> None:
    """Two workers, or two documents, that meet one newcomer must make one patient: same birth date, one at a time."""
    sql.rows("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", (CREATION_LOCK, traits.birth_date or ""))


def create_patient(traits: PatientTraits, structure_id: StructureId, *, actor: Actor, evidence: str) -> PatientId:
    patient_id = patients.create_from_document(traits, actor_label=actor.label)
    follow(patient_id, structure_id, evidence=evidence)
    return patient_id


def follow(patient_id: PatientId, structure_id: StructureId, *, evidence: str) -> None:
    """The structure enters the care team (CSP L1110-12): it received this document to care for this patient."""
    access = access_room.open_record(
        MACHINE, patient_id, purpose=Purpose.INTAKE, action="update", resource_type="care_team"
    )
    access_room.team.add_member(access, structure_id=structure_id, basis=access_room.Basis.STRUCTURE, evidence=evidence)


def open_for_filing(patient_id: PatientId, place: Place, *, resource_id: str) -> access_room.Intake:
    machine = place.machine or MACHINE
    return access_room.open_for_intake(machine, patient_id, structure_id=place.structure_id, resource_id=resource_id)


def file_with(
    access: Access,
    finding: Finding,
    place: Place,
    *,
    treating_physician: ProfessionalId | None,
    received_at: dt.datetime,
    even_withdrawn: bool = True,
) -> documents.Filed:
    """Raises NotFiled on a conflict of identifiers. What somebody withdrew, only a person files again."""
    recipients = finding.header.recipients if finding.header else ()
    readers = readers_of(place, recipients, treating_physician=treating_physician)
    try:
        return documents.file(
            access, filing_of(finding), readers=readers, received_at=received_at, even_withdrawn=even_withdrawn
        )
    except documents.DocumentConflict as conflict:
        raise NotFiled(_CONFLICTS.get(conflict.code, CONFLICT)) from None


def filing_of(finding: Finding) -> documents.Filing:
    """Header and metadata may each close the document: what one leaves unsaid, the other says."""
    said = finding.confidentiality
    return dataclasses.replace(_filing_of(finding), confidentiality=level_of(said), marks=marks_of(said))


def _filing_of(finding: Finding) -> documents.Filing:
    if finding.cda is not None:
        filing = documents.from_cda(
            finding.cda.for_filing(), finding.data, anomalies=finding.anomalies, source=finding.source
        )
        return dataclasses.replace(filing, replaces=filing.replaces or finding.replaces or None)
    filing = documents.from_loose_file(
        finding.data,
        media_type=finding.media_type,
        title=finding.title,
        text=_text_of(finding),
        anomalies=finding.anomalies,
        source=finding.source,
    )
    said = finding.metadata
    if said is None:
        return filing
    return dataclasses.replace(
        filing,
        unique_id=said.unique_id or filing.unique_id,
        type_code=finding.type_code or filing.type_code,
        written_at=said.creation_time,
        act_at=said.service_start,
        replaces=finding.replaces or None,
        language=said.language,
        **_author_of(said),
    )


def _author_of(said: XdmMetadata) -> dict[str, Any]:
    """A file says nothing of who wrote it: its metadata do."""
    author = next(iter(said.authors), None)
    if author is None:
        return {}
    name = " ".join(part for part in (author.given_name, author.family_name) if part)
    number = author.id if author.id and re.fullmatch(r"8\d{11}", author.id) else None
    return {"author": name, "author_national_id": number, "organization": author.organization_name}


def _text_of(finding: Finding) -> str:
    if finding.media_type == media.PDF:
        return text_of_pdf(finding.data)
    return finding.data.decode("utf-8", "replace") if finding.media_type == media.TEXT else ""
