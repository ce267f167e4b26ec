"""What people ask about their own data: the deadlines of a structure, and one record's requests and copies."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.rights import api as rights
from maillon.web.files import as_download
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, opens_record, signed_in
from maillon.web.views.emergency import is_proven
from maillon.web.views.record import record_page

ZIP = "application/zip"
REQUEST_FIELDS = ("nature", "moyen", "demandeur", "verification", "recue_le", "ancien", "precisions")
EXPORT_FIELDS = ("motif", "detail")
ANSWER_FIELDS = ("reponse", "raison")


@signed_in()
def deadlines(request: PersonRequest) -> HttpResponse:
    lines = rights.requests.to_follow(request.actor)
    waiting = [line for line in lines if line.is_open]
    return page(request, "rights/deadlines.html", waiting=waiting, answered=lines[len(waiting) :])


@opens_record("read", resource="rights")
def of_record(request: PersonRequest, access: Access) -> HttpResponse:
    return _shown(request, access, done=request.GET.get("fait", ""))


@opens_record("update", resource="rights", method="POST")
def note_request(request: PersonRequest, access: Access) -> HttpResponse:
    typed = _typed(request, REQUEST_FIELDS)
    try:
        rights.requests.record(
            access,
            kind=typed["nature"],
            channel=typed["moyen"],
            asked_by=typed["demandeur"],
            identity_check=typed["verification"],
            asked_at=_day(typed["recue_le"]),
            is_about_old_data=bool(typed["ancien"]),
            note=typed["precisions"],
        )
    except UserMessage as refusal:
        return _shown(request, access, typed=typed, refusal=refusal.message, refused="demande")
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/droits?fait=demande")


@opens_record("update", resource="rights", method="POST")
def answer(request: PersonRequest, access: Access, *, demand: UUID) -> HttpResponse:
    typed = _typed(request, ANSWER_FIELDS)
    try:
        rights.requests.answer(access, demand, outcome=typed["reponse"], refusal_reason=typed["raison"])
    except UserMessage as refusal:
        return _shown(request, access, typed=typed, refusal=refusal.message, refused=str(demand))
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/droits?fait=reponse")


@opens_record("read", resource="rights", method="POST")
def take_away(request: PersonRequest, access: Access) -> HttpResponse:
    """The copy itself is another row of the journal, « export », written once the person has proven who they are."""
    typed = _typed(request, EXPORT_FIELDS)
    try:
        if not is_proven(request.actor, request.POST.get("preuve", "")):
            raise UserMessage("E-DRT-12", "Le code ou le mot de passe n’est pas le bon\u202f: rien n’a été exporté.")
        copy = rights.exports.take_away(access, reason=typed["motif"], detail=typed["detail"])
    except UserMessage as refusal:
        return _shown(request, access, typed=typed, refusal=refusal.message, refused="export")
    name = f"copie-du-dossier-{clock.today():%Y-%m-%d}.zip"
    return as_download(documents.Original(data=copy, media_type=ZIP, file_name=name))


def _shown(
    request: PersonRequest,
    access: Access,
    *,
    typed: dict[str, str] | None = None,
    refusal: str = "",
    refused: str = "",
    done: str = "",
) -> HttpResponse:
    """`refused` says which form is drawn again, with what was typed in it."""
    answered = record_page(
        request, access, "rights/record.html", tab="qui-peut-voir", refusal=refusal, refused=refused, done=done,
        typed=dict.fromkeys((*REQUEST_FIELDS, *EXPORT_FIELDS, *ANSWER_FIELDS), "") | (typed or {}),
        requests=rights.requests.of_patient(access), exports=rights.exports.of_patient(access),
        must_prove=not is_proven(request.actor, ""), is_whole=access.scope == "whole", **_choices(),
    )  # fmt: skip
    answered.status_code = 422 if refusal else 200
    return answered


def _choices() -> dict[str, Any]:
    return {
        "kinds": rights.requests.Kind.choices,
        "channels": rights.requests.Channel.choices,
        "outcomes": rights.requests.Outcome.choices,
        "reasons": rights.exports.Reason.choices,
    }


def _typed(request: HttpRequest, fields: tuple[str, ...]) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip() for name in fields}


def _day(typed: str) -> dt.datetime | None:
    """The day it was received, at its noon in Paris but never later than now; nothing typed is today."""
    if not typed:
        return None
    day = patients.typed_date(typed)
    noon = dt.datetime.combine(day, dt.time(12), tzinfo=clock.PARIS)
    return min(noon, clock.now()) if day == clock.today() else noon
