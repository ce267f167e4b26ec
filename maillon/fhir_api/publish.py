"""Publishing: one document (ITI-105), or a submission set with its documents (ITI-65).

What can be filed is filed and answered 201. What asks for a person is kept, waits in « À régler », and is answered 202;
the answer does not say why: the reasons may be about somebody whom the software does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.documents.api import serving
from maillon.exchange.api import publishing
from maillon.fhir_api import lists, opening, papers
from maillon.fhir_api.entry import (
    Caller,
    answer,
    base_of,
    body_of,
    content_type_of,
    resource_of,
    served,
)
from maillon.fhir_api.refusals import Refusal, wrong_body
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.fhir.outcome import issue, outcome
from maillon.formats.fhir.published import Published, Transaction, read_document, read_transaction
from maillon.formats.fhir.read_json import read_json
from maillon.formats.refusal import Refused
from maillon.kernel.key import PatientId

KEPT: Final = outcome(
    issue(
        "informational",
        "I-FHIR-01",
        "Le document est reçu et gardé. Une personne de la structure confirmera à quel patient il appartient.",
        severity="information",
    )
)
_BODIES: Final = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})


@served("DocumentReference", "write")
def simplified(request: HttpRequest, caller: Caller) -> HttpResponse:
    raw, sender = _sent(request), _sender(caller)
    found = _judged(sender, raw, lambda: [read_document(resource_of(raw, "DocumentReference"))])
    fate = _published(caller, sender, raw, found)[0]
    if not fate.is_filed or fate.uuid is None:
        return answer(orjson.dumps(KEPT), status=202)
    base = base_of(request)
    made = _as_readable(caller, fate.uuid, base)
    made.headers["Location"] = f"{base}/DocumentReference/{fate.uuid}"
    return made


@served("DocumentReference", "write")
def transact(request: HttpRequest, caller: Caller) -> HttpResponse:
    raw, sender = _sent(request), _sender(caller)
    read = _judged(sender, raw, lambda: read_transaction(resource_of(raw, "Bundle")))
    _refuse_other_supersessions(sender, raw, read)
    fates = _published(caller, sender, raw, read.documents)
    kept = {each.address: fate for each, fate in zip(read.documents, fates, strict=True)}
    numbers = lists.keep(caller, read.lists, kept)
    entries = [_entry(kind, rank, documents=fates, lists=numbers, bundle=read.documents) for kind, rank in read.order]
    status = 200 if all(fate.is_filed for fate in fates) else 202
    body = {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "link": [{"relation": "self", "url": base_of(request)}],
        "entry": entries,
    }
    return answer(orjson.dumps(body), status=status)


def _refuse_other_supersessions(sender: publishing.Sender, raw: bytes, read: Transaction) -> None:
    """IHE MHD lets a bundle say that what it replaces is superseded: nothing else is, by this way."""
    replaced = {each.replaces for each in read.documents} | {str(each.replaces_uuid) for each in read.documents}
    if not set(read.superseded) <= replaced:
        refused = Refused("E-FHIR-32", "Le lot demande une opération qui n’est pas admise ici.")
        publishing.keep_refused(sender, raw, refused)
        raise Refusal(422, "invalid", refused.code, refused.message)


def _entry(
    kind: str, rank: int, *, documents: Sequence[publishing.Fate], lists: Sequence[UUID | None],
    bundle: Sequence[Published],
) -> Resource:  # fmt: skip
    if kind == "DocumentReference":
        return _said(f"DocumentReference/{documents[rank].uuid}" if documents[rank].is_filed else "")
    if kind == "List":
        return _said(f"List/{lists[rank]}" if lists[rank] else "")
    if kind == "Binary":
        return {"response": {"status": "201 Created"}}
    return {"response": {"status": "200 OK"}}


def _said(location: str) -> Resource:
    if location:
        return {"response": {"status": "201 Created", "location": location}}
    return {"response": {"status": "202 Accepted", "outcome": KEPT}}


# ------------------------------------------------------------------------------------------------ what is sent


def _sent(request: HttpRequest) -> bytes:
    if content_type_of(request) not in _BODIES:
        raise wrong_body("application/fhir+json")
    raw = body_of(request)
    read_json(raw)  # what is no JSON at all is refused at the door, and not kept
    return raw


def _sender(caller: Caller) -> publishing.Sender:
    assert caller.actor.structure_id is not None
    return publishing.Sender(
        structure_id=caller.actor.structure_id, label=caller.actor.label, client_id=caller.client_id
    )


def _judged(sender: publishing.Sender, raw: bytes, read: Any) -> Any:
    """What is JSON and no document leaves its trace."""
    try:
        return read()
    except Refused as refused:
        publishing.keep_refused(sender, raw, refused)
        raise Refusal(422, "invalid", refused.code, refused.message) from None


def _published(
    caller: Caller, sender: publishing.Sender, raw: bytes, found: Sequence[Published]
) -> list[publishing.Fate]:
    subjects = [_subject(caller, each.subject) for each in found]
    replaced = [_replaced(caller, each) for each in found]
    try:
        return publishing.publish(sender, raw, found, subjects=subjects, replaces=replaced)
    except Refused as refused:
        raise Refusal(422, "invalid", refused.code, refused.message) from None


def _subject(caller: Caller, patient: UUID | None) -> PatientId | None:
    """Named by our number: only by who may open the record."""
    if patient is None:
        return None
    try:
        with opening.record(caller, patient, action="file", resource="received") as access:
            return access.patient_id
    except access_room.AccessDenied:
        raise Refusal(
            422, "not-found", "E-FHIR-38", "Le patient nommé (subject) n’existe pas, ou ne vous est pas ouvert.",
            place="DocumentReference.subject",
        ) from None  # fmt: skip


def _replaced(caller: Caller, found: Published) -> str:
    """The unique identifier of the document that is replaced. By our number, it must be open to the caller."""
    if found.replaces_uuid is None:
        return found.replaces
    try:
        with opening.document(caller, found.replaces_uuid) as access:
            return serving.unique_id(access, found.replaces_uuid)
    except access_room.AccessDenied:
        raise Refusal(
            422, "not-found", "E-FHIR-39", "Le document remplacé (relatesTo) n’existe pas, ou ne vous est pas ouvert.",
            place="DocumentReference.relatesTo",
        ) from None  # fmt: skip


def _as_readable(caller: Caller, uuid: UUID, base: str) -> HttpResponse:
    """The resource, to who may read what they have just published; else its number alone."""
    try:
        if not caller.may("DocumentReference", "read"):
            raise access_room.AccessDenied
        with opening.document(caller, uuid) as access:
            return papers.one(access, serving.sheet(access, uuid), base, status=201)
    except access_room.AccessDenied:
        said = issue("informational", "I-FHIR-02", "Le document est classé.", severity="information")
        return answer(orjson.dumps(outcome(said)), status=201)


__all__ = ["simplified", "transact"]
