"""The cooperation of my structure: protocols, team, declaration, who can be called, what went wrong, the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.patients import api as patients
from maillon.web.files import PDF, as_download, in_place
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, purpose_of, signed_in
from maillon.web.typed import typed_day, typed_decimal, typed_number, typed_uuid

coop, teams = pathways.cooperation, pathways.teams
states = coop.states
HOME: Final = "/cooperation"
DONE: Final = {
    "rejoindre": "Le volontaire est dans l’équipe.",
    "formation": "La formation est enregistrée.",
    "habiliter": "L’habilitation est donnée.",
    "suspendre-membre": "L’habilitation est suspendue.",
    "retirer": "La personne n’est plus dans l’équipe\u202f: une déclaration modificative est à faire.",
    "joignable": "Votre disponibilité est enregistrée.",
    "piece": "La pièce est notée au dossier.",
    "declarer": "La déclaration est enregistrée.",
    "suspendre": "Le protocole est suspendu\u202f: aucun acte ne s’ouvre plus. Le signalement est préparé.",
    "lever": "La suspension est levée.",
    "signalement": "Le texte est enregistré.",
    "envoye": "L’envoi du signalement est noté.",
    "avis": "Votre avis est enregistré.",
}


@signed_in()
def listed(request: PersonRequest) -> HttpResponse:
    return page(request, "cooperation/list.html", lines=coop.showing.of_structures(request.actor))


@signed_in()
def one(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    return _one(request, protocol)


@signed_in("POST")
def do(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    """One gesture; what was typed comes back with a refusal."""
    name = request.POST.get("geste", "")
    version = coop.suspending.of_structure(request.actor, protocol)
    gesture = _GESTURES.get(name)
    if version is None or gesture is None:
        raise access_room.AccessDenied
    try:
        gesture(request.actor, version, request.POST)
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _one(request, protocol, refusal=refusal.message, typed=request.POST.dict())
    place = "" if name in ("suspendre", "lever") else f"#{_PLACES[name]}"
    return HttpResponseRedirect(f"{HOME}/{protocol}?fait={name}{place}")


@signed_in()
def file(request: PersonRequest, *, protocol: UUID, shape: str) -> HttpResponse:
    """The file of declaration, as PDF or with its parts."""
    version = coop.suspending.of_structure(request.actor, protocol)
    if version is None or not teams.may_hold(request.actor, version) or shape not in ("pdf", "zip"):
        raise access_room.AccessDenied
    name = f"declaration-{version.code}"
    if shape == "pdf":
        return in_place(_file(coop.papers.declaration_pdf(version), PDF, f"{name}.pdf"))
    return as_download(_file(coop.papers.declaration_zip(version), "application/zip", f"{name}.zip"))


@signed_in()
def report(request: PersonRequest, *, protocol: UUID, year: int, shape: str) -> HttpResponse:
    version = coop.suspending.of_structure(request.actor, protocol)
    if version is None or shape not in ("pdf", "csv"):
        raise access_room.AccessDenied
    made = coop.annual.of_year(request.actor, version, year)
    name = f"rapport-{version.code}-{year}"
    if shape == "pdf":
        return in_place(_file(coop.papers.report_pdf(made), PDF, f"{name}.pdf"))
    return as_download(_file(made.csv(), "text/csv", f"{name}.csv"))


# ------------------------------------------------------------------------------------------------ gestures


def _join(actor: Actor, version: Any, sent: QueryDict) -> None:
    role, _, person = sent.get("qui", "").partition(":")
    teams.join(
        actor, version, professional=ProfessionalId(typed_number(person)), role=role,
        engaged_on=typed_day(sent.get("engage", "")) or clock.today(),
    )  # fmt: skip


def _train(actor: Actor, version: Any, sent: QueryDict) -> None:
    teams.note_training(
        actor, version, typed_uuid(sent.get("membre", "")), on=typed_day(sent.get("le", "")) or clock.today(),
        hours=typed_decimal(sent.get("heures", "")), title=sent.get("intitule", ""), trainer=sent.get("formateur", ""),
    )  # fmt: skip


def _entitle(actor: Actor, version: Any, sent: QueryDict) -> None:
    teams.entitle(actor, version, typed_uuid(sent.get("membre", "")))


def _suspend_member(actor: Actor, version: Any, sent: QueryDict) -> None:
    coop.suspending.suspend_member(
        actor, version, typed_uuid(sent.get("membre", "")), reason=sent.get("motif", "")
    )


def _withdraw(actor: Actor, version: Any, sent: QueryDict) -> None:
    coop.suspending.withdraw_member(actor, version, typed_uuid(sent.get("membre", "")))


def _reachable(actor: Actor, version: Any, sent: QueryDict) -> None:
    """For so many hours; 0 ends it."""
    hours = max(0, min(typed_number(sent.get("heures", "")), 24 * 7))
    teams.be_reachable(
        actor, version, until=clock.now() + dt.timedelta(hours=hours), phone=sent.get("telephone", "")
    )


def _piece(actor: Actor, version: Any, sent: QueryDict) -> None:
    coop.papers.hold_piece(actor, version, title=sent.get("piece", ""), kept=sent.get("lieu", ""))


def _declare(actor: Actor, version: Any, sent: QueryDict) -> None:
    pathways.declarations.declare(
        actor, version, on=typed_day(sent.get("le", "")) or clock.today(), reference=sent.get("reference", "")
    )


def _suspend(actor: Actor, version: Any, sent: QueryDict) -> None:
    try:
        motive = states.SuspensionMotive(sent.get("motif", ""))
    except ValueError:
        raise UserMessage("E-PRO-17", "Choisissez le motif de la suspension.") from None
    coop.suspending.suspend(actor, version, motive=motive, reason=sent.get("precision", ""))


def _lift(actor: Actor, version: Any, sent: QueryDict) -> None:
    coop.suspending.lift(actor, version, reason=sent.get("precision", ""))


def _notice(actor: Actor, version: Any, sent: QueryDict) -> None:
    coop.notices.rewrite(actor, version, typed_uuid(sent.get("signalement", "")), sent.get("texte", ""))


def _notice_sent(actor: Actor, version: Any, sent: QueryDict) -> None:
    coop.notices.rewrite(actor, version, typed_uuid(sent.get("signalement", "")), sent.get("texte", ""), is_sent=True)


def _opinion(actor: Actor, version: Any, sent: QueryDict) -> None:
    coop.annual.give_opinion(actor, version, typed_number(sent.get("niveau", "")))


_GESTURES: Final[Mapping[str, Callable[[Actor, Any, QueryDict], None]]] = {
    "rejoindre": _join, "formation": _train, "habiliter": _entitle, "suspendre-membre": _suspend_member,
    "retirer": _withdraw, "joignable": _reachable, "piece": _piece, "declarer": _declare, "suspendre": _suspend,
    "lever": _lift, "signalement": _notice, "envoye": _notice_sent, "avis": _opinion,
}  # fmt: skip
_PLACES: Final = {
    "rejoindre": "equipe", "formation": "equipe", "habiliter": "equipe", "suspendre-membre": "equipe",
    "retirer": "equipe", "joignable": "joignables", "piece": "declaration", "declarer": "declaration",
    "signalement": "signalements", "envoye": "signalements", "avis": "rapport",
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ the page


def _one(
    request: PersonRequest, protocol: UUID, *, refusal: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """Each patient named is journalled, as in any list."""
    asked = typed_number(request.GET.get("annee", ""))
    today = clock.today()
    year = asked if coop.annual.FIRST_YEAR <= asked <= today.year else today.year
    view = coop.showing.of_version(request.actor, protocol, year=year)
    names = patients.lines({PatientId(event.patient_id) for event in view.events})
    access_room.journal.note_list(request.actor, list(names), purpose=purpose_of(request.actor))
    return page(
        request, "cooperation/one.html", view=view, names=names, year=year, this_year=today.year, words=states,
        refusal=refusal, typed=typed or {}, done=DONE.get(request.GET.get("fait", ""), ""),
        now=clock.now(), status=422 if refusal else 200,
    )  # fmt: skip


def _file(data: bytes, media_type: str, name: str) -> documents.Original:
    return documents.Original(data=data, media_type=media_type, file_name=name)
