"""What the fictitious territory is made of: structures, professionals, patients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

INS_TEST_OID = "1.2.250.1.213.1.4.10"
RPPS_ROOT = "1.2.250.1.71.4.2.1"
STRUCTURE_ROOT = "1.2.250.1.71.4.2.2"

IdentityStatus = Literal["PROV", "RECUP", "VALI", "QUAL"]
StructureKind = Literal["msp", "hospital", "laboratory", "imaging", "pharmacy", "practice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    key: str
    name: str
    kind: StructureKind
    finess: str  # nine digits, beginning with 99: no department bears that number
    facility_type: str  # JDV_J02
    practice_setting: str  # JDV_J04
    street: str
    postal_code: str
    city: str
    phone: str
    mailbox: str
    local_root: str  # OID under which the structure numbers its patients and its documents

    @property
    def national_id(self) -> str:
        return f"1{self.finess}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    key: str
    family_name: str
    given_name: str
    civility: Literal["M", "MME"]
    profession_code: str | None  # JDV_J01; None for staff who are not health professionals
    profession_label: str
    structure: str
    mailbox: str
    rpps: str | None = None  # eleven digits, beginning with 99: never attributed
    title: str | None = None  # JDV_J246 (DR, PR…)
    role: str = ""
    outsider: bool = False  # outside every circle: must never see anything

    @property
    def national_id(self) -> str | None:
        return f"8{self.rpps}" if self.rpps else None

    @property
    def shown_name(self) -> str:
        lead = "Dr" if self.title == "DR" else ("M." if self.civility == "M" else "Mme")
        return f"{lead} {self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    key: str
    number: str  # local number in the MSP
    birth_family_name: str
    birth_given_names: str
    first_birth_given_name: str
    birth_date: date
    sex: Literal["F", "M"]
    birth_place_code: str  # COG
    birth_place_name: str
    status: IdentityStatus = "QUAL"
    ins: str | None = None
    ins_oid: str | None = None
    used_family_name: str | None = None
    used_given_name: str | None = None
    street: str = ""
    postal_code: str = ""
    city: str = ""
    phone: str = ""
    treating_doctor: str = "morel"
    team: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    remark: str = ""  # why this person is in the cast

    @property
    def shown_name(self) -> str:
        return (
            f"{self.used_family_name or self.birth_family_name} {self.used_given_name or self.first_birth_given_name}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    structures: tuple[Structure, ...]
    professionals: tuple[Professional, ...]
    patients: tuple[Patient, ...]
    _index: dict[str, Structure | Professional | Patient] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._index.update({member.key: member for member in self._members()})

    def _members(self) -> Iterator[Structure | Professional | Patient]:
        yield from self.structures
        yield from self.professionals
        yield from self.patients

    def structure(self, key: str) -> Structure:
        found = self._index[key]
        assert isinstance(found, Structure)
        return found

    def professional(self, key: str) -> Professional:
        found = self._index[key]
        assert isinstance(found, Professional)
        return found

    def patient(self, key: str) -> Patient:
        found = self._index[key]
        assert isinstance(found, Patient)
        return found
