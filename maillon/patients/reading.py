"""Patients as the other rooms see them: a line in a list, an identity in a banner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

import orjson

from maillon.formats.document import LocalId, PatientTraits
from maillon.kernel import sql
from maillon.kernel.key import Access, PatientId
from maillon.patients import ins
from maillon.patients.reason import Reason
from maillon.patients.states import IdentityStatus


@dataclass(frozen=True, slots=True)
class PatientLine:
    """The fields stand in the order of LINE_COLUMNS."""

    id: PatientId
    uuid: UUID
    birth_family_name: str
    used_family_name: str
    first_birth_given_name: str
    birth_given_names: str
    used_given_name: str
    birth_date: dt.date
    sex: str
    ins: str | None
    identity_status: str
    is_homonym: bool
    is_doubtful: bool
    is_fictitious: bool


LINE_COLUMNS: Final = ", ".join(f"p.{field.name}" for field in fields(PatientLine))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIdentifier:
    """`is_received_ins` : a matricule « reçu, non vérifié »."""

    root: str
    extension: str
    is_received_ins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the banner and the identity page show. `warnings`: where matricule and traits say different things."""

    line: PatientLine
    birth_place_code: str
    ins_oid: str | None
    ins_kind: str | None
    status_label: str
    phone: str
    email: str
    address: str
    postal_code: str
    city: str
    created_at: dt.datetime
    local_identifiers: tuple[KnownIdentifier, ...]
    warnings: tuple[Reason, ...]

    @property
    def is_qualified(self) -> bool:
        return self.line.identity_status == IdentityStatus.QUALIFIED

    def traits(self, *, with_ins: bool) -> PatientTraits:
        """As documents say them; neither the numbers of a house nor what reaches the person."""
        line = self.line
        return PatientTraits(
            ins=line.ins if with_ins else None,
            ins_oid=self.ins_oid if with_ins else None,
            birth_family_name=line.birth_family_name,
            used_family_name=line.used_family_name or None,
            birth_given_names=line.birth_given_names,
            first_birth_given_name=line.first_birth_given_name,
            used_given_name=line.used_given_name or None,
            birth_date=line.birth_date.isoformat(),
            sex="F" if line.sex == "F" else "M" if line.sex == "M" else "UN",
            birth_place_code=self.birth_place_code or None,
        )

    @property
    def numbers(self) -> tuple[LocalId, ...]:
        """Those that may label what goes out: not a matricule « reçu, non vérifié »."""
        known = (each for each in self.local_identifiers if not each.is_received_ins)
        return tuple(LocalId(root=each.root, extension=each.extension) for each in known)

    @property
    def telecoms(self) -> tuple[str, ...]:
        known = (f"tel:{self.phone}" if self.phone else "", f"mailto:{self.email}" if self.email else "")
        return tuple(each for each in known if each)

    @property
    def addresses(self) -> tuple[str, ...]:
        whole = " ".join(part for part in (self.address, self.postal_code, self.city) if part)
        return (whole,) if whole else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    at: dt.datetime
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    actor: str
    reason: str


_LINES: Final = f"SELECT {LINE_COLUMNS} FROM patients_patient p WHERE p.id = ANY(%(ids)s)"  # noqa: S608 (constant names)
_IDENTITY: Final = f"""
SELECT {LINE_COLUMNS}, p.birth_place_code, p.ins_oid, p.phone, p.email, p.address, p.postal_code, p.city, p.created_at,
       ARRAY(SELECT ARRAY[i.root, i.extension] FROM patients_local_identifier i WHERE i.patient_id = p.id ORDER BY i.id)
  FROM patients_patient p WHERE p.id = %(id)s
"""  # noqa: S608 (constant names of columns)
_HISTORY: Final = """
SELECT at, kind, before, after, actor, reason
  FROM patients_identity_change WHERE patient_id = %(id)s ORDER BY at DESC, id DESC
"""
_LINE_WIDTH: Final = len(fields(PatientLine))


def line_of(row: Sequence[Any]) -> PatientLine:
    return PatientLine(*row[:_LINE_WIDTH])


def lines(ids: Iterable[PatientId]) -> dict[PatientId, PatientLine]:
    """For ids that a rule has already let through: this reads no key."""
    asked = list(ids)
    if not asked:
        return {}
    return {line.id: line for line in map(line_of, sql.rows(_LINES, {"ids": asked}))}


def identity(access: Access) -> Identity:
    row = sql.row(_IDENTITY, {"id": access.patient_id})
    assert row is not None  # a key is cut for an existing patient, and patients are never deleted
    line = line_of(row)
    place, oid, phone, email, address, postal_code, city, created_at, identifiers = row[_LINE_WIDTH:]
    return Identity(
        line=line,
        birth_place_code=place,
        ins_oid=oid,
        ins_kind=ins.kind(oid),
        status_label=IdentityStatus(line.identity_status).label,
        phone=phone,
        email=email,
        address=address,
        postal_code=postal_code,
        city=city,
        created_at=created_at,
        local_identifiers=tuple(
            KnownIdentifier(root=root, extension=extension, is_received_ins=root in ins.OIDS)
            for root, extension in identifiers
        ),
        warnings=ins.coherence(line.ins, sex=line.sex, birth_date=line.birth_date),
    )


def identity_history(access: Access) -> list[HistoryLine]:
    """Latest first; nothing is ever rewritten."""
    found = sql.rows(_HISTORY, {"id": access.patient_id})
    return [
        HistoryLine(
            at=at, kind=kind, before=orjson.loads(before), after=orjson.loads(after), actor=actor, reason=reason
        )
        for at, kind, before, after, actor, reason in found
    ]


def bearer(root: str, extension: str) -> PatientId | None:
    """Who bears this whole identifier, verified, received or local. Gives a number of ours only: showing anything of it
    takes a key."""
    found = sql.row(_BEARER, {"root": root, "extension": extension})
    return PatientId(found[0]) if found else None


_BEARER: Final = """
SELECT p.id FROM patients_patient p
 WHERE p.merged_into_id IS NULL
   AND (p.ins = %(extension)s AND p.ins_oid = %(root)s
        OR p.id IN (SELECT i.patient_id FROM patients_local_identifier i
                     WHERE i.root = %(root)s AND i.extension = %(extension)s))
 ORDER BY p.ins IS DISTINCT FROM %(extension)s LIMIT 1
"""
