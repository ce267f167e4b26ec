"""Writing a protocol: sections of fields kept at every pause, rows that are added and moved, the text when asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.web.files import as_download
from maillon.web.jinja import page, templates
from maillon.web.rules import PersonRequest, is_htmx, signed_in
from maillon.web.views.protocols import HOME
from maillon.web.wording import hour

authoring = pathways.authoring
AUTOMATIC, KEEPING, DOING = "auto", "enregistrer", "faire"
FIELD, BEFORE = "v:", "a:"  # a value, and what stood there when it was opened
LARGEST_FILE: Final = 1_000_000
Typed = authoring.saving.Typed


@signed_in()
def section(request: PersonRequest, *, protocol: UUID, section: str) -> HttpResponse:
    return _section(request, protocol, section, opened=request.GET.getlist("ouvrir"))


@signed_in("POST")
def save(request: PersonRequest, *, protocol: UUID, section: str) -> HttpResponse:
    """By the script at each pause; by the button; or before a row is added, moved, removed."""
    gesture, typed = request.POST.get("geste", ""), list(_typed(request.POST))
    opened = request.POST.getlist("ouvert")
    try:
        saved = authoring.saving.save(request.actor, protocol, typed, revision=_revision(request.POST))
        if gesture == AUTOMATIC:
            return _noted(request, protocol, saved, typed)
        if not saved.conflicts and ":" in gesture:
            opened = _done(request, protocol, gesture, saved, opened)
    except UserMessage as refusal:
        _pass_denials(refusal)
        if gesture == AUTOMATIC:
            return JsonResponse({"message": refusal.message}, status=422)
        return _section(request, protocol, section, opened=opened, refusal=refusal)
    if saved.conflicts:
        return _section(request, protocol, section, opened=opened, conflicts=saved.conflicts)
    return _section(request, protocol, section, opened=opened, is_saved=gesture == KEEPING)


@signed_in()
def text(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    return _text(request, protocol, is_done="fait" in request.GET)


@signed_in("POST")
def write_text(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    """Typed in the page, or brought as a file."""
    brought = request.FILES.get("fichier")
    typed = request.POST.get("texte", "")
    if brought is not None:
        typed = brought.read(LARGEST_FILE).decode("utf-8", "replace")
    try:
        authoring.saving.write_text(request.actor, protocol, typed, revision=_revision(request.POST))
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _text(request, protocol, refusal=refusal, typed=typed)
    return HttpResponseRedirect(f"{HOME}/{protocol}/texte?fait")


@signed_in()
def text_file(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    shown = authoring.version_page.show(request.actor, protocol)
    name = f"{shown.line.code}-v{shown.line.number}.yaml"
    return as_download(documents.Original(data=shown.text.encode(), media_type="application/yaml", file_name=name))


# ------------------------------------------------------------------------------------------------ within


def _section(
    request: PersonRequest, protocol: UUID, slug: str, *, opened: Iterable[str] = (),
    refusal: UserMessage | None = None, conflicts: tuple[authoring.saving.Conflict, ...] = (), is_saved: bool = False,
) -> HttpResponse:  # fmt: skip
    shown = authoring.sections.show(request.actor, protocol, slug, opened=frozenset(opened))
    part = "protocols/section.html" if is_htmx(request) else "protocols/editor.html"
    is_refused = bool(refusal or conflicts) and not is_htmx(request)  # a script swaps what is answered with a 200
    return page(
        request, part, status=422 if is_refused else 200, shown=shown, refusal=refusal, is_saved=is_saved,
        conflicts={each.place: each for each in conflicts}, home=HOME, place=f"{HOME}/{protocol}/ecrire/{slug}",
    )  # fmt: skip


def _noted(
    request: PersonRequest, protocol: UUID, saved: authoring.saving.Saved, typed: list[Typed]
) -> JsonResponse:
    """What the script shows: the hour, the note under each field that was kept, both texts where two people wrote."""
    macros = templates().get_template("protocols/parts.html").module
    conflicts = {each.place: each for each in saved.conflicts}
    notes = authoring.sections.notes(request.actor, protocol, [each.place for each in typed])
    return JsonResponse({
        "revision": saved.revision if saved.is_current else _revision(request.POST),
        "heure": hour(saved.saved_at),
        "notes": {place: macros.field_note(wrong, words) for place, (wrong, words) in notes.items()},  # type: ignore[attr-defined]
        "conflits": {place: {"autre": each.theirs, "dit": macros.both_texts(each)}  # type: ignore[attr-defined]
                     for place, each in conflicts.items()},
        "reste": macros.faults(authoring.sections.wrongs(request.actor, protocol), f"{HOME}/{protocol}"),  # type: ignore[attr-defined]
    })  # fmt: skip


def _done(
    request: PersonRequest, protocol: UUID, gesture: str, saved: authoring.saving.Saved, opened: list[str]
) -> list[str]:
    """« ajouter:etapes »: which rows are open afterwards. On a page that is out of date, a rank may be another's."""
    name, _, place = gesture.partition(":")
    revision = saved.revision if saved.is_current else 0
    shown = authoring.saving.act(request.actor, protocol, name, place, revision=revision)
    kept = [each for each in opened if each != place or name in ("monter", "descendre")]
    return [*kept, shown] if shown and name in ("ajouter", "copier") else kept


def _text(
    request: PersonRequest, protocol: UUID, *, refusal: UserMessage | None = None, typed: str | None = None,
    is_done: bool = False,
) -> HttpResponse:  # fmt: skip
    shown = authoring.version_page.show(request.actor, protocol)
    return page(
        request, "protocols/text.html", status=422 if refusal else 200, shown=shown, refusal=refusal, home=HOME,
        typed=shown.text if typed is None else typed, is_done=is_done,
        wrongs=authoring.sections.wrongs(request.actor, protocol),
    )  # fmt: skip


def _typed(said: QueryDict) -> Iterable[Typed]:
    """Boxes send one value each, and an empty one so that none is also something."""
    for name in said:
        if name.startswith(FIELD):
            place = name.removeprefix(FIELD)
            value = "\n".join(each for each in said.getlist(name) if each)
            yield Typed(place=place, value=value, before=said.get(BEFORE + place))


def _revision(said: QueryDict) -> int:
    number = said.get("revision", "")
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def _pass_denials(refusal: UserMessage) -> None:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal
