"""Questionnaires of a record: fill, resume, sign, read, correct; ask one of the patient."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.forms import api as forms
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.web.files import as_download
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.record import record_page
from maillon.web.wording import hour

AUTOMATIC = "auto"
MARK = "r-"  # before the code of a question, in the name of its field


@opens_record("read", resource="answers")
def of_record(request: PersonRequest, access: Access) -> HttpResponse:
    return _of_record(request, access)


@opens_record("update", resource="answers", method="POST")
def begin(request: PersonRequest, access: Access) -> HttpResponse:
    try:
        draft = forms.begin(access, request.POST.get("questionnaire", ""))
    except UserMessage as refusal:
        pass_denials(refusal)
        return _of_record(request, access, refusal=refusal.message)
    return HttpResponseRedirect(_place(access, draft))


@opens_record("read", resource="answers")
def show(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    view = forms.read(access, response)
    if view.signed_at is None:
        if view.set_aside is None and (act := _act_of(access, view)):
            return HttpResponseRedirect(act)
        return _editor(request, access, view, is_checked="verifier" in request.GET)
    return record_page(
        request, access, "questionnaires/signed.html", tab="questionnaires", view=view, place=_place(access, response),
        is_new="signe" in request.GET,
    )  # fmt: skip


@opens_record("update", resource="answers", method="POST")
def save(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    view = forms.read(access, response)
    is_automatic = request.POST.get("geste") == AUTOMATIC
    try:
        saved = forms.save(access, response, typed(request.POST, view), revision=revision(request.POST))
    except UserMessage as refusal:
        pass_denials(refusal)
        if is_automatic:
            return JsonResponse({"message": refusal.message}, status=422)
        return _editor(request, access, _as_typed(request.POST, view), refusal=refusal.message)
    return as_json(request, saved) if is_automatic else HttpResponseRedirect(_place(access, response))


@opens_record("create", resource="answers", method="POST")
def sign(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    """What is on the page is kept, then signed: nobody signs what they did not see."""
    view = forms.read(access, response)
    if view.signed_at is None:
        saved = kept(request, access, view)
        if saved is not None and saved.is_conflict:
            return _editor(request, access, forms.read(access, response))
        if act := _act_of(access, view):
            return HttpResponseRedirect(act)
    try:
        forms.sign(access, response)
    except UserMessage as refusal:
        pass_denials(refusal)
        view = forms.read(access, response)
        said = "" if isinstance(refusal, forms.NotReady) else refusal.message
        return _editor(request, access, view, is_checked=True, refusal=said, status=422)
    return HttpResponseRedirect(_place(access, response) + "?signe")


@opens_record("update", resource="answers", method="POST")
def take_back(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    forms.take_back(access, response)
    return HttpResponseRedirect(_place(access, response))


@opens_record("delete", resource="answers", method="POST")
def throw_away(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    """Thrown twice is thrown once."""
    try:
        act = _act_of(access, forms.read(access, response))
    except access_room.AccessDenied:
        act = ""
    if act:
        return HttpResponseRedirect(act)
    forms.throw_away(access, response)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/questionnaires?jete")


@opens_record("update", resource="answers", method="POST")
def correct(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    return HttpResponseRedirect(_place(access, forms.correct(access, response)))


@opens_record("update", resource="answers", method="POST")
def ask(request: PersonRequest, access: Access) -> HttpResponse:
    try:
        forms.asked_of_patients.ask(access, request.POST.get("questionnaire", ""))
    except UserMessage as refusal:
        pass_denials(refusal)
        return _of_record(request, access, refusal=refusal.message)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/questionnaires?demande")


@opens_record("update", resource="answers", method="POST")
def cancel(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    forms.asked_of_patients.cancel(access, response)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/questionnaires")


@opens_record("download", resource="answers")
def as_fhir(request: PersonRequest, access: Access, *, response: UUID) -> HttpResponse:
    """A signed response alone leaves: a draft is nobody's answer yet."""
    view = forms.read(access, response)
    if view.signed_at is None:
        raise access_room.AccessDenied
    made = forms.carrying.response_as_fhir(view, patient={"reference": f"urn:uuid:{access.patient_uuid}"})
    data, name = forms.carrying.as_json(made), f"reponses-{view.asked.code}.json"
    return as_download(documents.Original(data=data, media_type="application/fhir+json", file_name=name))


# ------------------------------------------------------------------------------------------------ for both faces


def typed(said: QueryDict, view: forms.ResponseView) -> dict[str, list[str]]:
    return {question.code: said.getlist(MARK + question.code) for question in view.asked.questions()}


def kept(request: HttpRequest, access: Access, view: forms.ResponseView) -> forms.Saved | None:
    """What is on the page, before it is signed; None when the other of two clicks signed it meanwhile."""
    try:
        return forms.save(access, view.uuid, typed(request.POST, view), revision=revision(request.POST))
    except UserMessage as refusal:
        if refusal.code != "E-QST-02":
            raise
        return None


def revision(said: QueryDict) -> int:
    number = said.get("revision", "")
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def as_json(request: HttpRequest, saved: forms.Saved) -> HttpResponse:
    """What an automatic saving changes on the page: what stands, what is calculated."""
    lines = saved.sheet.lines
    return JsonResponse(
        {
            "revision": saved.revision,
            "heure": hour(saved.saved_at),
            "conflit": saved.is_conflict,
            "debout": {code: line.stands for code, line in lines.items()},
            "groupes": list(saved.sheet.groups),
            "calculs": {
                code: [line.shown or ("" if line.lacks else "—"), line.band, forms.inconclusive(line, lines)]
                for code, line in lines.items()
                if line.question.genre == "calcul"
            },
        }
    )


def pass_denials(refusal: UserMessage) -> None:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal


def _of_record(request: PersonRequest, access: Access, *, refusal: str = "") -> HttpResponse:
    return record_page(
        request, access, "questionnaires/of_record.html", tab="questionnaires", status=422 if refusal else 200,
        drafts=forms.drafts(access), waiting=forms.asked_of_patients.waiting(access), offered=forms.offered(access),
        askable=forms.asked_of_patients.askable(access), signed=forms.signed(access), refusal=refusal,
        is_thrown="jete" in request.GET, is_asked="demande" in request.GET,
    )  # fmt: skip


def _editor(
    request: PersonRequest, access: Access, view: forms.ResponseView, *, is_checked: bool = False, refusal: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    return record_page(
        request, access, "questionnaires/editor.html", tab="questionnaires", status=422 if refusal else status,
        view=view, is_checked=is_checked, refusal=refusal, place=_place(access, view.uuid),
        act=_act_of(access, view),
    )  # fmt: skip


def _as_typed(said: QueryDict, view: forms.ResponseView) -> forms.ResponseView:
    """What was typed comes back with the refusal."""
    answers = typed(said, view)
    lines = {
        code: dataclasses.replace(line, typed=tuple(answers.get(code, ())))
        for code, line in view.sheet.lines.items()
    }
    return dataclasses.replace(view, sheet=dataclasses.replace(view.sheet, lines=lines))


def _place(access: Access, response: UUID) -> str:
    return f"/dossier/{access.patient_uuid}/questionnaire/{response}"


def _act_of(access: Access, view: forms.ResponseView) -> str:
    """The delegated act whose examination this draft is: it is answered and signed there, and cannot be thrown away
    under it."""
    kind, _, act = view.origin.partition(":")
    return f"/dossier/{access.patient_uuid}/acte/{act}" if kind == "acte" and view.signed_at is None else ""
