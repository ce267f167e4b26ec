"""To whom a letter is addressed: who is proposed, who may be chosen, who may not read what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from maillon.access import api as access_room
from maillon.formats.cda.write_parties import Contact
from maillon.formats.document import Author
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

RPPS_ROOT = "1.2.250.1.71.4.2.1"
OPPOSED = "opposition_personne"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """`value` is « p12 » for a professional, « s3 » for a structure."""

    value: str
    name: str
    more: str
    kind: Literal["professional", "structure"]
    professional_id: ProfessionalId | None
    structure_id: StructureId | None
    profession_code: str = ""
    note: str = ""  # why they are proposed


def proposed(access: Access) -> list[Recipient]:
    """The médecin traitant, then the rest of the circle; never oneself, never whom the patient opposed."""
    opposed = _opposed(access)
    values: dict[str, str] = {}
    for member in access_room.team.care_team(access):
        value = f"p{member.professional_id}" if member.professional_id else f"s{member.structure_id}"
        is_oneself = member.professional_id is not None and member.professional_id == access.actor.professional_id
        if is_oneself or member.professional_id in opposed or member.structure_id == access.actor.structure_id:
            continue
        values.setdefault(value, member.basis_label)
    return resolved(values)


def find(text: str) -> list[Recipient]:
    """By the words of a name, of a town, or a number; people, then structures."""
    values = [f"p{each.id}" for each in professionals.find_people(text)]
    values += [f"s{each.id}" for each in professionals.find_structures(text)]
    return resolved(dict.fromkeys(values, ""))


def resolved(values: dict[str, str]) -> list[Recipient]:
    """In the order given; what is nobody, or nobody any more, is left out. The text of each is its `note`."""
    people_of, places_of = _numbers(values, "p"), _numbers(values, "s")
    people = professionals.people(map(ProfessionalId, people_of.values()))
    places = professionals.structures(map(StructureId, places_of.values()))
    found = []
    for value, note in values.items():
        person = people.get(ProfessionalId(people_of.get(value, 0)))
        place = places.get(StructureId(places_of.get(value, 0)))
        if person is not None and person.is_active:
            found.append(_person(value, person, note))
        elif place is not None:
            found.append(_place(value, place, note))
    return found


def refusals(access: Access, people: Iterable[Recipient], *, type_code: str) -> Iterator[UserMessage]:
    """« Mauvais destinataire »: the matrix does not let them read this type, or the patient refused that they read."""
    opposed = _opposed(access)
    bit = access_room.matrix.bit_of(type_code)
    for each in people:
        if each.professional_id is None:
            continue
        if each.professional_id in opposed:
            yield UserMessage(
                "E-RED-12",
                f"{each.name} ne peut pas être destinataire\u202f: le patient s’est opposé à ce que cette personne "
                "lise son dossier.",
            )
        elif access_room.matrix.readable(each.profession_code, on=clock.today(), with_consent=True)[bit] != "1":
            yield UserMessage(
                "E-RED-11",
                f"{each.name} ne peut pas être destinataire\u202f: sa profession ne lit pas ce type de document "
                "(matrice d’habilitation).",
            )


def as_authors(people: Iterable[Recipient]) -> tuple[Author, ...]:
    """As the header of a document names them."""
    found = list(people)
    lines = professionals.people([each.professional_id for each in found if each.professional_id is not None])
    ids = {line.structure_id for line in lines.values() if line.structure_id is not None}
    ids |= {each.structure_id for each in found if each.structure_id is not None}
    places = professionals.structures(ids)
    named = []
    for each in found:
        line = lines.get(each.professional_id) if each.professional_id is not None else None
        place_id = line.structure_id if line is not None else each.structure_id
        place = places.get(place_id) if place_id is not None else None
        named.append(_author(line, place))
    return tuple(named)


def contacts_of(ids: Iterable[StructureId]) -> dict[str, Contact]:
    """Address and telephone of each structure, by its national number."""
    return {
        national_id(place): Contact(
            address=tuple(each for each in (place.address, f"{place.postal_code} {place.city}".strip()) if each),
            telecoms=(f"tel:{place.phone.replace(' ', '')}",) if place.phone else (),
        )
        for place in professionals.structures(ids).values()
        if place.finess
    }


def national_id(place: professionals.StructureLine) -> str:
    """« 1 » + FINESS."""
    return f"1{place.finess}" if place.finess else ""


def _author(line: professionals.ProfessionalLine | None, place: professionals.StructureLine | None) -> Author:
    return Author(
        id=line.national_id if line else None,
        id_root=RPPS_ROOT if line and line.national_id else None,
        family_name=line.family_name if line else None,
        given_name=line.given_name if line else None,
        suffix=line.title if line and line.title in ("DR", "PR") else None,
        profession_code=line.profession_code if line else None,
        organization_id=(national_id(place) or None) if place else None,
        organization_name=place.name if place else None,
    )


def _opposed(access: Access) -> frozenset[ProfessionalId]:
    """Whom the patient refused by name."""
    if access.scope != "whole":
        return frozenset()
    return frozenset(
        wish.professional_id
        for wish in access_room.consents.register(access)
        if wish.is_current and wish.kind == OPPOSED and wish.professional_id is not None
    )


def _numbers(values: Iterable[str], letter: str) -> dict[str, int]:
    """« p12 » → 12, for the values of this letter that are well formed."""
    return {
        each: int(each[1:])
        for each in values
        if each[:1] == letter and each[1:].isdecimal() and each.isascii() and len(each) < 18
    }


def _person(value: str, line: professionals.ProfessionalLine, note: str) -> Recipient:
    return Recipient(
        value=value, name=line.name, more=", ".join(each for each in (line.profession, line.structure_name) if each),
        kind="professional", professional_id=line.id, structure_id=line.structure_id,
        profession_code=line.profession_code, note=note,
    )  # fmt: skip


def _place(value: str, line: professionals.StructureLine, note: str) -> Recipient:
    more = " ".join(each for each in (line.postal_code, line.city) if each)
    return Recipient(
        value=value, name=line.name, more=more, kind="structure", professional_id=None, structure_id=line.id, note=note
    )
