"""The shape of the key. Only the room `access` cuts one (a house test watches over it); every other room asks for
it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, NewType
from uuid import UUID

PatientId = NewType("PatientId", int)
ProfessionalId = NewType("ProfessionalId", int)
StructureId = NewType("StructureId", int)


class Purpose(enum.StrEnum):
    """Why a record is opened (CSP L1110-4: soin, coordination; never for an insurer: L1111-18)."""

    CARE = "soin"
    COORDINATION = "coordination"
    ADMINISTRATIVE = "administratif"
    INTAKE = "reception"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a signed-in professional in one situation of practice, or a machine of the house."""

    kind: Literal["professional", "machine"]
    label: str
    professional_id: ProfessionalId | None = None
    structure_id: StructureId | None = None  # the situation of practice chosen at sign-in
    structure_ids: tuple[StructureId, ...] = ()  # every structure where the professional works today
    structure_name: str = ""
    profession_code: str = ""
    national_id: str | None = None
    is_administrator: bool = False
    account_id: int | None = None
    session_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A key to one patient. `scope` « authored » opens only what the actor wrote. `reason` is the French sentence on
    the screen."""

    actor: Actor
    patient_id: PatientId
    patient_uuid: UUID
    purpose: Purpose
    scope: Literal["whole", "authored"]
    rule: str
    reason: str
