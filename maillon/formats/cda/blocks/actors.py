"""Who did one entry, and who wrote it."""

from __future__ import annotations

from maillon.formats.cda.blocks.draft import Draft
from maillon.formats.cda.write_parties import (
    add_organization,
    add_party_id,
    add_person_name,
    add_place_of_person,
    add_profession,
    party_of_author,
)
from maillon.formats.cda.write_xml import Element, add, add_time
from maillon.formats.document import Author


def write_performer(entry: Element, person: Author | None, *, draft: Draft) -> None:
    if person is None:
        return
    performer = add(entry, "performer", typeCode="PRF")
    if person.at is not None:
        add_time(performer, "time", person.at)
    _write_person(add(performer, "assignedEntity"), person, draft=draft)


def write_author(entry: Element, person: Author | None, *, draft: Draft) -> None:
    if person is None:
        return
    author = add(entry, "author", typeCode="AUT", contextControlCode="OP")
    if person.at is not None:
        add_time(author, "time", person.at)
    else:
        add(author, "time", nullFlavor="UNK")
    _write_person(add(author, "assignedAuthor"), person, draft=draft)


def _write_person(entity: Element, person: Author, *, draft: Draft) -> None:
    party = party_of_author(person)
    add_party_id(entity, party)
    add_profession(entity, party, directory=draft.directory)
    add_place_of_person(entity, party, directory=draft.directory)
    if person.family_name or person.given_name:
        add_person_name(entity, "assignedPerson", party)
    add_organization(
        entity,
        "representedOrganization",
        organization_id=person.organization_id,
        name=person.organization_name,
        directory=draft.directory,
    )
