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
from maillon.formats.cda.write_terms import FUNCTIONS
from maillon.formats.cda.write_xml import Element, add, add_code, add_time
from maillon.formats.document import Author
from maillon.formats.wording import shown_date


def person_in_words(person: Author | None) -> str | None:
    """« Inès D’ALMEIDA, Maison de santé, 04/05/2026 à 14 h 30, 899000000227 »."""
    if person is None:
        return None
    name = " ".join(one for one in (person.given_name, person.family_name) if one)
    said = (name, person.organization_name, shown_date(person.at, with_time=True), person.id)
    return ", ".join(one for one in said if one) or None


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
    add_function(author, person)
    if person.at is not None:
        add_time(author, "time", person.at)
    else:
        add(author, "time", nullFlavor="UNK")
    _write_person(add(author, "assignedAuthor"), person, draft=draft)


def add_function(parent: Element, person: Author) -> None:
    if person.function_code is None:
        return
    system, label = FUNCTIONS.get(person.function_code, (None, None))
    add_code(parent, "functionCode", person.function_code, system=system, label=label)


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
        practice_setting=person.practice_setting_code,
    )
