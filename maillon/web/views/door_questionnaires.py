"""The patient answers what the team asks of them, and reads what was answered about them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse

from maillon.forms import api as forms
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.web.door.rules import DoorRequest, visits
from maillon.web.door.session import PLACE
from maillon.web.views.door_record import door_page
from maillon.web.views.questionnaires import AUTOMATIC, as_json, kept, pass_denials, revision, typed


@visits("read", resource="answers")
def listed(request: DoorRequest, access: Access) -> HttpResponse:
    return door_page(
        request, access, "door/questionnaires.html", here="questionnaires", asked=forms.drafts(access),
        signed=forms.signed(access), is_sent="envoye" in request.GET,
    )  # fmt: skip


@visits("read", resource="answers")
def show(request: DoorRequest, access: Access, *, response: UUID) -> HttpResponse:
    return _show(request, access, forms.read(access, response), is_checked="verifier" in request.GET)


@visits("update", resource="answers", method="POST")
def save(request: DoorRequest, access: Access, *, response: UUID) -> HttpResponse:
    view = forms.read(access, response)
    is_automatic = request.POST.get("geste") == AUTOMATIC
    try:
        saved = forms.save(access, response, typed(request.POST, view), revision=revision(request.POST))
    except UserMessage as refusal:
        pass_denials(refusal)
        if is_automatic:
            return JsonResponse({"message": refusal.message}, status=422)
        raise
    return as_json(request, saved) if is_automatic else HttpResponseRedirect(_place(response))


@visits("create", resource="answers", method="POST")
def send(request: DoorRequest, access: Access, *, response: UUID) -> HttpResponse:
    view = forms.read(access, response)
    if view.signed_at is None:
        saved = kept(request, access, view)
        if saved is not None and saved.is_conflict:
            return _show(request, access, forms.read(access, response))
    try:
        forms.sign(access, response)
    except forms.NotReady:
        return _show(request, access, forms.read(access, response), is_checked=True, status=422)
    return HttpResponseRedirect(f"{PLACE}/questionnaires?envoye")


def _show(
    request: DoorRequest, access: Access, view: forms.ResponseView, *, is_checked: bool = False, status: int = 200
) -> HttpResponse:
    return door_page(
        request, access, "door/questionnaire.html", status=status, here="questionnaires", view=view,
        is_checked=is_checked, place=_place(view.uuid),
    )  # fmt: skip


def _place(response: UUID) -> str:
    return f"{PLACE}/questionnaire/{response}"
