"""The header of a CDA: who, about whom, when, for whom, in which encounter (CI-SIS volet Structuration minimale)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from maillon.formats.cda import people
from maillon.formats.cda.dates import iso, period
from maillon.formats.cda.hl7 import (
    AUTHOR,
    CODE,
    EFFECTIVE_TIME,
    ID,
    LAB_STATUS,
    NAME,
    NS,
    PARTICIPANT,
    PEOPLE_ROOT,
    PERFORMER,
    QUALIFIER,
    STATUS_CODE,
    STRUCTURE_ROOT,
    TEMPLATE_ID,
    TITLE,
    TRANSLATION,
    Element,
    Parts,
    child_of,
    first,
    full_id,
    national_id,
    own_text,
    parts_of,
    squeezed,
    system_of,
)
from maillon.formats.cda.thaw import maker_of
from maillon.formats.coded import Concept
from maillon.formats.document import Act, Author, Encounter, Organization, Participant, PatientTraits, Version

_ASSIGNED_ENTITY: Final = NS + "assignedEntity"
_KINDS: Final = {"121139": "modalities", "39111-0": "regions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    type_code: str | None
    type_system: str | None
    type_label: str | None
    title: str | None
    created_at: str | None
    confidentiality: str | None
    language: str | None
    templates: tuple[str, ...]
    version: Version
    patient: PatientTraits
    patients_named: int
    authors: tuple[Author, ...]
    custodian: Organization | None
    recipients: tuple[Author, ...]
    acts: tuple[Act, ...]
    encounter: Encounter | None
    orders: tuple[str, ...]
    accession_numbers: tuple[str, ...]


_make_act: Final = maker_of(Act)
_make_header: Final = maker_of(Header)


def read_header(parts: Parts) -> Header:
    """`parts` are the children of ClinicalDocument."""
    code = first(parts, CODE)
    orders = tuple(_orders(parts))
    return _make_header(
        type_code=code.get("code") if code is not None else None,
        type_system=system_of(code),
        type_label=squeezed(code.get("displayName")) if code is not None else None,
        title=own_text(first(parts, TITLE)),
        created_at=_value_time(first(parts, EFFECTIVE_TIME)),
        confidentiality=_code(parts, NS + "confidentialityCode"),
        language=_code(parts, NS + "languageCode"),
        templates=tuple(filter(None, map(full_id, parts.get(TEMPLATE_ID, ())))),
        version=_version(parts),
        patient=people.patient(parts.get(NS + "recordTarget", [])),
        patients_named=len(parts.get(NS + "recordTarget", ())),
        authors=tuple(people.author(one) for one in parts.get(AUTHOR, ())),
        custodian=_custodian(first(parts, NS + "custodian")),
        recipients=tuple(people.recipient(one) for one in parts.get(NS + "informationRecipient", ())),
        acts=tuple(_act(one) for one in parts.get(NS + "documentationOf", ())),
        encounter=_encounter(_encompassing(parts)),
        orders=tuple(order for order, _ in orders),
        accession_numbers=tuple(number for _, number in orders) if any(number for _, number in orders) else (),
    )


def _code(parts: Parts, tag: str) -> str | None:
    found = first(parts, tag)
    return found.get("code") if found is not None else None


def _value_time(element: Element | None) -> str | None:
    return iso(element.get("value")) if element is not None else None


def _version(parts: Parts) -> Version:
    number = first(parts, NS + "versionNumber")
    written = number.get("value", "") if number is not None else ""
    return Version(
        id=full_id(first(parts, ID)),
        set_id=full_id(first(parts, NS + "setId")),
        number=int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None,
        replaces=_replaced(parts.get(NS + "relatedDocument", [])),
    )


def _replaced(related: list[Element]) -> str | None:
    """Only RPLC replaces: an addendum (APND) and a transformation (XFRM) leave the other document in force."""
    for one in related:
        if one.get("typeCode") == "RPLC":
            return full_id(child_of(one, NS + "parentDocument", ID))
    return None


def _custodian(element: Element | None) -> Organization | None:
    found = child_of(element, NS + "assignedCustodian", NS + "representedCustodianOrganization")
    if found is None:
        return None
    parts = parts_of(found)
    return Organization(id=national_id(first(parts, ID), STRUCTURE_ROOT), name=own_text(first(parts, NAME)))


_SIGNATORIES: Final = (
    (NS + "legalAuthenticator", "legalAuthenticator"),
    (NS + "authenticator", "authenticator"),
    (NS + "dataEnterer", "dataEnterer"),
    (NS + "informant", "informant"),
)


def read_participants(parts: Parts) -> tuple[Participant, ...]:
    """Apart from the header: filing has no use for most of them, and they cost as much as the patient does."""
    found = [people.participant(one, role=role) for tag, role in _SIGNATORIES for one in parts.get(tag, ())]
    found += [people.participant(one, role=one.get("typeCode") or "participant") for one in parts.get(PARTICIPANT, ())]
    found += people.guardians(parts.get(NS + "recordTarget", []))
    encounter = _encompassing(parts)
    if encounter is not None:
        for one in encounter.iterchildren(NS + "responsibleParty"):
            found.append(people.participant(one, role="responsibleParty"))
        for one in encounter.iterchildren(NS + "encounterParticipant"):
            found.append(people.participant(one, role=one.get("typeCode") or "encounterParticipant"))
    return tuple(found)


def _encompassing(parts: Parts) -> Element | None:
    return child_of(first(parts, NS + "componentOf"), NS + "encompassingEncounter")


def _encounter(element: Element | None) -> Encounter | None:
    if element is None:
        return None
    parts = parts_of(element)
    code = first(parts, CODE)
    facility = child_of(first(parts, NS + "location"), NS + "healthCareFacility")
    kind = child_of(facility, CODE)
    start, end = period(first(parts, EFFECTIVE_TIME))
    return Encounter(
        code=code.get("code") if code is not None else None,
        label=squeezed(code.get("displayName")) if code is not None else None,
        facility_type=kind.get("code") if kind is not None else None,
        facility_name=_facility_name(facility),
        start=start,
        end=end,
        ids=tuple(filter(None, map(full_id, parts.get(ID, ())))),
    )


def _facility_name(facility: Element | None) -> str | None:
    place = own_text(child_of(facility, NS + "location", NAME))
    return place or own_text(child_of(facility, NS + "serviceProviderOrganization", NAME))


def _act(element: Element) -> Act:
    event = child_of(element, NS + "serviceEvent")
    parts = parts_of(event) if event is not None else {}
    code = first(parts, CODE)
    start, end = period(first(parts, EFFECTIVE_TIME))
    status = first(parts, LAB_STATUS)
    status = status if status is not None else first(parts, STATUS_CODE)
    who = people.whose(child_of(first(parts, PERFORMER), _ASSIGNED_ENTITY))
    return _make_act(
        code=code.get("code") if code is not None else None,
        system=system_of(code),
        label=people.label_of(code),
        start=start,
        end=end,
        performer_name=who.full_name,
        performer_organization=who.organization_name,
        practice_setting_code=who.practice_setting,
        status=status.get("code") if status is not None else None,
        id=full_id(first(parts, ID)),
        performer_id=national_id(who.id, PEOPLE_ROOT),
        performer_organization_id=who.organization_id,
        **_imaging(code),
    )


def _imaging(code: Element | None) -> dict[str, Any]:
    """The translations of the act: its modalities and its regions where a qualifier says so (DICOM part 20)."""
    found: dict[str, list[Any]] = {"modalities": [], "regions": [], "translations": []}
    for one in code.iterchildren(TRANSLATION) if code is not None else ():
        name = child_of(one, QUALIFIER, NAME)
        kind = _KINDS.get(name.get("code") or "" if name is not None else "", "translations")
        written, system, label = one.get("code"), one.get("codeSystem"), squeezed(one.get("displayName"))
        if not written:
            continue
        plain = kind == "translations"
        found[kind].append((written, system or "", label or "") if plain else (
            Concept(code=written, system=system, label=label)
        ))  # fmt: skip
    return {name: tuple(values) for name, values in found.items() if values}


def _orders(parts: Parts) -> Iterator[tuple[str, str]]:
    """Ids of the orders fulfilled, each with its accession number (imaging, `ps3-20:accessionNumber`) or « »."""
    for one in parts.get(NS + "inFulfillmentOf", ()):
        order = child_of(one, NS + "order")
        children = list(order) if order is not None else []
        numbers = [found for child in children if _is_accession(child) and (found := full_id(child))]
        for position, child in enumerate(child for child in children if child.tag == ID):
            if found := full_id(child):
                yield found, numbers[0] if numbers and not position else ""


def _is_accession(element: Element) -> bool:
    return str(element.tag).endswith("}accessionNumber")
