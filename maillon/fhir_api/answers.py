"""QuestionnaireResponse: what was answered and signed. A draft is nobody's answer yet."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.fhir_api import opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.refusals import parameter
from maillon.formats.fhir.datatypes import relative
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.forms import api as forms
from maillon.kernel.key import Access

ALLOWED: Final = (*opening.NAMES, "_id", "status", "questionnaire")
STATUSES: Final = ("completed", "amended", "entered-in-error")


@served("QuestionnaireResponse", "read")
def read(request: HttpRequest, caller: Caller, *, response: UUID) -> HttpResponse:
    with opening.record(caller, forms.patient_of(caller.actor, response), resource="answers") as access:
        view = forms.read(access, response)
        if view.signed_at is None:
            raise access_room.AccessDenied
        return answer(forms.carrying.as_json(_resource(access, view)))


@served("QuestionnaireResponse", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "QuestionnaireResponse", ALLOWED)
    statuses = asked.codes("status", ("http://hl7.org/fhir/questionnaire-answers-status",))
    if statuses is not None and any(each not in STATUSES for each in statuses):
        told = f"L’état d’une réponse est {', '.join(STATUSES[:-1])} ou {STATUSES[-1]}."
        raise parameter("E-FHIR-77", told, "status")
    try:
        with opening.record(caller, opening.named_in(asked), action="search", resource="answers") as access:
            said = [_resource(access, forms.read(access, line.uuid)) for line in forms.signed(access)]
    except access_room.AccessDenied:
        said = []
    numbers, named = asked.any_of("_id"), asked.one("questionnaire") or ""
    said = [
        each
        for each in said
        if (statuses is None or each["status"] in statuses)
        and (numbers is None or each["id"] in numbers)
        and (not named or named in (each["questionnaire"], each["questionnaire"].partition("|")[0]))
    ]
    start = int((asked.place() or [0])[0])
    links = {"self": asked.self_link()}
    if asked.count and start + asked.count < len(said):
        links["next"] = asked.next_link((start + asked.count,))
    page = said[start : start + asked.count]
    entries = [
        Entry(f"{asked.base}/QuestionnaireResponse/{each['id']}".encode(), forms.carrying.as_json(each))
        for each in page
    ]
    return answer(searchset(entries, total=len(said) if asked.shows_total else None, links=links))


def _resource(access: Access, view: forms.ResponseView) -> dict[str, Any]:
    return forms.carrying.response_as_fhir(view, patient=relative("Patient", access.patient_uuid))
