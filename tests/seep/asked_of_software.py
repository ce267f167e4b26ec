"""What is asked of the FHIR API, under each of its addresses."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.urls import URLPattern

from tests.seep.answers import Ask

if TYPE_CHECKING:
    from tests.seep.samplers import Things

# Of every kind that is searched: what is allowed, what once leaked elsewhere, what is malformed.
QUERIES: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("_count", "2"),),
    (("_count", "0"),),
    (("_total", "none"), ("_count", "1")),
    (("status", "current"),),
    (("status", "superseded"),),
    (("status", "requested"),),
    (("code", "2823-3"),),
    (("code", "submissionset"), ("status", "current")),
    (("type", "http://loinc.org|11502-2"), ("_sort", "creation")),
    (("security-label", "MASQUE_PS"),),
    (("security-label", "V,R"),),
    (("creation", "ge2020"), ("period", "lt2030")),
    (("date", "ge2020-01-01"), ("date", "le2030-01-01")),
    (("_include", "*"),),
    (("_include", "CareTeam:participant"),),
    (("participant-start", "ge2020"),),
    (("_has:DocumentReference:patient:type", "68599-0"),),
    (("patient.name", "MARTINEAU"),),
    (("_revinclude", "*"),),
    (("identifier", "urn:ietf:rfc:3986|urn:oid:1.2.3.mixed"),),
    (("_page", "00"),),
)  # fmt: skip
TRAITS = (("family", "MARTINEAU"), ("given", "JEANNE"), ("birthdate", "1952-02-01"), ("gender", "female"))
ARCHIVE = json.dumps([{"op": "replace", "path": "/extension/0/valueBoolean", "value": True}])
WITHDRAW = json.dumps({"status": "entered-in-error"})


def asks_of(route: URLPattern, known: Things) -> Iterator[Ask]:
    from tests.seep.samplers import addresses, converters

    path = f"/{route.pattern}"
    if path.startswith("/cds-services/"):
        yield from _advice(path, known)
        return
    if converters(route):
        for address in addresses(route, known):
            yield Ask(method="GET", path=address)
            if "DocumentReference/" in path:
                yield Ask(method="PATCH", path=address, body=ARCHIVE, kind="application/json-patch+json")
                yield Ask(method="PATCH", path=address, body=WITHDRAW, kind="application/merge-patch+json")
                yield Ask(method="GET", path=address, headers=(("If-None-Match", 'W/"00000000"'),))
        return
    yield from _searches(path, known)
    yield from _publications(path, known)


def _advice(path: str, known: Things) -> Iterator[Ask]:
    """CDS Hooks: each service about each patient; an answer to a card that was never given."""
    for hook, patient in itertools.product(("patient-view", "order-sign"), known.of("patient")):
        address = path.replace("<slug:service>", f"prescription-{hook}")
        body = _feedback() if path.endswith("/feedback") else _call(hook, patient)
        yield Ask(method="POST", path=address, body=json.dumps(body))
    yield Ask(method="GET", path=path.replace("<slug:service>", "absent"))


def _call(hook: str, patient: str) -> dict[str, Any]:
    order = {"resourceType": "MedicationRequest", "id": "1", "status": "draft", "intent": "order",
             "subject": {"reference": f"Patient/{patient}"},
             "medicationCodeableConcept": {"text": "Amoxicilline 1 g, 1 par jour, 6 jours"}}  # fmt: skip
    context = {"userId": "Practitioner/1", "patientId": patient}
    context |= {} if hook == "patient-view" else {"draftOrders": {"resourceType": "Bundle", "type": "collection",
                                                                  "entry": [{"resource": order}]}}  # fmt: skip
    return {"hook": hook, "hookInstance": "00000000-0000-4000-8000-000000000001", "context": context}


def _feedback() -> dict[str, Any]:
    card = {"card": "00000000-0000-4000-8000-000000000002", "outcome": "accepted", "acceptedSuggestions": [],
            "outcomeTimestamp": "2026-03-31T08:00:00Z"}  # fmt: skip
    return {"feedback": [card]}


def _searches(path: str, known: Things) -> Iterator[Ask]:
    is_posted = path.endswith("_search")
    if path in ("/fhir", "/fhir/") or path.endswith("metadata"):
        yield Ask(method="GET", path=path)
        return
    queries = itertools.cycle(QUERIES)
    for patient in known.of("patient"):
        for _ in range(4):
            fields = (("patient", patient), *next(queries))
            if is_posted:
                sent = "&".join(f"{name}={value}" for name, value in fields)
                yield Ask(method="POST", path=path, body=sent, kind="application/x-www-form-urlencoded")
            else:
                yield Ask(method="GET", path=path, fields=_once(fields))
    if path.endswith("/Patient"):
        yield Ask(method="GET", path=path, fields=TRAITS)
        yield Ask(method="GET", path=path, fields=(("identifier", "urn:oid:1.2.250.1.213.1.4.10|279035121518989"),))
    if path.endswith("/AuditEvent"):
        yield Ask(method="GET", path=path + "?date=ge2020-01-01&date=le2030-01-01")
        for patient in known.of("patient"):
            yield Ask(method="GET", path=f"{path}?date=ge2020-01-01&date=le2030-01-01&patient={patient}")


def _once(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """A dictionary carries them: the second value of a name would be the only one."""
    return tuple(dict(fields).items())


def _publications(path: str, known: Things) -> Iterator[Ask]:
    if not path.endswith("/DocumentReference"):
        return
    for rank, patient in enumerate(known.of("patient")):
        yield Ask(method="POST", path=path, body=json.dumps(_text(f"Patient/{patient}", rank)))
    for document in known.of("document")[:20]:
        related = [{"code": "replaces", "target": {"reference": f"DocumentReference/{document}"}}]
        made = _text(f"Patient/{known.of('patient')[0]}", 1000) | {"relatesTo": related}
        yield Ask(method="POST", path=path, body=json.dumps(made))


def _text(subject: str, rank: int) -> dict[str, Any]:
    data = base64.b64encode(f"Texte publié {rank}".encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:1.2.250.1.999.8.{rank}"},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "subject": {"reference": subject},
        "content": [{"attachment": {"contentType": "text/plain", "data": data, "title": "Texte publié"}}],
    }
