"""The FHIR face: PDSm as PDSM4DMP profiles it. The VIHF comes as the bearer token (IHE IUA, SAML token)."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from maillon.formats.fhir import national_record as pdsm
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted
from maillon.formats.xdm_metadata import SubmissionSetMetadata, XdmMetadata, patient_id
from maillon.formats.xds import vihf
from maillon.formats.xds.describing import visibility_of
from simulators.dmp.national import NationalRecord, Refusal
from simulators.dmp.soap_face import is_sought
from simulators.dmp.store import Held, Submission

FHIR = "application/fhir+json; charset=UTF-8"
PATCHED = {"/status", "/securityLabel", "/extension"}
Answer = tuple[int, str, bytes]
_STATUSES = {"current": {"Approved"}, "superseded": {"Deprecated"}, "entered-in-error": {"Deleted"}}
_SEARCHED = {
    "DocumentReference": {"patient.identifier", "patient", "status", "type", "period", "identifier", "isArchived"},
    "List": {"patient.identifier", "patient", "status", "code", "date", "identifier"},
    "Patient": {"identifier"},
    "Consent": {"patient.identifier"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    who: vihf.Vihf
    ins: str
    base: str
    query: Mapping[str, list[str]]
    body: Any

    def one(self, name: str) -> str:
        return self.query.get(name, [""])[0]


class FhirFace:
    def __init__(self, record: NationalRecord, trusted: list[x509.Certificate]) -> None:
        self.record, self.trusted = record, trusted

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, base: str) -> Answer:
        try:
            asked = self._asked(target, headers, body, base=base)
            return self._answered(method, urlsplit(target).path.removeprefix("/fhir"), asked)
        except Refusal as refusal:
            return _outcome(refusal.http, refusal.code, refusal.message)
        except vihf.BadAssertion as error:
            return _outcome(401, "login", str(error))
        except (Refused, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            return _outcome(400, "invalid", f"La demande n’est pas lisible ({type(error).__name__}).")

    def _asked(self, target: str, headers: Mapping[str, str], body: bytes, *, base: str) -> Asked:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            raise vihf.BadAssertion("La demande ne porte pas de VIHF.")
        try:
            assertion = parse_untrusted(base64.urlsafe_b64decode(token))
        except (binascii.Error, ValueError, Refused):
            raise vihf.BadAssertion("Le VIHF n’est pas lisible.") from None
        who = vihf.check_vihf(assertion, self.trusted, at=self.record.now())
        said = patient_id(who.patient)
        ins = said.value if said and said.value else ""
        self.record.admit(who, ins, urlsplit(target).path)
        parsed = json.loads(body) if body else None
        return Asked(who=who, ins=ins, base=base, query=parse_qs(urlsplit(target).query), body=parsed)

    def _answered(self, method: str, path: str, asked: Asked) -> Answer:
        if (method, path) == ("POST", "/"):
            return self._provide(asked)
        if (method, path) == ("POST", "/DocumentReference"):
            return self._publish(asked)
        if (method, path) == ("PATCH", "/DocumentReference"):
            return self._patch(asked)
        if method == "GET" and path.startswith("/Binary/"):
            entry, data = self.record.data(asked.who, asked.ins, self._unique_id_of(asked, path))
            return 200, entry.mime_type or "application/octet-stream", data
        if path == "/Consent" and method == "POST":
            self._same(asked, asked.body["patient"]["identifier"]["value"])
            return 201, FHIR, _json(_consent(self.record.authorise(asked.who, asked.ins), asked))
        kind = path.strip("/")
        if method == "GET" and kind in _SEARCHED:
            unknown = set(asked.query) - _SEARCHED[kind]
            if unknown:
                raise Refusal("not-supported", 400, f"Paramètre non admis : {', '.join(sorted(unknown))}.")
            return 200, FHIR, _json(_searchset(getattr(self, f"_search_{kind.lower()}")(asked)))
        raise Refusal("not-supported", 405, "Cette opération n’est pas admise.")

    # ------------------------------------------------------------------------------------------ searching

    def _search_patient(self, asked: Asked) -> list[Any]:
        system, _, value = asked.one("identifier").partition("|")
        self._same(asked, value)
        found = self.record.status(asked.who, asked.ins)
        if found.existence == "INEXISTANT":
            return []
        closed = [{"url": "dmp-fermeture", "extension": [
            {"url": "raisonFermeture", "valueString": found.closed_because or "sans motif"}]}]  # fmt: skip
        return [{
            "resourceType": "Patient", "id": "patient", "identifier": [{"system": system, "value": value}],
            "active": found.existence == "ACTIF",
            "extension": [{"url": "dmp-medecin-traitant", "valueBoolean": found.is_treating},
                          *(closed if found.existence == "FERME" else [])],
        }]  # fmt: skip

    def _search_consent(self, asked: Asked) -> list[Any]:
        self._same(asked, asked.one("patient.identifier").partition("|")[2])
        held = self.record.status(asked.who, asked.ins).authorisation
        return [] if held == "NON_EXISTE" else [_consent(held, asked)]

    def _search_documentreference(self, asked: Asked) -> list[Any]:
        names = [each for given in asked.query.get("identifier", []) for each in given.split(",")]
        if names:
            return [self._shown(held, asked) for held in self._named(asked, names)]
        self._of_patient(asked)
        statuses = set().union(*(_STATUSES.get(each, set()) for each in asked.one("status").split(",")))
        if not statuses:
            raise Refusal("required", 400, "Le statut cherché manque.")
        if asked.one("isArchived") == "true":
            statuses = {"Archived"}
        since = "".join(filter(str.isdigit, asked.one("period")))
        types = {each.rpartition("|")[2] for each in asked.one("type").split(",") if each}
        return [
            self._shown(held, asked)
            for held in self.record.documents(asked.who, asked.ins)
            if is_sought(held, statuses, since, types)
        ]

    def _search_list(self, asked: Asked) -> list[Any]:
        self._of_patient(asked)
        if asked.one("code") != "submissionset":
            raise Refusal("required", 400, "Seuls les lots de soumission se cherchent.")
        since = asked.one("date").removeprefix("ge").removesuffix("Z").removesuffix("+00:00")
        return [_list(each, asked) for each in self.record.submissions(asked.who, asked.ins, since)]

    def _named(self, asked: Asked, names: list[str]) -> list[Held]:
        """By uniqueId (master identifier), or by entryUUID, twenty at most."""
        if len(names) > 20:
            raise Refusal("too-costly", 400, "Vingt documents au plus par demande.")
        found = []
        for name in names:
            value = name.rpartition("|")[2]
            by_entry = self.record.store.by_entry(value)
            unique_id = by_entry.entry.unique_id if by_entry else pdsm.from_uri(value)
            held = self.record.named(asked.who, asked.ins, unique_id or "")
            if held is not None:
                found.append(held)
        return found

    def _of_patient(self, asked: Asked) -> None:
        self._same(asked, asked.one("patient.identifier").partition("|")[2])

    def _same(self, asked: Asked, ins: str) -> None:
        if ins != asked.ins:
            raise Refusal("security", 401, "Le patient du VIHF n’est pas celui de la demande.")

    def _shown(self, held: Held, asked: Asked) -> Any:
        found = pdsm.document_reference(held.entry, url=f"{asked.base}/Binary/{pdsm.plain_uuid(held.entry.entry_uuid)}")
        if held.replaced_by:
            found["extension"].append({"url": "dmp-remplace-par", "valueString": held.replaced_by})
        return found

    def _unique_id_of(self, asked: Asked, path: str) -> str:
        held = self.record.store.by_entry(f"urn:uuid:{path.rpartition('/')[2]}")
        if held is None or held.ins != asked.ins:
            raise Refusal("not-found", 404, "Ce document n’existe pas.")
        return held.entry.unique_id or ""

    # ------------------------------------------------------------------------------------------ writing

    def _provide(self, asked: Asked) -> Answer:
        if asked.body.get("resourceType") != "Bundle" or asked.body.get("type") != "transaction":
            raise Refusal("invalid", 400, "Une alimentation est un Bundle de type transaction.")
        held: dict[str, list[tuple[str, Any]]] = {}
        for each in asked.body["entry"]:
            held.setdefault(each["resource"]["resourceType"], []).append((each.get("fullUrl", ""), each["resource"]))
        if not held.get("List") or len(held.get("DocumentReference", [])) != 1:
            raise Refusal("invalid", 422, "Un lot et un document, et un seul, sont attendus.")
        resource = held["DocumentReference"][0][1]
        entry = pdsm.read_document_reference(resource)
        binaries = {url: base64.b64decode(each["data"]) for url, each in held.get("Binary", [])}
        data = binaries.get(resource["content"][0]["attachment"].get("url", ""))
        if data is None:
            raise Refusal("not-found", 422, "Le document annoncé n’est pas dans le Bundle.")
        fed = self._fed(asked, _set_of(held["List"][0][1], entry), entry, data)
        located = [
            {"response": {"status": "201 Created", "location": f"{each['resource']['resourceType']}/"
                          f"{pdsm.plain_uuid(fed.entry.entry_uuid)}"}}
            for each in asked.body["entry"]
        ]  # fmt: skip
        return 200, FHIR, _json({"resourceType": "Bundle", "type": "transaction-response", "entry": located})

    def _publish(self, asked: Asked) -> Answer:
        entry = pdsm.read_document_reference(asked.body)
        data = base64.b64decode(asked.body["content"][0]["attachment"].get("data") or "")
        number = uuid.uuid4()
        submission = SubmissionSetMetadata(
            unique_id=f"2.25.{number.int}", source_id="simplifie", entry_uuid=f"urn:uuid:{number}",
            patient_id=entry.patient_id,
        )  # fmt: skip
        fed = self._fed(asked, submission, entry, data)
        return 201, FHIR, _json(self._shown(fed, asked))

    def _fed(self, asked: Asked, submission: SubmissionSetMetadata, entry: XdmMetadata, data: bytes) -> Held:
        self._same(asked, (entry.patient_id.value if entry.patient_id else "") or "")
        replaces = entry.replaces[0] if entry.replaces else ""
        return self.record.feed(asked.who, submission, replace(entry, replaces=()), data, replaces=replaces)

    def _patch(self, asked: Asked) -> Answer:
        """Conditional, of one document, and of nothing but its status, its visibility and its archiving."""
        found = self._named(asked, [asked.one("identifier")])
        paths = {str(each.get("path")) for each in asked.body}
        if not paths or paths - PATCHED or any(each.get("op") != "replace" for each in asked.body):
            raise Refusal("not-supported", 405, "Seuls le statut, la visibilité et l’archivage se changent.")
        if len(found) != 1:
            raise Refusal("not-found", 404, "Ce document n’existe pas.")
        held = found[0]
        for each in asked.body:
            held = self._patched(asked, held, each["path"], each["value"])
        return 200, FHIR, _json(self._shown(held, asked))

    def _patched(self, asked: Asked, held: Held, path: str, value: Any) -> Held:
        if path == "/securityLabel":
            codes = pdsm.read_document_reference(
                pdsm.document_reference(held.entry, url="") | {"securityLabel": value}
            ).confidentiality
            return self.record.show_as(asked.who, held, visibility_of(codes))
        if path == "/status":
            statuses = _STATUSES.get(str(value))
            if not statuses:
                raise Refusal("invalid", 422, "Ce statut n’existe pas.")
            if value == "superseded" and held.entry.availability == "Deprecated":
                return held
            return self.record.set_availability(asked.who, held, next(iter(statuses)))
        is_archived = any(each.get("url") == pdsm.ARCHIVED and each.get("valueBoolean") is True for each in value)
        return self.record.set_availability(asked.who, held, "Archived" if is_archived else "Approved")


def _set_of(resource: Any, entry: XdmMetadata) -> SubmissionSetMetadata:
    names = {each.get("use"): pdsm.from_uri(each["value"]) for each in resource.get("identifier") or ()}
    source = next((each["valueIdentifier"]["value"] for each in resource.get("extension") or ()
                   if each["url"] == pdsm.SOURCE_ID), "")  # fmt: skip
    subject = (resource.get("subject") or {}).get("identifier") or {}
    same = entry.patient_id if entry.patient_id and subject.get("value") == entry.patient_id.value else None
    return SubmissionSetMetadata(
        unique_id=names.get("usual"), source_id=pdsm.from_uri(source), entry_uuid=names.get("official"), patient_id=same
    )


def _list(submission: Submission, asked: Asked) -> Any:
    said = SubmissionSetMetadata(
        unique_id=submission.unique_id, entry_uuid=submission.entry_uuid, submission_time=submission.at,
        patient_id=patient_id(asked.who.patient), source_id="1.2.250.1.999.3.1",
    )  # fmt: skip
    return pdsm.submission_list(
        said, documents=[f"DocumentReference/{pdsm.plain_uuid(each)}" for each in submission.members]
    )


def _consent(status: str, asked: Asked) -> Any:
    """The IG leaves the authorisation out of its scope: a Consent is the resource that FHIR has for it."""
    return {
        "resourceType": "Consent", "id": "autorisation",
        "status": {"VALIDE": "active", "EXPIRE": "inactive", "INTERDIT": "rejected"}[status],
        "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "DMP"}],
        "patient": {"identifier": {"value": asked.ins}},
        "performer": [{"identifier": {"system": pdsm.PEOPLE, "value": asked.who.national_id}}],
    }  # fmt: skip


def _searchset(resources: list[Any]) -> Any:
    return {
        "resourceType": "Bundle", "type": "searchset", "total": len(resources),
        "entry": [{"resource": each, "search": {"mode": "match"}} for each in resources],
    }  # fmt: skip


def _outcome(status: int, code: str, message: str) -> Answer:
    issue = {"severity": "error", "code": "processing", "details": {"coding": [{"code": code}], "text": message}}
    return status, FHIR, _json({"resourceType": "OperationOutcome", "issue": [issue]})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
