"""The practice software of somebody who also works in Maillon: it speaks OAuth 2.0 and FHIR, nothing else, and reads
again what it has deposited."""

from __future__ import annotations

import base64
import http.client
import json
import uuid
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from maillon.formats.fhir.patient import patient as as_patient
from simulators.journeys.mailing import SOURCE
from simulators.making import NAMESPACE
from simulators.outgoing import RenderedDocument
from simulators.types import kind_of

SCOPES: Final = ("system/DocumentReference.write", "system/DocumentReference.read", "system/Binary.read")
_FHIR: Final = "application/fhir+json"
_FORM: Final = "application/x-www-form-urlencoded"
_LISTS: Final = "https://profiles.ihe.net/ITI/MHD"
_PROFILES: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition"
_CLASSES: Final = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
_LEVELS: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_DESIGNATION: Final = {"coding": [{"system": "http://snomed.info/sct", "code": "225728007"}]}
_URI: Final = "urn:ietf:rfc:3986"


class FhirError(Exception):
    """What the interface answered, in its own words."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where the interface is, and by what the software proves who it is."""

    site: str
    client_id: str
    secret: str

    def token(self) -> str:
        """For the structure that the software works for (RFC 6749 §4.4). Raises FhirError."""
        proof = base64.b64encode(f"{quote(self.client_id)}:{quote(self.secret)}".encode()).decode()
        body = urlencode({"grant_type": "client_credentials", "scope": " ".join(SCOPES)}).encode()
        said = json.loads(self._asked("POST", "/oauth/token", body, kind=_FORM, authorization=f"Basic {proof}"))
        return str(said["access_token"])

    def post(self, token: str, path: str, resource: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(resource, ensure_ascii=False).encode()
        answer = self._asked("POST", path, body, kind=_FHIR, authorization=f"Bearer {token}")
        return dict(json.loads(answer))

    def get(self, token: str, path: str, *, kind: str = _FHIR) -> bytes:
        return self._asked("GET", path, None, kind=kind, authorization=f"Bearer {token}")

    def _asked(self, method: str, path: str, body: bytes | None, *, kind: str, authorization: str) -> bytes:
        where = urlsplit(self.site)
        headers = {"Authorization": authorization, "Accept": "*/*"} | ({"Content-Type": kind} if body else {})
        line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        line.request(method, path, body=body, headers=headers)
        answer = line.getresponse()
        data = answer.read()
        line.close()
        if answer.status >= 400:
            raise FhirError(f"{method} {path}\u202f: {answer.status} {_said(data)}")
        return data


def deposit(line: Line, made: RenderedDocument) -> tuple[str, bool]:
    """A submission set of one document (ITI-65): where it is filed, and whether what is read again there is byte for
    byte what was sent. Where it waits for a person instead, nowhere. Raises FhirError."""
    token = line.token()
    answer = line.post(token, "/fhir", submission(made))
    places = [str(each["response"].get("location", "")) for each in answer["entry"]]
    place = next((each for each in places if each.startswith("DocumentReference/")), "")
    if not place:
        return "", False
    read = json.loads(line.get(token, f"/fhir/{place}"))
    address = urlsplit(str(read["content"][0]["attachment"]["url"])).path
    return place.partition("/")[2], line.get(token, address) == made.cda


def submission(made: RenderedDocument) -> dict[str, Any]:
    """The same document makes the same bundle: sent twice, it is one."""
    name = made.document.version.id or ""
    reference, binary, lot = (uuid.uuid5(NAMESPACE, f"{each}/{name}").urn for each in ("fiche", "octets", "lot"))
    entries = (
        (lot, _set(made, uuid.uuid5(NAMESPACE, f"lot/{name}"), reference)), (reference, _reference(made, binary)),
        (binary, {"resourceType": "Binary", "contentType": "text/xml", "data": base64.b64encode(made.cda).decode()}),
    )  # fmt: skip
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_PROFILES}/pdsm-comprehensive-provide-document-bundle"]},
        "type": "transaction",
        "entry": [
            {"fullUrl": address, "resource": resource,
             "request": {"method": "POST", "url": str(resource["resourceType"])}}
            for address, resource in entries
        ],
    }  # fmt: skip


def _reference(made: RenderedDocument, binary: str) -> dict[str, Any]:
    document = made.document
    kind = kind_of(document.type_code or "")
    author = f"{document.authors[0].given_name} {document.authors[0].family_name}"
    return {
        "resourceType": "DocumentReference",
        "contained": [as_patient(document.patient, resource_id="patient", with_ins=True)],
        "masterIdentifier": {"system": _URI, "value": f"urn:oid:{document.version.id}"},
        "status": "current",
        "type": {"coding": [{"system": f"urn:oid:{kind.system}", "code": document.type_code, "display": kind.label}]},
        "category": [{"coding": [{"system": _CLASSES, "code": kind.class_code.code}]}],
        "subject": {"reference": "#patient"},
        "date": document.created_at,
        "author": [{"display": author}],
        "custodian": {"display": document.custodian.name if document.custodian else author},
        "securityLabel": [{"coding": [{"system": _LEVELS, "code": "N"}]}],
        "content": [{"attachment": {
            "contentType": "text/xml", "language": "fr-FR", "url": binary, "size": len(made.cda),
            "title": document.title, "creation": document.created_at,
        }}],
        "context": {"sourcePatientInfo": {"reference": "#patient"}},
    }  # fmt: skip


def _set(made: RenderedDocument, number: uuid.UUID, reference: str) -> dict[str, Any]:
    document = made.document
    return {
        "resourceType": "List",
        "extension": [
            {"url": f"{_LISTS}/StructureDefinition/ihe-designationType", "valueCodeableConcept": _DESIGNATION},
            {"url": f"{_LISTS}/StructureDefinition/ihe-sourceId", "valueIdentifier": {"value": f"urn:oid:{SOURCE}"}},
        ],
        "identifier": [{"use": "usual", "system": _URI, "value": f"urn:oid:2.25.{number.int}"}],
        "status": "current",
        "mode": "working",
        "title": document.title,
        "code": {"coding": [{"system": f"{_LISTS}/CodeSystem/MHDlistTypes", "code": "submissionset"}]},
        "subject": {"display": "le patient"},
        "date": document.created_at,
        "source": {"display": document.authors[0].organization_name or ""},
        "entry": [{"item": {"reference": reference}}],
    }


def _said(data: bytes) -> str:
    """An OperationOutcome, or an error of OAuth."""
    try:
        said = json.loads(data)
        if said.get("issue"):
            return str(said["issue"][0]["details"]["text"])
        return str(said.get("error_description") or said.get("error"))
    except (ValueError, LookupError, AttributeError, TypeError):
        return ""
