"""Partners' software: the consent of a person who lends it their eyes, and the referent's list of what may ask."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.access.api import partners
from maillon.kernel.key import StructureId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.web.jinja import page
from maillon.web.middleware import CONTENT_SECURITY_POLICY
from maillon.web.rules import PersonRequest, signed_in

MOST_FOUND = 8
# What a software usually asks for: ticked by hand, one by one.
OFFERED = (
    "system/DocumentReference.read", "system/DocumentReference.write", "system/Binary.read", "system/List.read",
    "system/Patient.read", "system/Observation.read", "system/CareTeam.read", "system/Task.read",
    "system/AuditEvent.read", "system/AuditEvent.write", "system/GuidanceResponse.read",
    "system/GuidanceResponse.write", "system/*.read", "user/*.read",
    "user/DocumentReference.write", "patient/*.read", "online_access",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ the consent


@signed_in()
def consent_page(request: PersonRequest) -> HttpResponse:
    try:
        return _consent(request, _asked(request))
    except partners.Redirected as told:
        return HttpResponseRedirect(told.address)


@signed_in("POST")
def consent(request: PersonRequest) -> HttpResponse:
    """Search for the record, authorise, or refuse: the query of the software stays in the address."""
    try:
        asked = _asked(request)
    except partners.Redirected as told:
        return HttpResponseRedirect(told.address)
    said = request.POST.get("decision", "")
    if said == "refuser":
        return _back(partners.refuse(asked))
    if said != "autoriser":
        return _consent(request, asked, typed=request.POST.get("q", "").strip()[:100])
    try:
        return _back(partners.begin(request.actor, asked, patient=_number(request.POST.get("patient", ""))))
    except UserMessage as refusal:
        return _consent(request, asked, refusal=refusal.message)


def _asked(request: HttpRequest) -> partners.Asked:
    query = {name: str(value) for name, value in request.GET.items()}
    return partners.ask(query, audience=request.build_absolute_uri("/fhir"))


def _consent(request: PersonRequest, asked: partners.Asked, *, typed: str = "", refusal: str = "") -> HttpResponse:
    found: list[patients.PatientLine] = []
    if len(typed) > 1 and asked.needs_patient:
        try:
            found = access_room.search_patients(request.actor, typed, limit=MOST_FOUND)
        except UserMessage as refused:
            refusal = refused.message
    answer = page(
        request, "software/consent.html", status=422 if refusal else 200, asked=asked, typed=typed, found=found,
        refusal=refusal, address=request.get_full_path(),
        sentences=[partners.sentence(word) for word in asked.scopes],
    )  # fmt: skip
    # The answer to this form leads to the software: its address, and no other, is let through.
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {asked.origin}"
    )
    return answer


def _back(address: str) -> HttpResponse:
    """A redirection by hand: Django's own refuses the schemes that it does not know, and those were registered."""
    return HttpResponse(status=302, headers={"Location": address})


def _number(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------ the referent's list


@signed_in()
def listed(request: PersonRequest) -> HttpResponse:
    return _listed(request, is_done="fini" in request.GET)


@signed_in("POST")
def register(request: PersonRequest) -> HttpResponse:
    _may_manage(request)
    said: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in _FIELDS}
    said["portees"] = request.POST.getlist("portees")
    try:
        number, secret = partners.register(request.actor, _registration(said))
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _listed(request, said=said, refusal=refusal.message)
    return _listed(request, number=str(number), secret=secret)


@signed_in("POST")
def revoke(request: PersonRequest, *, software: UUID) -> HttpResponse:
    _may_manage(request)
    try:
        partners.revoke(request.actor, software, reason=request.POST.get("raison", ""))
    except UserMessage as refusal:
        if isinstance(refusal, access_room.AccessDenied):
            raise
        return _listed(request, refusal=refusal.message)
    return HttpResponseRedirect("/referent/logiciels?fini")


_FIELDS = ("logiciel", "structure", "profession", "raison", "retour", "cles", "fin")


def _registration(said: dict[str, Any]) -> partners.Registration:
    return partners.Registration(
        name=said["logiciel"],
        structure_id=StructureId(int(said["structure"]) if said["structure"].isdigit() else 0),
        profession_code=said["profession"],
        scopes=said["portees"],
        reason=said["raison"],
        redirect_uris=said["retour"].split(),
        keys=_keys(said["cles"]),
        end=patients.typed_date(said["fin"]) if said["fin"] else None,
    )


def _keys(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    try:
        found = orjson.loads(text)
        keys = found["keys"] if isinstance(found, dict) and "keys" in found else [found]
        if all(isinstance(key, dict) for key in keys):
            return list(keys)
    except (orjson.JSONDecodeError, TypeError):
        pass
    raise UserMessage("E-PAR-08", "Le jeu de clés n’est pas un JWKS lisible.")


def _may_manage(request: PersonRequest) -> None:
    if not partners.may_manage(request.actor):
        raise access_room.AccessDenied


def _listed(
    request: PersonRequest, *, said: dict[str, Any] | None = None, refusal: str = "", number: str = "",
    secret: str = "", is_done: bool = False,
) -> HttpResponse:  # fmt: skip
    _may_manage(request)
    places = professionals.structures({StructureId(each) for each in request.actor.structure_ids})
    return page(
        request, "software/list.html", status=422 if refusal else 200, lines=partners.listed(request.actor),
        places=sorted(places.values(), key=lambda each: each.name), professions=professionals.PROFESSIONS,
        offered=[(word, partners.sentence(word, of_reader=False)) for word in OFFERED], said=said or {},
        refusal=refusal, number=number, secret=secret, is_done=is_done, address=request.build_absolute_uri("/fhir"),
    )  # fmt: skip
