"""The door of the room `professionals`. Nothing here is about a patient, so no key is asked."""

from __future__ import annotations

from maillon.professionals.directory import (
    AddressHolder,
    ProfessionalLine,
    StructureLine,
    active_members,
    by_mss_address,
    by_national_id,
    by_number,
    find_people,
    find_structures,
    member_counts,
    mss_address_of,
    people,
    professional,
    structure,
    structure_by_finess,
    structure_by_number,
    structure_of_address,
    structures,
)
from maillon.professionals.models import PROFESSIONS
from maillon.professionals.registration import (
    attach,
    end_attachment,
    register_address,
    register_professional,
    register_structure,
)

__all__ = [
    "PROFESSIONS",
    "AddressHolder",
    "ProfessionalLine",
    "StructureLine",
    "active_members",
    "attach",
    "by_mss_address",
    "by_national_id",
    "by_number",
    "end_attachment",
    "find_people",
    "find_structures",
    "member_counts",
    "mss_address_of",
    "people",
    "professional",
    "register_address",
    "register_professional",
    "register_structure",
    "structure",
    "structure_by_finess",
    "structure_by_number",
    "structure_of_address",
    "structures",
]
