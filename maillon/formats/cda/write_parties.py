"""People and structures as a CDA header writes them: id, profession, address, telecom, name, organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maillon.formats.cda.write_terms import (
    PRACTICE_SETTINGS,
    PROFESSIONS,
    TELECOM_SCHEMES,
    practice_setting_system,
)
from maillon.formats.cda.write_xml import RPPS_ROOT, STRUCTURE_ROOT, Element, add, add_code, add_national_id
from maillon.formats.document import Author, ClinicalDocument, Participant

PROFESSION_SYSTEM = "1.2.250.1.213.1.1.4.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What a header says of a person or a structure that the model does not carry."""

    address: tuple[str, ...] = ()  # at most seven lines
    telecoms: tuple[str, ...] = ()
    profession_label: str | None = None


Contacts = Mapping[str, Contact]  # by national id of the person (8 + RPPS) or of the structure (1 + FINESS)
NO_CONTACT = Contact()


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One person in one role, gathered from the model and from the address book."""

    id: str | None = None
    id_root: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    profession_code: str | None = None
    profession_system: str | None = None
    profession_label: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    telecoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """Who is who in one document."""

    contacts: Contacts
    _known: dict[str, Party] = field(default_factory=dict)

    def contact(self, national_id: str | None) -> Contact:
        return self.contacts.get(national_id or "", NO_CONTACT)

    def person(self, national_id: str | None) -> Party | None:
        return self._known.get(national_id or "")

    def remember(self, document: ClinicalDocument) -> None:
        for author in (*document.recipients, *document.authors):
            if author.id:
                self._known[author.id] = party_of_author(author)
        for participant in document.participants:
            if participant.id:
                self._known.setdefault(participant.id, party_of_participant(participant))


def party_of_author(author: Author) -> Party:
    return Party(
        id=author.id,
        id_root=author.id_root,
        family_name=author.family_name,
        given_name=author.given_name,
        prefix=author.prefix,
        suffix=author.suffix,
        profession_code=author.profession_code,
        profession_system=author.profession_system,
        profession_label=author.profession_label,
        organization_id=author.organization_id,
        organization_name=author.organization_name,
        telecoms=author.telecoms,
    )


def party_of_participant(participant: Participant) -> Party:
    return Party(
        id=participant.id,
        id_root=participant.id_root,
        family_name=participant.family_name,
        given_name=participant.given_name,
        profession_code=participant.profession_code,
        profession_system=participant.profession_system,
        profession_label=participant.profession_label,
        organization_id=participant.organization_id,
        organization_name=participant.organization_name,
    )


def add_party_id(parent: Element, party: Party) -> None:
    if party.id:
        add_national_id(parent, party.id, root=party.id_root or RPPS_ROOT)
    else:
        add(parent, "id", nullFlavor="NI")


def add_profession(parent: Element, party: Party, *, directory: Directory) -> None:
    if not party.profession_code:
        return
    label = party.profession_label or directory.contact(party.id).profession_label
    add_code(
        parent,
        "code",
        party.profession_code,
        system=party.profession_system or PROFESSION_SYSTEM,
        label=label or PROFESSIONS.get(party.profession_code),
    )


def add_address(parent: Element, lines: tuple[str, ...], *, unknown: str = "NASK") -> None:
    if not lines:
        add(parent, "addr", nullFlavor=unknown)
        return
    address = add(parent, "addr")
    for line in lines[:7]:
        add(address, "streetAddressLine", line)


def add_telecoms(parent: Element, telecoms: tuple[str, ...], *, use: str | None, unknown: str = "NASK") -> None:
    if not telecoms:
        add(parent, "telecom", nullFlavor=unknown)
    for telecom in telecoms:
        value = telecom if telecom.startswith(TELECOM_SCHEMES) else f"tel:{telecom.replace(' ', '')}"
        add(parent, "telecom", value=value, use=use)


def add_place_of_person(parent: Element, party: Party, *, directory: Directory) -> None:
    """Address and telecom of a professional: his own, else those of the structure where he acts."""
    own, structure = directory.contact(party.id), directory.contact(party.organization_id)
    add_address(parent, own.address or structure.address)
    add_telecoms(parent, party.telecoms or own.telecoms or structure.telecoms, use="WP")


def add_person_name(parent: Element, element: str, party: Party) -> None:
    name = add(add(parent, element), "name")
    if party.prefix:
        add(name, "prefix", party.prefix)
    if party.given_name:
        add(name, "given", party.given_name)
    add(name, "family", party.family_name or "")
    if party.suffix:
        add(name, "suffix", party.suffix)


def add_organization(
    parent: Element,
    element: str,
    *,
    organization_id: str | None,
    name: str | None,
    directory: Directory,
    practice_setting: str | None = None,
) -> None:
    if not organization_id and not name:
        return
    organization = add(parent, element)
    if organization_id:
        add_national_id(organization, organization_id, root=STRUCTURE_ROOT)
    if name:
        add(organization, "name", name)
    contact = directory.contact(organization_id)
    add_telecoms(organization, contact.telecoms, use="WP")
    add_address(organization, contact.address)
    if practice_setting:
        add_code(
            organization,
            "standardIndustryClassCode",
            practice_setting,
            system=practice_setting_system(practice_setting),
            label=PRACTICE_SETTINGS.get(practice_setting),
        )


def add_entity(
    parent: Element, element: str, party: Party, *, directory: Directory, practice_setting: str | None = None
) -> None:
    """assignedEntity: the professional, complete, with the structure he acts for."""
    entity = add(parent, element)
    add_party_id(entity, party)
    add_profession(entity, party, directory=directory)
    add_place_of_person(entity, party, directory=directory)
    add_person_name(entity, "assignedPerson", party)
    add_organization(
        entity,
        "representedOrganization",
        organization_id=party.organization_id,
        name=party.organization_name,
        directory=directory,
        practice_setting=practice_setting,
    )
