"""To whom a task or an alert of a plan goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from maillon.access import api as access_room
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.pathways.definition import PATIENT
from maillon.professionals import api as professionals

PHYSICIAN: Final = "G15_10"
COORDINATOR: Final = "330"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A person, or a role of the structure. `is_to_arrange`: nobody of the team has that profession; who is asked finds
    somebody."""

    structure_id: StructureId
    role_code: str
    professional_id: ProfessionalId | None = None
    is_to_arrange: bool = False


def addressee(access: Access, structure_id: StructureId, wanted: Sequence[str]) -> Addressee:
    """The first of the professions that somebody of the structure has: the médecin traitant, who works there or whom
    the patient declared; the only one of the patient's team; else the role. When nobody has any of them, the
    coordinator, or the physicians."""
    here = {member.profession_code for member in professionals.active_members(structure_id)}
    for code in wanted:
        if code == PATIENT:
            continue
        person = _by_name(access, structure_id, code)
        if person is not None:
            return Addressee(structure_id=structure_id, role_code=code, professional_id=person)
        if code in here:
            return Addressee(structure_id=structure_id, role_code=code)
    role = COORDINATOR if COORDINATOR in here else PHYSICIAN
    return Addressee(structure_id=structure_id, role_code=role, is_to_arrange=True)


def _by_name(access: Access, structure_id: StructureId, code: str) -> ProfessionalId | None:
    if code == PHYSICIAN:
        treating = access_room.team.treating_physician(access)
        return treating.professional_id if treating else None
    of_the_team = {
        member.professional_id
        for member in access_room.team.care_team(access)
        if member.profession_code == code and member.professional_id is not None
    }
    return of_the_team.pop() if len(of_the_team) == 1 else None
