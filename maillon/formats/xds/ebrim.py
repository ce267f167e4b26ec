"""ebRIM 3.0 objects written from the neutral metadata of a document (`XdmMetadata`), the shape that they are read into.

Sources: IHE ITI TF-3 §4.2 (UUIDs of schemes), CI-SIS volet Partage de documents de santé. XDS times are UTC without a
zone: the neutral text keeps them so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from maillon.formats.xdm_metadata import Code, MetadataAuthor, PatientId, SubmissionSetMetadata, XdmMetadata

LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:"
# CI-SIS: two states that IHE does not have.
FRENCH_STATUS: Final = "urn:asip:ci-sis:2010:StatusType:"
HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
REPLACES: Final = "urn:ihe:iti:2007:AssociationType:RPLC"
UPDATES_AVAILABILITY: Final = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
PEOPLE: Final = "1.2.250.1.71.4.2.1"
STRUCTURES: Final = "1.2.250.1.71.4.2.2"
STABLE: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
SET_NODE: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_OBJECT: Final = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:"
_AUTHOR, _SET_AUTHOR = "93606bcf-9494-43ec-9b4e-a7748d1a838d", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
_CLASS, _TYPE = "41a5887f-8865-4c09-adf7-e362475b143a", "f0306f51-975f-434e-a61c-c59651d33983"
_FORMAT, _EVENT = "a09d5840-386c-46f2-b5ad-9c3699a4309d", "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
_CONFIDENTIALITY = "f4f85eac-e6cb-4883-b524-f2705394840f"
_FACILITY, _PRACTICE = "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", "cccf5598-8b07-4b77-a05e-ae952c785ead"
_CONTENT_TYPE = "aa543740-bdda-424e-8c96-df4873be8500"
_PATIENT_ID, _SET_PATIENT_ID = "58a6f841-87b3-4a3e-92fd-a8ffeff98427", "6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_UNIQUE_ID, _SET_UNIQUE_ID = "2e82c1f6-a085-4c72-9da3-8640a32e42ab", "96fdda7c-d067-4183-912e-bf5ee74998a8"
_SET_SOURCE_ID = "554ac39e-e3fe-47fe-b233-965d2a147832"
_MARKS: Final = re.compile(r"[\^~|&]")
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def submit_objects(*objects: etree._Element) -> etree._Element:
    root = etree.Element(f"{{{LCM}}}SubmitObjectsRequest", nsmap={"lcm": LCM, "rim": RIM})
    held = etree.SubElement(root, f"{{{RIM}}}RegistryObjectList")
    held.extend(objects)
    return root


def extrinsic_object(entry: XdmMetadata, *, previous_version: str | None = None) -> etree._Element:
    """`entry.entry_uuid` names the object; `entry.lid` the logical document of which it is a version."""
    identity = entry.entry_uuid or ""
    element = _rim(
        None, "ExtrinsicObject", id=identity, mimeType=entry.mime_type or "text/xml", objectType=STABLE,
        status=status_urn(entry.availability or "Approved"), lid=entry.lid or identity, isOpaque="false",
    )  # fmt: skip
    for name, values in _slots(entry):
        slot(element, name, *values)
    _name(element, entry.title or "")
    _rim(element, "VersionInfo", versionName=previous_version or entry.version or "1")
    numbers = iter(range(1, 10_000))
    for author in entry.authors:
        _author(element, _AUTHOR, author, identity, next(numbers))
    for scheme, code in _codes(entry):
        _classify(element, scheme, code, identity, next(numbers))
    _identify(element, _PATIENT_ID, "XDSDocumentEntry.patientId", cx(entry.patient_id), identity, next(numbers))
    _identify(element, _UNIQUE_ID, "XDSDocumentEntry.uniqueId", entry.unique_id or "", identity, next(numbers))
    return element


def registry_package(said: SubmissionSetMetadata) -> Iterator[etree._Element]:
    """The submission set and the classification that says that it is one."""
    identity = said.entry_uuid or ""
    element = _rim(
        None, "RegistryPackage", id=identity, status=status_urn("Approved"), objectType=f"{_OBJECT}RegistryPackage"
    )
    slot(element, "submissionTime", dtm(said.submission_time))
    for recipient in said.intended_recipients:
        slot(element, "intendedRecipient", recipient)
    _name(element, said.title or "")
    numbers = iter(range(1, 100))
    for author in said.authors:
        _author(element, _SET_AUTHOR, author, identity, next(numbers))
    if said.content_type is not None:
        _classify(element, _CONTENT_TYPE, said.content_type, identity, next(numbers))
    for scheme, name, value in (
        (_SET_PATIENT_ID, "XDSSubmissionSet.patientId", cx(said.patient_id)),
        (_SET_SOURCE_ID, "XDSSubmissionSet.sourceId", said.source_id or ""),
        (_SET_UNIQUE_ID, "XDSSubmissionSet.uniqueId", said.unique_id or ""),
    ):
        _identify(element, scheme, name, value, identity, next(numbers))
    yield element
    yield _rim(
        None, "Classification", classifiedObject=identity, classificationNode=SET_NODE, id=f"{identity}-node",
        objectType=f"{_OBJECT}Classification",
    )  # fmt: skip


def association(kind: str, *, source: str, target: str, **slots: str) -> etree._Element:
    element = _rim(
        None, "Association", associationType=kind, sourceObject=source, targetObject=target,
        id=f"{source}-{kind.rpartition(':')[2].lower()}", objectType=f"{_OBJECT}Association",
        status=status_urn("Approved"),
    )  # fmt: skip
    for name, value in slots.items():
        slot(element, name, value)
    return element


def slot(parent: etree._Element, name: str, *values: str | None) -> None:
    known = [value for value in values if value]
    if not known:
        return
    held = _rim(_rim(parent, "Slot", name=name), "ValueList")
    for value in known:
        _rim(held, "Value").text = value


def status_urn(status: str) -> str:
    return f"{FRENCH_STATUS if status in ('Archived', 'Deleted') else STATUS}{status}"


def cx(patient: PatientId | None) -> str:
    """A patient's identifier: an INS is a national one (NH), any other the establishment's own (PI)."""
    if patient is None or not patient.value:
        return ""
    kind = "NH" if (patient.oid or "").startswith("1.2.250.1.213.1.4.") else "PI"
    return f"{_bare(patient.value)}^^^&{patient.oid or ''}&ISO^{kind}"


def dtm(iso: str | None) -> str | None:
    """UTC digits; a date keeps its precision, a time without a zone is UTC already."""
    if not iso:
        return None
    if "T" not in iso:
        return iso.replace("-", "")
    moment = datetime.fromisoformat(iso)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y%m%d%H%M%S")


def utc_text(iso: str | None) -> str | None:
    """The neutral text of an XDS time, as an instant: what has no zone is UTC."""
    return f"{iso}+00:00" if iso and "T" in iso and not re.search(r"(Z|[+-]\d\d:\d\d)$", iso) else iso


def _slots(entry: XdmMetadata) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    yield "creationTime", (dtm(entry.creation_time),)
    yield "hash", (entry.hash_sha1,)
    yield "size", (str(entry.size) if entry.size is not None else None,)
    yield "repositoryUniqueId", (entry.repository,)
    yield "URI", (entry.uri,)
    yield "languageCode", (entry.language or "fr-FR",)
    yield "legalAuthenticator", (xcn(entry.legal_authenticator),)
    yield "serviceStartTime", (dtm(entry.service_start),)
    yield "serviceStopTime", (dtm(entry.service_stop),)
    yield "sourcePatientId", (cx(entry.source_patient_id or entry.patient_id),)
    yield "sourcePatientInfo", tuple(_patient_info(entry))
    yield "urn:ihe:iti:xds:2013:referenceIdList", entry.reference_ids


def _patient_info(entry: XdmMetadata) -> Iterator[str]:
    said = entry.source_patient_info
    for each in said.ids:
        yield f"PID-3|{cx(each)}"
    if said.family:
        yield f"PID-5|{_bare(said.family)}^{_bare(said.given)}^^^^^L"
    if said.used_family:
        yield f"PID-5|{_bare(said.used_family)}^^^^^^D"
    if said.birth_date:
        yield f"PID-7|{said.birth_date.replace('-', '')}"
    if said.sex:
        yield f"PID-8|{said.sex}"
    if said.birth_place:
        yield f"PID-11|^^^^^^BDL^^{said.birth_place}"


def _codes(entry: XdmMetadata) -> Iterator[tuple[str, Code]]:
    single = ((_CLASS, entry.class_), (_TYPE, entry.type), (_FORMAT, entry.format), (_FACILITY, entry.facility),
              (_PRACTICE, entry.practice_setting))  # fmt: skip
    for scheme, code in single:
        if code is not None:
            yield scheme, code
    yield from ((_CONFIDENTIALITY, code) for code in entry.confidentiality)
    yield from ((_EVENT, code) for code in entry.events)


def _author(parent: etree._Element, scheme: str, author: MetadataAuthor, identity: str, number: int) -> None:
    element = _classification(parent, scheme, "", identity, number)
    slot(element, "authorPerson", xcn(author))
    slot(element, "authorInstitution", xon(author.organization_id, author.organization_name))
    slot(element, "authorRole", author.role)
    if author.specialty is not None:
        parts = (author.specialty.code, author.specialty.label, author.specialty.scheme)
        slot(element, "authorSpecialty", "^".join(_bare(part) for part in parts))


def xcn(person: MetadataAuthor | None) -> str | None:
    if person is None or not person.id:
        return None
    name = f"{_bare(person.family_name)}^{_bare(person.given_name)}"
    return f"{_bare(person.id)}^{name}^^^^^^&{PEOPLE}&ISO^D^^^IDNPS"


def xon(national_id: str | None, name: str | None) -> str | None:
    if not national_id:
        return _bare(name) or None
    return f"{_bare(name)}^^^^^&{STRUCTURES}&ISO^IDNST^^^{_bare(national_id)}"


def _classify(parent: etree._Element, scheme: str, code: Code, identity: str, number: int) -> None:
    element = _classification(parent, scheme, code.code or "", identity, number)
    slot(element, "codingScheme", code.scheme)
    _name(element, code.label or code.code or "")


def _classification(
    parent: etree._Element, scheme: str, representation: str, identity: str, number: int
) -> etree._Element:
    return _rim(
        parent, "Classification", classificationScheme=f"urn:uuid:{scheme}", classifiedObject=identity,
        nodeRepresentation=representation, id=f"{identity}-c{number}", objectType=f"{_OBJECT}Classification",
    )  # fmt: skip


def _identify(parent: etree._Element, scheme: str, name: str, value: str, identity: str, number: int) -> None:
    element = _rim(
        parent, "ExternalIdentifier", identificationScheme=f"urn:uuid:{scheme}", registryObject=identity, value=value,
        id=f"{identity}-i{number}", objectType=f"{_OBJECT}ExternalIdentifier",
    )  # fmt: skip
    _name(element, name)


def _name(parent: etree._Element, value: str) -> None:
    named = _rim(_rim(parent, "Name"), "LocalizedString", value=value, charset="UTF-8")
    named.set(_XML_LANG, "fr-FR")


def _rim(parent: etree._Element | None, element_name: str, /, **attributes: str) -> etree._Element:
    tag = f"{{{RIM}}}{element_name}"
    element = etree.Element(tag, nsmap={"rim": RIM}) if parent is None else etree.SubElement(parent, tag)
    for key, value in attributes.items():
        element.set(key, value)
    return element


def _bare(text: str | None) -> str:
    return _MARKS.sub(" ", text or "").strip()


def joined(codes: Iterable[Code]) -> tuple[str, ...]:
    return tuple(each.code for each in codes if each.code)
