"""The XDS metadata of a document that leaves: what the house keeps of it, completed by its own header."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from maillon.formats.cda.read import open_cda
from maillon.formats.cda.write_terms import (
    CONFIDENTIALITY,
    FACILITIES,
    PRACTICE_SETTINGS,
    facility_system,
    practice_setting_system,
)
from maillon.formats.portability.metadata import FRENCH_LEVELS, HL7_LEVELS, LeavingDocument
from maillon.formats.refusal import Refused
from maillon.formats.xdm_write_metadata import Code
from maillon.portability.rows import Row
from maillon.terminology import api as terminology

CDA: Final = "text/xml"
_CLASSES: Final = "1.2.250.1.213.1.1.4.1"
_FORMATS: Final = "1.3.6.1.4.1.19376.1.2.3"
_LOINC: Final = "2.16.840.1.113883.6.1"
# What JDV_J08 says of the marks.
_LEVELS: Final = {
    "masque_ps": ("MASQUE_PS", "Masqué aux professionnels de santé"),
    "invisible_patient": ("INVISIBLE_PATIENT", "Non visible par le patient"),
    "invisible_representants": ("INVISIBLE_REPRESENTANTS_LEGAUX", "Non visible par les représentants légaux"),
}
_UNKNOWN_FORMAT: Final = "urn:ihe:iti-fr:xds:2012"


def described(row: Row, data: bytes, *, path: str, sha1: str, marks: list[str]) -> LeavingDocument:
    """`row`: of documents_document, as it leaves."""
    facility, practice, events = _of_the_header(data) if row["media_type"] == CDA else (None, None, ())
    class_code = row["class_code"] or "90"
    return LeavingDocument(
        uuid=UUID(row["uuid"]),
        unique_id=row["unique_id"],
        replaces=row["replaces_unique_id"],
        set_id=row["set_id"],
        version_number=row["version_number"],
        is_current=row["status"] == "current",
        path=path,
        media_type=row["media_type"],
        size=row["size"],
        sha1=sha1,
        title=row["title"],
        written_at=row["written_at"],
        act_at=row["act_at"],
        language=row["language"],
        author=row["author"],
        author_national_id=row["author_national_id"],
        organization=row["organization"],
        organization_id=row["organization_id"],
        type=Code(
            row["type_code"],
            row["type_system"] or _LOINC,
            terminology.document_type_label(row["type_code"]) or row["title"],
        ),
        class_=Code(class_code, _CLASSES, terminology.class_label(class_code) or "Autres documents"),
        format=Code(row["format_code"] or _UNKNOWN_FORMAT, _FORMATS, row["format_code"] or "Document"),
        levels=_levels(row["confidentiality"], marks),
        facility=facility,
        practice=practice,
        events=events,
    )


def _levels(confidentiality: str, marks: list[str]) -> tuple[Code, ...]:
    own = Code(confidentiality, HL7_LEVELS, CONFIDENTIALITY.get(confidentiality, confidentiality))
    return (own, *(Code(_LEVELS[mark][0], FRENCH_LEVELS, _LEVELS[mark][1]) for mark in marks if mark in _LEVELS))


def _of_the_header(data: bytes) -> tuple[Code | None, Code | None, tuple[Code, ...]]:
    """Nothing when the document can no longer be read: it leaves all the same, byte for byte."""
    try:
        header = open_cda(data).header
    except Refused:
        return None, None, ()
    kind = header.encounter.facility_type if header.encounter else None
    setting = header.acts[0].practice_setting_code if header.acts else None
    return (
        Code(kind, facility_system(kind), FACILITIES[kind]) if kind in FACILITIES and kind else None,
        Code(setting, practice_setting_system(setting), PRACTICE_SETTINGS[setting])
        if setting in PRACTICE_SETTINGS and setting
        else None,
        tuple(Code(act.code, act.system, act.label or act.code) for act in header.acts if act.code and act.system),
    )
