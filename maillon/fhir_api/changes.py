"""Updating a document: its status, its labels, its archiving, and nothing else (PDSm flux 03/04: 405 otherwise).

However it is sent (JSON Patch, merge patch, FHIRPath Patch, the whole resource), the change is applied to the resource
as it is served; the two are compared, and what differs elsewhere is refused.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.documents.api import serving, visibility
from maillon.fhir_api import opening, papers, query
from maillon.fhir_api.entry import Caller, base_of, body_of, content_type_of, served
from maillon.fhir_api.refusals import Refusal, forbidden, wrong_body
from maillon.formats.confidentiality import MARKS
from maillon.formats.fhir.datatypes import Resource, objects
from maillon.formats.fhir.document_sheet import ARCHIVED, version_of
from maillon.formats.fhir.patching import patched
from maillon.formats.fhir.read_json import read_json
from maillon.kernel.key import Access

_MARK: Final = {code: mark for mark, code in MARKS.items()}
_CHANGING: Final = frozenset({"status", "securityLabel", "extension", "meta", "text"})
_PROOF: Final = "demande transmise par logiciel (interface FHIR)"
_NOT_ADMITTED: Final = "PDSm n’admet que le changement de status, de securityLabel et de isArchived."


@served("DocumentReference", "write")
def patch(request: HttpRequest, caller: Caller, *, document: UUID) -> HttpResponse:
    return _change(request, caller, document)


@served("DocumentReference", "write")
def put(request: HttpRequest, caller: Caller, *, document: UUID) -> HttpResponse:
    return _change(request, caller, document)


@served("DocumentReference", "write")
def conditional(request: HttpRequest, caller: Caller) -> HttpResponse:
    """PATCH DocumentReference?identifier=…: one document, or nothing is done."""
    asked = query.read(request, base_of(request), "DocumentReference", ("identifier",))
    said = asked.one("identifier")
    if said is None:
        raise Refusal(412, "multiple-matches", "E-FHIR-60", "Désignez le document par ?identifier=système|valeur.")
    found = documents.serving.by_identifier(caller.actor, said)
    return _change(request, caller, found)


def _change(request: HttpRequest, caller: Caller, uuid: UUID) -> HttpResponse:
    kind, change = content_type_of(request), read_json(body_of(request))
    if request.method == "PATCH" and kind == "application/xml-patch+xml":
        raise wrong_body("application/json-patch+json")
    with opening.document(caller, uuid, action="update") as access:
        sheet = serving.sheet(access, uuid)
        _refuse_stale(request, sheet)
        base = base_of(request).encode()
        before = orjson.loads(papers.as_bytes(sheet, papers.whose(access), base))
        wanted = change if request.method == "PUT" else patched(before, change, kind)
        _refuse_other_changes(before, wanted)
        _apply(access, sheet, wanted)
        if not caller.may("DocumentReference", "read"):
            return HttpResponse(status=204)  # to change what one may not read shows nothing of it
        return papers.one(access, serving.sheet(access, uuid), base_of(request))


def _refuse_stale(request: HttpRequest, sheet: serving.Sheet) -> None:
    asked = request.META.get("HTTP_IF_MATCH", "").strip()
    if asked not in ("", "*") and asked.removeprefix("W/").strip('"') != version_of(sheet.changing):
        raise Refusal(
            412, "conflict", "E-FHIR-61", "Le document a changé depuis que vous l’avez lu (If-Match)\u202f: relisez-le."
        )


def _refuse_other_changes(before: Resource, after: Any) -> None:
    if not isinstance(after, dict) or after.get("resourceType") != "DocumentReference":
        raise Refusal(400, "structure", "E-FHIR-20", "Une ressource DocumentReference est attendue.")
    for name in before.keys() | after.keys():
        if name not in _CHANGING and _plain(before.get(name)) != _plain(after.get(name)):
            refusal = Refusal(
                405, "not-supported", "E-FHIR-62", f"{_NOT_ADMITTED} Champ refusé\u202f: {name[:40]}.", place=name[:40]
            )
            raise refusal
    extensions = after.get("extension") or []
    if objects(extensions) != extensions or any(each.get("url") != ARCHIVED for each in extensions):
        raise Refusal(405, "not-supported", "E-FHIR-62", _NOT_ADMITTED, place="extension")


def _plain(value: Any) -> Any:
    """Clients write instants and numbers in their own way: compared as what they say."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str) and len(value) > 18 and value[4:5] == "-" and "T" in value:
        try:
            return query.between("date", value).start
        except Refusal:
            return value
    return value


# ------------------------------------------------------------------------------------------------ one by one


def _apply(access: Access, sheet: serving.Sheet, wanted: Resource) -> None:
    """Each change by the verb of its room, which knows who may. AccessDenied here is about a document that the caller
    reads: 403, not 404."""
    try:
        _apply_archived(access, sheet, wanted)
        _apply_labels(access, sheet, wanted)
        _apply_status(access, sheet, wanted)
    except access_room.AccessDenied:
        raise forbidden() from None


def _apply_archived(access: Access, sheet: serving.Sheet, wanted: Resource) -> None:
    said: Resource = next((each for each in wanted.get("extension") or () if each.get("url") == ARCHIVED), {})
    is_archived = said.get("valueBoolean", False)
    if not isinstance(is_archived, bool):
        raise Refusal(422, "value", "E-FHIR-63", "isArchived vaut true ou false.", place="extension")
    if is_archived != sheet.changing.is_archived:
        if not visibility.wrote_or_follows(access, sheet.uuid):
            raise access_room.AccessDenied
        serving.set_archived(access, sheet.uuid, is_archived=is_archived)


def _apply_labels(access: Access, sheet: serving.Sheet, wanted: Resource) -> None:
    codes = _codes(wanted.get("securityLabel"))
    if {code for code in codes if code not in _MARK} != {sheet.changing.confidentiality}:
        raise Refusal(
            405, "not-supported", "E-FHIR-64",
            "La confidentialité (N, R, V) est dans le document\u202f: elle ne change qu’avec une nouvelle version.",
            place="securityLabel",
        )  # fmt: skip
    after, before = {_MARK[code] for code in codes if code in _MARK}, set(sheet.changing.marks)
    for mark in sorted(after - before):
        _SETTING[mark](access, sheet.uuid)
    for mark in sorted(before - after):
        visibility.lift_kind(access, sheet.uuid, mark, reason=_PROOF)


_SETTING: Final[dict[str, Any]] = {
    "masque_ps": lambda access, uuid: visibility.mask(access, uuid, channel="oral", proof=_PROOF),
    "invisible_patient": lambda access, uuid: visibility.hide_from_patient(access, uuid, reason=_PROOF),
    "invisible_representants": lambda access, uuid: visibility.keep_secret(access, uuid, note=_PROOF),
}


def _apply_status(access: Access, sheet: serving.Sheet, wanted: Resource) -> None:
    before, after = sheet.changing.status, wanted.get("status")
    if after == {"current": "current", "replaced": "superseded", "withdrawn": "entered-in-error"}[before]:
        return
    if after != "entered-in-error":
        raise Refusal(
            422, "business-rule", "E-FHIR-65",
            "Un document devient « superseded » quand un autre le remplace (relatesTo)\u202f; il ne redevient pas "
            "« current ».",
            place="status",
        )  # fmt: skip
    if not visibility.wrote(access, sheet.uuid):
        raise access_room.AccessDenied
    documents.withdraw(access, sheet.uuid, reason=_PROOF)


def _codes(labels: Any) -> list[str]:
    found = [str(coding.get("code")) for label in objects(labels) for coding in objects(label.get("coding"))]
    if not found:
        raise Refusal(422, "required", "E-FHIR-66", "Un document porte au moins une étiquette.", place="securityLabel")
    return found
