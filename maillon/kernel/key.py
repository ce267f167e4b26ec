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
    """Why a record is opened (CSP L1110-4: soin, coordination). An insurer's purpose can be named so that it can be
    refused and journalled (L1111-18)."""

    CARE = "soin"
    COORDINATION = "coordination"
    QUALITY = "qualite"
    ADMINISTRATIVE = "administratif"
    INTAKE = "reception"
    PERSONAL = "personnel"  # the patient, or who represents them
    INSURANCE = "assurance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a signed-in professional in one situation of practice, a patient or who represents them, a partner's
    software in the name of one structure, or a machine of the house."""

    kind: Literal["professional", "patient", "representative", "partner", "machine"]
    label: str
    assurance: int = 0  # how many factors were proven at sign-in; below two, no record opens
    session_id: int | None = None
    # A professional
    professional_id: ProfessionalId | None = None
    replaces: tuple[ProfessionalId, ...] = ()  # whose links they hold today
    structure_id: StructureId | None = None  # the situation of practice chosen at sign-in
    structure_ids: tuple[StructureId, ...] = ()  # every structure where the professional works today
    structure_name: str = ""
    profession_code: str = ""
    national_id: str | None = None
    is_administrator: bool = False
    is_referent: bool = False  # the digital referent: reads the journal, reviews the emergency openings
    is_regulation: bool = False  # signed in as a regulating physician (Pro Santé Connect)
    account_id: int | None = None
    client_id: int | None = None  # the partner's software that asks, alone or for the professional
    # Behind the patient's door
    visitor_id: int | None = None
    patient_id: PatientId | None = None  # whose record is on the screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the law asks of one actor and one patient, as it was when the key was cut (access.law says what each is)."""

    member: bool = False
    treating: bool = False
    consented: bool = False
    opposed: bool = False
    glass: bool = False
    oneself: bool = False
    represents: bool = False
    masked: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()
    secret: tuple[int, ...] = ()
    named: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A key to one patient. `scope` « authored » opens only what the actor wrote. `reason` is the French sentence on
    the screen; `facts` are what the rule on documents needs to know of the patient."""

    actor: Actor
    patient_id: PatientId
    patient_uuid: UUID
    purpose: Purpose
    scope: Literal["whole", "authored"]
    rule: str
    reason: str
    facts: Facts
