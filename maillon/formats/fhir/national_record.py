"""PDSm as the national record speaks it (PDSm 3.1, PDSM4DMP): the neutral metadata of a document <-> DocumentReference,
the submission Bundle of ITI-65, the patches of TD3.3. Pure.

Identifiers: the resource's id and `identifier` are the entryUUID, `masterIdentifier` is the uniqueId.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from maillon.formats.fhir.datatypes import Resource, known, system_of
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import Code, MetadataAuthor, PatientId, SubmissionSetMetadata, XdmMetadata
from maillon.formats.xds.ebrim import utc_text

IG: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition"
DOCUMENT_PROFILE: Final = f"{IG}/pdsm-comprehensive-document-reference"
SET_PROFILE: Final = f"{IG}/pdsm-submissionset-comprehensive"
BUNDLE_PROFILE: Final = f"{IG}/pdsm-comprehensive-provide-document-bundle"
ARCHIVED: Final = f"{IG}/pdsm-isArchived"
SOURCE_ID: Final = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId"
DESIGNATION: Final = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType"
LIST_TYPES: Final = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
PEOPLE: Final = "urn:oid:1.2.250.1.71.4.2.1"
STRUCTURES: Final = "urn:oid:1.2.250.1.71.4.2.2"
URI: Final = "urn:ietf:rfc:3986"
_STATUSES: Final = {"Approved": "current", "Deprecated": "superseded", "Archived": "current",
                    "Deleted": "entered-in-error"}  # fmt: skip
_OID: Final = re.compile(r"[0-2](\.\d+)+")
_SYSTEM_OIDS: Final = {system_of(oid): oid for oid in ("2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96")}


def document_reference(entry: XdmMetadata, *, url: str, replaces: Iterable[str] = ()) -> Resource:
    """`url` is where the bytes are; `replaces` the entryUUID of what it takes the place of."""
    people = [author for author in entry.authors if author.id]
    houses = [author for author in entry.authors if author.organization_id]
    contained = [_practitioner(each, f"auteur{rank}") for rank, each in enumerate(people, 1)]
    contained += [_organization(each, f"structure{rank}") for rank, each in enumerate(houses, 1)]
    attachment = known(
        contentType=entry.mime_type, language=entry.language or "fr-FR", url=url, size=entry.size,
        hash=_as_base64(entry.hash_sha1), title=entry.title, creation=utc_text(entry.creation_time),
    )  # fmt: skip
    return known(
        resourceType="DocumentReference",
        id=plain_uuid(entry.entry_uuid),
        meta={"versionId": entry.version or "1", "profile": [DOCUMENT_PROFILE]},
        contained=contained,
        extension=[{"url": ARCHIVED, "valueBoolean": entry.availability == "Archived"}],
        masterIdentifier={"system": URI, "value": as_uri(entry.unique_id or "")},
        identifier=[{"system": URI, "value": f"urn:uuid:{plain_uuid(entry.entry_uuid)}"}],
        status=_STATUSES.get(entry.availability or "Approved", "current"),
        type=_concept(entry.type),
        category=[_concept(entry.class_)] if entry.class_ else [],
        subject={"identifier": patient_identifier(entry.patient_id)},
        date=utc_text(entry.creation_time),
        author=[{"reference": f"#{each['id']}"} for each in contained],
        authenticator=_authenticator(entry.legal_authenticator),
        custodian={"reference": "#structure1"} if houses else None,
        relatesTo=[
            {"code": "replaces", "target": {"reference": f"DocumentReference/{plain_uuid(each)}"}} for each in replaces
        ],
        description=entry.title,
        securityLabel=[_concept(each) for each in entry.confidentiality],
        content=[known(attachment=attachment, format=_coding(entry.format))],
        context=known(
            event=[_concept(each) for each in entry.events],
            period=known(start=utc_text(entry.service_start or entry.creation_time), end=utc_text(entry.service_stop)),
            facilityType=_concept(entry.facility),
            practiceSetting=_concept(entry.practice_setting),
            sourcePatientInfo={"identifier": patient_identifier(entry.source_patient_id or entry.patient_id)},
        ),
    )


def read_document_reference(resource: Any) -> XdmMetadata:
    """Raises E-XDS-01 for what is no DocumentReference, or lacks what names it."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "DocumentReference":
        raise Refused("E-XDS-01", "La réponse n’est pas un document.")
    try:
        return _read(resource)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, binascii.Error):
        raise Refused("E-XDS-01", "Les métadonnées du document ne sont pas lisibles.") from None


def _read(resource: Mapping[str, Any]) -> XdmMetadata:
    content = resource["content"][0]
    attachment = content["attachment"]
    context = resource.get("context") or {}
    period = context.get("period") or {}
    entry_uuid = f"urn:uuid:{plain_uuid(resource['id'])}"
    return XdmMetadata(
        uri=_text(attachment.get("url")),
        hash_sha1=base64.b64decode(attachment["hash"]).hex() if attachment.get("hash") else None,
        size=int(attachment["size"]) if attachment.get("size") is not None else None,
        unique_id=from_uri(resource["masterIdentifier"]["value"]),
        entry_uuid=entry_uuid,
        lid=entry_uuid,
        version=str((resource.get("meta") or {}).get("versionId") or "1"),
        patient_id=_patient(resource["subject"]["identifier"]),
        source_patient_id=_patient((context.get("sourcePatientInfo") or {}).get("identifier")),
        type=_code(resource.get("type")),
        class_=_code((resource.get("category") or [None])[0]),
        format=_of_coding(content.get("format")),
        confidentiality=tuple(filter(None, (_code(each) for each in resource.get("securityLabel") or ()))),
        facility=_code(context.get("facilityType")),
        practice_setting=_code(context.get("practiceSetting")),
        events=tuple(filter(None, (_code(each) for each in context.get("event") or ()))),
        creation_time=_text(attachment.get("creation") or resource.get("date")),
        service_start=_text(period.get("start")),
        service_stop=_text(period.get("end")),
        language=_text(attachment.get("language")),
        title=_text(attachment.get("title") or resource.get("description")),
        mime_type=_text(attachment.get("contentType")),
        authors=tuple(_authors(resource)),
        availability=_availability(resource),
        replaces=tuple(
            f"urn:uuid:{plain_uuid(each['target']['reference'])}"
            for each in resource.get("relatesTo") or ()
            if each.get("code") == "replaces"
        ),
    )


def submission_list(said: SubmissionSetMetadata, *, documents: Iterable[str]) -> Resource:
    author = said.authors[0] if said.authors else MetadataAuthor()
    return known(
        resourceType="List",
        id=plain_uuid(said.entry_uuid),
        meta={"profile": [SET_PROFILE]},
        contained=[_practitioner(author, "source")] if author.id else None,
        extension=[
            {"url": DESIGNATION, "valueCodeableConcept": _concept(said.content_type)},
            {"url": SOURCE_ID, "valueIdentifier": {"system": URI, "value": as_uri(said.source_id or "")}},
            {"url": ARCHIVED, "valueBoolean": False},
        ],
        identifier=[
            {"use": "usual", "system": URI, "value": as_uri(said.unique_id or "")},
            {"use": "official", "system": URI, "value": f"urn:uuid:{plain_uuid(said.entry_uuid)}"},
        ],
        status="current",
        mode="working",
        title=said.title,
        code={"coding": [{"system": LIST_TYPES, "code": "submissionset"}]},
        subject={"identifier": patient_identifier(said.patient_id)},
        date=utc_text(said.submission_time),
        source={"reference": "#source"} if author.id else None,
        entry=[{"item": {"reference": each}} for each in documents],
    )


def provide_bundle(
    said: SubmissionSetMetadata, entry: XdmMetadata, data: bytes, *, replaces: Iterable[str] = ()
) -> Resource:
    """ITI-65: the set, the document's metadata and its bytes, in one transaction."""
    address, binary = f"urn:uuid:{plain_uuid(entry.entry_uuid)}", f"urn:uuid:{plain_uuid(entry.entry_uuid)[:-4]}b1b1"
    resources = (
        (f"urn:uuid:{plain_uuid(said.entry_uuid)}", submission_list(said, documents=[address])),
        (address, document_reference(entry, url=binary, replaces=replaces)),
        (binary, {"resourceType": "Binary", "contentType": entry.mime_type, "data": base64.b64encode(data).decode()}),
    )
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [BUNDLE_PROFILE]},
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": each, "request": {"method": "POST", "url": each["resourceType"]}}
            for url, each in resources
        ],
    }


def simplified_publish(entry: XdmMetadata, data: bytes) -> Resource:
    """ITI-105: one DocumentReference that carries its own bytes."""
    resource = document_reference(entry, url="")
    resource["content"][0]["attachment"]["data"] = base64.b64encode(data).decode()
    return resource


def patch_visibility(codes: Iterable[Code]) -> list[Resource]:
    return [{"op": "replace", "path": "/securityLabel", "value": [_concept(each) for each in codes]}]


def patch_status(status: str) -> list[Resource]:
    return [{"op": "replace", "path": "/status", "value": status}]


def patch_archiving(*, is_archived: bool) -> list[Resource]:
    return [{"op": "replace", "path": "/extension", "value": [{"url": ARCHIVED, "valueBoolean": is_archived}]}]


def patient_identifier(patient: PatientId | None) -> Resource:
    return known(system=f"urn:oid:{patient.oid}", value=patient.value) if patient else {}


def as_uri(unique_id: str) -> str:
    """An OID, an OID with an extension, or a UUID, as the one form that FHIR's master identifier has."""
    return f"urn:oid:{unique_id}" if _OID.match(unique_id) else f"urn:uuid:{unique_id}"


def from_uri(value: str) -> str:
    return value.removeprefix("urn:oid:").removeprefix("urn:uuid:")


def plain_uuid(text: str | None) -> str:
    return (text or "").rpartition("/")[2].removeprefix("urn:uuid:")


def _patient(identifier: Any) -> PatientId | None:
    if not identifier:
        return None
    return PatientId(value=identifier.get("value"), oid=str(identifier.get("system", "")).removeprefix("urn:oid:"))


def _practitioner(author: MetadataAuthor, local: str) -> Resource:
    return known(
        resourceType="Practitioner",
        id=local,
        identifier=[{"system": PEOPLE, "value": author.id}],
        name=[known(family=author.family_name, given=[author.given_name] if author.given_name else [])],
        qualification=[{"code": _concept(author.specialty)}] if author.specialty else [],
    )


def _organization(author: MetadataAuthor, local: str) -> Resource:
    return known(
        resourceType="Organization",
        id=local,
        identifier=[{"system": STRUCTURES, "value": author.organization_id}],
        name=author.organization_name,
    )


def _authors(resource: Mapping[str, Any]) -> Iterable[MetadataAuthor]:
    held = {each.get("resourceType"): each for each in reversed(resource.get("contained") or ())}
    house = held.get("Organization") or {}
    for person in (each for each in resource.get("contained") or () if each.get("resourceType") == "Practitioner"):
        name = (person.get("name") or [{}])[0]
        skills = person.get("qualification") or []
        yield MetadataAuthor(
            id=_text(person["identifier"][0]["value"]),
            family_name=_text(name.get("family")),
            given_name=_text((name.get("given") or [None])[0]),
            organization_id=_text((house.get("identifier") or [{}])[0].get("value")),
            organization_name=_text(house.get("name")),
            specialty=_code(skills[0].get("code")) if skills else None,
        )


def _authenticator(person: MetadataAuthor | None) -> Resource | None:
    return {"identifier": {"system": PEOPLE, "value": person.id}} if person and person.id else None


def _availability(resource: Mapping[str, Any]) -> str:
    status = {"superseded": "Deprecated", "entered-in-error": "Deleted"}.get(resource.get("status", ""), "Approved")
    archived = any(
        each.get("url") == ARCHIVED and each.get("valueBoolean") is True for each in resource.get("extension") or ()
    )
    return "Archived" if archived and status == "Approved" else status


def _coding(code: Code | None) -> Resource | None:
    return known(system=system_of(code.scheme), code=code.code, display=code.label) if code else None


def _concept(code: Code | None) -> Resource:
    coding = _coding(code)
    return {"coding": [coding]} if coding else {}


def _code(concept: Any) -> Code | None:
    return _of_coding(concept["coding"][0]) if concept and concept.get("coding") else None


def _of_coding(coding: Any) -> Code | None:
    if not coding or not coding.get("code"):
        return None
    system = coding.get("system")
    oid = _SYSTEM_OIDS.get(system) or (str(system).removeprefix("urn:oid:") if system else None)
    return Code(code=_text(coding["code"]), scheme=oid, label=_text(coding.get("display")))


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _as_base64(hexadecimal: str | None) -> str | None:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode() if hexadecimal else None
