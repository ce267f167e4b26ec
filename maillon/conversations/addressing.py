"""Who of the team is asked to read what a patient sends."""

from __future__ import annotations

from maillon.access import api as access_room
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

PHYSICIAN = "G15_10"
NOBODY = UserMessage("E-MES-04", "Aucune équipe ne suit ce dossier\u202f: personne ne lirait votre message.")


def addressee(access: Access) -> tuple[ProfessionalId | None, StructureId, str]:
    """The médecin traitant, where they work; else the physicians of the structure that follows the patient."""
    treating = access_room.team.treating_physician(access)
    line = professionals.professional(treating.professional_id) if treating else None
    if line is not None and line.structure_id is not None:
        return line.id, line.structure_id, ""
    structures = [each.structure_id for each in access_room.team.care_team(access) if each.structure_id is not None]
    if not structures:
        raise NOBODY
    return None, structures[0], PHYSICIAN
