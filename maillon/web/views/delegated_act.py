"""A delegated act at the patient's side: eligibility, consent, the tree one question at a time, the call, the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict

from maillon.access import api as access_room
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.typed import typed_day, typed_number, typed_uuid
from maillon.web.views.questionnaires import MARK
from maillon.web.views.record import record_page

T = TypeVar("T")
coop = pathways.cooperation
states = coop.states
DONE: Final = {
    "accord": "Le consentement est tracé\u202f: l’examen commence.",
    "refus": "Le refus est noté. Le rendez-vous médical ordinaire est demandé.",
    "ordinaire": "Le rendez-vous médical ordinaire est demandé.",
    "appel": "L’appel est noté.",
    "derogatoire": "L’acte dérogatoire est noté.",
    "prise-en-charge": "Le patient est pris en charge. Le compte rendu est attendu sous 24 heures.",
    "reorienter": "Le relais est demandé à un médecin. Le compte rendu est attendu sous 24 heures.",
    "clore": "L’acte est clos.",
    "evenement": "L’événement est déclaré.",
    "analyse": "L’analyse est enregistrée.",
    "conflit": "Ces réponses ont aussi été écrites ailleurs\u202f: les autres sont gardées dans le questionnaire.",
}


@opens_record("update", resource="plan", method="POST")
def begin(request: PersonRequest, access: Access) -> HttpResponse:
    """Open the act, and judge at once; a refusal of the team comes back on the page of the plans."""
    ground = _choice(states.LegalGround, request.POST.get("fondement", ""), states.LegalGround.PROTOCOL)
    act = coop.acts.open_act(access, typed_uuid(request.POST.get("protocole", "")), ground=ground)
    try:
        coop.acts.judge(access, act)
    except access_room.AccessDenied:
        raise  # and the journal says so
    except UserMessage as refusal:
        return _page(request, access, act, refusal=refusal.message)
    return HttpResponseRedirect(_place(access, act))


@opens_record("read", resource="plan")
def show(request: PersonRequest, access: Access, *, act: UUID) -> HttpResponse:
    return _page(request, access, act)


@opens_record("update", resource="plan", method="POST")
def do(request: PersonRequest, access: Access, *, act: UUID) -> HttpResponse:
    """One gesture; what was typed comes back with a refusal."""
    name = request.POST.get("geste", "")
    gesture = _GESTURES.get(name)
    if gesture is None:
        return _page(request, access, act)
    try:
        where = gesture(access, act, request.POST)
    except access_room.AccessDenied:
        raise  # and the journal says so
    except UserMessage as refusal:
        return _page(request, access, act, refusal=refusal.message, typed=request.POST.dict())
    return HttpResponseRedirect(where or f"{_place(access, act)}?fait={name}")


# ------------------------------------------------------------------------------------------------ gestures


def _judge(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acts.judge(access, act)
    return _place(access, act)


def _agree(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acts.agree(access, act, agreed=sent.get("accord") == "oui", proof=sent.get("preuve", ""))
    return ""


def _refuse(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acts.refuse(access, act, said=sent.get("motif", ""))
    return ""


def _turn_away(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acts.turn_away(access, act)
    return ""


def _answer(access: Access, act: UUID, sent: QueryDict) -> str:
    typed = {name.removeprefix(MARK): sent.getlist(name) for name in sent if name.startswith(MARK)}
    is_kept = coop.acting.answer(access, act, typed, revision=typed_number(sent.get("revision", "")))
    here = _place(access, act)
    if not is_kept:
        return f"{here}?fait=conflit"
    found = coop.showing.one(access, act).examination
    is_lacking = found is not None and found.asks and found.node.id == sent.get("noeud")
    return f"{here}?verifier#question" if is_lacking else f"{here}#question"


def _call(access: Access, act: UUID, sent: QueryDict) -> str:
    try:
        outcome = states.CallOutcome(sent.get("issue", ""))
    except ValueError:
        raise UserMessage("E-PRO-17", "Dites ce que le délégant a décidé.") from None
    coop.acting.call(
        access, act, member=typed_uuid(sent.get("delegant", "")), outcome=outcome, decision=sent.get("decision", "")
    )
    return ""


def _derogatory(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acting.note_derogatory(
        access, act, sent.get("acte", ""), detail=sent.get("detail", ""), days=sent.get("jours", "")
    )
    return f"{_place(access, act)}?fait=derogatoire#derogatoires"


def _care(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acts.care(access, act)
    return ""


def _redirect(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acts.redirect(access, act, motive=sent.get("motif", ""), said=sent.get("precision", ""))
    return ""


def _report(access: Access, act: UUID, sent: QueryDict) -> str:
    return f"/dossier/{access.patient_uuid}/brouillon/{coop.letter.begin(access, act)}"


def _close(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.acting.close(access, act, reason=sent.get("motif", ""))
    return ""


def _event(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.incidents.declare(
        access, act, severity=_choice(states.Severity, sent.get("gravite", ""), states.Severity.MINOR),
        nature=_choice(states.EventNature, sent.get("nature", ""), states.EventNature.OTHER),
        happened_on=typed_day(sent.get("survenu", "")), text=sent.get("recit", ""),
    )  # fmt: skip
    return f"{_place(access, act)}?fait=evenement#evenements"


def _analyse(access: Access, act: UUID, sent: QueryDict) -> str:
    coop.incidents.analyse(
        access, typed_uuid(sent.get("evenement", "")), causes=sent.get("causes", ""), measures=sent.get("mesures", "")
    )
    return f"{_place(access, act)}?fait=analyse#evenements"


_GESTURES: Final[Mapping[str, Callable[[Access, UUID, QueryDict], str]]] = {
    "verifier": _judge, "accord": _agree, "refus": _refuse, "ordinaire": _turn_away, "repondre": _answer,
    "appel": _call, "derogatoire": _derogatory, "prise-en-charge": _care, "reorienter": _redirect,
    "compte-rendu": _report, "clore": _close, "evenement": _event, "analyse": _analyse,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ the page


def _page(
    request: PersonRequest, access: Access, act: UUID, *, refusal: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    view = coop.showing.one(access, act, at=request.GET.get("noeud", ""))
    return record_page(
        request, access, "record/act.html", tab="plans", view=view, refusal=refusal, typed=typed or {},
        done=DONE.get(request.GET.get("fait", ""), ""), is_checked="verifier" in request.GET, words=states,
    )  # fmt: skip


def _place(access: Access, act: UUID) -> str:
    return f"/dossier/{access.patient_uuid}/acte/{act}"


def _choice(choices: Callable[[str], T], text: str, default: T) -> T:
    try:
        return choices(text)
    except ValueError:
        return default
