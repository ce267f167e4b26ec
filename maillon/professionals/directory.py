"""Who is who: professionals, structures and addresses as the other rooms see them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from maillon.kernel import clock, sql
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.professionals.models import PROFESSIONS


@dataclass(frozen=True, slots=True)
class ProfessionalLine:
    """The structure is where the person works today (latest begun); None and empty for who works nowhere."""

    id: ProfessionalId
    uuid: UUID
    national_id: str | None
    family_name: str
    given_name: str
    title: str
    profession_code: str
    skill_codes: Sequence[str]
    is_active: bool
    structure_id: StructureId | None
    structure_name: str

    @property
    def name(self) -> str:
        return f"{'Dr ' if self.title == 'DR' else ''}{self.given_name} {self.family_name}"

    @property
    def profession(self) -> str:
        return PROFESSIONS.get(self.profession_code, self.profession_code)


@dataclass(frozen=True, slots=True)
class StructureLine:
    id: StructureId
    uuid: UUID
    finess: str | None
    name: str
    type_code: str
    address: str
    postal_code: str
    city: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressHolder:
    """Exactly one of the two."""

    professional: ProfessionalLine | None
    structure: StructureLine | None


_PROFESSIONALS: Final = """
SELECT p.id, p.uuid, p.national_id, p.family_name, p.given_name, p.title, p.profession_code, p.skill_codes, p.is_active,
       s.id, COALESCE(s.name, '')
  FROM professionals_professional p
  LEFT JOIN LATERAL (
       SELECT structure_id FROM professionals_attachment a
        WHERE a.professional_id = p.id AND a.start <= %(today)s AND (a."end" IS NULL OR a."end" >= %(today)s)
        ORDER BY a.start DESC, a.id DESC LIMIT 1) today ON TRUE
  LEFT JOIN professionals_structure s ON s.id = today.structure_id
 WHERE {condition}
 ORDER BY p.family_name, p.given_name, p.id
"""
_BY_IDS: Final = _PROFESSIONALS.format(condition="p.id = ANY(%(ids)s)")
_BY_NUMBER: Final = _PROFESSIONALS.format(condition="p.uuid = %(uuid)s")
_BY_NATIONAL_ID: Final = _PROFESSIONALS.format(condition="p.national_id = %(national_id)s")
_MEMBERS: Final = _PROFESSIONALS.format(
    condition="""p.is_active AND (%(profession)s::text IS NULL OR p.profession_code = %(profession)s)
   AND p.id IN (SELECT professional_id FROM professionals_attachment m
                 WHERE m.structure_id = %(structure)s AND m.start <= %(today)s
                   AND (m."end" IS NULL OR m."end" >= %(today)s))"""
)
_MEMBER_COUNTS: Final = """
SELECT m.structure_id, count(DISTINCT m.professional_id)
  FROM professionals_attachment m JOIN professionals_professional p ON p.id = m.professional_id AND p.is_active
 WHERE m.structure_id = ANY(%(structures)s::bigint[]) AND m.start <= %(today)s
   AND (m."end" IS NULL OR m."end" >= %(today)s)
 GROUP BY 1
"""
# Words typed in any order, without case nor accents nor signs; the national number as well.
_TYPED: Final = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"} | dict.fromkeys("’‘ʼ", " "))
_BEGIN_WITH: Final = """' ' || regexp_replace(lower(regexp_replace(normalize(
  replace(replace(replace(replace({text}, 'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'), NFKD),
  '[\u0300-\u036f]+', '', 'g')), '[^a-z0-9]+', ' ', 'g') LIKE ALL(%(words)s)"""
_BY_WORDS: Final = _PROFESSIONALS.format(
    condition="p.is_active AND "
    + _BEGIN_WITH.format(text="p.given_name || ' ' || p.family_name || ' ' || COALESCE(p.national_id, '')")
)
_STRUCTURES: Final = """
SELECT s.id, s.uuid, s.finess, s.name, s.type_code, s.address, s.postal_code, s.city, s.phone
  FROM professionals_structure s WHERE {condition} ORDER BY s.name, s.id
"""
_STRUCTURES_BY_IDS: Final = _STRUCTURES.format(condition="s.id = ANY(%(ids)s)")
_STRUCTURES_BY_WORDS: Final = _STRUCTURES.format(
    condition=_BEGIN_WITH.format(text="s.name || ' ' || s.city || ' ' || COALESCE(s.finess, '')")
)
_STRUCTURE_BY_NUMBER: Final = _STRUCTURES.format(condition="s.uuid = %(uuid)s")
_STRUCTURE_BY_FINESS: Final = _STRUCTURES.format(condition="s.finess = %(finess)s")
_HOLDER: Final = """
SELECT professional_id, structure_id FROM professionals_mss_address WHERE address = %(address)s
"""


def professional(professional_id: ProfessionalId) -> ProfessionalLine | None:
    return people([professional_id]).get(professional_id)


def people(ids: Iterable[ProfessionalId]) -> dict[ProfessionalId, ProfessionalLine]:
    return {line.id: line for line in _lines(_BY_IDS, {"ids": list(ids)})}


def by_number(uuid: UUID) -> ProfessionalLine | None:
    """By the number under which the outside knows them."""
    return _one(_lines(_BY_NUMBER, {"uuid": uuid}))


def structure_by_number(uuid: UUID) -> StructureLine | None:
    rows = sql.rows(_STRUCTURE_BY_NUMBER, {"uuid": uuid})
    return StructureLine(*rows[0]) if rows else None


def by_national_id(national_id: str | None) -> ProfessionalLine | None:
    """« 8 » + RPPS."""
    return _one(_lines(_BY_NATIONAL_ID, {"national_id": national_id})) if national_id else None


def active_members(structure_id: StructureId, *, profession_code: str | None = None) -> list[ProfessionalLine]:
    """Who works there today, in the order of the alphabet."""
    return _lines(_MEMBERS, {"structure": structure_id, "profession": profession_code})


def member_counts(structure_ids: Iterable[StructureId]) -> dict[StructureId, int]:
    """How many work there today; nothing of where nobody does."""
    asked = {"structures": list(structure_ids), "today": clock.today()}
    rows = sql.rows(_MEMBER_COUNTS, asked) if asked["structures"] else []
    return {StructureId(structure_id): int(number) for structure_id, number in rows}


def find_people(text: str, *, limit: int = 8) -> list[ProfessionalLine]:
    """Active professionals whose names begin with every word typed. Two letters at least: nobody lists them all."""
    words = _words(text)
    return _lines(_BY_WORDS, words)[:limit] if words else []


def find_structures(text: str, *, limit: int = 5) -> list[StructureLine]:
    words = _words(text)
    found = sql.rows(_STRUCTURES_BY_WORDS, words) if words else []
    return [StructureLine(*row) for row in found[:limit]]


def structure(structure_id: StructureId) -> StructureLine | None:
    return structures([structure_id]).get(structure_id)


def structures(ids: Iterable[StructureId]) -> dict[StructureId, StructureLine]:
    found = (StructureLine(*row) for row in sql.rows(_STRUCTURES_BY_IDS, {"ids": list(ids)}))
    return {line.id: line for line in found}


def structure_by_finess(number: str | None) -> StructureLine | None:
    """The nine characters of the FINESS, or its national form « 1 » + FINESS."""
    finess = (number or "")[-9:]
    rows = sql.rows(_STRUCTURE_BY_FINESS, {"finess": finess}) if number in (finess, f"1{finess}") and finess else []
    return StructureLine(*rows[0]) if rows else None


def by_mss_address(address: str) -> AddressHolder | None:
    """Whose address it is; upper and lower case are alike."""
    row = sql.row(_HOLDER, {"address": _folded(address)})
    if row is None:
        return None
    professional_id, structure_id = row
    return AddressHolder(
        professional=professional(professional_id) if professional_id is not None else None,
        structure=structure(structure_id) if structure_id is not None else None,
    )


def mss_address_of(professional_id: ProfessionalId) -> str:
    """The person's own MSSanté address; empty when the directory knows none."""
    found = sql.row(
        "SELECT address FROM professionals_mss_address WHERE professional_id = %s ORDER BY kind <> 'PER', id LIMIT 1",
        (professional_id,),
    )
    return str(found[0]) if found else ""


def structure_of_address(address: str) -> StructureLine | None:
    """The structure behind an address: its own, or where the professional who holds it works today."""
    holder = by_mss_address(address)
    if holder is None or holder.structure is not None:
        return holder.structure if holder else None
    assert holder.professional is not None
    structure_id = holder.professional.structure_id
    return structure(structure_id) if structure_id is not None else None


def _words(text: str) -> dict[str, Any]:
    """What the search by words asks with; empty when too little is typed."""
    plain = unicodedata.normalize("NFKD", text.translate(_TYPED)).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    if sum(len(word) for word in words) < 2:
        return {}
    return {"words": [f"% {word}%" for word in words]}


def _folded(address: str) -> str:
    return address.strip().lower()


def _lines(statement: str, parameters: dict[str, Any]) -> list[ProfessionalLine]:
    return [ProfessionalLine(*row) for row in sql.rows(statement, parameters | {"today": clock.today()})]


def _one(lines: list[ProfessionalLine]) -> ProfessionalLine | None:
    return lines[0] if lines else None
