"""A programme of therapeutic education: its team, its declaration, its patients, its sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.patients import api as patients
from maillon.web.files import PDF, in_place
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, purpose_of, signed_in
from maillon.web.typed import typed_day, typed_decimal, typed_hour, typed_number, typed_uuid

education, teams, declarations = pathways.education, pathways.teams, pathways.declarations
HOME: Final = "/protocoles/etp"
DONE: Final = {
    "seance": "La séance est prévue\u202f: inscrivez les patients.",
    "charte": "Votre signature de la charte est enregistrée.",
    "membre": "La personne est dans l’équipe.",
    "formation": "La formation est notée.",
    "retirer": "La personne n’est plus dans l’équipe.",
    "declarer": "La déclaration est notée.",
    "reponse": "La réponse de l’agence régionale de santé est notée.",
    "inscrire": "Le patient est inscrit.",
    "presence": "La présence est enregistrée.",
    "tenir": "La séance est tenue.",
    "annuler": "La séance est annulée.",
}


# ------------------------------------------------------------------------------------------------ the programme


@signed_in()
def programme(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    return _programme(request, protocol)


@signed_in("POST")
def act(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    """One gesture on the team or the declaration; what was typed comes back with a refusal."""
    name = request.POST.get("geste", "")
    gesture = _GESTURES.get(name)
    if gesture is None:
        return _programme(request, protocol)
    try:
        gesture(request.actor, protocol, request.POST)
    except UserMessage as refusal:
        return _programme(request, protocol, refusal=refusal, typed=request.POST.dict())
    return HttpResponseRedirect(f"{HOME}/{protocol}?fait={name}")


def _sign(actor: Actor, protocol: UUID, sent: QueryDict) -> None:
    education.programme.sign_charter(actor, protocol)


def _join(actor: Actor, protocol: UUID, sent: QueryDict) -> None:
    """Raises also E-DAT-01, -02."""
    version = education.programme.version_of(actor, protocol)
    teams.join(
        actor, version, professional=ProfessionalId(typed_number(sent.get("personne", ""))), role=sent.get("role", ""),
        engaged_on=typed_day(sent.get("le", "")) or clock.today(),
        industry="oui" if sent.get("entreprise") == "oui" else "",
    )  # fmt: skip


def _train(actor: Actor, protocol: UUID, sent: QueryDict) -> None:
    version = education.programme.version_of(actor, protocol)
    teams.note_training(
        actor, version, typed_uuid(sent.get("membre", "")), on=typed_day(sent.get("le", "")) or clock.today(),
        hours=typed_decimal(sent.get("heures", "")), title=sent.get("titre", ""),
        trainer=sent.get("formateur", ""),
    )  # fmt: skip


def _withdraw(actor: Actor, protocol: UUID, sent: QueryDict) -> None:
    teams.withdraw(actor, education.programme.version_of(actor, protocol), typed_uuid(sent.get("membre", "")))


def _declare(actor: Actor, protocol: UUID, sent: QueryDict) -> None:
    version = education.programme.version_of(actor, protocol)
    day = typed_day(sent.get("le", "")) or clock.today()
    declarations.declare(actor, version, on=day, reference=sent.get("reference", ""))


def _answer(actor: Actor, protocol: UUID, sent: QueryDict) -> None:
    version = education.programme.version_of(actor, protocol)
    declarations.note_answer(
        actor, version, typed_uuid(sent.get("declaration", "")), accepted=sent.get("accord") == "oui",
        said=sent.get("reponse", ""),
    )  # fmt: skip


_GESTURES: Mapping[str, Callable[[Actor, UUID, QueryDict], None]] = {
    "charte": _sign, "membre": _join, "formation": _train, "retirer": _withdraw, "declarer": _declare,
    "reponse": _answer,
}  # fmt: skip


def _programme(
    request: PersonRequest, protocol: UUID, *, refusal: UserMessage | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    shown = education.showing.programme_page(request.actor, protocol)
    names = _names(request, {line.patient_id for _, lines in shown.patients for line in lines})
    return page(
        request, "etp/programme.html", status=422 if refusal else 200, shown=shown, names=names, home=HOME,
        refusal=refusal, typed=typed or {}, done=DONE.get(request.GET.get("fait", ""), ""),
        years=range(clock.today().year, clock.today().year - 3, -1), hours=teams.shown_hours,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ preparing a session


@signed_in()
def prepare(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    return _prepare(request, protocol)


@signed_in("POST")
def plan(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    try:
        row = education.sessions.plan(request.actor, protocol, _wanted(request.POST))
    except UserMessage as refusal:
        return _prepare(request, protocol, refusal=refusal)
    return HttpResponseRedirect(f"{HOME}/seance/{row.uuid}?fait=seance")


def _wanted(sent: QueryDict) -> education.sessions.Wanted:
    """Raises E-DAT-01, -02."""
    outsider = education.sessions.Outsider(
        name=sent.get("exterieur", ""), organization=sent.get("organisme", ""),
        is_observer=sent.get("observe") == "oui", is_company=sent.get("entreprise") == "oui",
        has_signed=sent.get("signe") == "oui",
    )  # fmt: skip
    return education.sessions.Wanted(
        template=sent.get("modele", ""), title=sent.get("titre", ""), kind=sent.get("genre", ""),
        objective=sent.get("objectif", ""), tools=sent.get("moyens", ""), place=sent.get("lieu", ""),
        at=_moment(sent.get("jour", ""), sent.get("heure", "")), minutes=max(typed_number(sent.get("minutes", "")), 0),
        competencies=tuple(sent.getlist("competence")), outsiders=(outsider,) if outsider.name.strip() else (),
        members=tuple(typed_uuid(each) for each in sent.getlist("animateur")),
    )  # fmt: skip


def _moment(day: str, hour: str) -> dt.datetime | None:
    on, at = typed_day(day), typed_hour(hour)
    return dt.datetime.combine(on, at, clock.PARIS) if on is not None and at is not None else None


def _prepare(request: PersonRequest, protocol: UUID, *, refusal: UserMessage | None = None) -> HttpResponse:
    shown = education.showing.programme_page(request.actor, protocol)
    typed = request.POST if refusal else request.GET
    model = next((each for each in shown.protocol.seances if each.id == typed.get("modele")), None)
    return page(
        request, "etp/prepare.html", status=422 if refusal else 200, shown=shown, home=HOME, refusal=refusal,
        typed=typed, model=model, chosen=set(typed.getlist("animateur")), worked=set(typed.getlist("competence")),
        minutes=int(model.duree.rough.total_seconds() // 60) if model else "",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ one session


@signed_in()
def session(request: PersonRequest, *, meeting: UUID) -> HttpResponse:
    return _session(request, meeting)


@signed_in("POST")
def attend(request: PersonRequest, *, meeting: UUID) -> HttpResponse:
    """Expect a patient, note who is there, hold, cancel; what was typed comes back with a refusal."""
    sent, name = request.POST, request.POST.get("geste", "")
    try:
        if name == "tenir":
            education.sessions.hold(request.actor, meeting)
        elif name == "annuler":
            education.sessions.cancel(request.actor, meeting, reason=sent.get("motif", ""))
        elif name in ("inscrire", "presence"):
            _of_a_patient(request, meeting, sent)
        else:
            return _session(request, meeting)
    except UserMessage as refusal:
        return _session(request, meeting, refusal=refusal, typed=sent.dict())
    where = f"#p-{typed_uuid(sent.get('presence-de', ''))}" if name == "presence" else ""
    return HttpResponseRedirect(f"{HOME}/seance/{meeting}?fait={name}{where}")


def _of_a_patient(request: PersonRequest, meeting: UUID, sent: QueryDict) -> None:
    """With the key to their record. « plan » is the patient's and their plan's, in one value."""
    patient, _, plan = sent.get("plan", "").partition("/")
    with access_room.reading(
        request.actor, typed_uuid(patient), purpose=purpose_of(request.actor), action="update", resource_type="plan"
    ) as access:
        if sent.get("geste") == "inscrire":
            education.attendance.enrol(access, meeting, typed_uuid(plan))
        else:
            education.attendance.mark(
                access, typed_uuid(sent.get("presence-de", "")), state=sent.get("presence", ""),
                learned=sent.get("appris", ""),
            )  # fmt: skip


@signed_in()
def attendance_sheet(request: PersonRequest, *, meeting: UUID) -> HttpResponse:
    shown = education.showing.session_page(request.actor, meeting)
    names = _names(request, {line.patient_id for line in shown.lines})
    pdf = education.showing.attendance_sheet(
        request.actor, meeting, {number: _written(line) for number, line in names.items()}
    )
    name = f"presence-{clock.in_paris(shown.session.at):%Y-%m-%d}.pdf"
    return in_place(documents.Original(data=pdf, media_type=PDF, file_name=name))


def _written(line: patients.PatientLine) -> str:
    family, given = line.used_family_name or line.birth_family_name, line.used_given_name
    return f"{family} {given or line.first_birth_given_name}"


def _session(
    request: PersonRequest, meeting: UUID, *, refusal: UserMessage | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    shown = education.showing.session_page(request.actor, meeting)
    return page(
        request, "etp/session.html", status=422 if refusal else 200, shown=shown, home=HOME,
        names=_names(request, shown.patients), refusal=refusal, typed=typed or {},
        done=DONE.get(request.GET.get("fait", ""), ""), kinds=education.sessions.KINDS,
    )  # fmt: skip


def _names(request: PersonRequest, numbers: set[PatientId]) -> dict[PatientId, patients.PatientLine]:
    """Each patient named is journalled, as in any list."""
    names = patients.lines(numbers)
    access_room.journal.note_list(request.actor, list(names), purpose=purpose_of(request.actor))
    return names

