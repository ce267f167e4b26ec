"""The plans of a record: enter a protocol in two gestures, see who does what next, answer, move, write together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict

from maillon.access import api as access_room
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.typed import typed_day, typed_number, typed_uuid
from maillon.web.views.record import record_page

coop = pathways.cooperation
showing, moving, together = pathways.showing, pathways.moving, pathways.writing
TARGET, DATE = "cible-", "date-"  # before the name of a parameter, of a date


@opens_record("read", resource="plan")
def plans(request: PersonRequest, access: Access) -> HttpResponse:
    return _plans(request, access)


@opens_record("update", resource="plan", method="POST")
def enter(request: PersonRequest, access: Access) -> HttpResponse:
    """Include, or note that the patient refuses; what was typed comes back with a refusal."""
    sent = request.POST
    try:
        coop.acts.demand_no_delegation(sent.get("protocole", ""))
        if sent.get("geste") == "refus":
            pathways.refuse(access, sent.get("protocole", ""), reason=sent.get("motif", ""))
            return _to(access, "plans", "refus")
        plan = pathways.include(
            access, sent.get("protocole", ""), parameters=_targets(sent), dates=_dates(sent),
            agreed=sent.get("accord") == "oui", proof=sent.get("preuve", ""),
        )  # fmt: skip
    except access_room.AccessDenied:
        raise  # and the journal says so
    except UserMessage as refusal:
        return _plans(request, access, refusal=refusal.message, typed=sent.dict())
    return _to(access, f"plan/{plan.uuid}", "inclus")


@opens_record("read", resource="plan")
def plan(request: PersonRequest, access: Access, *, plan: UUID) -> HttpResponse:
    return _plan(request, access, plan)


@opens_record("update", resource="plan", method="POST")
def act(request: PersonRequest, access: Access, *, plan: UUID) -> HttpResponse:
    """One gesture on the plan; what was typed comes back with a refusal."""
    gesture = _GESTURES.get(request.POST.get("geste", ""))
    if gesture is None:
        return _plan(request, access, plan)
    try:
        if request.POST.get("geste") in _OF_AN_ACT:
            coop.acts.demand_no_act(access, plan)
        where = gesture(access, plan, request.POST)
    except access_room.AccessDenied:
        raise  # and the journal says so
    except UserMessage as refusal:
        return _plan(request, access, plan, refusal=refusal.message, typed=request.POST.dict())
    return HttpResponseRedirect(where) if where else _to(access, f"plan/{plan}", request.POST.get("geste", ""))


# ------------------------------------------------------------------------------------------------ gestures


def _move(access: Access, plan: UUID, sent: QueryDict) -> str:
    motive = sent.get("motif", "")
    more = sent.get("precision", "").strip()
    reason = f"{motive} ({more})" if motive and more else motive or more
    pathways.move(access, plan, sent.get("etat", ""), reason=reason)
    return ""


def _choose(access: Access, plan: UUID, sent: QueryDict) -> str:
    moving.choose(access, plan, _targets(sent), dates=_dates(sent))
    return ""


def _migrate(access: Access, plan: UUID, sent: QueryDict) -> str:
    moving.migrate(access, plan, sent.get("protocole", ""))
    return ""


def _withdraw(access: Access, plan: UUID, sent: QueryDict) -> str:
    moving.withdraw_consent(access, plan, reason=sent.get("motif", ""))
    return ""


def _deviate(access: Access, plan: UUID, sent: QueryDict) -> str:
    moving.deviate(access, plan, step=sent.get("etape", ""), reason=sent.get("motif", ""))
    return ""


def _step_done(access: Access, plan: UUID, sent: QueryDict) -> str:
    moving.do_step(access, typed_uuid(sent.get("etape", "")), comment=sent.get("commentaire", ""))
    return ""


def _step_left(access: Access, plan: UUID, sent: QueryDict) -> str:
    moving.leave_step(access, typed_uuid(sent.get("etape", "")), reason=sent.get("commentaire", ""))
    return ""


def _goal(access: Access, plan: UUID, sent: QueryDict) -> str:
    if sent.get("objectif"):
        together.change_goal(access, typed_uuid(sent.get("objectif", "")), state=sent.get("etat", ""))
    else:
        is_of_patient = sent.get("de") == "patient"
        together.add_goal(access, plan, sent.get("texte", ""), is_of_patient=is_of_patient)
    return ""


def _write(access: Access, plan: UUID, sent: QueryDict) -> str:
    written = together.write(access, plan, sent.get("texte", ""), revision=typed_number(sent.get("revision", "")))
    said = "conflit" if written.conflicts else "fusion" if written.merged_with else "texte"
    return f"/dossier/{access.patient_uuid}/plan/{plan}?fait={said}#texte"


def _send(access: Access, plan: UUID, sent: QueryDict) -> str:
    return f"/dossier/{access.patient_uuid}/brouillon/{pathways.sending.begin_letter(access, plan)}"


_GESTURES: Mapping[str, Callable[[Access, UUID, QueryDict], str]] = {
    "etat": _move, "cible": _choose, "version": _migrate, "retrait": _withdraw, "ecart": _deviate,
    "fait": _step_done, "non-fait": _step_left, "objectif": _goal, "texte": _write, "courrier": _send,
}  # fmt: skip
_OF_AN_ACT = ("etat", "retrait", "version")  # what a delegated act does by itself
DONE = {
    "inclus": "Le patient est inclus\u202f: les tâches sont demandées.",
    "refus": "Le refus du patient est noté.",
    "etat": "Le plan a changé d’état.",
    "cible": "La cible est enregistrée.",
    "version": "Ce plan suit désormais la nouvelle version.",
    "retrait": "Le retrait est noté\u202f: plus rien n’est demandé.",
    "ecart": "L’écart est noté.",
    "fait": "L’étape est faite.",
    "non-fait": "L’étape est laissée, avec son motif.",
    "objectif": "L’objectif est enregistré.",
    "texte": "Le texte est enregistré.",
    "fusion": "Le texte est enregistré, avec ce qu’un collègue avait écrit entre-temps.",
    "conflit": "Un collègue avait changé le même paragraphe\u202f: les deux textes sont gardés, choisissez.",
}


# ------------------------------------------------------------------------------------------------ the pages


def _plans(
    request: PersonRequest, access: Access, *, refusal: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    return record_page(
        request, access, "record/plans.html", tab="plans", plans=showing.plans(access),
        acts=coop.showing.of_record(access), grounds=coop.states.LegalGround.choices,
        offers=pathways.offered(access), refusal=refusal, typed=typed or {},
        done=DONE.get(request.GET.get("fait", ""), ""), may_read=pathways.including.may_read(access),
    )  # fmt: skip


def _plan(
    request: PersonRequest, access: Access, plan: UUID, *, refusal: str = "", typed: Mapping[str, str] | None = None
) -> HttpResponse:
    return record_page(
        request, access, "record/plan.html", tab="plans", plan=showing.plan(access, plan), refusal=refusal,
        act=coop.showing.of_record(access).get(plan),
        typed=typed or {}, done=DONE.get(request.GET.get("fait", ""), ""),
        may_send=pathways.sending.may_send(access),
    )  # fmt: skip


def _to(access: Access, where: str, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/{where}?fait={done}")


def _targets(sent: QueryDict) -> dict[str, str]:
    return {name.removeprefix(TARGET): sent.get(name, "") for name in sent if name.startswith(TARGET)}


def _dates(sent: QueryDict) -> dict[str, dt.date]:
    """Those that are filled in. Raises E-DAT-01, E-DAT-02."""
    days = {name.removeprefix(DATE): typed_day(sent.get(name, "")) for name in sent if name.startswith(DATE)}
    return {name: day for name, day in days.items() if day is not None}
