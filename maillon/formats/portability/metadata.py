"""METADATA.XML of documents that leave, written from what the house keeps of each, whatever its format.

Unlike a message (formats.xdm_write), an export holds every version and every kind of document: PDF as CDA, replaced as
in force. IHE ITI TF-3 §4.2, CI-SIS volet Partage; RPLC associations tell which version replaces which.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from maillon.formats.document import PatientTraits
from maillon.formats.xdm_write_metadata import LCM, RIM, Code, dtm, patient_identifier, xcn

_OBJECT: Final = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:"
_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:"
_ENTRY: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_SET_NODE: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_AUTHOR: Final = "93606bcf-9494-43ec-9b4e-a7748d1a838d"
_SET_AUTHOR: Final = "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
_CLASSIFIED: Final = {
    "class": "41a5887f-8865-4c09-adf7-e362475b143a",
    "type": "f0306f51-975f-434e-a61c-c59651d33983",
    "format": "a09d5840-386c-46f2-b5ad-9c3699a4309d",
    "confidentiality": "f4f85eac-e6cb-4883-b524-f2705394840f",
    "facility": "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
    "practice": "cccf5598-8b07-4b77-a05e-ae952c785ead",
    "event": "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4",
    "content": "aa543740-bdda-424e-8c96-df4873be8500",
}
_IDENTIFIED: Final = {
    "XDSDocumentEntry.patientId": "58a6f841-87b3-4a3e-92fd-a8ffeff98427",
    "XDSDocumentEntry.uniqueId": "2e82c1f6-a085-4c72-9da3-8640a32e42ab",
    "XDSSubmissionSet.patientId": "6b5aea1a-874d-4603-a4bc-96a0a7b38446",
    "XDSSubmissionSet.sourceId": "554ac39e-e3fe-47fe-b233-965d2a147832",
    "XDSSubmissionSet.uniqueId": "96fdda7c-d067-4183-912e-bf5ee74998a8",
}
STRUCTURES: Final = "1.2.250.1.71.4.2.2"
FRENCH_LEVELS: Final = "1.2.250.1.213.1.1.4.13"
HL7_LEVELS: Final = "2.16.840.1.113883.5.25"
_NAMESPACE: Final = uuid.UUID("5d1c1f1e-0c1c-5f3b-9a57-6b1d3c6f2a44")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingDocument:
    """`path`: its file inside the subset's folder. `marks`: JDV_J08 codes of what was decided of it (MASQUE_PS…)."""

    uuid: uuid.UUID
    unique_id: str
    replaces: str
    set_id: str
    version_number: int
    is_current: bool
    path: str
    media_type: str
    size: int
    sha1: str
    title: str
    written_at: str
    act_at: str
    language: str
    author: str
    author_national_id: str
    organization: str
    organization_id: str
    type: Code
    class_: Code
    format: Code
    levels: tuple[Code, ...]
    facility: Code | None = None
    practice: Code | None = None
    events: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingSubset:
    """One submission set: some of the documents of one patient. `entries`: unique identifier → entryUUID, of every
    document of the patient: a version may replace one that stands in another subset."""

    unique_id: str
    source_id: str
    submitted_at: str
    title: str
    organization: str
    patient: PatientTraits
    entries: Mapping[str, str]


def entry_uuid(document: uuid.UUID) -> str:
    return f"urn:uuid:{document}"


def write_metadata(documents: Iterable[LeavingDocument], subset: LeavingSubset) -> bytes:
    root = etree.Element(f"{{{LCM}}}SubmitObjectsRequest", nsmap={"lcm": LCM, "rim": RIM})
    objects = etree.SubElement(root, f"{{{RIM}}}RegistryObjectList")
    set_id = f"urn:uuid:{uuid.uuid5(_NAMESPACE, subset.unique_id)}"
    _write_set(objects, set_id, subset)
    for document in documents:
        _write_entry(objects, document, subset)
        own = entry_uuid(document.uuid)
        member = _associate(objects, "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember", set_id, own)
        _slot(member, "SubmissionSetStatus", "Original")
        if document.replaces:
            former = subset.entries.get(document.replaces) or f"urn:uuid:{uuid.uuid5(_NAMESPACE, document.replaces)}"
            _associate(objects, "urn:ihe:iti:2007:AssociationType:RPLC", own, former)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _write_set(objects: etree._Element, set_id: str, subset: LeavingSubset) -> None:
    element = _rim(
        objects, "RegistryPackage", id=set_id, status=_STATUS + "Approved", objectType=_OBJECT + "RegistryPackage"
    )
    _slot(element, "submissionTime", dtm(subset.submitted_at))
    _name(element, subset.title)
    author = _classification(element, set_id, _SET_AUTHOR, "")
    _slot(author, "authorInstitution", _bare(subset.organization) or "Maillon")
    _classify(element, set_id, "content", Code("07", "1.2.250.1.213.2.2", "Consultation"))
    _identify(element, set_id, "XDSSubmissionSet.patientId", patient_identifier(subset.patient))
    _identify(element, set_id, "XDSSubmissionSet.sourceId", subset.source_id)
    _identify(element, set_id, "XDSSubmissionSet.uniqueId", subset.unique_id)
    _rim(
        objects, "Classification", classifiedObject=set_id, id=f"{set_id}-node", classificationNode=_SET_NODE,
        objectType=_OBJECT + "Classification",
    )  # fmt: skip


def _write_entry(objects: etree._Element, document: LeavingDocument, subset: LeavingSubset) -> None:
    own = entry_uuid(document.uuid)
    element = _rim(
        objects, "ExtrinsicObject", id=own, lid=_logical_id(document), mimeType=document.media_type,
        isOpaque="false", objectType=_ENTRY, status=_STATUS + ("Approved" if document.is_current else "Deprecated"),
    )  # fmt: skip
    patient = patient_identifier(subset.patient)
    for name, value in (
        ("creationTime", dtm(document.written_at)),
        ("hash", document.sha1),
        ("size", str(document.size)),
        ("URI", document.path),
        ("languageCode", document.language or "fr-FR"),
        ("serviceStartTime", dtm(document.act_at)),
        ("sourcePatientId", patient),
    ):
        _slot(element, name, value)
    _slot(element, "sourcePatientInfo", *_patient_info(subset.patient, patient))
    _name(element, document.title)
    _rim(element, "VersionInfo", versionName=str(document.version_number))
    _write_author(element, own, document)
    for name in ("class", "type", "format"):
        _classify(element, own, name, getattr(document, "class_" if name == "class" else name))
    for level in document.levels:
        _classify(element, own, "confidentiality", level)
    for name, code in (("facility", document.facility), ("practice", document.practice)):
        if code is not None:
            _classify(element, own, name, code)
    for event in document.events:
        _classify(element, own, "event", event)
    _identify(element, own, "XDSDocumentEntry.patientId", patient)
    _identify(element, own, "XDSDocumentEntry.uniqueId", document.unique_id)


def _logical_id(document: LeavingDocument) -> str:
    """The same for every version of a document."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, document.set_id)}" if document.set_id else entry_uuid(document.uuid)


def _write_author(element: etree._Element, own: str, document: LeavingDocument) -> None:
    author = _classification(element, own, _AUTHOR, "")
    name = _bare(document.author)
    _slot(author, "authorPerson", xcn(document.author_national_id, name, "") or (name and f"^{name}"))
    _slot(author, "authorInstitution", _institution(document) or None)


def _institution(document: LeavingDocument) -> str:
    name = _bare(document.organization)
    if document.organization_id:
        return f"{name}^^^^^&{STRUCTURES}&ISO^IDNST^^^{_bare(document.organization_id)}"
    return name


def _patient_info(patient: PatientTraits, identifier: str) -> list[str]:
    given = _bare(patient.first_birth_given_name)
    told = [
        f"PID-3|{identifier}",
        f"PID-5|{_bare(patient.birth_family_name)}^{given}^{_bare(patient.birth_given_names)}^^^^L",
    ]
    if patient.used_family_name or patient.used_given_name:
        used = _bare(patient.used_family_name or patient.birth_family_name)
        told.append(f"PID-5|{used}^{_bare(patient.used_given_name) or given}^^^^^D")
    if patient.birth_date:
        told.append(f"PID-7|{patient.birth_date.replace('-', '')}")
    told.append(f"PID-8|{patient.sex if patient.sex in ('F', 'M') else 'U'}")
    if patient.birth_place_code:
        told.append(f"PID-11|^^^^^^BDL^^{patient.birth_place_code}")
    return told


def _rim(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{RIM}}}{tag}", attributes)


def _slot(parent: etree._Element, name: str, *values: str | None) -> None:
    known = [value for value in values if value]
    if known:
        held = _rim(_rim(parent, "Slot", name=name), "ValueList")
        for value in known:
            _rim(held, "Value").text = value


def _name(parent: etree._Element, value: str) -> None:
    told = _rim(_rim(parent, "Name"), "LocalizedString", value=value, charset="UTF-8")
    told.set("{http://www.w3.org/XML/1998/namespace}lang", "fr-FR")


def _classify(parent: etree._Element, own: str, what: str, code: Code) -> None:
    element = _classification(parent, own, _CLASSIFIED[what], code.code)
    _slot(element, "codingScheme", code.system)
    _name(element, code.label)


def _classification(parent: etree._Element, own: str, scheme: str, represents: str) -> etree._Element:
    return _rim(
        parent, "Classification", classificationScheme=f"urn:uuid:{scheme}", classifiedObject=own,
        nodeRepresentation=represents, id=_numbered(own, scheme, represents), objectType=_OBJECT + "Classification",
    )  # fmt: skip


def _identify(parent: etree._Element, own: str, what: str, value: str) -> None:
    element = _rim(
        parent, "ExternalIdentifier", identificationScheme=f"urn:uuid:{_IDENTIFIED[what]}", registryObject=own,
        value=value, id=_numbered(own, what, value), objectType=_OBJECT + "ExternalIdentifier",
    )  # fmt: skip
    _name(element, what)


def _associate(objects: etree._Element, kind: str, source: str, target: str) -> etree._Element:
    return _rim(
        objects, "Association", associationType=kind, sourceObject=source, targetObject=target,
        id=_numbered(source, kind, target), objectType=_OBJECT + "Association",
    )  # fmt: skip


def _numbered(*parts: str) -> str:
    """The same object always bears the same identifier: an export that is made again is the same."""
    return f"urn:uuid:{uuid.UUID(bytes=hashlib.sha256(chr(31).join(parts).encode()).digest()[:16], version=5)}"


def _bare(text: str | None) -> str:
    """HL7 separators have no place in a component."""
    return "".join(" " if letter in "^~|&" else letter for letter in text or "").strip()
