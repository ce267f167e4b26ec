"""What a partner publishes, read: DocumentReferences with their bytes, alone (ITI-105) or in a transaction (ITI-65).

Pure: a Bundle or a resource in, neutral metadata and bytes out. Raises Refused, in French, for what cannot be taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from maillon.formats.confidentiality import is_known
from maillon.formats.fhir.datatypes import Resource, objects, unique_id_of
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import Code, MetadataAuthor, PatientId, SourcePatientInfo, XdmMetadata

INS_OIDS: Final = frozenset(f"1.2.250.1.213.1.4.{last}" for last in (8, 9, 10, 11))
LARGEST: Final = 25 * 1024 * 1024
MOST_DOCUMENTS: Final = 50
LEVELS: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
LIST_TYPES: Final = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
_BIRTH_LIST: Final = "fr-core-patient-birth-list-given-name"
_LOCAL_PATIENT: Final = re.compile(r"(?:https?://[^\s]+/)?Patient/([0-9a-fA-F-]{36})(?:/_history/[^/]+)?")
_LOCAL_DOCUMENT: Final = re.compile(r"(?:https?://[^\s]+/)?DocumentReference/([0-9a-fA-F-]{36})(?:/_history/[^/]+)?")
_SEXES: Final = {"male": "M", "female": "F"}


@dataclass(frozen=True, kw_only=True)
class Published:
    """`subject`: our own number of the patient, when that is how they were named. `replaces`: the document that this
    one replaces, by our number or by its unique identifier. `address`: of its entry in the bundle."""

    data: bytes = field(repr=False)
    metadata: XdmMetadata
    subject: UUID | None = None
    replaces_uuid: UUID | None = None
    replaces: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class PublishedList:
    """A submission set or a folder. `entries` are the addresses of what it holds."""

    resource: Resource
    is_folder: bool
    entries: tuple[str, ...]
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """In the order of the bundle; `order` names each entry by (kind, rank among its kind)."""

    documents: tuple[Published, ...]
    lists: tuple[PublishedList, ...]
    superseded: tuple[str, ...]  # documents that the bundle says to be replaced (IHE MHD patch), by their unique id
    order: tuple[tuple[str, int], ...]


# ------------------------------------------------------------------------------------------------ one document


def read_document(resource: Resource, *, around: Mapping[str, Resource] | None = None, address: str = "") -> Published:
    """`around`: the other resources of the bundle, by their address."""
    near = dict(around or {}) | {f"#{each.get('id')}": each for each in objects(resource.get("contained"))}
    if resource.get("resourceType") != "DocumentReference":
        raise Refused("E-FHIR-20", "Une ressource DocumentReference est attendue.")
    if resource.get("status") != "current":
        raise Refused("E-FHIR-21", "Un document se publie avec l’état « current ».")
    contents = objects(resource.get("content"))
    if len(contents) != 1:
        raise Refused("E-FHIR-22", "Un document a un contenu, et un seul.")
    attachment = _object(contents[0].get("attachment"))
    data = _bytes(attachment, near)
    unique_id = unique_id_of(_object(resource.get("masterIdentifier")))
    if not unique_id:
        raise Refused("E-FHIR-23", "Le document n’a pas d’identifiant unique (masterIdentifier).")
    patient, subject = _patient(resource, near)
    replaced = _replaced(resource)
    return Published(
        data=data,
        metadata=_metadata(
            resource, attachment, contents[0], data=data, unique_id=unique_id, patient=patient, near=near
        ),
        subject=subject,
        replaces_uuid=replaced[0],
        replaces=replaced[1],
        address=address,
    )


def _metadata(
    resource: Resource, attachment: Resource, content: Resource, *, data: bytes, unique_id: str, patient: Resource,
    near: Mapping[str, Resource],
) -> XdmMetadata:  # fmt: skip
    context = _object(resource.get("context"))
    info, identifier = patient_info(patient)
    labels = _codings(resource.get("securityLabel"))
    return XdmMetadata(
        unique_id=unique_id,
        # A hash that is not given is not missing: the bytes came in the same request.
        hash_sha1=_sha1(attachment) or hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        size=attachment["size"] if isinstance(attachment.get("size"), int) else len(data),
        patient_id=identifier,
        source_patient_info=info,
        type=_first_code(resource.get("type")),
        class_=_first_code(next(iter(objects(resource.get("category"))), {})),
        format=_code(_object(content.get("format"))),
        # A label may say anything else of a document (that it is a test, that it is opaque): that is no level.
        confidentiality=tuple(each for each in labels if each.scheme == LEVELS or is_known(each.code)),
        facility=_first_code(context.get("facilityType")),
        practice_setting=_first_code(context.get("practiceSetting")),
        creation_time=_text(attachment.get("creation")) or _text(resource.get("date")),
        service_start=_text(_object(context.get("period")).get("start")),
        language=_text(attachment.get("language")),
        title=_text(attachment.get("title")) or _text(resource.get("description")),
        mime_type=_text(attachment.get("contentType")),
        authors=tuple(_authors(resource, near)),
    )


def _bytes(attachment: Resource, near: Mapping[str, Resource]) -> bytes:
    written = attachment.get("data")
    if written is None:
        binary = near.get(str(attachment.get("url") or ""), {})
        written = binary.get("data") if binary.get("resourceType") == "Binary" else None
    if not isinstance(written, str):
        raise Refused("E-FHIR-24", "Les octets du document manquent\u202f: « data », ou un Binary du même lot.")
    try:
        data = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("E-FHIR-25", "Les octets du document ne sont pas en base64.") from None
    if not data or len(data) > LARGEST:
        raise Refused("E-FHIR-26", "Le document est vide, ou dépasse la taille admise (25 Mo).")
    return data


def _sha1(attachment: Resource) -> str | None:
    written = attachment.get("hash")
    if written is None:
        return None
    try:
        digest = base64.b64decode(str(written), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) == 20:
        return digest.hex()
    raise Refused("E-FHIR-27", "L’empreinte annoncée (hash) n’est pas un SHA-1 en base64.")


def _replaced(resource: Resource) -> tuple[UUID | None, str]:
    related = objects(resource.get("relatesTo"))
    if any(each.get("code") != "replaces" for each in related) or len(related) > 1:
        raise Refused("E-FHIR-28", "Seul le remplacement (relatesTo « replaces ») est admis, un à la fois.")
    target = _object(related[0].get("target")) if related else {}
    found = _LOCAL_DOCUMENT.fullmatch(str(target.get("reference") or ""))
    return (_uuid(found[1]) if found else None), unique_id_of(_object(target.get("identifier")))


# ------------------------------------------------------------------------------------------------ of whom


def _patient(resource: Resource, near: Mapping[str, Resource]) -> tuple[Resource, UUID | None]:
    """The patient as the source describes them, and our number of them when the reference is to us."""
    subject = _object(resource.get("subject"))
    source = _object(_object(resource.get("context")).get("sourcePatientInfo"))
    reference = str(subject.get("reference") or "")
    found = _LOCAL_PATIENT.fullmatch(reference)
    described = near.get(reference) or near.get(str(source.get("reference") or "")) or {}
    if described.get("resourceType") not in (None, "Patient"):
        raise Refused("E-FHIR-29", "Le sujet du document n’est pas un patient.")
    if not described and subject.get("identifier"):
        described = {"resourceType": "Patient", "identifier": [subject["identifier"]]}
    if not described and found is None:
        raise Refused("E-FHIR-29", "Le document ne dit pas de quel patient il s’agit (subject, sourcePatientInfo).")
    return described, _uuid(found[1]) if found and reference not in near else None


def patient_info(patient: Resource) -> tuple[SourcePatientInfo, PatientId | None]:
    """Birth traits, and the matricule when there is one."""
    identifiers = tuple(_identifiers(patient))
    matricule = next((each for each in identifiers if each.oid in INS_OIDS), None)
    names = objects(patient.get("name"))
    official = next((each for each in names if each.get("use") == "official"), names[0] if names else {})
    usual = next((each for each in names if each.get("use") == "usual"), {})
    info = SourcePatientInfo(
        ids=identifiers,
        family=_text(official.get("family")),
        used_family=_text(usual.get("family")),
        given=_birth_list(official) or _words(official.get("given")),
        birth_date=_text(patient.get("birthDate")),
        sex=_SEXES.get(str(patient.get("gender") or "")),
        birth_place=_birth_place(patient),
    )
    return info, matricule or next(iter(identifiers), None)


def _identifiers(patient: Resource) -> Iterator[PatientId]:
    for each in objects(patient.get("identifier")):
        system, value = str(each.get("system") or ""), _text(each.get("value"))
        if system.startswith("urn:oid:") and value:
            yield PatientId(value=value, oid=system.removeprefix("urn:oid:"))


def _birth_list(name: Resource) -> str | None:
    found = (each for each in objects(name.get("extension")) if str(each.get("url")).endswith(_BIRTH_LIST))
    return next((_text(each.get("valueString")) for each in found), None)


def _birth_place(patient: Resource) -> str | None:
    for place in objects(patient.get("extension")):
        if str(place.get("url")).endswith("/patient-birthPlace"):
            for code in objects(_object(place.get("valueAddress")).get("extension")):
                return _text(_object(code.get("valueCoding")).get("code"))
    return None


def _authors(resource: Resource, near: Mapping[str, Resource]) -> Iterator[MetadataAuthor]:
    """Persons whom the bundle describes; a reference that leads elsewhere keeps its display."""
    for each in objects(resource.get("author")):
        said = near.get(str(each.get("reference") or ""), {})
        role = said if said.get("resourceType") == "PractitionerRole" else {}
        person = near.get(str(_object(role.get("practitioner")).get("reference") or ""), said)
        place = near.get(str(_object(role.get("organization")).get("reference") or ""), {})
        name = next(iter(objects(person.get("name"))), {}) if person.get("resourceType") == "Practitioner" else {}
        numbers = [str(known.get("value") or "") for known in objects(person.get("identifier"))]
        family = _text(name.get("family")) or _text(name.get("text")) or _text(each.get("display"))
        yield MetadataAuthor(
            id=next((number for number in numbers if re.fullmatch(r"8\d{11}", number)), None),
            family_name=family,
            given_name=_words(name.get("given")),
            organization_name=_text(place.get("name")),
        )


# ------------------------------------------------------------------------------------------------ a transaction


def read_transaction(bundle: Resource) -> Transaction:
    """PDSm flux 01: one submission set, its documents, their bytes, folders; nothing else."""
    if bundle.get("type") != "transaction":
        raise Refused("E-FHIR-30", "Un lot se publie dans un Bundle de type « transaction ».")
    entries = objects(bundle.get("entry"))
    near = {str(each["fullUrl"]): _object(each.get("resource")) for each in entries if each.get("fullUrl")}
    documents: list[Published] = []
    lists: list[PublishedList] = []
    superseded: list[str] = []
    order: list[tuple[str, int]] = []
    for entry in entries:
        resource, kind = _object(entry.get("resource")), str(_object(entry.get("resource")).get("resourceType"))
        address = str(entry.get("fullUrl") or "")
        _refuse_other_method(entry, kind)
        if kind == "DocumentReference":
            order.append((kind, len(documents)))
            documents.append(read_document(resource, around=near, address=address))
        elif kind == "List":
            order.append((kind, len(lists)))
            lists.append(_list(resource, address))
        elif kind == "Parameters":
            order.append((kind, len(superseded)))
            superseded.append(_superseded(entry))
        else:
            order.append((kind, 0))
    _refuse_odd_bundle(documents, lists)
    return Transaction(documents=tuple(documents), lists=tuple(lists), superseded=tuple(superseded), order=tuple(order))


def _refuse_other_method(entry: Resource, kind: str) -> None:
    admitted = {"DocumentReference": "POST", "List": "POST", "Binary": "POST", "Patient": "POST", "Parameters": "PATCH"}
    method = _object(entry.get("request")).get("method")
    if kind not in admitted:
        raise Refused("E-FHIR-31", "Le lot contient une ressource qui n’est pas admise ici.")
    if method != admitted[kind] and not (kind in ("Patient", "Binary") and method in ("GET", "PUT")):
        raise Refused("E-FHIR-32", "Le lot demande une opération qui n’est pas admise ici.")


def _refuse_odd_bundle(documents: list[Published], lists: list[PublishedList]) -> None:
    if sum(not each.is_folder for each in lists) != 1:
        raise Refused("E-FHIR-33", "Un lot contient une liste « submissionset », et une seule.")
    if not documents or len(documents) > MOST_DOCUMENTS:
        raise Refused("E-FHIR-34", f"Un lot contient de 1 à {MOST_DOCUMENTS} documents.")
    if len({each.metadata.unique_id for each in documents}) != len(documents):
        raise Refused("E-FHIR-35", "Deux documents du lot portent le même identifiant unique.")
    known = {each.address for each in documents} | {each.address for each in lists}
    if any(entry not in known for each in lists for entry in each.entries):
        raise Refused("E-FHIR-36", "Une liste nomme un document qui n’est pas dans le lot.")


def _list(resource: Resource, address: str) -> PublishedList:
    codes = {each.code for each in _codings(resource.get("code")) if each.scheme == LIST_TYPES}
    if not codes & {"submissionset", "folder"}:
        raise Refused("E-FHIR-37", "Une liste est un lot de soumission (submissionset) ou un classeur (folder).")
    entries = (str(_object(each.get("item")).get("reference") or "") for each in objects(resource.get("entry")))
    return PublishedList(resource=resource, is_folder="folder" in codes, entries=tuple(entries), address=address)


def _superseded(entry: Resource) -> str:
    """IHE MHD says of each replaced document that it is superseded: by its address, with its unique identifier."""
    url = str(_object(entry.get("request")).get("url") or "")
    found = re.fullmatch(r"DocumentReference\?identifier=([^&]*)", url)
    system, bar, value = (found[1] if found else "").partition("|")
    if found:
        return unique_id_of({"system": system if bar else "", "value": value if bar else system})
    local = _LOCAL_DOCUMENT.fullmatch(url)
    if local is None:
        raise Refused("E-FHIR-32", "Le lot demande une opération qui n’est pas admise ici.")
    return local[1].lower()


# ------------------------------------------------------------------------------------------------ pieces


def _object(value: Any) -> Resource:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _words(value: Any) -> str | None:
    return " ".join(each for each in value if isinstance(each, str)) or None if isinstance(value, list) else None


def _code(coding: Resource) -> Code | None:
    system = str(coding.get("system") or "")
    scheme = system.removeprefix("urn:oid:")
    found = Code(code=_text(coding.get("code")), scheme=_OIDS.get(scheme, scheme) or None,
                 label=_text(coding.get("display")))  # fmt: skip
    return found if found.code else None


_OIDS: Final = {
    "http://loinc.org": "2.16.840.1.113883.6.1",
    "http://snomed.info/sct": "2.16.840.1.113883.6.96",
    "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire":
        "1.2.250.1.213.1.1.4.12",
}  # fmt: skip


def _codings(value: Any) -> list[Code]:
    concepts = objects(value) if isinstance(value, list) else [_object(value)]
    return [found for each in concepts for coding in objects(each.get("coding")) if (found := _code(coding))]


def _first_code(value: Any) -> Code | None:
    return next(iter(_codings(value)), None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
