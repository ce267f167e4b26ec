"""Who of the team is asked to read what a patient sends; which visitor still reads what the team answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

TYPE: Final = "DOCPAT03"  # « déposé par le patient »: whom the matrix lets read it
PHYSICIAN: Final = "G15_10"
NOBODY = UserMessage("E-MES-04", "Aucune équipe ne suit ce dossier\u202f: personne ne lirait votre message.")


def addressee(access: Access) -> tuple[ProfessionalId | None, StructureId, str]:
    """The médecin traitant, where they work; else the physicians of a structure that follows the patient; where none
    works, a profession that may read it. Raises E-MES-04."""
    treating = access_room.team.treating_physician(access)
    line = professionals.professional(treating.professional_id) if treating else None
    if line is not None and line.is_active and line.structure_id is not None:
        return line.id, line.structure_id, ""
    places = [each.structure_id for each in access_room.team.care_team(access) if each.structure_id is not None]
    structure, role = _who_reads(places)
    return None, structure, role


def _who_reads(places: Sequence[StructureId]) -> tuple[StructureId, str]:
    at_work = {place: {line.profession_code for line in professionals.active_members(place)} for place in places}
    for place, roles in at_work.items():
        if PHYSICIAN in roles:
            return place, PHYSICIAN
    bit, today = access_room.matrix.bit_of(TYPE), clock.today()
    for place, roles in at_work.items():
        for role in sorted(roles, key=lambda role: (not role.startswith("G15_"), role)):  # health professionals first
            if access_room.matrix.readable(role, on=today)[bit] == "1":
                return place, role
    raise NOBODY


def still_reads(access: Access, visitor_id: int) -> bool:
    """Their door is open, and it is still a door to this record."""
    with access_room.wall.beside():
        is_open = access_room.visitors.contact_of(visitor_id) != ("", "")
        return is_open and access.patient_id in access_room.visitors.patients_of(visitor_id)
