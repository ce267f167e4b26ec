"""Patient: read by our number; found by a whole identifier, or by all of the strict traits. Nobody is listed."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Final
from uuid import UUID

import orjson
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.fhir_api import opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.query import Query
from maillon.fhir_api.refusals import parameter
from maillon.formats.document import PatientTraits
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.fhir.patient import patient as as_patient
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.kernel.key import Access, PatientId
from maillon.patients import api as patients

TRAITS: Final = ("family", "given", "birthdate", "gender")
ALLOWED: Final = ("_id", "identifier", *TRAITS)
_SEXES: Final = {"female": "F", "male": "M", "unknown": "I"}


@served("Patient", "read")
def read(request: HttpRequest, caller: Caller, *, patient: UUID) -> HttpResponse:
    with opening.record(caller, patient, resource="identity") as access:
        return answer(orjson.dumps(resource_of(access)))


@served("Patient", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "Patient", ALLOWED)
    found = []
    try:
        with opening.record(caller, _named(caller, asked), action="search", resource="identity") as access:
            address = f"{asked.base}/Patient/{access.patient_uuid}".encode()
            found.append(Entry(address, orjson.dumps(resource_of(access))))
    except access_room.AccessDenied:
        pass  # nobody, or nobody whom this caller may open: the same empty answer
    total = len(found) if asked.shows_total else None
    return answer(searchset(found[: asked.count], total=total, links={"self": asked.self_link()}))


def _named(caller: Caller, asked: Query) -> UUID | PatientId:
    if asked.has("_id"):
        return query.number_of(asked.one("_id") or "") or UUID(int=0)
    if asked.has("identifier"):
        return opening.by_identifier(asked.one("identifier") or "")
    missing = [name for name in TRAITS if not asked.has(name)]
    if missing:
        raise parameter(
            "E-FHIR-52",
            "Un patient se cherche par un identifiant entier, ou par son nom de naissance, son prénom, sa date de "
            "naissance et son sexe, tous donnés.",
            missing[0],
        )
    return _by_traits(caller, asked)


def _by_traits(caller: Caller, asked: Query) -> PatientId:
    """Among those whom the caller may open: homonyms elsewhere change nothing. Two of them are nobody's answer."""
    born = query.between("birthdate", asked.one("birthdate") or "")
    sex = _SEXES.get(asked.one("gender") or "")
    if born.start is None or born.end is None or (born.end - born.start).days > 1 or sex is None:
        raise parameter("E-FHIR-53", "La date de naissance est un jour, le sexe female, male ou unknown.", "birthdate")
    family, given = (patients.fold(asked.one(name) or "") for name in ("family", "given"))
    known = access_room.rule.visible_patients(caller.actor).filter(
        Q(norm_family=family) | Q(norm_used=family), Q(norm_given=given) | Q(norm_given__startswith=f"{given} "),
        birth_date=born.start.date(), sex=sex,
    )  # fmt: skip
    found = list(known.values_list("pk", flat=True)[:2])
    return PatientId(found[0]) if len(found) == 1 else opening.NOBODY


# ------------------------------------------------------------------------------------------------ the resource


def resource_of(access: Access) -> Resource:
    """The matricule is shown outside only when the identity is qualified (RNIV)."""
    identity = patients.identity(access)
    is_qualified = identity.is_qualified
    return as_patient(
        traits_of(identity), resource_id=str(access.patient_uuid), with_ins=is_qualified, is_qualified=is_qualified
    )


def traits_of(identity: patients.Identity) -> PatientTraits:
    return replace(
        identity.traits(with_ins=True), local_ids=identity.numbers, addresses=identity.addresses,
        telecoms=identity.telecoms,
    )  # fmt: skip


def contained(access: Access) -> bytes:
    """The patient inside a document: the traits, without what reaches them."""
    return _contained(patients.identity(access))


@functools.lru_cache(maxsize=200)
def _contained(identity: patients.Identity) -> bytes:
    """Written once for each identity as it stands: another trait is another key."""
    is_qualified = identity.is_qualified
    said = as_patient(traits_of(identity), resource_id="patient", with_ins=is_qualified, is_qualified=is_qualified)
    for name in ("telecom", "address", "meta"):
        said.pop(name, None)
    return orjson.dumps(said)
