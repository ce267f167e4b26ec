"""List: a submission set or a folder of PDSm, with the documents that its reader may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from maillon.formats.fhir.datatypes import Resource, instant, known, objects, relative
from maillon.formats.fhir.published import LIST_TYPES

_PDSM: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition"
PROFILES: Final = {
    "submissionset": f"{_PDSM}/pdsm-submissionset-comprehensive",
    "folder": f"{_PDSM}/pdsm-folder-comprehensive",
}
_IHE: Final = "https://profiles.ihe.net/ITI/MHD/StructureDefinition"
DESIGNATION: Final = f"{_IHE}/ihe-designationType"
SOURCE_ID: Final = f"{_IHE}/ihe-sourceId"


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedList:
    uuid: str
    kind: str  # submissionset | folder
    patient_uuid: str
    unique_id: str
    source_id: str
    title: str
    designation: Resource
    source: str
    at: dt.datetime
    documents: Sequence[str]  # their numbers


def as_list(said: DescribedList, *, patient: Resource) -> Resource:
    """`patient`: their identity, contained as the profile asks."""
    is_set = said.kind == "submissionset"
    extensions = [{"url": DESIGNATION, "valueCodeableConcept": said.designation or {"text": "Non renseigné"}}]
    if is_set:
        extensions.append({"url": SOURCE_ID, "valueIdentifier": {"value": said.source_id or "non renseigné"}})
    return known(
        resourceType="List",
        id=said.uuid,
        meta={"profile": [PROFILES[said.kind]]},
        contained=[patient, _device(said.source)] if is_set else [],
        extension=extensions,
        identifier=[
            {"use": "usual", "system": "urn:ietf:rfc:3986", "value": _urn(said.unique_id)},
            {"use": "official", "system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{said.uuid}"},
        ],
        status="current",
        mode="working",
        title=said.title or ("" if is_set else "Classeur"),
        code={"coding": [{"system": LIST_TYPES, "code": said.kind}]},
        subject=relative("Patient", said.patient_uuid),
        date=instant(said.at),
        source={"reference": "#source"} if is_set else {},
        entry=[{"item": relative("DocumentReference", each)} for each in said.documents],
    )


def read_list(resource: Resource) -> dict[str, Any]:
    """What is kept of a published one: unique_id, source_id, title, designation."""
    extensions = {str(each.get("url")): each for each in objects(resource.get("extension"))}
    identifiers = objects(resource.get("identifier"))
    usual = next((each for each in identifiers if each.get("use") == "usual"), identifiers[0] if identifiers else {})
    source = extensions.get(SOURCE_ID, {}).get("valueIdentifier")
    designation = extensions.get(DESIGNATION, {}).get("valueCodeableConcept")
    return {
        "unique_id": str(usual.get("value") or "")[:200],
        "source_id": str(source.get("value") or "")[:200] if isinstance(source, dict) else "",
        "title": str(resource.get("title") or "")[:300],
        "designation": designation if isinstance(designation, dict) else {},
    }


def _device(name: str) -> Resource:
    return {"resourceType": "Device", "id": "source", "deviceName": [{"name": name, "type": "other"}]}


def _urn(unique_id: str) -> str:
    return unique_id if ":" in unique_id else f"urn:oid:{unique_id}"
