"""METADATA.XML of an IHE XDM folder: the ebRIM 3.0 submission, read by local names so that any prefix will do.

Sources: IHE ITI TF-3 §4.2 (UUIDs of classification schemes and external identifiers), CI-SIS volet Partage de
documents de santé (French use: INS in patientId, XCN and XON of authors). Dates become ISO 8601 text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from maillon.formats.cda.dates import iso
from maillon.formats.untrusted import parse_untrusted

_SUBMISSION_SET_NODE = "a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_AUTHOR, _SET_AUTHOR = "93606bcf-9494-43ec-9b4e-a7748d1a838d", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
_CLASS = "41a5887f-8865-4c09-adf7-e362475b143a"
_TYPE = "f0306f51-975f-434e-a61c-c59651d33983"
_FORMAT = "a09d5840-386c-46f2-b5ad-9c3699a4309d"
_CONFIDENTIALITY = "f4f85eac-e6cb-4883-b524-f2705394840f"
_FACILITY = "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
_PRACTICE = "cccf5598-8b07-4b77-a05e-ae952c785ead"
_EVENT = "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
_CONTENT_TYPE = "aa543740-bdda-424e-8c96-df4873be8500"
_PATIENT_ID, _SET_PATIENT_ID = "58a6f841-87b3-4a3e-92fd-a8ffeff98427", "6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_UNIQUE_ID, _SET_UNIQUE_ID = "2e82c1f6-a085-4c72-9da3-8640a32e42ab", "96fdda7c-d067-4183-912e-bf5ee74998a8"
_SET_SOURCE_ID = "554ac39e-e3fe-47fe-b233-965d2a147832"
_NUMBERED = re.compile(r"^(\d+)\|(.*)$", re.DOTALL)
_QUOTES = "'\"‘’ \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    code: str | None = None
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientId:
    """CX: for an INS, `value` is the matricule and `oid` its nature (NIR, NIA, test)."""

    value: str | None = None
    oid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePatientInfo:
    ids: tuple[PatientId, ...] = ()
    family: str | None = None  # birth name: the PID-5 of type L, else the first without a type
    used_family: str | None = None  # PID-5 of type D
    given: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    address: str | None = None
    birth_place: str | None = None  # PID-11 of type BDL: the COG code


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataAuthor:
    id: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    specialty: Code | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class XdmMetadata:
    uri: str | None = None
    hash_sha1: str | None = None  # lower-case hexadecimal
    size: int | None = None
    unique_id: str | None = None
    entry_uuid: str | None = None
    patient_id: PatientId | None = None
    source_patient_id: PatientId | None = None
    source_patient_info: SourcePatientInfo = SourcePatientInfo()
    type: Code | None = None
    class_: Code | None = None
    format: Code | None = None
    confidentiality: tuple[Code, ...] = ()
    facility: Code | None = None
    practice_setting: Code | None = None
    events: tuple[Code, ...] = ()
    creation_time: str | None = None
    service_start: str | None = None
    service_stop: str | None = None
    language: str | None = None
    title: str | None = None
    mime_type: str | None = None
    authors: tuple[MetadataAuthor, ...] = ()
    legal_authenticator: MetadataAuthor | None = None
    availability: str | None = None  # Approved, Deprecated…
    lid: str | None = None
    version: str | None = None
    replaces: tuple[str, ...] = ()  # entryUUID of the documents that this one replaces (RPLC)
    reference_ids: tuple[str, ...] = ()
    repository: str | None = None  # repositoryUniqueId: where a registry says that the bytes are


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionSetMetadata:
    unique_id: str | None = None
    source_id: str | None = None
    entry_uuid: str | None = None
    patient_id: PatientId | None = None
    submission_time: str | None = None
    content_type: Code | None = None
    title: str | None = None
    authors: tuple[MetadataAuthor, ...] = ()
    intended_recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    submission_set: SubmissionSetMetadata | None
    documents: tuple[XdmMetadata, ...]


def read_metadata(data: bytes) -> Submission:
    """Refused when the XML is; a missing slot is None, never a refusal."""
    root = parse_untrusted(data)
    replaced = _replacements(root)
    entries = tuple(_document(element, replaced) for element in _all(root, "ExtrinsicObject"))
    return Submission(submission_set=_submission_set(root), documents=entries)


def _document(element: etree._Element, replaced: dict[str, tuple[str, ...]]) -> XdmMetadata:
    slots = _slots(element)
    codes = _codes(element)
    identifiers = _identifiers(element)
    uuid = _text(element.get("id"))
    return XdmMetadata(
        uri=_joined(slots.get("uri", [])),
        hash_sha1=_lower(_first(slots, "hash")),
        size=_number(_first(slots, "size")),
        unique_id=identifiers.get(_UNIQUE_ID),
        entry_uuid=uuid,
        patient_id=patient_id(identifiers.get(_PATIENT_ID)),
        source_patient_id=patient_id(_first(slots, "sourcepatientid")),
        source_patient_info=_patient_info(slots.get("sourcepatientinfo", [])),
        type=_one(codes, _TYPE),
        class_=_one(codes, _CLASS),
        format=_one(codes, _FORMAT),
        confidentiality=tuple(codes.get(_CONFIDENTIALITY, ())),
        facility=_one(codes, _FACILITY),
        practice_setting=_one(codes, _PRACTICE),
        events=tuple(codes.get(_EVENT, ())),
        creation_time=iso(_first(slots, "creationtime")),
        service_start=iso(_first(slots, "servicestarttime")),
        service_stop=iso(_first(slots, "servicestoptime")),
        language=_first(slots, "languagecode"),
        title=_localized(element, "Name"),
        mime_type=_text(element.get("mimeType")),
        authors=_authors(element, _AUTHOR),
        legal_authenticator=_person(_first(slots, "legalauthenticator")),
        availability=_last_step(element.get("status")),
        lid=_text(element.get("lid")),
        version=_version(element),
        replaces=replaced.get(uuid or "", ()),
        reference_ids=tuple(slots.get("urn:ihe:iti:xds:2013:referenceidlist", ())),
        repository=_first(slots, "repositoryuniqueid"),
    )


def _submission_set(root: etree._Element) -> SubmissionSetMetadata | None:
    packages = list(_all(root, "RegistryPackage"))
    marked = _classified_as_set(root)
    element = next((each for each in packages if each.get("id") in marked), packages[0] if len(packages) == 1 else None)
    if element is None:
        return None
    slots, identifiers = _slots(element), _identifiers(element)
    return SubmissionSetMetadata(
        unique_id=identifiers.get(_SET_UNIQUE_ID),
        source_id=identifiers.get(_SET_SOURCE_ID),
        entry_uuid=_text(element.get("id")),
        patient_id=patient_id(identifiers.get(_SET_PATIENT_ID)),
        submission_time=iso(_first(slots, "submissiontime")),
        content_type=_one(_codes(element), _CONTENT_TYPE),
        title=_localized(element, "Name"),
        authors=_authors(element, _SET_AUTHOR),
        intended_recipients=tuple(slots.get("intendedrecipient", ())),
    )


def _classified_as_set(root: etree._Element) -> set[str | None]:
    return {
        element.get("classifiedObject")
        for element in _all(root, "Classification")
        if _uuid(element.get("classificationNode")) == _SUBMISSION_SET_NODE
    }


def _replacements(root: etree._Element) -> dict[str, tuple[str, ...]]:
    """By entryUUID of the new document. RPLC and XFRM_RPLC both take the old one's place."""
    replaced: dict[str, tuple[str, ...]] = {}
    for association in _all(root, "Association"):
        source, target = _text(association.get("sourceObject")), _text(association.get("targetObject"))
        kind = _last_step(association.get("associationType")) or ""
        if kind.upper().endswith("RPLC") and source and target:
            replaced[source] = (*replaced.get(source, ()), target)
    return replaced


def _all(root: etree._Element, local_name: str) -> Iterator[etree._Element]:
    return root.iter(f"{{*}}{local_name}")


def _children(element: etree._Element, local_name: str) -> Iterator[etree._Element]:
    return element.iterchildren(f"{{*}}{local_name}")


def _slots(element: etree._Element) -> dict[str, list[str]]:
    """Values by lower-case name: producers do not agree on `URI` or `Uri`."""
    return {
        (slot.get("name") or "").strip().lower(): [text for value in _all(slot, "Value") if (text := _text(value.text))]
        for slot in _children(element, "Slot")
    }


def _codes(element: etree._Element) -> dict[str, list[Code]]:
    found: dict[str, list[Code]] = {}
    for classification in _children(element, "Classification"):
        code = Code(
            code=_unquoted(classification.get("nodeRepresentation")),
            scheme=_unquoted(_first(_slots(classification), "codingscheme")),
            label=_localized(classification, "Name"),
        )
        if code.code:
            found.setdefault(_uuid(classification.get("classificationScheme")), []).append(code)
    return found


def _identifiers(element: etree._Element) -> dict[str, str]:
    return {
        _uuid(each.get("identificationScheme")): value
        for each in _children(element, "ExternalIdentifier")
        if (value := _unquoted(each.get("value")))
    }


def _authors(element: etree._Element, scheme: str) -> tuple[MetadataAuthor, ...]:
    return tuple(
        author
        for each in _children(element, "Classification")
        if _uuid(each.get("classificationScheme")) == scheme and (author := _author(_slots(each)))
    )


def _author(slots: dict[str, list[str]]) -> MetadataAuthor | None:
    person = _person(_first(slots, "authorperson")) or MetadataAuthor()
    institution = _components(_first(slots, "authorinstitution"))
    author = MetadataAuthor(
        id=person.id,
        family_name=person.family_name,
        given_name=person.given_name,
        organization_id=_at(institution, 9),
        organization_name=_at(institution, 0),
        specialty=_ce(_first(slots, "authorspecialty")),
        role=_first(slots, "authorrole"),
    )
    return author if author != MetadataAuthor() else None


def _person(xcn: str | None) -> MetadataAuthor | None:
    parts = _components(xcn)
    if not any(parts[:3]):
        return None
    return MetadataAuthor(id=_at(parts, 0), family_name=_at(parts, 1), given_name=_at(parts, 2))


def _ce(value: str | None) -> Code | None:
    parts = _components(value)
    return Code(code=_at(parts, 0), label=_at(parts, 1), scheme=_at(parts, 2)) if any(parts) else None


def patient_id(cx: str | None) -> PatientId | None:
    """`279035121518989^^^&1.2.250.1.213.1.4.10&ISO^INS` -> its value and its OID."""
    parts = _components(cx)
    if not any(parts):
        return None
    authority = (_at(parts, 3) or "").split("&")
    return PatientId(value=_at(parts, 0), oid=_at(authority, 1) or _at(authority, 0))


def _patient_info(values: Iterable[str]) -> SourcePatientInfo:
    fields: dict[str, list[str]] = {}
    for value in values:
        name, bar, content = value.partition("|")
        if bar:
            fields.setdefault(name.strip().upper(), []).extend(content.split("~"))
    birth, used = _names(fields.get("PID-5", []))
    places = [_components(place) for place in fields.get("PID-11", [])]
    return SourcePatientInfo(
        ids=tuple(each for value in fields.get("PID-3", []) if (each := patient_id(value))),
        family=_at(birth, 0),
        used_family=_at(used, 0),
        given=_at(birth, 1),
        birth_date=iso((_value(fields, "PID-7") or "")[:8]),
        sex=_value(fields, "PID-8"),
        address=next((shown for place in places if (shown := " ".join(filter(None, place[:6])))), None),
        birth_place=next((_at(place, 8) for place in places if _at(place, 6) == "BDL"), None),
    )


def _names(repetitions: list[str]) -> tuple[list[str], list[str]]:
    names = [_components(each) for each in repetitions]
    used = next((name for name in names if _at(name, 6) == "D"), [])
    birth = next((name for name in names if _at(name, 6) == "L"), None)
    return birth or next((name for name in names if name is not used), []), used


def _components(value: str | None) -> list[str]:
    return [part.strip(_QUOTES) for part in (value or "").replace("&amp;", "&").split("^")]


def _at(parts: list[str], index: int) -> str | None:
    return parts[index] or None if index < len(parts) else None


def _value(fields: dict[str, list[str]], name: str) -> str | None:
    return next((text for value in fields.get(name, []) if (text := _text(value))), None)


def _one(codes: dict[str, list[Code]], scheme: str) -> Code | None:
    return codes[scheme][0] if codes.get(scheme) else None


def _first(slots: dict[str, list[str]], name: str) -> str | None:
    return slots[name][0] if slots.get(name) else None


def _joined(values: list[str]) -> str | None:
    """A long URI may come in numbered pieces: `1|ftp://…`, `2|…` (IHE ITI TF-3 §4.2.3.2.28)."""
    pieces = [_NUMBERED.match(value) for value in values]
    if values and all(pieces):
        return "".join(piece.group(2) for piece in sorted(filter(None, pieces), key=lambda each: int(each.group(1))))
    return values[0] if values else None


def _localized(element: etree._Element, name: str) -> str | None:
    for child in _children(element, name):
        for string in _all(child, "LocalizedString"):
            if text := _text(string.get("value")):
                return text
    return None


def _version(element: etree._Element) -> str | None:
    return next((_text(each.get("versionName")) for each in _children(element, "VersionInfo")), None)


def _uuid(value: str | None) -> str:
    return (value or "").strip(_QUOTES).lower().removeprefix("urn:uuid:")


def _last_step(value: str | None) -> str | None:
    return _text((value or "").rpartition(":")[2])


def _text(value: str | None) -> str | None:
    return value.strip() or None if value else None


def _unquoted(value: str | None) -> str | None:
    return value.strip(_QUOTES) or None if value else None


def _lower(value: str | None) -> str | None:
    return value.lower() if value else None


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 16 else None
