"""What it publishes: the territory's professionals and structures, and as many invented ones as asked, in the shapes of
the implementation guide (identifiers, qualifications, mailboxes with their metadata)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

from simulators.people import Professional, Structure, Territory

Resource = dict[str, Any]
NOS: Final = "https://mos.esante.gouv.fr/NOS"
IDENTIFIER_TYPES: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
EXTENSIONS: Final = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition"
SOURCE: Final = "https://annuaire.esante.gouv.fr"
_FAMILIES = (
    "ABRAHAM",
    "BERTIN",
    "COLLET",
    "DELAUNAY",
    "ESTÈVE",
    "FOURNIER",
    "GUÉRIN",
    "HUBERT",
    "JACQUET",
    "LAMBERT",
    "MAILLARD",
    "NICOLAS",
    "OLIVIER",
    "PRÉVOST",
    "RENAUD",
    "SAUVAGE",
    "TESSIER",
    "VASSEUR",
    "D’ARTOIS",
    "LE GOFF",
)
_GIVEN = ("Anne", "Bruno", "Chloé", "Denis", "Élise", "Fabien", "Gaëlle", "Hugo", "Inès", "Jean-Marc", "Karine", "Loïc")
_TOWNS = (
    ("59300", "Valenciennes"),
    ("60200", "Compiègne"),
    ("02100", "Saint-Quentin"),
    ("80000", "Amiens"),
    ("62000", "Arras"),
    ("59500", "Douai"),
)
_PROFESSIONS = (
    ("10", "SM26", "DR"),
    ("10", "SM04", "DR"),
    ("21", "", ""),
    ("60", "", ""),
    ("70", "", ""),
    ("50", "", ""),
)


def of_territory(territory: Territory, *, at: str) -> Iterator[Resource]:
    for house in territory.structures:
        yield organization(
            house.key,
            finess=house.finess,
            name=house.name,
            sector=house.facility_type,
            postal_code=house.postal_code,
            city=house.city,
            mailbox=house.mailbox,
            at=at,
        )
    for person in territory.professionals:
        if person.rpps and person.profession_code:
            yield from _of_professional(person, territory.structure(person.structure), at=at)


def _of_professional(person: Professional, house: Structure, *, at: str) -> Iterator[Resource]:
    profession, _, skill = (person.profession_code or "").partition("/")
    yield practitioner(
        person.key,
        rpps=person.rpps or "",
        family=person.family_name,
        given=person.given_name,
        profession=profession.removeprefix("G15_"),
        skill=skill,
        title=person.title or "",
        mailbox=person.mailbox,
        at=at,
    )
    yield role(person.key, person=person.key, place=house.key, at=at)


def invented(count: int, *, at: str, seed: int = 1) -> Iterator[Resource]:
    """People of nowhere: RPPS beginning with 99, FINESS beginning with 99, domains that do not exist."""
    chance = random.Random(seed)  # noqa: S311 (a demonstration)
    houses = max(1, count // 12)
    for number in range(houses):
        postal_code, city = _TOWNS[number % len(_TOWNS)]
        yield organization(
            f"maison-{number}",
            finess=f"998{number:06d}",
            name=f"Maison de santé n° {number + 1} de {city}",
            sector="SA52",
            postal_code=postal_code,
            city=city,
            mailbox=f"secretariat@maison-{number}.mssante.test",
            at=at,
        )
    for number in range(count):
        profession, skill, title = chance.choice(_PROFESSIONS)
        family, given = chance.choice(_FAMILIES), chance.choice(_GIVEN)
        kind = "red" if number % 40 == 7 else "none" if number % 15 == 3 else "usual"
        yield practitioner(
            f"personne-{number}",
            rpps=f"997{number:08d}",
            family=family,
            given=given,
            profession=profession,
            skill=skill,
            title=title,
            mailbox="" if kind == "none" else f"p{number}@soignants.mssante.test",
            is_red=kind == "red",
            at=at,
        )
        yield role(f"personne-{number}", person=f"personne-{number}", place=f"maison-{number % houses}", at=at)


def practitioner(
    key: str,
    *,
    rpps: str,
    family: str,
    given: str,
    profession: str,
    at: str,
    skill: str = "",
    title: str = "",
    mailbox: str = "",
    is_red: bool = False,
    active: bool = True,
) -> Resource:
    codings = [_coding("TRE_G15-ProfessionSante", profession)] + (
        [_coding("TRE_R38-SpecialiteOrdinale", skill)] if skill else []
    )
    return _meta("Practitioner", f"003-{key}", at, active) | {
        "identifier": [
            _identifier("urn:oid:1.2.250.1.71.4.2.1", f"8{rpps}", "IDNPS"),
            _identifier("https://rpps.esante.gouv.fr", rpps, "RPPS"),
        ],
        "name": [{"use": "official", "family": family, "given": [given], **({"suffix": [title]} if title else {})}],
        "qualification": [{"code": {"coding": codings}}],
        **({"telecom": [_mailbox(mailbox, "PER", is_red=is_red)]} if mailbox else {}),
    }


def role(key: str, *, person: str, place: str, at: str, mailbox: str = "", active: bool = True) -> Resource:
    return _meta("PractitionerRole", f"005-{key}", at, active) | {
        "identifier": [{"system": "https://annuaire.sante.fr", "value": f"F{abs(hash(key)) % 10**12}"}],
        "practitioner": {"reference": f"Practitioner/003-{person}"},
        "organization": {"reference": f"Organization/001-{place}"},
        "code": [{"coding": [_coding("TRE_R22-GenreActivite", "GENR01")]}],
        **({"telecom": [_mailbox(mailbox, "CAB")]} if mailbox else {}),
    }


def organization(
    key: str,
    *,
    finess: str,
    name: str,
    sector: str,
    postal_code: str,
    city: str,
    at: str,
    mailbox: str = "",
    active: bool = True,
) -> Resource:
    return _meta("Organization", f"001-{key}", at, active) | {
        "identifier": [
            _identifier("urn:oid:1.2.250.1.71.4.2.2", f"1{finess}", "IDNST"),
            _identifier("https://finess.esante.gouv.fr", finess, "FINEG"),
        ],
        "name": name,
        "type": [{"coding": [_coding("TRE_R02-SecteurActivite", sector)]}],
        "address": [{"city": city, "postalCode": postal_code}],
        **({"telecom": [_mailbox(mailbox, "ORG")]} if mailbox else {}),
    }


def _meta(kind: str, number: str, at: str, active: bool) -> Resource:
    return {
        "resourceType": kind,
        "id": number,
        "meta": {"versionId": "1", "source": SOURCE, "lastUpdated": at},
        "language": "fr",
        "active": active,
    }


def _identifier(system: str, value: str, kind: str) -> Resource:
    return {
        "use": "official",
        "system": system,
        "value": value,
        "type": {"coding": [{"system": IDENTIFIER_TYPES, "code": kind}]},
    }


def _coding(table: str, code: str) -> Resource:
    return {"system": f"{NOS}/{table}/FHIR/{table.replace('_', '-')}", "code": code}


def _mailbox(address: str, kind: str, *, is_red: bool = False) -> Resource:
    inside = [
        {"url": "type", "valueCodeableConcept": {"coding": [_coding("TRE_R257-TypeBAL", kind)]}},
        {"url": "listeRouge", "valueBoolean": is_red},
    ]
    return {
        "system": "email",
        "value": address,
        "extension": [{"url": f"{EXTENSIONS}/as-ext-mailbox-mss-metadata", "extension": inside}],
    }
