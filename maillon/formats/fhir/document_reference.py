"""DocumentReference: the metadata of a document that travels as a file beside the resources."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final, Literal

from maillon.formats.fhir.datatypes import Resource, concept, hl7_concept, known, reference

_STATUSES: Final = {"current": "current", "replaced": "superseded", "withdrawn": "entered-in-error"}
_CLASSES: Final = "1.2.250.1.213.1.1.4.1"  # XDS classCode of the CI-SIS


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedDocument:
    """`path` is where the file is, from the root of the archive; instants are ISO texts with their zone."""

    resource_id: str
    patient_id: str
    unique_id: str
    status: Literal["current", "replaced", "withdrawn"]
    title: str
    type_code: str
    type_system: str | None
    type_label: str
    class_code: str
    class_label: str
    confidentiality: str
    author: str
    organization: str
    act_at: str
    written_at: str
    media_type: str
    path: str
    size: int
    sha1: bytes  # what FHIR R4 asks; the SHA-256 stands in the manifest


def document_reference(said: DescribedDocument) -> Resource:
    return known(
        resourceType="DocumentReference",
        id=said.resource_id,
        masterIdentifier=_identifier(said.unique_id),
        status=_STATUSES[said.status],
        type=concept(said.type_code, said.type_system, said.type_label),
        category=[concept(said.class_code, _CLASSES, said.class_label)] if said.class_code else [],
        subject=reference(said.patient_id),
        date=said.written_at,
        author=[{"display": each} for each in (said.author, said.organization) if each],
        description=said.title,
        securityLabel=[hl7_concept("v3-Confidentiality", said.confidentiality)],
        content=[
            {
                "attachment": known(
                    contentType=said.media_type,
                    url=said.path,
                    size=said.size,
                    hash=base64.b64encode(said.sha1).decode(),
                    title=said.title,
                    creation=said.written_at,
                )
            }
        ],
        context={"period": {"start": said.act_at}},
    )


def _identifier(unique_id: str) -> Resource:
    """An XDS uniqueId is an OID, with or without an extension."""
    root, caret, extension = unique_id.partition("^")
    if caret:
        return {"system": f"urn:oid:{root}", "value": extension}
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{root}"}
