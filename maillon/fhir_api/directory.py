"""Practitioner, PractitionerRole, Organization: the directory, read by number. Nothing here is about a patient."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access.api import circle_history
from maillon.fhir_api.entry import Caller, answer, served
from maillon.fhir_api.refusals import not_found
from maillon.formats.fhir.circle import House, Person, organization, practitioner, practitioner_role
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.fhir.searchset import Entry
from maillon.professionals import api as professionals


@served("Practitioner", "read")
def read_practitioner(request: HttpRequest, caller: Caller, *, person: UUID) -> HttpResponse:
    return answer(orjson.dumps(practitioner(_person(_line(person)))))


@served("PractitionerRole", "read")
def read_role(request: HttpRequest, caller: Caller, *, person: UUID) -> HttpResponse:
    return answer(orjson.dumps(practitioner_role(_person(_line(person)))))


@served("Organization", "read")
def read_organization(request: HttpRequest, caller: Caller, *, place: UUID) -> HttpResponse:
    found = professionals.structure_by_number(place)
    if found is None:
        raise not_found()
    return answer(orjson.dumps(organization(_house(found))))


def included(base: str, caller: Caller, links: Sequence[circle_history.Link]) -> list[Entry]:
    """Whoever a circle names, of the kinds that the token lets read."""
    people = professionals.people({link.professional_id for link in links if link.professional_id is not None})
    places = professionals.structures({link.structure_id for link in links if link.structure_id is not None})
    said: list[Resource] = []
    for line in sorted(people.values(), key=lambda each: str(each.uuid)):
        said += [practitioner_role(_person(line)), practitioner(_person(line))]
    said += [organization(_house(place)) for place in sorted(places.values(), key=lambda each: str(each.uuid))]
    return [
        Entry(f"{base}/{each['resourceType']}/{each['id']}".encode(), orjson.dumps(each), b"include")
        for each in said
        if caller.may(each["resourceType"], "read")
    ]


def _line(uuid: UUID) -> professionals.ProfessionalLine:
    found = professionals.by_number(uuid)
    if found is None:
        raise not_found()
    return found


def _person(line: professionals.ProfessionalLine) -> Person:
    place = professionals.structure(line.structure_id) if line.structure_id is not None else None
    return Person(
        uuid=str(line.uuid),
        national_id=line.national_id,
        family=line.family_name,
        given=line.given_name,
        title=line.title,
        profession_code=line.profession_code,
        profession=line.profession,
        is_active=line.is_active,
        structure_uuid=str(place.uuid) if place else None,
    )


def _house(line: professionals.StructureLine) -> House:
    return House(
        uuid=str(line.uuid), finess=line.finess, name=line.name, type_code=line.type_code, address=line.address,
        postal_code=line.postal_code, city=line.city, phone=line.phone,
    )  # fmt: skip
