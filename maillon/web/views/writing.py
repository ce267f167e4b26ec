"""Writing: choose a letter, write it, look at it as its recipient will, sign it."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.pdf_pages import page_pictures
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.terminology import api as terminology
from maillon.web import prescription
from maillon.web.files import PDF, in_place
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, opens_document, opens_record, purpose_of, signed_in
from maillon.web.views import addressees
from maillon.web.views.record import may_compose, record_page
from maillon.web.wording import hour
from maillon.writing import api as writing

AUTOMATIC, SEARCHING, KEEPING = "auto", "chercher", "enregistrer"  # what may be asked besides the preview


@signed_in()
def mine(request: PersonRequest) -> HttpResponse:
    """What one began, to be resumed on any device."""
    drafts = writing.mine(request.actor)
    names = patients.lines({each.patient_id for each in drafts})
    access_room.journal.note_list(request.actor, list(names), purpose=purpose_of(request.actor))
    return page(request, "writing/mine.html", drafts=drafts, patients=names)


@opens_record("read", resource="draft")
def choose(request: PersonRequest, access: Access) -> HttpResponse:
    return _choose(request, access)


@opens_record("update", resource="draft", method="POST")
def begin(request: PersonRequest, access: Access) -> HttpResponse:
    try:
        draft = writing.begin(access, request.POST.get("courrier", ""))
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _choose(request, access, refusal=refusal.message)
    return HttpResponseRedirect(_place(access, draft))


@opens_record("read", resource="draft")
def editor(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    view = writing.read(access, draft)
    if view.document_uuid is not None:
        return HttpResponseRedirect(f"/document/{view.document_uuid}")
    faults = writing.check(access, draft) if "verifier" in request.GET else ()
    return _editor(request, access, view, faults=faults)


@opens_record("update", resource="draft", method="POST")
def save(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    view, asked = writing.read(access, draft), request.POST.get("geste", "")
    try:
        saved = writing.save(access, draft, _content(request.POST, view.letter), revision=_revision(request.POST))
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _not_saved(request, access, view, refusal)
    if asked == AUTOMATIC:
        return JsonResponse({"revision": saved.revision, "heure": hour(saved.saved_at), "conflit": saved.is_conflict})
    if asked == SEARCHING:
        typed = request.POST.get("chercher", "").strip()[:100]
        return _editor(request, access, writing.read(access, draft), typed=typed, found=addressees.find(typed))
    return HttpResponseRedirect(_place(access, draft) + ("" if asked == KEEPING or saved.is_conflict else "/apercu"))


@opens_record("read", resource="draft")
def preview(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    return _preview(request, access, draft)


@opens_record("read", resource="draft")
def preview_pdf(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    pdf = writing.preview(access, draft).pdf
    if pdf is None:
        raise access_room.AccessDenied
    return in_place(documents.Original(data=pdf, media_type=PDF, file_name=f"apercu-{clock.today()}.pdf"))


@opens_record("file", resource="document", method="POST")
def sign(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    try:
        prescription.refuse_unanswered(access, writing.read(access, draft))
        document = writing.sign(access, draft, fingerprint=request.POST.get("empreinte", ""))
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _preview(request, access, draft, refusal=refusal)
    return HttpResponseRedirect(f"/document/{document}/suite?signe")


@opens_record("update", resource="draft", method="POST")
def take_back(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    writing.take_back(access, draft)
    return HttpResponseRedirect(_place(access, draft))


@opens_record("delete", resource="draft", method="POST")
def throw_away(request: PersonRequest, access: Access, *, draft: UUID) -> HttpResponse:
    writing.throw_away(access, draft)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/ecrire?jete")


@opens_document("update", method="POST")
def correct(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    return HttpResponseRedirect(_place(access, writing.correct(access, document)))


def _choose(request: PersonRequest, access: Access, *, refusal: str = "") -> HttpResponse:
    offered = writing.definition.writable_by(request.actor, on=clock.today()) if may_compose(access) else {}
    return record_page(
        request, access, "writing/choose.html", tab="ecrire", status=422 if refusal else 200, letters=offered,
        class_of=terminology.class_of_type, drafts=writing.of_patient(access), refusal=refusal,
        is_thrown="jete" in request.GET,
    )  # fmt: skip


def _editor(
    request: PersonRequest, access: Access, view: writing.DraftView, *, faults: Any = (), typed: str = "",
    found: Any = None, refusal: str = "",
) -> HttpResponse:  # fmt: skip
    offered = writing.facts.of_record(access)
    chosen = writing.recipients.resolved(dict.fromkeys(view.content.recipients, ""))
    return record_page(
        request, access, "writing/editor.html", tab="ecrire", status=422 if refusal else 200, draft=view,
        letter=view.letter, content=view.content, offered=offered, facts_titles=writing.facts.TITLES, chosen=chosen,
        proposed=writing.recipients.proposed(access), typed=typed, found=found, refusal=refusal,
        stances=writing.STANCES, choices=writing.definition.choices, faults=_by_field(faults),
        place=_place(access, view.uuid), aid=prescription.aid_of(access, view, hook="order-select"),
    )  # fmt: skip


def _preview(
    request: PersonRequest, access: Access, draft: UUID, *, refusal: UserMessage | None = None
) -> HttpResponse:
    shown = writing.preview(access, draft)
    pages = page_pictures(shown.pdf) if shown.pdf is not None else []
    return record_page(
        request, access, "writing/preview.html", tab="ecrire", status=422 if refusal else 200, preview=shown,
        draft=shown.draft, faults=shown.composed.faults, refusal=refusal, place=_place(access, draft),
        aid=prescription.aid_of(access, shown.draft, hook="order-sign"),
        pages=[f"data:image/png;base64,{base64.b64encode(each).decode()}" for each in pages],
    )  # fmt: skip


def _not_saved(request: PersonRequest, access: Access, view: writing.DraftView, refusal: UserMessage) -> HttpResponse:
    """A script keeps its page; without one, what was typed comes back with the refusal."""
    if request.POST.get("geste") == AUTOMATIC:
        return JsonResponse({"message": refusal.message}, status=422)
    typed = _content(request.POST, view.letter)
    return _editor(request, access, dataclasses.replace(view, content=typed), refusal=refusal.message)


def _content(said: QueryDict, letter: writing.definition.Letter) -> writing.Content:
    return writing.Content(
        title=said.get("titre", "").strip(),
        texts={part.code: "\n".join(said.getlist(f"texte-{part.code}")) for part in letter.rubriques},
        ticks=tuple(said.getlist("element")),
        stances={part.code: said.get(f"position-{part.code}", "") for part in letter.rubriques},
        recipients=addressees.taken_in(said.getlist("destinataire")),
        confidentiality="R" if said.get("restreint") else "N",
    )


def _revision(said: QueryDict) -> int:
    number = said.get("revision", "")
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def _by_field(faults: Any) -> dict[str, list[writing.Fault]]:
    found: dict[str, list[writing.Fault]] = {}
    for each in faults:
        found.setdefault(each.field, []).append(each)
    return found


def _place(access: Access, draft: UUID) -> str:
    return f"/dossier/{access.patient_uuid}/brouillon/{draft}"


def _pass_denials(refusal: UserMessage) -> None:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal
