"""La charte de l’équipe : read, written by the coordinator or the referent, commented and signed by each member."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseRedirect

from maillon.charter import api as charter
from maillon.kernel.key import Access, Actor
from maillon.kernel.message import UserMessage
from maillon.web import errors
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, opens_record, signed_in

HOME = "/charte"
STEPS: dict[str, Callable[[Actor, int], None]] = {
    "proposer": charter.propose,
    "reprendre": charter.resume,
    "en-vigueur": charter.enforce,
}


@signed_in()
def versions(request: PersonRequest) -> HttpResponse:
    return _versions(request)


@signed_in("POST")
def draft(request: PersonRequest) -> HttpResponse:
    try:
        number = charter.draft(request.actor)
    except UserMessage as refusal:
        return _versions(request, refusal=refusal.message)
    return HttpResponseRedirect(f"{HOME}/{number}")


@signed_in()
def version(request: PersonRequest, *, number: int) -> HttpResponse:
    return _version(request, number, said=request.GET.get("fait", ""))


@signed_in()
def compare(request: PersonRequest, *, number: int) -> HttpResponse:
    return page(request, "charter/compare.html", found=charter.compare(request.actor, number))


@signed_in("POST")
def write_clause(request: PersonRequest, *, number: int) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("code", "titre", "texte", "reglage")}
    try:
        charter.write_clause(
            request.actor, number, code=typed["code"], title=typed["titre"], text=typed["texte"],
            setting=typed["reglage"],
        )  # fmt: skip
    except UserMessage as refusal:
        return _version(request, number, refusal=refusal.message, at=f"clause-{typed['code']}", typed=typed)
    return HttpResponseRedirect(f"{HOME}/{number}?fait=clause#{typed['code'] or 'ajouter'}")


@signed_in("POST")
def remove_clause(request: PersonRequest, *, number: int, code: str) -> HttpResponse:
    charter.remove_clause(request.actor, number, code=code)
    return HttpResponseRedirect(f"{HOME}/{number}?fait=retrait")


@signed_in("POST")
def move(request: PersonRequest, *, number: int, step: str) -> HttpResponse:
    verb = STEPS.get(step)
    if verb is None:
        return errors.not_found(request)
    try:
        verb(request.actor, number)
    except UserMessage as refusal:
        return _version(request, number, refusal=refusal.message, at="etapes")
    return HttpResponseRedirect(f"{HOME}/{number}?fait={step}")


@signed_in("POST")
def comment(request: PersonRequest, *, number: int) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("clause", "commentaire")}
    try:
        charter.comment(request.actor, number, text=typed["commentaire"], clause=typed["clause"])
    except UserMessage as refusal:
        return _version(request, number, refusal=refusal.message, at=f"commentaire-{typed['clause']}", typed=typed)
    return HttpResponseRedirect(f"{HOME}/{number}?fait=commentaire#{typed['clause'] or 'commentaires'}")


@signed_in("POST")
def sign(request: PersonRequest, *, number: int) -> HttpResponse:
    fingerprint, has_read = request.POST.get("empreinte", ""), "lu" in request.POST
    try:
        charter.sign(request.actor, number, fingerprint=fingerprint, has_read=has_read)
    except UserMessage as refusal:
        return _version(request, number, refusal=refusal.message, at="signature")
    return HttpResponseRedirect(f"{HOME}/{number}?fait=signature#signatures")


@opens_record("confirm", resource="item", method="POST")
def confirm_item(request: PersonRequest, access: Access, *, item: str) -> HttpResponse:
    charter.confirm(access, item)
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/synthese?a-jour#a-jour")


def _versions(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    return page(
        request,
        "charter/versions.html",
        status=422 if refusal else 200,
        versions=charter.versions(request.actor),
        may_write=charter.may_write(request.actor),
        refusal=refusal,
    )


def _version(
    request: PersonRequest, number: int, *, refusal: str = "", at: str = "", typed: dict[str, str] | None = None,
    said: str = "",
) -> HttpResponse:  # fmt: skip
    return page(
        request,
        "charter/version.html",
        status=422 if refusal else 200,
        shown=charter.show(request.actor, number),
        settings=charter.settings(),
        refusal=refusal,
        at=at,
        typed=typed or {},
        done=DONE.get(said, ""),
    )


DONE = {
    "clause": "La clause est enregistrée.",
    "retrait": "La clause est retirée.",
    "proposer": "La charte est proposée à la signature des membres.",
    "reprendre": "La charte est de nouveau un brouillon.",
    "en-vigueur": "La charte est en vigueur.",
    "commentaire": "Votre commentaire est enregistré.",
    "signature": "Votre signature est enregistrée.",
}
