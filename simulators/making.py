"""What every house does alike: the patient's traits, the header, the people, the ids."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict

from maillon.formats.document import (
    Act,
    Author,
    ClinicalDocument,
    Encounter,
    LocalId,
    Organization,
    Participant,
    PatientTraits,
    Section,
    Version,
)
from simulators.people import Patient, Professional, Structure, Territory

LOINC: Final = "2.16.840.1.113883.6.1"
TA_ASIP: Final = "1.2.250.1.213.1.1.4.12"
# Everything that this territory writes is named under this UUID: the same event always has the same id.
NAMESPACE: Final = uuid.UUID("6f3f4c52-2b7e-5f07-9d6e-1f0f6a3c9a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who writes what about whom, and when."""

    territory: Territory
    patient: Patient
    author: Professional
    at: datetime
    key: str  # tells this event from any other of the same patient
    recipients: tuple[Professional, ...]
    version: int = 1

    @property
    def house(self) -> Structure:
        return self.territory.structure(self.author.structure)

    @property
    def iso(self) -> str:
        return self.at.isoformat(timespec="seconds")


def document_id(occasion: Occasion, *, version: int) -> str:
    name = f"{occasion.house.key}/{occasion.patient.key}/{occasion.key}/{version}"
    return str(uuid.uuid5(NAMESPACE, name)).upper()


def version_of(occasion: Occasion) -> Version:
    number = occasion.version
    return Version(
        id=document_id(occasion, version=number),
        set_id=document_id(occasion, version=0),
        number=number,
        replaces=document_id(occasion, version=number - 1) if number > 1 else None,
    )


def traits(patient: Patient, *, house: Structure) -> PatientTraits:
    """A house numbers its own patients; the matricule travels only from a qualified identity (RNIV)."""
    qualified = patient.status == "QUAL" and patient.ins is not None
    return PatientTraits(
        ins=patient.ins if qualified else None,
        ins_oid=patient.ins_oid if qualified else None,
        birth_family_name=patient.birth_family_name,
        used_family_name=patient.used_family_name,
        birth_given_names=patient.birth_given_names,
        first_birth_given_name=patient.first_birth_given_name,
        used_given_name=patient.used_given_name,
        birth_date=patient.birth_date.isoformat(),
        sex=patient.sex,
        birth_place_code=patient.birth_place_code,
        local_ids=(LocalId(root=house.local_root, extension=f"{house.key[:3].upper()}{patient.number}"),),
        addresses=(f"{patient.street}, {patient.postal_code} {patient.city}",),
        telecoms=(f"tel:{patient.phone}",),
    )


def author_of(person: Professional, *, territory: Territory, at: str | None = None) -> Author:
    house = territory.structure(person.structure)
    return Author(
        id=person.national_id,
        id_root="1.2.250.1.71.4.2.1",
        family_name=person.family_name,
        given_name=person.given_name,
        prefix=person.civility,
        suffix=person.title,
        profession_code=person.profession_code,
        profession_system="1.2.250.1.213.1.1.4.5",
        profession_label=person.profession_label,
        organization_id=house.national_id,
        organization_name=house.name,
        at=at,
    )


def taking_part(
    role: str, person: Professional, *, territory: Territory, at: str | None = None, function: str | None = None
) -> Participant:
    house = territory.structure(person.structure)
    return Participant(
        role=role,
        function_code=function,
        id=person.national_id,
        family_name=person.family_name,
        given_name=person.given_name,
        profession_code=person.profession_code,
        organization_id=house.national_id,
        organization_name=house.name,
        at=at,
    )


def act_of(
    occasion: Occasion,
    *,
    code: str,
    label: str,
    start: str,
    end: str | None = None,
    system: str = LOINC,
    status: str | None = None,
    act_id: str | None = None,
) -> Act:
    author, house = occasion.author, occasion.house
    return Act(
        code=code,
        system=system,
        label=label,
        start=start,
        end=end,
        status=status,
        id=act_id,
        performer_name=" ".join(part for part in (author.title, author.given_name, author.family_name) if part),
        performer_id=author.national_id,
        performer_organization=house.name,
        performer_organization_id=house.national_id,
        practice_setting_code=house.practice_setting,
    )


def narrative_document(
    occasion: Occasion,
    *,
    type_code: str,
    type_label: str,
    title: str,
    sections: Sequence[tuple[str, str]],
    act: Act,
    encounter: Encounter,
    type_system: str = LOINC,
    others: tuple[Participant, ...] = (),
    orders: tuple[str, ...] = (),
    confidentiality: str = "N",
) -> ClinicalDocument:
    """Level 1: the sections become the PDF that the document carries."""
    return ClinicalDocument(
        type_code=type_code,
        type_system=type_system,
        type_label=type_label,
        title=typeset(title),
        created_at=occasion.iso,
        confidentiality=confidentiality,
        language="fr-FR",
        level=1,
        acts=(act,),
        encounter=encounter,
        orders=orders,
        participants=(
            taking_part("legalAuthenticator", occasion.author, territory=occasion.territory, at=occasion.iso),
            *others,
        ),
        sections=tuple(Section(title=heading, text=typeset(text)) for heading, text in sections),
        **header(occasion),
    )


class HeaderFields(TypedDict):
    version: Version
    patient: PatientTraits
    authors: tuple[Author, ...]
    custodian: Organization
    recipients: tuple[Author, ...]


_BEFORE_DOUBLE_SIGNS: Final = re.compile(r" (?=[:;!?»])|(?<=«) ")
_BEFORE_UNITS: Final = re.compile(r"(?<=\d) (?=\w)")


def typeset(text: str) -> str:
    """Narrow spaces that do not break, before the double signs and between a number and what it counts."""
    return _BEFORE_UNITS.sub("\u00a0", _BEFORE_DOUBLE_SIGNS.sub("\u202f", text))


def header(occasion: Occasion) -> HeaderFields:
    territory, house = occasion.territory, occasion.house
    return {
        "version": version_of(occasion),
        "patient": traits(occasion.patient, house=house),
        "authors": (author_of(occasion.author, territory=territory, at=occasion.iso),),
        "custodian": Organization(id=house.national_id, name=house.name),
        "recipients": tuple(author_of(person, territory=territory) for person in occasion.recipients),
    }


def encounter_at(house: Structure, *, code: str, start: str, end: str | None = None) -> Encounter:
    return Encounter(code=code, facility_type=house.facility_type, facility_name=house.name, start=start, end=end)
