"""Who must read a document that arrives in a mailbox: those it names, else the mailbox's person, else a role."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from maillon.formats.document import Author
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.professionals import api as professionals
from maillon.tasks.api import Reader

NATIONAL_ID_ROOT = "1.2.250.1.71.4.2.1"
PHYSICIANS = "G15_10"  # of whom every type but one may be read (access.matrix)
REMEMBERED_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose mailbox it is. `machine`: the program that files, when it is not that of the mail."""

    structure_id: StructureId
    professional_id: ProfessionalId | None
    machine: Actor | None = None


@dataclass(frozen=True, slots=True)
class _Members:
    at: float
    by_national_id: dict[str, ProfessionalId]
    ids: frozenset[ProfessionalId]


_known_members: dict[StructureId, _Members] = {}


def readers_of(
    place: Place, recipients: Iterable[Author], *, treating_physician: ProfessionalId | None
) -> tuple[Reader, ...]:
    """At least one. A recipient who does not work in the mailbox's structure has a mailbox of their own."""
    members = _members(place.structure_id)
    named = [
        members.by_national_id[each.id]
        for each in recipients
        if each.id and each.id_root in (NATIONAL_ID_ROOT, None) and each.id in members.by_national_id
    ]
    people = dict.fromkeys(named) or dict.fromkeys(_by_default(place, members, treating_physician))
    if people:
        return tuple(Reader(professional_id=person, structure_id=place.structure_id) for person in people)
    return (Reader(structure_id=place.structure_id, role_code=PHYSICIANS),)


def _by_default(
    place: Place, members: _Members, treating_physician: ProfessionalId | None
) -> tuple[ProfessionalId, ...]:
    if place.professional_id is not None:
        return (place.professional_id,)
    return (treating_physician,) if treating_physician in members.ids and treating_physician is not None else ()


def _members(structure_id: StructureId) -> _Members:
    """Asked again after half a minute: who works there changes by the day, and documents come by the thousand."""
    known = _known_members.get(structure_id)
    if known is None or time.monotonic() - known.at > REMEMBERED_SECONDS:
        people = professionals.active_members(structure_id)
        known = _Members(
            at=time.monotonic(),
            by_national_id={each.national_id: each.id for each in people if each.national_id},
            ids=frozenset(each.id for each in people),
        )
        _known_members[structure_id] = known
    return known
