"""The XDS metadata of a CDA, as the archive of a message would give them: one correspondence for every channel."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Final

from maillon.formats import confidentiality
from maillon.formats.confidentiality import VISIBILITIES
from maillon.formats.document import Author, ClinicalDocument
from maillon.formats.xdm_metadata import (
    Code,
    MetadataAuthor,
    PatientId,
    SubmissionSetMetadata,
    XdmMetadata,
    read_metadata,
)
from maillon.formats.xdm_write import XdmItem, XdmSubmission, write_metadata
from maillon.formats.xdm_write_metadata import Code as WrittenCode

CONFIDENTIALITY: Final = "2.16.840.1.113883.5.25"
VISIBILITY: Final = "1.2.250.1.213.1.1.4.13"
_NORMAL: Final = Code(code="N", scheme=CONFIDENTIALITY, label="Normal")


def entry_of(document: ClinicalDocument, cda: bytes, *, class_code: Code) -> XdmMetadata:
    """Refuses (E-ECR-…) what cannot be described: no identifier of the patient, no format."""
    written = WrittenCode(class_code.code or "", class_code.scheme or "", class_code.label or "")
    submission = XdmSubmission(
        unique_id="1.2.250.1.999.0", source_id="1.2.250.1.999.0", submitted_at=document.created_at or "2000-01-01",
        title=document.title or "", author=document.authors[0] if document.authors else Author(),
    )  # fmt: skip
    data = write_metadata([XdmItem(document=document, cda=cda, class_code=written)], submission=submission)
    return replace(read_metadata(data).documents[0], replaces=(), uri=None)


def submission_of(
    patient: PatientId, author: MetadataAuthor, *, source_id: str, submitted_at: str, title: str, number: uuid.UUID
) -> SubmissionSetMetadata:
    """The set that carries one act to the record. `number` names it: the same act is always the same set."""
    return SubmissionSetMetadata(
        unique_id=f"2.25.{number.int}",
        source_id=source_id,
        entry_uuid=f"urn:uuid:{number}",
        patient_id=patient,
        submission_time=submitted_at,
        content_type=Code(code="07", scheme="1.2.250.1.213.2.2", label="Consultation"),
        title=title,
        authors=(author,),
    )


def visible_as(codes: tuple[Code, ...], visibility: frozenset[str]) -> tuple[Code, ...]:
    """A level above the normal one stays; « N » stands only where nothing restricts (PDSM4DMP, TD3.3)."""
    level = tuple(each for each in codes if each.scheme != VISIBILITY and each.code != "N")
    marks = tuple(
        Code(code=name, scheme=VISIBILITY, label=label) for name, label in VISIBILITIES.items() if name in visibility
    )
    return level + marks or (_NORMAL,)


def visibility_of(codes: tuple[Code, ...]) -> frozenset[str]:
    return confidentiality.visibility_of(each.code for each in codes)


def level_of(codes: tuple[Code, ...]) -> str:
    """N, R or V."""
    return confidentiality.level_of(each.code for each in codes)
