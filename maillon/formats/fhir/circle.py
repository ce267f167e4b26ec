"""CareTeam as « Cercle de soins » 2.0 shapes it (IHE DCTM), and the directory's own resources that it names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from maillon.formats.fhir.datatypes import Resource, instant, known, relative
from maillon.formats.fhir.document_sheet import NATIONAL_IDS, NOS, STRUCTURE_IDS

PROFILE: Final = "https://interop.esante.gouv.fr/ig/fhir/cds/StructureDefinition/cds-ihe-careteam"
ORGANIZATION: Final = "https://interop.esante.gouv.fr/ig/fhir/cds/StructureDefinition/cds-organization"
IDENTIFIERS: Final = "urn:ietf:rfc:3986"
FINESS: Final = "https://finess.esante.gouv.fr"
PROFESSIONS: Final = f"{NOS}/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
SECTORS: Final = f"{NOS}/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
_FUNCTIONS: Final = f"{NOS}/TRE_R259-HL7ParticipationFunction/FHIR/TRE-R259-HL7ParticipationFunction"
_IDENTIFIER_KINDS: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`member` is the kind and number of who belongs: PractitionerRole or Organization. `end` is None for one without
    an end."""

    member: tuple[str, str]
    name: str
    basis: str
    is_treating: bool
    start: dt.date
    end: dt.date | None


def care_team(
    patient_uuid: str, members: Sequence[Member], *, version: int, updated_at: dt.datetime, name: str
) -> Resource:
    """One circle for each person: it bears their number. `members` are not empty."""
    return known(
        resourceType="CareTeam",
        id=patient_uuid,
        meta={"versionId": str(version), "lastUpdated": instant(updated_at), "profile": [PROFILE]},
        identifier=[{"system": IDENTIFIERS, "value": f"urn:uuid:{patient_uuid}"}],
        status="active",
        name=name,
        subject=relative("Patient", patient_uuid),
        period={"start": min(each.start for each in members).isoformat()},
        participant=[_participant(each) for each in members],
    )


def _participant(one: Member) -> Resource:
    role: Resource = {"text": one.basis}
    if one.is_treating:
        role["coding"] = [{"system": _FUNCTIONS, "code": "PCP", "display": "Médecin traitant"}]
    period = known(start=one.start.isoformat(), end=one.end.isoformat() if one.end else None)
    return {"role": [role], "member": relative(*one.member) | {"display": one.name}, "period": period}


# ------------------------------------------------------------------------------------------------ the directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    uuid: str
    national_id: str | None
    family: str
    given: str
    title: str
    profession_code: str
    profession: str
    is_active: bool
    structure_uuid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    uuid: str
    finess: str | None
    name: str
    type_code: str
    address: str
    postal_code: str
    city: str
    phone: str


def practitioner(one: Person) -> Resource:
    return known(
        resourceType="Practitioner",
        id=one.uuid,
        identifier=_national(one.national_id),
        active=one.is_active,
        name=[known(use="official", family=one.family, given=[one.given] if one.given else [],
                    prefix=[one.title] if one.title else [])],
    )  # fmt: skip


def practitioner_role(one: Person) -> Resource:
    """Where they work today."""
    return known(
        resourceType="PractitionerRole",
        id=one.uuid,
        active=one.is_active,
        practitioner=relative("Practitioner", one.uuid) | {"display": f"{one.given} {one.family}".strip()},
        organization=relative("Organization", one.structure_uuid) if one.structure_uuid else {},
        code=[
            {
                "coding": [{"system": PROFESSIONS, "code": one.profession_code, "display": one.profession}],
                "text": one.profession,
            }
        ],
    )


def organization(one: House) -> Resource:
    line = [one.address] if one.address else []
    return known(
        resourceType="Organization",
        id=one.uuid,
        meta={"profile": [ORGANIZATION]},
        identifier=_finess(one.finess),
        active=True,
        type=[{"coding": [{"system": SECTORS, "code": one.type_code}]}] if one.type_code else [],
        name=one.name,
        telecom=[{"system": "phone", "value": one.phone}] if one.phone else [],
        address=[known(line=line, postalCode=one.postal_code, city=one.city)] if one.city or line else [],
    )


def _national(number: str | None) -> list[Resource]:
    if not number:
        return []
    kind = {"coding": [{"system": _IDENTIFIER_KINDS, "code": "IDNPS"}]}
    return [{"use": "official", "type": kind, "system": NATIONAL_IDS, "value": number}]


def _finess(number: str | None) -> list[Resource]:
    if not number:
        return []
    kind = {"coding": [{"system": _IDENTIFIER_KINDS, "code": "IDNST"}]}
    return [
        {"use": "official", "type": kind, "system": STRUCTURE_IDS, "value": f"1{number}"},
        {"use": "usual", "system": FINESS, "value": number},
    ]
