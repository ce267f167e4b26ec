"""Who may see the record: the circle now and before, what the patient wished, who is replaced; and how each changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.record import record_page
from maillon.web.wording import day

MOST_OPENINGS = 40
Basis, team, consents = access_room.Basis, access_room.team, access_room.consents

# What was just done, said at the top of the page.
DONE = {
    "membre": "Le membre est ajouté au cercle.",
    "fin": "Le lien a pris fin. Il reste dans l’historique.",
    "souhait": "Le souhait du patient est enregistré.",
    "retrait": "Le retrait est enregistré.",
    "masque": "Le document est masqué. Seuls le patient et l’auteur le voient encore.",
}
INFORMED, CONSENT, OPPOSED_PERSON, OPPOSED_ALL, EMERGENCY = (
    "information", "consentement", "opposition_personne", "opposition_tous", "refus_urgence",
)  # fmt: skip
# kind of wish -> (what it is, icon, what it does)
WISHES = {
    INFORMED: (
        "Information donnée", "info-circle", "Le patient a été informé du partage et de son droit de s’y opposer."
    ),
    CONSENT: (
        "Consentement hors de l’équipe", "person-check",
        "Le patient accepte qu’un professionnel, ou une structure, extérieur à l’équipe lise son dossier.",
    ),
    OPPOSED_PERSON: (
        "Opposition à un professionnel", "slash-circle",
        "Ce professionnel ne lira plus que ce qu’il a écrit, même par sa structure.",
    ),
    OPPOSED_ALL: (
        "Opposition à tout partage", "shield-lock",
        "Plus personne ne lira ce dossier, médecin traitant compris. Chacun garde ce qu’il a écrit. "
        "Le patient seul pourra revenir sur sa décision, depuis son espace.",
    ),
    EMERGENCY: (
        "Refus de l’accès en urgence", "exclamation-triangle",
        "Aucun bris de glace n’ouvrira ce dossier, même si la vie du patient est en danger (L1111-17).",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Somebody who may be chosen: `p12` a professional, `s3` a structure."""

    value: str
    name: str
    more: str


@opens_record("read", resource="team")
def circle(request: PersonRequest, access: Access) -> HttpResponse:
    return _circle(request, access)


@opens_record("read", resource="team")
def member_page(request: PersonRequest, access: Access) -> HttpResponse:
    _must(access_room.abilities(access).change_circle)
    return _member_page(request, access, request.GET.get("q", ""))


@opens_record("update", resource="team", method="POST")
def add_member(request: PersonRequest, access: Access) -> HttpResponse:
    said = request.POST
    try:
        person, structure = chosen(said.get("qui", ""))
        asked: dict[str, Any] = {
            "professional_id": person, "structure_id": structure, "evidence": said.get("preuve", ""),
        }  # fmt: skip
        date = patients.typed_date(said["jour"]) if said.get("jour", "").strip() else None
        if said.get("titre") == Basis.VISIT:
            team.note_visit(access, day=date or clock.today(), **asked)
        else:
            team.add_member(access, basis=_basis(said.get("titre", "")), end=date, **asked)
    except UserMessage as refusal:
        return _member_page(request, access, said.get("q", ""), refusal=shown(refusal))
    return _back(access, "membre")


@opens_record("update", resource="team", method="POST")
def end_member(request: PersonRequest, access: Access, *, membership: int) -> HttpResponse:
    try:
        team.end_membership(access, membership, reason=request.POST.get("motif", ""))
    except UserMessage as refusal:
        return _circle(request, access, refusal=shown(refusal), of=f"membre-{membership}")
    return _back(access, "fin")


@opens_record("read", resource="wish")
def wish_page(request: PersonRequest, access: Access) -> HttpResponse:
    kind = request.GET.get("sorte", "")
    _must(kind in _may_record(access))
    return _wish_page(request, access, kind, request.GET.get("q", ""))


@opens_record("update", resource="wish", method="POST")
def record_wish(request: PersonRequest, access: Access) -> HttpResponse:
    kind = request.POST.get("sorte", "")
    _must(kind in _may_record(access))
    try:
        _record(access, kind, request.POST)
    except UserMessage as refusal:
        return _wish_page(request, access, kind, request.POST.get("q", ""), refusal=shown(refusal), code=refusal.code)
    is_closed_to_me = kind == OPPOSED_ALL or request.POST.get("qui") == f"p{access.actor.professional_id}"
    if kind in (OPPOSED_ALL, OPPOSED_PERSON) and is_closed_to_me:
        return HttpResponseRedirect("/journee")
    return _back(access, "souhait")


@opens_record("update", resource="wish", method="POST")
def withdraw_wish(request: PersonRequest, access: Access, *, wish: int) -> HttpResponse:
    try:
        consents.withdraw(access, wish, channel=request.POST.get("moyen", ""))
    except UserMessage as refusal:
        return _circle(request, access, refusal=shown(refusal), of=f"souhait-{wish}")
    return _back(access, "retrait")


def _circle(request: PersonRequest, access: Access, *, refusal: str = "", of: str = "") -> HttpResponse:
    is_whole = access.scope == "whole"
    members = team.care_team(access, with_past=True) if is_whole else []
    wishes = consents.register(access) if is_whole else []
    return record_page(
        request, access, "circle/circle.html", tab="qui-peut-voir", status=422 if refusal else 200,
        members=[each for each in members if each.is_current],
        past=[each for each in members if not each.is_current],
        inside={each.structure_id: _inside(each) for each in members if each.structure_id and each.is_current},
        wishes=[each for each in wishes if each.is_current], over=[each for each in wishes if not each.is_current],
        absences=team.staff.of_members(access) if is_whole else [], may=access_room.abilities(access),
        recordable={kind: WISHES[kind] for kind in _may_record(access)}, channels=channels(),
        done=DONE.get(request.GET.get("fait", ""), ""), refusal=refusal, refused=of, said=request.POST,
        **_opened(access),
    )  # fmt: skip


def _opened(access: Access) -> dict[str, Any]:
    """The same gesture of the same person on one day is one line, with its last hour and its number."""
    groups: dict[tuple[str, str, str], list[access_room.journal.JournalLine]] = {}
    for line in access_room.journal.who_opened(access, limit=200) if access.scope == "whole" else []:
        groups.setdefault((day(line.at), line.actor, line.action), []).append(line)
    kept = list(groups.values())[:MOST_OPENINGS]
    return {"opened": [group[0] for group in kept], "times": {group[0].id: len(group) for group in kept}}


def _member_page(request: PersonRequest, access: Access, typed: str, *, refusal: str = "") -> HttpResponse:
    return record_page(
        request, access, "circle/member.html", tab="qui-peut-voir", status=422 if refusal else 200, typed=typed,
        choices=_with_chosen(request, _found(typed)), bases=[(each.value, each.label) for each in team.DECLARED],
        visit_days=team.visit_days(), refusal=refusal, said=request.POST,
    )  # fmt: skip


def _wish_page(
    request: PersonRequest, access: Access, kind: str, typed: str, *, refusal: str = "", code: str = ""
) -> HttpResponse:
    title, icon, effect = WISHES[kind]
    return record_page(
        request, access, "circle/wish.html", tab="qui-peut-voir", status=422 if refusal else 200, kind=kind,
        title=title, picture=icon, effect=effect, typed=typed,
        choices=_with_chosen(
            request,
            _found(typed, structures=kind == CONSENT) or (readers(access) if kind == OPPOSED_PERSON else []),
        ),
        names_somebody=kind in (CONSENT, OPPOSED_PERSON), texts=consents.texts.versions(kind),
        asks_confirmation=kind == OPPOSED_ALL or code == "E-ACC-59", confirmation=consents.CONFIRMATION,
        channels=channels(), refusal=refusal, said=request.POST,
    )  # fmt: skip


def _record(access: Access, kind: str, said: Any) -> None:
    by: dict[str, Any] = {"channel": said.get("moyen", ""), "proof": said.get("preuve", "")}
    if kind == INFORMED:
        consents.record_information(access, text_version=said.get("texte", ""), **by)
    elif kind == EMERGENCY:
        consents.refuse_emergency(access, **by)
    elif kind == OPPOSED_ALL:
        consents.oppose_all(access, confirmation=said.get("confirmation", ""), **by)
    elif kind == OPPOSED_PERSON:
        person, _ = chosen(said.get("qui", ""))
        who = person or ProfessionalId(0)
        consents.oppose_person(access, professional_id=who, confirmation=said.get("confirmation", ""), **by)
    else:
        person, structure = chosen(said.get("qui", ""))
        consents.consent(
            access, professional_id=person, structure_id=structure, text_version=said.get("texte", ""),
            until=_end_of_day(said.get("jusqu_au", "")), **by,
        )  # fmt: skip


def _may_record(access: Access) -> list[str]:
    held = access_room.abilities(access)
    able = {
        INFORMED: held.inform, CONSENT: held.consent, OPPOSED_PERSON: held.restrict,
        OPPOSED_ALL: held.restrict_physicians, EMERGENCY: held.restrict_physicians,
    }  # fmt: skip
    return [kind for kind in WISHES if able[kind]]


def _found(typed: str, *, structures: bool = True) -> list[Choice]:
    people = [_person(each) for each in professionals.find_people(typed)]
    places = professionals.find_structures(typed) if structures else []
    return people + [_place(each) for each in places]


def _with_chosen(request: PersonRequest, choices: list[Choice]) -> list[Choice]:
    """Whoever was chosen in the form that comes back, also when they are no longer among those found."""
    person, structure = chosen(request.POST.get("qui", ""))
    if request.POST.get("qui") in {each.value for each in choices}:
        return choices
    people = [_person(line) for line in professionals.people([person] if person is not None else []).values()]
    places = [_place(line) for line in professionals.structures([structure] if structure is not None else []).values()]
    return people + places + choices


def readers(access: Access) -> list[Choice]:
    """Those who may read today, before anything is typed: members, and who works in a member structure."""
    members = team.care_team(access)
    ids = [each.professional_id for each in members if each.professional_id is not None]
    places = [line for each in members if each.structure_id for line in professionals.active_members(each.structure_id)]
    people = {line.id: line for line in [*professionals.people(ids).values(), *places]}
    return [_person(each) for each in people.values()]


def _person(line: professionals.ProfessionalLine) -> Choice:
    more = " · ".join(filter(None, (line.profession, line.structure_name)))
    return Choice(value=f"p{line.id}", name=line.name, more=more)


def _place(line: professionals.StructureLine) -> Choice:
    return Choice(value=f"s{line.id}", name=line.name, more=line.city or "Structure")


def _inside(member: access_room.team.TeamMember) -> list[professionals.ProfessionalLine]:
    return professionals.active_members(member.structure_id) if member.structure_id is not None else []


def chosen(value: str) -> tuple[ProfessionalId | None, StructureId | None]:
    kind, number = value[:1], value[1:]
    if kind not in ("p", "s") or not (number.isascii() and number.isdigit() and len(number) < 18):
        return None, None
    return (ProfessionalId(int(number)), None) if kind == "p" else (None, StructureId(int(number)))


def _basis(value: str) -> str:
    if value not in {each.value for each in team.DECLARED}:
        raise UserMessage("E-ACC-40", "Indiquez à quel titre cette personne fait partie du cercle.")
    return value


def _end_of_day(typed: str) -> dt.datetime | None:
    """The consent holds on the last day, whole."""
    if not typed.strip():
        return None
    last = patients.typed_date(typed)
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=clock.PARIS)


def channels() -> list[tuple[str, str]]:
    return [(each.value, each.label) for each in consents.Channel if each is not consents.Channel.PORTAL]


def _must(may: bool) -> None:  # noqa: FBT001
    if not may:
        raise access_room.AccessDenied


def shown(refusal: UserMessage) -> str:
    if isinstance(refusal, access_room.AccessDenied):
        raise refusal
    return refusal.message


def _back(access: Access, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/qui-peut-voir?fait={done}")
