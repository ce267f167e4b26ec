"""The national record through PDSm (FHIR R4): ITI-65, 66, 67, 68, 105 and the patches of status, visibility, archiving.

The VIHF travels as the bearer token (IHE IUA, SAML token option): the guide, a draft, does not say yet how it will.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from lxml import etree

from maillon.exchange.dmp.port import Authorisation, Availability, Existence, Feed, RecordStatus
from maillon.exchange.remote import Answer, NoAnswer, Remote, RemoteRefusal
from maillon.formats.fhir import national_record as pdsm
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import PatientId, XdmMetadata, patient_id
from maillon.formats.xds.describing import visible_as
from maillon.formats.xds.vihf import Signer, Vihf, write_vihf
from maillon.kernel import clock

BY_TWENTY: Final = 20
FHIR: Final = "application/fhir+json"
_AUTHORISATIONS: Final = {
    "active": Authorisation.VALID, "inactive": Authorisation.EXPIRED, "rejected": Authorisation.FORBIDDEN,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ByFhir:
    remote: Remote
    signer: Signer
    name: str = "PDSm (FHIR)"

    def status(self, who: Vihf) -> RecordStatus:
        found = self._search(who, "Patient", identifier=_name(who))
        if not found:
            return RecordStatus(existence=Existence.ABSENT, authorisation=Authorisation.NONE)
        patient = found[0]
        extensions = {each.get("url"): each for each in patient.get("extension") or ()}
        closed = (extensions.get("dmp-fermeture") or {}).get("extension") or [{}]
        return RecordStatus(
            existence=Existence.ACTIVE if patient.get("active") is True else Existence.CLOSED,
            authorisation=self._authorisation(who),
            closed_because=str(closed[0].get("valueString", "")),
            is_treating=(extensions.get("dmp-medecin-traitant") or {}).get("valueBoolean") is True,
        )

    def authorise(self, who: Vihf) -> Authorisation:
        said = {
            "resourceType": "Consent", "status": "active", "scope": {"coding": [{"code": "patient-privacy"}]},
            "category": [{"text": "DMP"}], "patient": {"identifier": pdsm.patient_identifier(_patient(who))},
            "performer": [{"identifier": {"system": pdsm.PEOPLE, "value": who.national_id}}],
        }  # fmt: skip
        return _authorised(_resource(self._ask(who, "POST", "/Consent", said)))

    def named(self, who: Vihf, unique_id: str) -> XdmMetadata | None:
        found = self._documents(who, identifier=f"{pdsm.URI}|{pdsm.as_uri(unique_id)}")
        same = [each for each in found if each.unique_id == unique_id]
        return same[0] if same else None

    def find(self, who: Vihf, *, since: dt.date | None, types: tuple[str, ...] = ()) -> tuple[XdmMetadata, ...]:
        asked = {"patient.identifier": _name(who), "status": "current"}
        if since is not None:
            asked["period"] = f"ge{since.isoformat()}"
        if types:
            asked["type"] = ",".join(types)
        return self._documents(who, **asked)

    def changed(self, who: Vihf, *, since: dt.datetime) -> tuple[XdmMetadata, ...]:
        moment = since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        sets = self._search(who, "List", **{
            "patient.identifier": _name(who), "code": "submissionset", "status": "current", "date": f"ge{moment}",
        })  # fmt: skip
        members = dict.fromkeys(
            pdsm.plain_uuid(entry["item"]["reference"]) for each in sets for entry in each.get("entry") or ()
        )
        found: dict[str, XdmMetadata] = {}
        for some in _by_twenty(tuple(members)):
            for each in self._documents(who, identifier=",".join(f"{pdsm.URI}|urn:uuid:{name}" for name in some)):
                found[each.entry_uuid or ""] = each
        former = [name for each in found.values() for name in each.replaces if name not in found]
        for some in _by_twenty(former):
            for each in self._documents(who, identifier=",".join(f"{pdsm.URI}|{name}" for name in some)):
                found[each.entry_uuid or ""] = each
        return tuple(found.values())

    def retrieve(self, who: Vihf, entry: XdmMetadata) -> bytes:
        """ITI-68: the attachment's path, asked of the record's own address: no other machine is ever called."""
        base, path = urlsplit(self.remote.address).path.rstrip("/"), urlsplit(entry.uri or "").path
        answer = self._ask(
            who, "GET", f"/{path.removeprefix(base).lstrip('/')}", accept=entry.mime_type or "*/*"
        )
        if answer.status != 200:
            raise NoAnswer(str(answer.status))
        return _as_binary(answer)

    def feed(self, who: Vihf, what: Feed) -> None:
        former = what.replaced.entry_uuid if what.replaced else None
        bundle = pdsm.provide_bundle(what.submission, what.entry, what.data, replaces=[former] if former else [])
        found = _resource(self._ask(who, "POST", "/", bundle))
        if found.get("type") != "transaction-response":
            raise NoAnswer("response")
        if what.replaced is not None:
            self._patch(who, what.replaced, pdsm.patch_status("superseded"))

    def publish(self, who: Vihf, what: Feed) -> None:
        """ITI-105: one document that carries its own bytes, without a set of its own."""
        answer = self._ask(who, "POST", "/DocumentReference", pdsm.simplified_publish(what.entry, what.data))
        if answer.status != 201:
            raise NoAnswer(str(answer.status))

    def show_as(self, who: Vihf, entry: XdmMetadata, visibility: frozenset[str]) -> None:
        self._patch(who, entry, pdsm.patch_visibility(visible_as(entry.confidentiality, visibility)))

    def set_availability(self, who: Vihf, entry: XdmMetadata, availability: Availability) -> None:
        if availability == "Deleted":
            self._patch(who, entry, pdsm.patch_status("entered-in-error"))
        else:
            self._patch(who, entry, pdsm.patch_archiving(is_archived=availability == "Archived"))

    # ------------------------------------------------------------------------------------------ the line

    def _authorisation(self, who: Vihf) -> Authorisation:
        found = self._search(who, "Consent", **{"patient.identifier": _name(who)})
        return _authorised(found[0]) if found else Authorisation.NONE

    def _patch(self, who: Vihf, entry: XdmMetadata, operations: list[Resource]) -> None:
        query = urlencode({"identifier": f"{pdsm.URI}|{pdsm.as_uri(entry.unique_id or '')}"})
        self._ask(who, "PATCH", f"/DocumentReference?{query}", operations, content="application/json-patch+json")

    def _documents(self, who: Vihf, **asked: str) -> tuple[XdmMetadata, ...]:
        try:
            return tuple(map(pdsm.read_document_reference, self._search(who, "DocumentReference", **asked)))
        except Refused as error:
            raise NoAnswer(error.code) from None

    def _search(self, who: Vihf, kind: str, **asked: str) -> list[Any]:
        found = _resource(self._ask(who, "GET", f"/{kind}?{urlencode(asked)}"))
        entries = found.get("entry", [])
        if found.get("type") != "searchset" or not isinstance(entries, list):
            raise NoAnswer("searchset")
        resources = [each.get("resource") if isinstance(each, dict) else None for each in entries]
        if any(not isinstance(each, dict) or each.get("resourceType") != kind for each in resources):
            raise NoAnswer("searchset")
        return resources

    def _ask(
        self, who: Vihf, method: str, path: str, body: Any = None, *, accept: str = FHIR, content: str = FHIR
    ) -> Answer:
        assertion = etree.tostring(write_vihf(who, self.signer, at=clock.wall()))
        headers = {
            "Authorization": f"Bearer {base64.urlsafe_b64encode(assertion).decode()}", "Accept": accept,
            "Content-Type": content,
        }  # fmt: skip
        data = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        answer = self.remote.ask(method, path, body=data, headers=headers)
        if answer.status >= 400:
            raise _refusal(answer)
        return answer


def _refusal(answer: Answer) -> Exception:
    """An OperationOutcome says no; a status alone, from whoever stands between, says nothing of what was done."""
    found = _resource(answer)
    issues = found.get("issue")
    if found.get("resourceType") != "OperationOutcome" or not isinstance(issues, list) or not issues:
        return NoAnswer(str(answer.status))
    details = issues[0].get("details") or {} if isinstance(issues[0], dict) else {}
    codes = details.get("coding") or [{}]
    return RemoteRefusal(str(codes[0].get("code") or answer.status), str(details.get("text") or ""))


def _resource(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.data)
    except (ValueError, RecursionError):
        raise NoAnswer("json") from None
    if not isinstance(found, dict) or "json" not in answer.content_type:
        raise NoAnswer("json")
    return found


def _as_binary(answer: Answer) -> bytes:
    """A Binary may come as itself or as a resource that holds it."""
    if "fhir+json" not in answer.content_type:
        return answer.data
    try:
        return base64.b64decode(_resource(answer)["data"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise NoAnswer("binary") from None


def _authorised(consent: dict[str, Any]) -> Authorisation:
    found = _AUTHORISATIONS.get(str(consent.get("status")))
    if consent.get("resourceType") != "Consent" or found is None:
        raise NoAnswer("consent")
    return found


def _patient(who: Vihf) -> PatientId:
    return patient_id(who.patient) or PatientId()


def _name(who: Vihf) -> str:
    patient = _patient(who)
    return f"urn:oid:{patient.oid}|{patient.value}"


def _by_twenty(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(names[start : start + BY_TWENTY]) for start in range(0, len(names), BY_TWENTY)]
