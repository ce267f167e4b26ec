"""A patient's place in a programme of therapeutic education, within their plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict

from maillon.access import api as access_room
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.typed import typed_uuid
from maillon.web.views.etp import HOME
from maillon.web.views.record import record_page

education, moving = pathways.education, pathways.moving
ROWS: Final = range(1, education.rules.rules().competences_max + 1)
DONE: Final = {
    "contrat": "Le contrat éducatif est enregistré.",
    "inscrire": "Le patient est inscrit à la séance.",
    "accord": "L’accord du patient est noté.",
    "quitter": "Le départ du patient est noté\u202f: plus rien n’est demandé.",
}


@opens_record("read", resource="plan")
def education_of(request: PersonRequest, access: Access, *, plan: UUID) -> HttpResponse:
    return _page(request, access, plan)


@opens_record("update", resource="plan", method="POST")
def act(request: PersonRequest, access: Access, *, plan: UUID) -> HttpResponse:
    """One gesture; what was typed comes back with a refusal."""
    name = request.POST.get("geste", "")
    gesture = _GESTURES.get(name)
    if gesture is None:
        return _page(request, access, plan)
    try:
        where = gesture(access, plan, request.POST)
    except access_room.AccessDenied:
        raise  # and the journal says so
    except UserMessage as refusal:
        return _page(request, access, plan, refusal=refusal, typed=request.POST.dict())
    return HttpResponseRedirect(where or f"/dossier/{access.patient_uuid}/plan/{plan}/etp?fait={name}")


def _agree(access: Access, plan: UUID, sent: QueryDict) -> str:
    education.contract.agree(
        access, plan,
        [
            education.contract.Competency(
                uuid=typed_uuid(sent.get(f"uuid-{row}", "")), family=sent.get(f"famille-{row}", ""),
                text=sent.get(f"texte-{row}", ""), criterion=sent.get(f"critere-{row}", ""),
            )
            for row in ROWS
        ],
    )  # fmt: skip
    return ""


def _enrol(access: Access, plan: UUID, sent: QueryDict) -> str:
    goal = sent.get("competence", "")
    chosen = typed_uuid(goal) if goal else None
    education.attendance.enrol(access, typed_uuid(sent.get("seance", "")), plan, goal=chosen)
    return ""


def _evaluate(access: Access, plan: UUID, sent: QueryDict) -> str:
    return f"/dossier/{access.patient_uuid}/questionnaire/{education.contract.begin_evaluation(access, plan)}"


def _letter(access: Access, plan: UUID, sent: QueryDict) -> str:
    return f"/dossier/{access.patient_uuid}/brouillon/{education.contract.begin_letter(access, plan)}"


def _may_tell(access: Access, plan: UUID, sent: QueryDict) -> str:
    education.contract.say_whether_gp_is_told(access, plan, agreed=sent.get("accord") == "oui")
    return ""


def _leave(access: Access, plan: UUID, sent: QueryDict) -> str:
    motive, more = sent.get("motif", ""), sent.get("precision", "").strip()
    moving.withdraw_consent(access, plan, reason=f"{motive} ({more})" if motive and more else motive or more)
    return f"/dossier/{access.patient_uuid}/plan/{plan}/etp?fait=quitter"


_GESTURES: Mapping[str, Callable[[Access, UUID, QueryDict], str]] = {
    "contrat": _agree, "inscrire": _enrol, "evaluer": _evaluate, "lettre": _letter, "accord": _may_tell,
    "quitter": _leave,
}  # fmt: skip


def _page(
    request: PersonRequest, access: Access, plan: UUID, *, refusal: UserMessage | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    shown = education.of_patient.patient_page(access, plan)
    return record_page(
        request, access, "etp/of_record.html", tab="plans", shown=shown, refusal=refusal, typed=typed or {},
        done=DONE.get(request.GET.get("fait", ""), ""), families=education.contract.FAMILIES, rows=ROWS,
        results=education.contract.SAID, home=HOME,
        pending=[goal for goal in shown.contract if goal.state == "en_cours"],
        settled=[goal for goal in shown.contract if goal.state != "en_cours"],
    )  # fmt: skip
