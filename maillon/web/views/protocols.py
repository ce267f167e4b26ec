"""Les protocoles : the library, a version with its signatures and remarks, what changes, paper and pictures."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from markupsafe import Markup

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.diagram import svg_of
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.web.files import PDF, in_place
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in

authoring = pathways.authoring
HOME: Final = "/protocoles"
STEPS: Final = {
    "preparer": "prepare", "rediger": "write", "relire": "review", "reprendre": "resume", "signer": "approve",
    "en-vigueur": "enforce", "suspendre": "suspend", "lever": "lift", "retirer": "withdraw",
}  # fmt: skip
PATHS: Final = {name: path for path, name in STEPS.items()}
DONE: Final = {
    "copie": "Le modèle est copié : adaptez-le à votre équipe.",
    "version": "Une nouvelle version est ouverte à l’écriture.",
    "preparer": "Le protocole est en préparation.",
    "rediger": "La rédaction est ouverte.",
    "relire": "Le protocole est soumis à la relecture.",
    "reprendre": "La rédaction reprend : les signatures de l’ancien texte ne comptent plus.",
    "signer": "Le protocole est soumis aux signatures.",
    "en-vigueur": "Le protocole est en vigueur.",
    "suspendre": "Le protocole est suspendu.",
    "lever": "La suspension est levée.",
    "retirer": "Le protocole est retiré.",
    "remarque": "Votre remarque est enregistrée.",
    "reponse": "La réponse est enregistrée.",
    "signature": "Votre signature est enregistrée.",
    "refus": "Votre refus est enregistré, avec sa raison.",
}


# ------------------------------------------------------------------------------------------------ the library


@signed_in()
def library(request: PersonRequest) -> HttpResponse:
    return _library(request)


@signed_in("POST")
def begin(request: PersonRequest) -> HttpResponse:
    said = {name: request.POST.get(name, "") for name in ("code", "titre", "genre")}
    try:
        made = authoring.library.begin(request.actor, code=said["code"], title=said["titre"], nature=said["genre"])
    except UserMessage as refusal:
        return _library(request, refusal=refusal, typed=said)
    return HttpResponseRedirect(f"{HOME}/{made}/ecrire/identite")


@signed_in()
def model(request: PersonRequest, *, code: str) -> HttpResponse:
    found = authoring.library.model(code)
    line = next(each for each in authoring.library.models() if each.code == code)
    return page(
        request, "protocols/model.html", line=line, reading=authoring.reading.reading_of(found),
        pictures=_pictures(found), home=HOME,
    )  # fmt: skip


@signed_in("POST")
def copy(request: PersonRequest, *, code: str) -> HttpResponse:
    try:
        made = authoring.library.copy_model(request.actor, code)
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _library(request, refusal=refusal)
    return HttpResponseRedirect(f"{HOME}/{made}?fait=copie")


# ------------------------------------------------------------------------------------------------ one version


@signed_in()
def version(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    return _version(request, protocol, said=request.GET.get("fait", ""))


@signed_in("POST")
def revise(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    try:
        made = authoring.library.revise(request.actor, protocol)
    except UserMessage as refusal:
        return _version(request, protocol, refusal=refusal)
    return HttpResponseRedirect(f"{HOME}/{made}?fait=version")


@signed_in("POST")
def move(request: PersonRequest, *, protocol: UUID, step: str) -> HttpResponse:
    reason = request.POST.get("raison", "")
    try:
        authoring.versions.move(request.actor, protocol, STEPS.get(step, ""), reason=reason)
    except UserMessage as refusal:
        return _version(request, protocol, refusal=refusal, at="etapes", typed=reason)
    return HttpResponseRedirect(f"{HOME}/{protocol}?fait={step}")


@signed_in("POST", is_fresh=True)
def sign(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    is_approval, reason = request.POST.get("decision", "") != "refuser", request.POST.get("raison", "")
    try:
        authoring.versions.sign(
            request.actor, protocol, fingerprint=request.POST.get("empreinte", ""), has_read="lu" in request.POST,
            is_approval=is_approval, reason=reason,
        )  # fmt: skip
    except UserMessage as refusal:
        return _version(request, protocol, refusal=refusal, at="signature", typed=reason)
    return HttpResponseRedirect(f"{HOME}/{protocol}?fait={'signature' if is_approval else 'refus'}#signatures")


@signed_in("POST")
def remark(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    text = request.POST.get("commentaire", "")
    try:
        authoring.remarks.comment(
            request.actor, protocol, text=text, place=request.POST.get("lieu", ""), is_blocking="bloque" in request.POST
        )
    except UserMessage as refusal:
        return _version(request, protocol, refusal=refusal, at="remarques", typed=text)
    return HttpResponseRedirect(f"{HOME}/{protocol}?fait=remarque#remarques")


@signed_in("POST")
def answer(request: PersonRequest, *, protocol: UUID, remark: UUID) -> HttpResponse:
    text = request.POST.get("reponse", "")
    try:
        authoring.remarks.answer(request.actor, protocol, remark, text=text)
    except UserMessage as refusal:
        return _version(request, protocol, refusal=refusal, at=f"reponse-{remark}", typed=text)
    return HttpResponseRedirect(f"{HOME}/{protocol}?fait=reponse#remarques")


# ------------------------------------------------------------------------------------------------ what it says


@signed_in()
def compare(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    against = request.GET.get("avec", "")
    found = authoring.comparison.compare(request.actor, protocol, against=against)
    sections = {slug: title for slug, (title, _) in authoring.sections.SECTIONS.items()}
    return page(request, "protocols/compare.html", found=found, sections=sections, home=HOME)


@signed_in()
def paper(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    shown = authoring.version_page.show(request.actor, protocol)
    name = f"{shown.line.code}-v{shown.line.number}.pdf"
    pdf = authoring.printing.paper(request.actor, protocol)
    return in_place(documents.Original(data=pdf, media_type=PDF, file_name=name))


@signed_in()
def calendar(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    """What it would ask of one of its imagined patients, month by month."""
    shown = authoring.version_page.show(request.actor, protocol)
    if shown.protocol is None:
        raise access_room.AccessDenied
    chosen = request.GET.get("essai", "")
    rank = int(chosen) if chosen.isdecimal() and len(chosen) < 4 else 0
    return page(
        request, "protocols/calendar.html", shown=shown, home=HOME, rank=rank,
        examples=[each.titre for each in shown.protocol.exemples],
        forecast=authoring.forecast.forecast(shown.protocol, rank=rank),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ from outside


@signed_in("POST")
def invite(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    link = authoring.remarks.link_for(request.actor, protocol)
    return _version(request, protocol, link=request.build_absolute_uri(f"{HOME}/relecture/{link}"))


@signed_in()
def reviewing(request: PersonRequest, *, secret: str) -> HttpResponse:
    return _reviewing(request, secret, is_done="fait" in request.GET)


@signed_in("POST")
def review(request: PersonRequest, *, secret: str) -> HttpResponse:
    text = request.POST.get("commentaire", "")
    try:
        authoring.remarks.comment_from_outside(request.actor, secret, text=text)
    except UserMessage as refusal:
        _pass_denials(refusal)
        return _reviewing(request, secret, refusal=refusal, typed=text)
    return HttpResponseRedirect(f"{HOME}/relecture/{secret}?fait")


# ------------------------------------------------------------------------------------------------ within


def _library(
    request: PersonRequest, *, refusal: UserMessage | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    return page(
        request, "protocols/library.html", status=422 if refusal else 200, models=authoring.library.models(),
        versions=authoring.library.versions(request.actor), natures=pathways.natures.NATURES, refusal=refusal,
        typed=typed or {}, home=HOME, may_begin=authoring.versions.member_of(request.actor) is not None,
    )  # fmt: skip


def _version(
    request: PersonRequest, protocol: UUID, *, refusal: UserMessage | None = None, at: str = "", typed: str = "",
    said: str = "", link: str = "",
) -> HttpResponse:  # fmt: skip
    if refusal is not None:
        _pass_denials(refusal)
    shown = authoring.version_page.show(request.actor, protocol)
    return page(
        request, "protocols/version.html", status=422 if refusal else 200, shown=shown, reading=shown.reading,
        pictures=_pictures(shown.protocol) if shown.protocol else (), refusal=refusal, at=at, typed=typed,
        done=DONE.get(said, ""), link=link, paths=PATHS, home=HOME, places=_places(shown),
    )  # fmt: skip


def _reviewing(
    request: PersonRequest, secret: str, *, refusal: UserMessage | None = None, typed: str = "", is_done: bool = False
) -> HttpResponse:
    shown = authoring.version_page.reviewed(request.actor, secret)
    return page(
        request, "protocols/reviewing.html", status=422 if refusal else 200, shown=shown, reading=shown.reading,
        pictures=_pictures(shown.protocol) if shown.protocol else (), refusal=refusal, typed=typed, is_done=is_done,
        secret=secret, home=HOME,
    )  # fmt: skip


def _pictures(protocol: pathways.definition.Protocol) -> list[tuple[str, Markup, tuple[str, ...]]]:
    """(title, picture, the same in words). What `svg_of` writes is escaped there."""
    found = authoring.drawing.pictures(protocol)
    return [(each.title, Markup(svg_of(each.diagram)), each.words) for each in found]  # noqa: S704


def _places(shown: authoring.version_page.VersionView) -> dict[str, str]:
    """What a remark may be about: place → its words."""
    found = {slug: title for slug, (title, _) in authoring.sections.SECTIONS.items()}
    if shown.reading is not None:
        found |= {f"etapes/{each.id}": f"Étape {each.id}" for each in shown.reading.steps}
        found |= {f"alertes/{each.id}": f"Alerte {each.id}" for each in shown.reading.alerts}
    return found


def _pass_denials(refusal: UserMessage) -> None:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal
