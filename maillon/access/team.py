"""The care team: who belongs to it, since when, on what ground. A link is ended, never rewritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import delays
from maillon.access import staff as staff
from maillon.access.abilities import abilities
from maillon.access.keys import Basis
from maillon.access.models import CareTeamMembership
from maillon.access.refusal import AccessDenied
from maillon.access.turn import take_turn
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

PHYSICIAN = "G15_10"
# What a person declares by hand; the others come from an act: a consent, a document, a visit.
DECLARED = (Basis.PATIENT, Basis.TREATING, Basis.STRUCTURE, Basis.ORGANIZED, Basis.MANDATE, Basis.VISIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    membership_id: int
    professional_id: ProfessionalId | None
    structure_id: StructureId | None
    name: str
    profession: str
    profession_code: str
    structure: str
    basis: str
    basis_label: str
    start: dt.date
    end: dt.date | None
    is_structure: bool
    is_current: bool
    evidence: str
    recorded_by: str
    ended_at: dt.datetime | None
    ended_by: str
    end_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatingPhysician:
    professional_id: ProfessionalId
    name: str


def care_team(access: Access, *, with_past: bool = False) -> list[TeamMember]:
    """Whoever may see the record, médecin traitant first. Authors without another link are left out: they see no
    record."""
    members = CareTeamMembership.objects.filter(patient_id=access.patient_id).exclude(basis=Basis.AUTHOR)
    if not with_past:
        members = members.filter(is_current())
    found = members.select_related("professional", "structure").order_by("start", "id")
    return sorted((_member(each) for each in found), key=lambda member: member.basis != Basis.TREATING)


def treating_physician(access: Access) -> TreatingPhysician | None:
    """For every banner: one prepared statement."""
    found = sql.row(_TREATING, {"patient": access.patient_id, "today": clock.today()})
    if found is None:
        return None
    professional_id, title, given, family = found
    return TreatingPhysician(
        professional_id=ProfessionalId(professional_id), name=f"{'Dr ' if title == 'DR' else ''}{given} {family}"
    )


def treating_numbers(patients: Collection[int]) -> dict[int, str]:
    """The national number of each patient's médecin traitant, for the house itself: it opens no record."""
    found = sql.rows(_TREATING_NUMBERS, {"patients": list(patients), "today": clock.today()})
    return {patient: number for patient, number in found if number}


@transaction.atomic
def add_member(
    access: Access,
    *,
    professional_id: ProfessionalId | None = None,
    structure_id: StructureId | None = None,
    basis: str,
    evidence: str,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> None:
    """Idempotent: a current link on the same ground is kept as it is. A new médecin traitant ends the former one.

    `end` is the last day: a mandate has one. Raises E-ACC-40 to 43.
    """
    if not may_add(access, basis):
        raise AccessDenied
    start = start or clock.today()
    _refuse_odd_link(professional_id, structure_id, basis=basis, evidence=evidence, start=start, end=end)
    if access.actor.kind != "machine":  # whose key holds the record already, and who knows whom it names
        take_turn(access)
        if not is_known(professional_id, structure_id):
            raise UserMessage("E-ACC-45", "Choisissez un professionnel en activité ou une structure.")
    member = Q(professional_id=professional_id) if professional_id else Q(structure_id=structure_id)
    if CareTeamMembership.objects.filter(is_current(), member, patient_id=access.patient_id, basis=basis).exists():
        return
    if basis == Basis.TREATING:
        treating = CareTeamMembership.objects.filter(patient_id=access.patient_id, basis=Basis.TREATING)
        _end(treating, by=access.actor.label, reason="nouvelle déclaration de médecin traitant")
    CareTeamMembership.objects.create(
        patient_id=access.patient_id,
        professional_id=professional_id,
        structure_id=structure_id,
        basis=basis,
        start=start,
        end=end,
        evidence=evidence.strip()[:300],
        recorded_by=access.actor.label,
    )


def note_visit(
    access: Access,
    *,
    professional_id: ProfessionalId | None = None,
    structure_id: StructureId | None = None,
    day: dt.date,
    evidence: str,
) -> None:
    """A visit, past or to come, opens the record for a while before it and after it (content/regles/delais.yaml)."""
    add_member(
        access,
        professional_id=professional_id,
        structure_id=structure_id,
        basis=Basis.VISIT,
        evidence=evidence,
        start=delays.before(delays.VISIT, day),
        end=delays.after(delays.VISIT, day),
    )


def visit_days() -> int:
    """How long a visit of today opens the record, after it and before it."""
    return (delays.after(delays.VISIT, clock.today()) - clock.today()).days


@transaction.atomic
def end_membership(access: Access, membership_id: int, *, reason: str) -> None:
    """The link ends now: the next request no longer sees the record. The row stays. Raises E-ACC-44."""
    if not abilities(access).change_circle:
        raise AccessDenied
    if not reason.strip():
        raise UserMessage("E-ACC-44", "Indiquez pourquoi ce lien prend fin.")
    membership = CareTeamMembership.objects.filter(pk=membership_id, patient_id=access.patient_id)
    _end(membership, by=access.actor.label, reason=reason.strip())


def followed_in_person(professional_id: ProfessionalId) -> QuerySet[CareTeamMembership, int]:
    """Numbers of the patients to whom the professional is linked in person today, or by what they wrote: a set for the
    law to be applied to, never a list to be shown."""
    return CareTeamMembership.objects.filter(is_current(), professional_id=professional_id).values_list(
        "patient_id", flat=True
    )


def may_add(access: Access, basis: str) -> bool:
    """Filing a document makes its author an author, whoever files."""
    return abilities(access).change_circle or (basis == Basis.AUTHOR and access.scope == "whole")


def is_current() -> Q:
    today = clock.today()
    begun_not_over = Q(start__lte=today) & (Q(end__isnull=True) | Q(end__gte=today))
    return begun_not_over & (Q(ended_at__isnull=True) | Q(ended_at__gt=clock.now()))


def is_known(professional_id: ProfessionalId | None, structure_id: StructureId | None) -> bool:
    """Exactly one of the two, and it is somebody who practises, or a place that exists."""
    if (professional_id is None) == (structure_id is None):
        return False
    if structure_id is not None:
        return professionals.structure(structure_id) is not None
    line = professionals.professional(professional_id) if professional_id is not None else None
    return line is not None and line.is_active


def _refuse_odd_link(
    professional_id: ProfessionalId | None,
    structure_id: StructureId | None,
    *,
    basis: str,
    evidence: str,
    start: dt.date,
    end: dt.date | None,
) -> None:
    if (professional_id is None) == (structure_id is None):
        raise UserMessage("E-ACC-45", "Choisissez un professionnel en activité ou une structure.")
    if not evidence.strip():
        raise UserMessage("E-ACC-40", "Indiquez sur quoi repose ce lien\u202f: déclaration, demande, courrier.")
    if basis == Basis.MANDATE and end is None:
        raise UserMessage("E-ACC-41", "Un mandat de coordination a une fin\u202f: indiquez son dernier jour.")
    if end is not None and end < start:
        raise UserMessage("E-ACC-42", "La fin du lien ne peut pas précéder son début.")
    if basis == Basis.TREATING and not _is_physician(professional_id):
        raise UserMessage("E-ACC-43", "Le médecin traitant déclaré est un médecin (article L162-5-3 du CSS).")


def _is_physician(professional_id: ProfessionalId | None) -> bool:
    line = professionals.professional(professional_id) if professional_id is not None else None
    return line is not None and line.profession_code == PHYSICIAN


def _end(members: QuerySet[CareTeamMembership], *, by: str, reason: str) -> None:
    """Whatever still holds ends now. What was written at the beginning stays as it was."""
    members.filter(ended_at__isnull=True).update(ended_at=clock.now(), ended_by=by, end_reason=reason[:300])


def _member(row: CareTeamMembership) -> TeamMember:
    person, place, today = row.professional, row.structure, clock.today()
    is_begun_not_over = row.start <= today and (row.end is None or row.end >= today)
    return TeamMember(
        membership_id=row.pk,
        professional_id=ProfessionalId(row.professional_id) if row.professional_id is not None else None,
        structure_id=StructureId(row.structure_id) if row.structure_id is not None else None,
        name=str(person or place),
        profession=person.profession if person else "",
        profession_code=person.profession_code if person else "",
        structure=place.name if place else "",
        basis=row.basis,
        basis_label=Basis(row.basis).label,
        start=row.start,
        end=row.end,
        is_structure=place is not None,
        is_current=is_begun_not_over and (row.ended_at is None or row.ended_at > clock.now()),
        evidence=row.evidence,
        recorded_by=row.recorded_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        end_reason=row.end_reason,
    )


_TREATING_NUMBERS = """
SELECT DISTINCT ON (m.patient_id) m.patient_id, p.national_id
  FROM access_care_team_membership m JOIN professionals_professional p ON p.id = m.professional_id
 WHERE m.patient_id = ANY(%(patients)s) AND m.basis = 'medecin_traitant'
   AND m.start <= %(today)s AND (m."end" IS NULL OR m."end" >= %(today)s) AND m.ended_at IS NULL
 ORDER BY m.patient_id, m.start DESC
"""

_TREATING = """
SELECT p.id, p.title, p.given_name, p.family_name
  FROM access_care_team_membership m JOIN professionals_professional p ON p.id = m.professional_id
 WHERE m.patient_id = %(patient)s AND m.basis = 'medecin_traitant'
   AND m.start <= %(today)s AND (m."end" IS NULL OR m."end" >= %(today)s) AND m.ended_at IS NULL
 LIMIT 1
"""
