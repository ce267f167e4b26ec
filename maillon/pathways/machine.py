"""The house's own key, under which the engine writes. Its looks show nothing to anybody; each writing is journalled."""

from __future__ import annotations

from typing import Final

from maillon.access import api as access_room
from maillon.kernel.key import Access, PatientId, Purpose

MACHINE: Final = access_room.machine("protocoles d’équipe")


def key_to(patient_id: int) -> Access:
    return access_room.open_record(
        MACHINE, PatientId(patient_id), purpose=Purpose.INTAKE, action="update", resource_type="plan"
    )
