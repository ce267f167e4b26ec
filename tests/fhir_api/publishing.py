"""What partners publish in the tests: transactions of PDSm around documents of the fictitious territory."""

from __future__ import annotations

import base64
import hashlib
import itertools
from typing import Any
from uuid import uuid4

from maillon.formats.document import PatientTraits
from maillon.formats.fhir.patient import patient as as_patient
from tests.web import world

_numbers = itertools.count(1)
CLASSES = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
LEVELS = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
DESIGNATION = {"system": "http://snomed.info/sct", "code": "225728007"}
ROOT = "urn:oid:1.2.250.1.999.6"
PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition"


def cda(key: str, rank: int = -1) -> bytes:
    """A CDA of the story of one patient."""
    return world.told(key, 12)[rank][1]


def traits(key: str) -> PatientTraits:
    known = world.person(key)
    return PatientTraits(
        ins=known.ins, ins_oid=world.INS_TEST_OID if known.ins else None, birth_family_name=known.birth_family_name,
        birth_given_names=known.birth_given_names, first_birth_given_name=known.first_birth_given_name,
        birth_date=known.birth_date.isoformat() if hasattr(known.birth_date, "isoformat") else known.birth_date,
        sex=known.sex, birth_place_code=known.birth_place_code,
    )  # fmt: skip


def source_patient(said: PatientTraits) -> dict[str, Any]:
    return as_patient(said, resource_id="patient", with_ins=True)


def document(
    data: bytes, said: PatientTraits, *, unique_id: str, media_type: str = "text/xml", **changed: Any
) -> dict[str, Any]:
    binary = f"urn:uuid:{uuid4()}"
    made = {
        "resourceType": "DocumentReference",
        "contained": [source_patient(said)],
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id}"},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11502-2"}]},
        "category": [{"coding": [{"system": CLASSES, "code": "10"}]}],
        "subject": {"reference": "#patient"},
        "date": "2026-03-30T09:30:00+02:00",
        "author": [{"display": "Laboratoire des Halles"}],
        "custodian": {"display": "Laboratoire des Halles"},
        "securityLabel": [{"coding": [{"system": LEVELS, "code": "N"}]}],
        "content": [{
            "attachment": {
                "contentType": media_type, "language": "fr-FR", "url": binary, "size": len(data),
                "hash": base64.b64encode(hashlib.sha1(data).digest()).decode(), "title": "Compte rendu",
                "creation": "2026-03-30T09:00:00+02:00",
            },
            "format": {"system": "urn:oid:1.3.6.1.4.1.19376.1.2.3", "code": "urn:ihe:iti:xds-sd:pdf:2008"},
        }],
        "context": {"period": {"start": "2026-03-30T08:00:00+02:00"}, "sourcePatientInfo": {"reference": "#patient"}},
    }  # fmt: skip
    return made | changed


def transaction(*documents: tuple[dict[str, Any], bytes], folder: bool = False) -> dict[str, Any]:
    """A submission set, its documents, their bytes, perhaps a folder."""
    entries: list[dict[str, Any]] = []
    addresses = []
    for resource, data in documents:
        address = f"urn:uuid:{uuid4()}"
        addresses.append(address)
        entries.append(_entry(address, resource, "DocumentReference"))
        binary = {"resourceType": "Binary", "contentType": "text/xml", "data": base64.b64encode(data).decode()}
        entries.append(_entry(resource["content"][0]["attachment"]["url"], binary, "Binary"))
    lists = [_list("submissionset", addresses)] + ([_list("folder", addresses)] if folder else [])
    entries = [_entry(f"urn:uuid:{uuid4()}", each, "List") for each in lists] + entries
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{PDSM}/pdsm-comprehensive-provide-document-bundle"]},
        "type": "transaction",
        "entry": entries,
    }


def _list(kind: str, addresses: list[str]) -> dict[str, Any]:
    ihe = "https://profiles.ihe.net/ITI/MHD/StructureDefinition"
    return {
        "resourceType": "List",
        "extension": [
            {"url": f"{ihe}/ihe-designationType", "valueCodeableConcept": {"coding": [dict(DESIGNATION)]}},
            {"url": f"{ihe}/ihe-sourceId", "valueIdentifier": {"value": "urn:oid:1.2.250.1.999.77"}},
        ],
        "identifier": [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"{ROOT}.{next(_numbers)}"}],
        "status": "current",
        "mode": "working",
        "title": "Lot d’essai" if kind == "submissionset" else "Classeur d’essai",
        "code": {"coding": [{"system": "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes", "code": kind}]},
        "subject": {"display": "le patient"},
        "date": "2026-03-30T10:00:00+02:00",
        "source": {"display": "Laboratoire des Halles"},
        "entry": [{"item": {"reference": each}} for each in addresses],
    }  # fmt: skip


def _entry(address: str, resource: dict[str, Any], url: str) -> dict[str, Any]:
    return {"fullUrl": address, "resource": resource, "request": {"method": "POST", "url": url}}
